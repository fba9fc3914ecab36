// One workload against one server, on 127.0.0.1: `posthorn_bench_driver WORKLOAD --name value`.
// Prints its figures as one JSON object; exits 1 with the reason when anything is not as it
// should be, so that a broken server yields an error and never a figure.
#include <boost/system/system_error.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <map>
#include <string_view>

#include "options.h"
#include "report.h"
#include "workloads.h"

int main(int argc, char** argv) {
  using posthorn::bench::Figures;
  using posthorn::bench::Options;
  static const std::map<std::string_view, Figures (*)(const Options&)> kWorkloads = {
      {"append", posthorn::bench::RunAppend}, {"delivery", posthorn::bench::RunDelivery},
      {"fetch", posthorn::bench::RunFetch},   {"fill", posthorn::bench::RunFill},
      {"idle", posthorn::bench::RunIdle},     {"login", posthorn::bench::RunLogin},
      {"mixed", posthorn::bench::RunMixed},   {"notification", posthorn::bench::RunNotification},
      {"range", posthorn::bench::RunRange},   {"retrieve", posthorn::bench::RunRetrieve},
      {"search", posthorn::bench::RunSearch}, {"select", posthorn::bench::RunSelect},
      {"relay", posthorn::bench::RunRelay},   {"smtp-idle", posthorn::bench::RunSmtpIdle},
      {"store", posthorn::bench::RunStore},   {"smtp-idle-tls", posthorn::bench::RunSmtpIdleTls},
  };
  std::signal(SIGPIPE, SIG_IGN);
  try {
    const Options options = posthorn::bench::ParseOptions(argc, argv);
    const auto workload = kWorkloads.find(options.workload);
    if (workload == kWorkloads.end()) {
      std::fprintf(stderr, "no workload %s\n", options.workload.c_str());
      return 2;
    }
    posthorn::bench::PrintFigures(workload->second(options));
    return 0;
  } catch (const boost::system::system_error& error) {
    std::fprintf(stderr, "%s: %s\n", argv[1], error.code().message().c_str());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s: %s\n", argc > 1 ? argv[1] : argv[0], error.what());
    return 1;
  }
}
