#include "smtp-gateway/dns/lookup.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/random/random.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace posthorn::dns {
namespace {

constexpr size_t kMostHosts = 50;
constexpr size_t kMostAddresses = 20;

std::vector<net::IpAddress> AddressesOf(const Answer& answer) {
  std::vector<net::IpAddress> addresses;
  for (const std::string& rdata : answer.rdata) {
    if (const auto address = ParseAddress(rdata); address.ok()) {
      addresses.push_back(*address);
    }
  }
  return addresses;
}

std::vector<net::IpAddress> InTurn(const std::vector<net::IpAddress>& first,
                                   const std::vector<net::IpAddress>& second) {
  std::vector<net::IpAddress> all;
  for (size_t i = 0; i < std::max(first.size(), second.size()); ++i) {
    for (const auto* some : {&first, &second}) {
      if (i < some->size() && all.size() < kMostAddresses) {
        all.push_back((*some)[i]);
      }
    }
  }
  return all;
}

// RFC 7672 2.2.2: the name that aliases lead to goes first, as far as all of it is secure; if it is
// not, an alias that itself is secure may have records under its own name.
asio::awaitable<std::vector<std::string>> TlsaBases(Resolver& resolver, const std::string& host,
                                                    const Answer& answer) {
  std::vector<std::string> bases;
  const bool alias = !answer.canonical_name.empty() && answer.canonical_name != host;
  if (answer.secure) {
    if (alias) {
      bases.push_back(answer.canonical_name);
    }
    bases.push_back(host);
  } else if (alias) {
    const Answer own = co_await resolver.Query(host, Type::kCname);
    if (own.outcome == Outcome::kData && own.secure) {
      bases.push_back(host);
    }
  }
  co_return bases;
}

}  // namespace

asio::awaitable<MxLookup> LookupMx(Resolver& resolver, const std::string& domain) {
  const Answer answer = co_await resolver.Query(domain, Type::kMx);
  MxLookup lookup{.outcome = answer.outcome, .secure = answer.secure, .reason = answer.reason};
  for (const std::string& rdata : answer.rdata) {
    if (const auto mx = ParseMx(rdata); mx.ok()) {
      lookup.hosts.push_back(*mx);
    }
  }
  if (answer.outcome == Outcome::kData && lookup.hosts.empty()) {
    lookup.outcome = Outcome::kFailed;
    lookup.reason = "the MX records are malformed";
  }
  lookup.null_mx = lookup.hosts.size() == 1 && lookup.hosts.front().exchange.empty();
  std::erase_if(lookup.hosts, [](const Mx& mx) { return mx.exchange.empty(); });
  absl::BitGen random;
  std::shuffle(lookup.hosts.begin(), lookup.hosts.end(), random);
  // Sorted by insertion into their place: equal ones stay shuffled.
  std::multimap<uint16_t, Mx> sorted;
  for (Mx& mx : lookup.hosts) {
    sorted.emplace(mx.preference, std::move(mx));
  }
  lookup.hosts.clear();
  for (auto& [preference, mx] : sorted) {
    lookup.hosts.push_back(std::move(mx));
  }
  lookup.hosts.resize(std::min(lookup.hosts.size(), kMostHosts));
  co_return lookup;
}

asio::awaitable<AddressLookup> LookupAddresses(Resolver& resolver, const std::string& host) {
  const Answer v6 = co_await resolver.Query(host, Type::kAaaa);
  const Answer v4 = co_await resolver.Query(host, Type::kA);
  AddressLookup lookup;
  lookup.addresses = InTurn(AddressesOf(v6), AddressesOf(v4));
  if (!lookup.addresses.empty()) {
    lookup.outcome = Outcome::kData;
    // RFC 7672 2.2.2: an answer that is bogus makes no host insecure; what is known decides.
    const Answer& known = v4.outcome == Outcome::kData ? v4 : v6;
    lookup.tlsa_bases = co_await TlsaBases(resolver, host, known);
  } else if (v4.outcome == Outcome::kFailed || v6.outcome == Outcome::kFailed) {
    lookup.reason = v4.outcome == Outcome::kFailed ? v4.reason : v6.reason;
  } else {
    lookup.outcome = v4.outcome == Outcome::kNxDomain ? Outcome::kNxDomain : Outcome::kNoData;
  }
  co_return lookup;
}

asio::awaitable<TlsaLookup> LookupTlsa(Resolver& resolver, const std::vector<std::string>& bases,
                                       uint16_t port) {
  TlsaLookup lookup{.outcome = Outcome::kNoData};
  for (const std::string& base : bases) {
    const Answer answer =
        co_await resolver.Query(absl::StrCat("_", port, "._tcp.", base), Type::kTlsa);
    if (answer.outcome == Outcome::kFailed) {
      lookup.outcome = Outcome::kFailed;
      lookup.reason = answer.reason;
      co_return lookup;
    }
    if (answer.outcome != Outcome::kData || !answer.secure) {
      continue;
    }
    lookup.outcome = Outcome::kData;
    lookup.base = base;
    for (const std::string& rdata : answer.rdata) {
      if (const auto record = ParseTlsa(rdata); record.ok()) {
        lookup.records.push_back(*record);
      }
    }
    co_return lookup;
  }
  co_return lookup;
}

asio::awaitable<absl::StatusOr<std::vector<std::string>>> LookupTexts(Resolver& resolver,
                                                                      const std::string& name) {
  const Answer answer = co_await resolver.Query(name, Type::kTxt);
  if (answer.outcome == Outcome::kFailed) {
    co_return absl::UnavailableError(answer.reason);
  }
  std::vector<std::string> texts;
  for (const std::string& rdata : answer.rdata) {
    if (auto text = ParseText(rdata); text.ok()) {
      texts.push_back(*std::move(text));
    }
  }
  co_return texts;
}

}  // namespace posthorn::dns
