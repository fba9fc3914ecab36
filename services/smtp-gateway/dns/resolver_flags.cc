#include "smtp-gateway/dns/resolver_flags.h"

#include <filesystem>
#include <string>
#include <utility>

#include "absl/flags/flag.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/log/log.h"

ABSL_FLAG(std::string, dns_server, "",
          "DNS servers to ask, ADDRESS or ADDRESS@PORT with commas between; empty: those of "
          "/etc/resolv.conf");
ABSL_FLAG(std::string, dns_trust_anchor, "/usr/share/dns/root.key",
          "file of the DNSSEC keys of the root; empty: nothing is validated");
ABSL_FLAG(std::string, dnssec, "auto",
          "auto: mail leaves without DANE where DNSSEC does not come through; required: it waits");

namespace posthorn::dns {
namespace {

UnboundOptions OptionsFromFlags() {
  UnboundOptions options;
  options.servers = absl::StrSplit(absl::GetFlag(FLAGS_dns_server), ',', absl::SkipEmpty());
  return options;
}

// Empty: nothing is validated. One process that lacks the file relays all the same, without DANE.
absl::StatusOr<std::string> TrustAnchor(bool required) {
  std::string file = absl::GetFlag(FLAGS_dns_trust_anchor);
  std::error_code error;
  const bool there = !file.empty() && std::filesystem::exists(file, error);
  if (!there && required) {
    return absl::InvalidArgumentError(
        absl::StrCat("dnssec: required, but there is no dns_trust_anchor: \"", file, "\""));
  }
  if (!there && !file.empty()) {
    log::Warning("DNSSEC is not validated: no such file", {{"file", file}});
    file.clear();
  }
  return file;
}

absl::Status Set(std::unique_ptr<Resolver>& way, const asio::any_io_executor& executor,
                 const UnboundOptions& options) {
  auto made = UnboundResolver::Make(executor, options);
  if (made.ok()) {
    way = *std::move(made);
  }
  return made.status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<UnboundResolver>> ResolverFromFlags(asio::any_io_executor executor) {
  return UnboundResolver::Make(std::move(executor), OptionsFromFlags());
}

absl::StatusOr<std::unique_ptr<ValidatingResolver>> ValidatingResolverFromFlags(
    asio::any_io_executor executor) {
  const std::string mode = absl::GetFlag(FLAGS_dnssec);
  if (mode != "auto" && mode != "required") {
    return absl::InvalidArgumentError("dnssec: auto or required is needed");
  }
  ValidatingResolver::Ways ways;
  ways.required = mode == "required";
  UnboundOptions options = OptionsFromFlags();
  absl::Status status = Set(ways.unvalidated, executor, options);
  const auto anchor = TrustAnchor(ways.required);
  status.Update(anchor.status());
  if (status.ok() && !anchor->empty()) {
    options.trust_anchor = *anchor;
    status = Set(ways.servers, executor, options);
    if (status.ok() && options.servers.empty()) {
      options.from_root = true;
      status = Set(ways.from_root, executor, options);
    }
  }
  if (!status.ok()) {
    return status;
  }
  return std::make_unique<ValidatingResolver>(std::move(ways));
}

}  // namespace posthorn::dns
