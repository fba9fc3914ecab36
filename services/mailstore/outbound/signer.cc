#include "mailstore/outbound/signer.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/log/log.h"
#include "mail/dkim.h"
#include "mailstore/directory/text_array.h"
#include "mailstore/outbound/clean_text.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {
namespace {

constexpr std::chrono::seconds kLifetime{5};
constexpr size_t kMostEntries = 4'096;
constexpr int kSigning = 2;  // v1::DkimKey::STATE_SIGNING

constexpr Statement kLoad{
    "dkim_key.load_signing",
    "SELECT domain, selector, private_key FROM dkim_key WHERE domain = ANY ($1::text[]) "
    "AND state = $2::int ORDER BY length(domain) DESC, algorithm, selector"};

// The domain and those above it, down to two labels.
std::vector<std::string> Ancestry(absl::string_view domain) {
  std::vector<std::string> names;
  for (;;) {
    names.emplace_back(domain);
    const size_t dot = domain.find('.');
    if (dot == absl::string_view::npos || domain.find('.', dot + 1) == absl::string_view::npos) {
      return names;
    }
    domain.remove_prefix(dot + 1);
  }
}

Signer::Keys Load(Connection& connection, const std::string& author_domain) {
  Signer::Keys keys;
  for (const auto& row : connection.Exec(kLoad, TextArray(Ancestry(author_domain)), kSigning)) {
    if (keys.keys.empty()) {
      keys.domain = row[0].c_str();
    } else if (keys.domain != row[0].c_str()) {
      break;
    }
    auto key = mail::DkimKey::FromPem(row[2].c_str());
    if (!key.ok()) {
      log::Warning("a DKIM key cannot be used", {{"domain", keys.domain},
                                                 {"selector", row[1].c_str()},
                                                 {"error", std::string(key.status().message())}});
      continue;
    }
    keys.keys.push_back({row[1].c_str(), *std::move(key)});
  }
  return keys;
}

}  // namespace

std::shared_ptr<const Signer::Keys> Signer::Peek(const std::string& author_domain) {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(author_domain);
  return entry != entries_.end() && Clock::now() < entry->second.until ? entry->second.keys
                                                                       : nullptr;
}

std::shared_ptr<const Signer::Keys> Signer::Get(Connection& connection,
                                                const std::string& author_domain) {
  if (auto keys = Peek(author_domain); keys != nullptr) {
    return keys;
  }
  const Clock::time_point until = Clock::now() + kLifetime;
  const auto keys = std::make_shared<const Keys>(Load(connection, author_domain));
  const std::lock_guard lock(mutex_);
  if (entries_.size() >= kMostEntries) {
    entries_.clear();
  }
  entries_[author_domain] = {keys, until};
  return keys;
}

bool IsWithin(absl::string_view domain, absl::string_view signing_domain) {
  return domain == signing_domain || (absl::EndsWith(domain, signing_domain) &&
                                      domain[domain.size() - signing_domain.size() - 1] == '.');
}

std::string SignWith(const Signer::Keys& keys, absl::string_view header,
                     absl::string_view body_hash, int64_t now) {
  std::string fields;
  for (const SigningKey& key : keys.keys) {
    const absl::StatusOr<std::string> field = mail::DkimSign({.header = header,
                                                              .body_hash = body_hash,
                                                              .domain = keys.domain,
                                                              .selector = key.selector,
                                                              .signed_at = now},
                                                             key.key);
    if (field.ok()) {
      absl::StrAppend(&fields, *field);
    } else {
      log::Debug("a message cannot be signed", {{"error", std::string(field.status().message())}});
    }
  }
  return fields;
}

std::string AuthorDomain(absl::string_view envelope) {
  v1::Envelope parsed;
  parsed.ParseFromArray(envelope.data(), static_cast<int>(envelope.size()));
  std::string domain;
  for (const v1::Address& author : parsed.from()) {
    const std::string next = DomainOf(absl::StrCat("@", author.host()));
    if (next.empty() || (!domain.empty() && next != domain)) {
      return "";
    }
    domain = next;
  }
  return domain;
}

}  // namespace posthorn::store
