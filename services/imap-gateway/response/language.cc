#include "imap-gateway/response/language.h"

#include <algorithm>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"

namespace posthorn::imap {
namespace {

constexpr LanguageName kLanguages[] = {
    {"en", Language::kEnglish},
    {"de", Language::kGerman},
    {"i-default", Language::kDefault},
};

struct Text {
  absl::string_view english;
  absl::string_view german;
};
constexpr Text kTexts[] = {
    {"Capability completed", "CAPABILITY ausgeführt"},
    {"Noop completed", "NOOP ausgeführt"},
    {"Check completed", "CHECK ausgeführt"},
    {"Logout completed", "Abgemeldet"},
    {"ID completed", "ID ausgeführt"},
    {"Namespace completed", "NAMESPACE ausgeführt"},
    {"Logged in", "Angemeldet"},
    {"Enable completed", "ENABLE ausgeführt"},
    {"Select completed", "Postfach geöffnet"},
    {"Examine completed", "Postfach zum Lesen geöffnet"},
    {"Close completed", "Postfach geschlossen"},
    {"Unselect completed", "Postfach geschlossen"},
    {"Create completed", "Postfach angelegt"},
    {"Delete completed", "Postfach gelöscht"},
    {"Rename completed", "Postfach umbenannt"},
    {"Subscribe completed", "Postfach abonniert"},
    {"Unsubscribe completed", "Abonnement beendet"},
    {"List completed", "LIST ausgeführt"},
    {"Lsub completed", "LSUB ausgeführt"},
    {"Status completed", "STATUS ausgeführt"},
    {"Append completed", "Nachricht abgelegt"},
    {"Idle completed", "IDLE beendet"},
    {"Expunge completed", "Gelöschte Nachrichten entfernt"},
    {"Search completed", "Suche beendet"},
    {"Fetch completed", "FETCH ausgeführt"},
    {"Fetch completed, no messages", "FETCH ausgeführt, keine Nachrichten"},
    {"Store completed", "Kennzeichen geändert"},
    {"Copy completed", "Nachrichten kopiert"},
    {"Move completed", "Nachrichten verschoben"},
    {"No messages to copy", "Keine Nachrichten zu kopieren"},
    {"Done for the last messages only", "Nur für die letzten Nachrichten ausgeführt"},
    {"Too many messages at once", "Zu viele Nachrichten auf einmal"},
    {"DEFLATE active", "DEFLATE ist aktiv"},
    {"Language changed", "Die Sprache ist jetzt Deutsch"},
    {"Language not supported", "Diese Sprache wird nicht unterstützt"},
    {"Languages listed", "Alle Sprachen aufgezählt"},
    {"Invalid credentials", "Name oder Kennwort falsch"},
    {"The session has expired, log in again", "Die Sitzung ist abgelaufen, bitte neu anmelden"},
    {"Permission denied", "Zugriff verweigert"},
    {"No such mailbox", "Dieses Postfach gibt es nicht"},
    {"The mailbox exists already", "Dieses Postfach gibt es schon"},
    {"Invalid mailbox name", "Ungültiger Name eines Postfachs"},
    {"The mailbox has children", "Das Postfach hat untergeordnete Postfächer"},
    {"This mailbox cannot be created or deleted",
     "Dieses Postfach kann weder angelegt noch gelöscht werden"},
    {"Quota exceeded", "Der Speicherplatz ist aufgebraucht"},
    {"Message too large", "Die Nachricht ist zu groß"},
    {"A limit of the mailbox or account is reached",
     "Eine Grenze des Postfachs oder Kontos ist erreicht"},
    {"No space left in the mail store", "Der Mailspeicher ist voll"},
    {"The server is busy, try again later", "Der Server ist ausgelastet, bitte später versuchen"},
    {"The mail store is not available", "Der Mailspeicher ist nicht erreichbar"},
    {"The outcome is not known, look before retrying",
     "Das Ergebnis ist unbekannt, bitte vor einem neuen Versuch nachsehen"},
    {"Mailbox is read-only", "Das Postfach kann nur gelesen werden"},
    {"Some of the messages are gone", "Einige der Nachrichten gibt es nicht mehr"},
    {"The messages are gone", "Die Nachrichten gibt es nicht mehr"},
    {"Passwords need TLS here, use STARTTLS", "Kennwörter nur über TLS, bitte STARTTLS verwenden"},
    {"Unknown command", "Unbekannter Befehl"},
    {"Log in first", "Bitte zuerst anmelden"},
    {"Not allowed in this state", "In diesem Zustand nicht erlaubt"},
    {"Internal error", "Interner Fehler"},
};

}  // namespace

std::span<const LanguageName> Languages() { return kLanguages; }

const LanguageName* FindLanguage(absl::string_view range) {
  if (absl::EqualsIgnoreCase(range, "default") || range == "*") {
    return &kLanguages[0];
  }
  while (true) {
    const auto* found = std::find_if(
        std::begin(kLanguages), std::end(kLanguages),
        [range](const LanguageName& name) { return absl::EqualsIgnoreCase(range, name.tag); });
    if (found != std::end(kLanguages)) {
      return found;
    }
    const std::size_t dash = range.rfind('-');
    if (dash == absl::string_view::npos) {
      return nullptr;
    }
    range = range.substr(0, dash);
  }
}

std::string Translated(Language language, absl::string_view english) {
  static const auto german = [] {
    absl::flat_hash_map<absl::string_view, absl::string_view> texts;
    for (const Text& text : kTexts) {
      texts[text.english] = text.german;
    }
    return texts;
  }();
  if (language == Language::kGerman) {
    const auto found = german.find(english);
    if (found != german.end()) {
      return std::string(found->second);
    }
  }
  return std::string(english);
}

}  // namespace posthorn::imap
