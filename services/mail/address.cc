#include "mail/address.h"

#include <utility>

#include "mail/lexer.h"

namespace posthorn::mail {
namespace {

// Characters with a meaning in an address list; everything else, 8-bit octets too, is text.
bool IsAddressText(char c) {
  return !IsHeaderSpace(c) && absl::string_view("()<>[]:;@,.\"").find(c) == absl::string_view::npos;
}

// Text collected in the two readings it may turn out to need: words of a display name, between
// which white space counts, or an addr-spec, in which white space around "." and "@" does not
// (RFC 5322 4.4).
class Words {
 public:
  void Append(absl::string_view word, bool spaced) {
    if (spaced && !name_.empty()) {
      name_.push_back(' ');
    }
    if (spaced && !spec_.empty() && !glued_) {
      spec_.push_back(' ');
    }
    name_.append(word.data(), word.size());
    spec_.append(word.data(), word.size());
    glued_ = false;
    any_ = true;
  }

  void AppendSpecial(char c, bool spaced) {
    if (spaced && !name_.empty()) {
      name_.push_back(' ');
    }
    name_.push_back(c);
    if (c == '@') {
      at_ = spec_.size();
    }
    spec_.push_back(c);
    glued_ = true;
    any_ = true;
  }

  bool any() const { return any_; }
  bool has_at() const { return at_ != std::string::npos; }
  // RFC 5322 4.4: "<@a,@b:" a route starts with "@".
  bool IsRoute() const { return !spec_.empty() && spec_.front() == '@'; }
  std::string TakeName() { return std::move(name_); }
  std::string TakeSpec() { return std::move(spec_); }

  void ToMailbox(Address* address) const {
    if (has_at()) {
      address->mailbox = spec_.substr(0, at_);
      address->host = spec_.substr(at_ + 1);
    } else {
      address->mailbox = spec_;
    }
  }

  void Clear() { *this = Words(); }

 private:
  std::string name_;
  std::string spec_;
  size_t at_ = std::string::npos;  // the last "@" of spec_ outside quotes
  bool glued_ = false;             // spec_ ends in "." or "@"
  bool any_ = false;
};

class AddressParser {
 public:
  AddressParser(absl::string_view value, size_t max) : lexer_(value), max_(max) {}

  AddressList Parse() {
    while (list_.size() < max_) {
      spaced_ = lexer_.SkipCfws(&comment_);
      if (lexer_.AtEnd()) {
        break;
      }
      Step();
    }
    if (list_.size() < max_) {
      FinishMailbox();
    }
    if (in_group_) {
      list_.push_back({.kind = Address::Kind::kGroupEnd});
    }
    return std::move(list_);
  }

 private:
  void Step() {
    switch (const char c = lexer_.Peek()) {
      case ',':
        lexer_.Skip();
        FinishMailbox();
        break;
      case ';':
        lexer_.Skip();
        FinishMailbox();
        if (in_group_ && list_.size() < max_) {
          list_.push_back({.kind = Address::Kind::kGroupEnd});
          in_group_ = false;
        }
        break;
      case ':':
        lexer_.Skip();
        if (in_group_ || words_.has_at()) {
          words_.AppendSpecial(c, spaced_);
        } else {
          StartGroup();
        }
        break;
      case '<':
        lexer_.Skip();
        AngleAddress();
        break;
      default:
        TakeWord(&words_, spaced_);
    }
  }

  // A word, a quoted string, a literal or one special character.
  void TakeWord(Words* words, bool spaced) {
    const char c = lexer_.Peek();
    if (c == '"') {
      words->Append(lexer_.TakeQuoted(), spaced);
    } else if (c == '[' && words->has_at()) {
      words->Append(lexer_.TakeLiteral(), spaced);
    } else if (IsAddressText(c)) {
      words->Append(lexer_.TakeWhile(IsAddressText), spaced);
    } else {
      lexer_.Skip();
      words->AppendSpecial(c, spaced);
    }
  }

  // RFC 5322 3.6.4: group = display-name ":" [group-list] ";"
  void StartGroup() {
    list_.push_back({.kind = Address::Kind::kGroupStart, .mailbox = words_.TakeName()});
    words_.Clear();
    comment_.clear();
    in_group_ = true;
  }

  // What follows "<". A missing ">" is taken to stand before the next comma or at the end.
  void AngleAddress() {
    Address address;
    Words spec;
    bool closed = false;
    while (!closed) {
      const bool spaced = lexer_.SkipCfws();
      if (lexer_.AtEnd()) {
        break;
      }
      const char c = lexer_.Peek();
      if (c == '>') {
        lexer_.Skip();
        closed = true;
      } else if ((c == ',' && !spec.IsRoute()) || (c == ';' && in_group_)) {
        break;
      } else if (c == ':' && spec.IsRoute() && address.route.empty()) {
        lexer_.Skip();
        address.route = spec.TakeSpec();
        spec.Clear();
      } else {
        TakeWord(&spec, spaced);
      }
    }
    spec.ToMailbox(&address);
    address.name = words_.TakeName();
    words_.Clear();
    lexer_.SkipCfws(&comment_);
    FinishAddress(std::move(address));
  }

  void FinishMailbox() {
    if (words_.any()) {
      Address address;
      words_.ToMailbox(&address);
      words_.Clear();
      FinishAddress(std::move(address));
    }
    comment_.clear();
  }

  void FinishAddress(Address address) {
    // "alice@example.org (Alice)": older than display names, and still seen.
    if (address.name.empty()) {
      address.name = std::move(comment_);
    }
    comment_.clear();
    if (!address.name.empty() || !address.mailbox.empty() || !address.host.empty()) {
      list_.push_back(std::move(address));
    }
  }

  Lexer lexer_;
  const size_t max_;
  AddressList list_;
  Words words_;
  std::string comment_;
  bool spaced_ = false;
  bool in_group_ = false;
};

}  // namespace

AddressList ParseAddressList(absl::string_view value, size_t max_addresses) {
  return AddressParser(value, max_addresses).Parse();
}

}  // namespace posthorn::mail
