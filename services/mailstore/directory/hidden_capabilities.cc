#include "mailstore/directory/hidden_capabilities.h"

#include <algorithm>

#include "absl/container/btree_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/rpc/status.h"
#include "mailstore/db/transaction.h"

namespace posthorn::store {
namespace {

constexpr std::size_t kMaxName = 64;
// RFC 9051 6.1.1: without a revision there is no session, without these no login.
constexpr absl::string_view kNeeded[] = {"IMAP4REV1", "STARTTLS", "LOGINDISABLED"};

constexpr Statement kRead{
    "login.hidden_capabilities",
    "SELECT hidden_capabilities FROM login WHERE address_key = $1 FOR UPDATE"};
constexpr Statement kWrite{"login.hide_capabilities",
                           "UPDATE login SET hidden_capabilities = $2 WHERE address_key = $1"};

bool IsNameChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("-=+.:/&", absl::string_view(&c, 1));
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ParseCapabilities(absl::Span<const std::string> names) {
  if (names.size() > kMaxHiddenCapabilities) {
    return absl::InvalidArgumentError("too many capabilities");
  }
  std::vector<std::string> parsed;
  for (const std::string& name : names) {
    if (name.empty() || name.size() > kMaxName ||
        !std::all_of(name.begin(), name.end(), IsNameChar)) {
      return absl::InvalidArgumentError(absl::StrCat(name, " is no name of a capability"));
    }
    std::string upper = absl::AsciiStrToUpper(name);
    if (std::find(std::begin(kNeeded), std::end(kNeeded), upper) != std::end(kNeeded)) {
      return absl::InvalidArgumentError(absl::StrCat(upper, " cannot be hidden"));
    }
    parsed.push_back(std::move(upper));
  }
  return parsed;
}

absl::StatusOr<std::vector<std::string>> ChangeHiddenCapabilities(
    Connection& connection, const std::string& key, absl::Span<const std::string> hide,
    absl::Span<const std::string> show) {
  Transaction transaction(connection);
  const pqxx::result found = transaction.Exec(kRead, key);
  if (found.empty()) {
    return rpc::MakeError(absl::StatusCode::kNotFound, v1::ErrorDetail::REASON_NOT_FOUND,
                          absl::StrCat("there is no account ", key));
  }
  absl::btree_set<std::string> hidden = absl::StrSplit(found[0][0].c_str(), ' ', absl::SkipEmpty());
  hidden.insert(hide.begin(), hide.end());
  for (const std::string& name : show) {
    hidden.erase(name);
  }
  if (hidden.size() > kMaxHiddenCapabilities) {
    return rpc::MakeError(absl::StatusCode::kResourceExhausted, v1::ErrorDetail::REASON_TOO_MANY,
                          "too many capabilities are hidden");
  }
  transaction.Post(kWrite, key, absl::StrJoin(hidden, " "));
  transaction.Commit();
  return std::vector<std::string>(hidden.begin(), hidden.end());
}

}  // namespace posthorn::store
