#include "smtp-gateway/filter/rspamd_verdict.h"

#include <cstdio>

#include "absl/strings/str_cat.h"
#include "smtp-gateway/filter/refusal.h"

namespace posthorn::filter {
namespace {

constexpr char kStatusField[] = "X-Spam-Status";
constexpr char kSpamField[] = "X-Spam";

// Of DMARC (RFC 7489), whatever the policy of the domain is.
bool FailsDmarc(const RspamdResult& result) {
  return result.HasSymbol("DMARC_POLICY_REJECT") || result.HasSymbol("DMARC_POLICY_QUARANTINE") ||
         result.HasSymbol("DMARC_POLICY_SOFTFAIL");
}

// "Yes, score=7.00 required=15.00"
std::string StatusText(const RspamdResult& result, bool spam) {
  char scores[64];
  std::snprintf(scores, sizeof scores, "score=%.2f required=%.2f", result.score,
                result.required_score);
  return absl::StrCat(spam ? "Yes, " : "No, ", scores);
}

// What cannot stand there is left out.
void Try(const absl::Status& status) { status.IgnoreError(); }

}  // namespace

Verdict RspamdVerdict(const RspamdResult& result, bool submission) {
  Verdict verdict;
  verdict.suspicious = !submission && FailsDmarc(result);
  switch (result.action) {
    case RspamdAction::kReject:
      return Refusal(Action::kReject, 554,
                     ReplyText(result.smtp_message, "Message refused as spam"));
    case RspamdAction::kSoftReject:
      return Refusal(Action::kTempfail, 451, ReplyText(result.smtp_message, "Try again later"));
    case RspamdAction::kGreylist:
      if (!submission) {
        return Refusal(Action::kTempfail, 451,
                       ReplyText(result.smtp_message, "Greylisted, try again later"));
      }
      break;
    case RspamdAction::kAddHeader:
    case RspamdAction::kRewriteSubject:
    case RspamdAction::kQuarantine:
      if (!submission) {
        verdict.action = Action::kJunk;
        verdict.suspicious = true;
      }
      break;
    case RspamdAction::kDiscard:
      if (!submission) {
        verdict.action = Action::kDiscard;
      }
      break;
    case RspamdAction::kNone:
      break;
  }
  return verdict;
}

void ApplyRspamdHeaders(const RspamdResult& result, const Verdict& verdict, bool submission,
                        HeaderEditor& header) {
  if (!submission) {
    header.Remove(kSpamField);
    header.Remove(kStatusField);
  }
  for (const auto& [name, nth] : result.remove_headers) {
    header.Remove(name, static_cast<int32_t>(nth));
  }
  for (const RspamdResult::Addition& addition : result.add_headers) {
    Try(addition.order < 0
            ? header.Add(addition.name, addition.value)
            : header.Insert(static_cast<uint32_t>(addition.order), addition.name, addition.value));
  }
  if (submission) {
    return;
  }
  const bool spam = verdict.action == Action::kJunk;
  if (spam && !header.Has(kSpamField)) {
    Try(header.Insert(0, kSpamField, "Yes"));
  }
  if (!header.Has(kStatusField)) {
    Try(header.Insert(0, kStatusField, StatusText(result, spam)));
  }
  if (result.action == RspamdAction::kRewriteSubject && !result.subject.empty()) {
    Try(header.Change("Subject", 1, result.subject));
  }
}

void MarkNotScanned(HeaderEditor& header) {
  header.Remove(kSpamField);
  header.Remove(kStatusField);
  Try(header.Insert(0, kStatusField, "No, not scanned: too large"));
}

}  // namespace posthorn::filter
