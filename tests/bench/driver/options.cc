#include "options.h"

#include <charconv>
#include <map>
#include <stdexcept>
#include <string_view>

namespace posthorn::bench {
namespace {

template <typename Number>
void ParseNumber(std::string_view name, std::string_view text, Number& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw std::invalid_argument("--" + std::string(name) + ": not a number in range");
  }
}

}  // namespace

Options ParseOptions(int argc, char** argv) {
  if (argc < 2) {
    throw std::invalid_argument("usage: posthorn_bench_driver WORKLOAD [--name value ...]");
  }
  Options options;
  options.workload = argv[1];
  const std::map<std::string_view, std::string*> texts = {
      {"user", &options.user},     {"password", &options.password}, {"mailbox", &options.mailbox},
      {"sender", &options.sender}, {"sink", &options.sink},         {"items", &options.items}};
  const std::map<std::string_view, std::uint16_t*> ports = {{"smtp-port", &options.smtp_port},
                                                            {"relay-port", &options.relay_port},
                                                            {"imap-port", &options.imap_port},
                                                            {"pop3-port", &options.pop3_port}};
  const std::map<std::string_view, int*> numbers = {
      {"first", &options.first},        {"accounts", &options.accounts},
      {"clients", &options.clients},    {"count", &options.count},
      {"size", &options.size},          {"window", &options.window},
      {"repeats", &options.repeats},    {"newest", &options.newest},
      {"deadline", &options.deadline_s}};
  for (int i = 2; i < argc; i += 2) {
    std::string_view name = argv[i];
    if (!name.starts_with("--") || i + 1 == argc) {
      throw std::invalid_argument("expected --name value, not " + std::string(name));
    }
    name.remove_prefix(2);
    if (auto text = texts.find(name); text != texts.end()) {
      *text->second = argv[i + 1];
    } else if (auto port = ports.find(name); port != ports.end()) {
      ParseNumber(name, argv[i + 1], *port->second);
    } else if (auto number = numbers.find(name); number != numbers.end()) {
      ParseNumber(name, argv[i + 1], *number->second);
      if (*number->second < (name == "first" ? 0 : 1)) {
        throw std::invalid_argument("--" + std::string(name) + ": too small");
      }
    } else {
      throw std::invalid_argument("unknown option --" + std::string(name));
    }
  }
  return options;
}

std::string UserName(const Options& options, int number) { return Numbered(options.user, number); }

std::string Numbered(std::string name, int number) {
  if (auto at = name.find("{}"); at != std::string::npos) {
    name.replace(at, 2, std::to_string(number));
  }
  return name;
}

}  // namespace posthorn::bench
