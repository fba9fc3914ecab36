#include <map>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "mailctl/commands.h"
#include "mailctl/dns_zone.h"
#include "mailctl/shown_time.h"
#include "mailctl/table.h"

namespace posthorn::mailctl {
namespace {

using Change = v1::ChangeDkimKeyRequest;

std::string AlgorithmOf(const v1::DkimKey& key) {
  return key.algorithm() == v1::DKIM_RSA_SHA256 ? "rsa" : "ed25519";
}

std::string StateOf(const v1::DkimKey& key) {
  return absl::AsciiStrToLower(absl::StripPrefix(v1::DkimKey::State_Name(key.state()), "STATE_"));
}

absl::StatusOr<v1::DkimKey> Add(Invocation& invocation, const v1::AddDkimKeyRequest& request) {
  v1::AddDkimKeyResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.AddDkimKey(context, request, &response); });
  return status.ok() ? absl::StatusOr<v1::DkimKey>(response.key()) : status;
}

absl::StatusOr<std::vector<v1::DkimKey>> List(Invocation& invocation, const std::string& domain) {
  v1::ListDkimKeysRequest request;
  request.set_domain(domain);
  v1::ListDkimKeysResponse response;
  const absl::Status status = invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.ListDkimKeys(context, request, &response); });
  if (!status.ok()) {
    return status;
  }
  return std::vector<v1::DkimKey>(response.keys().begin(), response.keys().end());
}

absl::Status Alter(Invocation& invocation, const std::string& selector, Change::Change change) {
  Change request;
  request.set_domain(invocation.arguments[0]);
  request.set_selector(selector);
  request.set_change(change);
  v1::ChangeDkimKeyResponse response;
  return invocation.mailstore.CallQueue(
      [&](auto& queue, auto* context) { return queue.ChangeDkimKey(context, request, &response); });
}

absl::StatusOr<std::string> AlterNamed(Invocation& invocation, Change::Change change,
                                       absl::string_view done) {
  const std::string& selector = invocation.arguments[1];
  if (absl::Status status = Alter(invocation, selector, change); !status.ok()) {
    return status;
  }
  return absl::StrCat("key ", selector, " of ", invocation.arguments[0], " ", done, "\n");
}

}  // namespace

absl::StatusOr<std::string> AddDkimKey(Invocation& invocation) {
  const std::string& algorithm = invocation.line.algorithm;
  if (!algorithm.empty() && algorithm != "rsa" && algorithm != "ed25519") {
    return absl::InvalidArgumentError("--algorithm is rsa or ed25519");
  }
  v1::AddDkimKeyRequest request;
  request.set_domain(invocation.arguments[0]);
  request.set_selector(invocation.line.selector);
  request.set_algorithm(algorithm == "ed25519" ? v1::DKIM_ED25519_SHA256 : v1::DKIM_RSA_SHA256);
  request.set_sign(invocation.line.sign);
  const absl::StatusOr<v1::DkimKey> key = Add(invocation, request);
  return key.ok() ? absl::StatusOr<std::string>(DkimTxtRecord(*key)) : key.status();
}

absl::StatusOr<std::string> ListDkimKeys(Invocation& invocation) {
  const absl::StatusOr<std::vector<v1::DkimKey>> keys =
      List(invocation, invocation.arguments.empty() ? "" : invocation.arguments[0]);
  if (!keys.ok()) {
    return keys.status();
  }
  Table table{{"domain", "selector", "algorithm", "state", "since", "record"}, {}};
  for (const v1::DkimKey& key : *keys) {
    table.rows.push_back({key.domain(), key.selector(), AlgorithmOf(key), StateOf(key),
                          ShownTime(key.changed_at_unix_seconds()), key.record()});
  }
  return invocation.line.json ? table.ToJson() : table.ToText();
}

absl::StatusOr<std::string> RotateDkimKeys(Invocation& invocation) {
  std::string text;
  for (const v1::DkimAlgorithm algorithm : {v1::DKIM_RSA_SHA256, v1::DKIM_ED25519_SHA256}) {
    v1::AddDkimKeyRequest request;
    request.set_domain(invocation.arguments[0]);
    request.set_algorithm(algorithm);
    const absl::StatusOr<v1::DkimKey> key = Add(invocation, request);
    if (!key.ok()) {
      return key.status();
    }
    absl::StrAppend(&text, DkimTxtRecord(*key));
  }
  return absl::StrCat("; publish these records; when they can be seen everywhere:\n",
                      "; mailctl dkim sign ", invocation.arguments[0], "\n", text);
}

absl::StatusOr<std::string> SignWithDkimKeys(Invocation& invocation) {
  if (invocation.arguments.size() == 2) {
    return AlterNamed(invocation, Change::CHANGE_SIGN, "signs");
  }
  const absl::StatusOr<std::vector<v1::DkimKey>> keys = List(invocation, invocation.arguments[0]);
  if (!keys.ok()) {
    return keys.status();
  }
  // The newest of each algorithm comes first.
  std::map<v1::DkimAlgorithm, std::string> newest;
  for (const v1::DkimKey& key : *keys) {
    if (key.state() == v1::DkimKey::STATE_PUBLISHED) {
      newest.try_emplace(key.algorithm(), key.selector());
    }
  }
  if (newest.empty()) {
    return absl::NotFoundError(
        absl::StrCat(invocation.arguments[0], " has no key that waits to sign"));
  }
  std::string text;
  for (const auto& [algorithm, selector] : newest) {
    if (absl::Status status = Alter(invocation, selector, Change::CHANGE_SIGN); !status.ok()) {
      return status;
    }
    absl::StrAppend(&text, "key ", selector, " of ", invocation.arguments[0], " signs\n");
  }
  return text;
}

absl::StatusOr<std::string> RetireDkimKey(Invocation& invocation) {
  return AlterNamed(invocation, Change::CHANGE_RETIRE, "retired");
}

absl::StatusOr<std::string> RemoveDkimKey(Invocation& invocation) {
  return AlterNamed(invocation, Change::CHANGE_REMOVE, "removed");
}

}  // namespace posthorn::mailctl
