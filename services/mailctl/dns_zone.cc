#include "mailctl/dns_zone.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace posthorn::mailctl {
namespace {

constexpr size_t kMaxString = 255;  // RFC 1035 3.3.14
constexpr size_t kNameWidth = 40;

std::string Record(absl::string_view name, absl::string_view type, absl::string_view data) {
  std::string line = absl::StrCat(name, ". ");
  line.resize(std::max(line.size(), kNameWidth), ' ');
  absl::StrAppend(&line, "IN ", type, " ", data, "\n");
  return line;
}

std::string Quoted(absl::string_view text) {
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string Comment(absl::string_view text) {
  std::string lines;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::StrAppend(&lines, line.empty() ? ";" : "; ", line, "\n");
  }
  return lines;
}

// RFC 8461 3.2. Senders that obey it give up rather than send past it, so it begins with testing.
std::string StsPolicy(absl::string_view host) {
  return absl::StrCat("version: STSv1\nmode: testing\nmx: ", host, "\nmax_age: 604800");
}

// Another policy has another id (RFC 8461 3.1), the same one the same: FNV-1a.
std::string StsId(absl::string_view policy) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : policy) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

// Implicit TLS comes before STARTTLS (RFC 8314 3).
std::string ServiceRecords(absl::string_view domain, absl::string_view host) {
  struct Service {
    absl::string_view name;
    int priority;
    int port;
  };
  constexpr Service kServices[] = {{"submissions", 0, 465}, {"submission", 10, 587},
                                   {"imaps", 0, 993},       {"imap", 10, 143},
                                   {"pop3s", 10, 995},      {"pop3", 20, 110}};
  std::string text;
  for (const Service& service : kServices) {
    absl::StrAppend(&text,
                    Record(absl::StrCat("_", service.name, "._tcp.", domain), "SRV",
                           absl::StrCat(service.priority, " 1 ", service.port, " ", host, ".")));
  }
  return text;
}

}  // namespace

std::string TxtRecord(absl::string_view name, absl::string_view text) {
  if (text.size() <= kMaxString) {
    return Record(name, "TXT", Quoted(text));
  }
  std::string strings = "(";
  for (; !text.empty(); text.remove_prefix(std::min(text.size(), kMaxString))) {
    absl::StrAppend(&strings, "\n    ", Quoted(text.substr(0, kMaxString)));
  }
  return Record(name, "TXT", absl::StrCat(strings, " )"));
}

std::string DkimTxtRecord(const v1::DkimKey& key) {
  return TxtRecord(absl::StrCat(key.selector(), "._domainkey.", key.domain()), key.record());
}

std::string DnsZone(absl::string_view domain, absl::string_view host,
                    absl::Span<const v1::DkimKey> keys) {
  const std::string reports = absl::StrCat("rua=mailto:postmaster@", domain);
  const std::string policy = StsPolicy(host);
  std::string zone = Comment(absl::StrCat("Mail of ", domain, ". The address of ", host,
                                          " needs a PTR record that names it."));
  absl::StrAppend(&zone, Record(domain, "MX", absl::StrCat("10 ", host, ".")));
  absl::StrAppend(&zone, Comment("\nWho sends: add ip4: and ip6: of relays that are not the MX."),
                  TxtRecord(domain, "v=spf1 mx ~all"));
  if (host != domain) {
    absl::StrAppend(&zone, TxtRecord(host, "v=spf1 a -all"));
  }
  absl::StrAppend(&zone, Comment("\nWhat signs."));
  for (const v1::DkimKey& key : keys) {
    absl::StrAppend(&zone, DkimTxtRecord(key));
  }
  absl::StrAppend(&zone, TxtRecord(absl::StrCat("_dmarc.", domain),
                                   absl::StrCat("v=DMARC1; p=quarantine; ", reports)));
  absl::StrAppend(
      &zone,
      Comment(absl::StrCat("\nTLS to us. Serve as https://mta-sts.", domain,
                           "/.well-known/mta-sts.txt (enforce when reports tell of no failures):\n",
                           policy)),
      TxtRecord(absl::StrCat("_mta-sts.", domain), absl::StrCat("v=STSv1; id=", StsId(policy))),
      TxtRecord(absl::StrCat("_smtp._tls.", domain), absl::StrCat("v=TLSRPTv1; ", reports)));
  absl::StrAppend(&zone, Comment("\nWhere clients connect."), ServiceRecords(domain, host));
  return zone;
}

}  // namespace posthorn::mailctl
