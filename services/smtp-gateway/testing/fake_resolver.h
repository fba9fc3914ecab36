// A DNS in memory.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "smtp-gateway/dns/resolver.h"

namespace posthorn::dns {

// A name in wire format.
inline std::string WireName(const std::string& name) {
  std::string wire;
  size_t begin = 0;
  while (begin < name.size()) {
    const size_t end = std::min(name.find('.', begin), name.size());
    wire += static_cast<char>(end - begin);
    wire += name.substr(begin, end - begin);
    begin = end + 1;
  }
  return wire + '\0';
}

class FakeResolver final : public Resolver {
 public:
  // What is not here does not exist.
  std::map<std::pair<std::string, Type>, Answer> answers;
  // What is asked of these is never answered.
  std::set<std::string> silent;

  void AddMx(const std::string& domain, int preference, const std::string& exchange,
             bool secure = false) {
    Answer& answer = Data(domain, Type::kMx, secure);
    answer.rdata.push_back(std::string{'\0', static_cast<char>(preference)} + WireName(exchange));
  }
  void AddAddress(const std::string& host, const std::string& rdata, bool secure = false) {
    Data(host, rdata.size() == 4 ? Type::kA : Type::kAaaa, secure).rdata.push_back(rdata);
  }
  void AddLoopback(const std::string& host, bool secure = false) {
    AddAddress(host, std::string("\x7f\0\0\1", 4), secure);
  }
  void Fail(const std::string& name, Type type) {
    answers[{name, type}] = Answer{.reason = "no answer"};
  }
  Answer& Data(const std::string& name, Type type, bool secure) {
    Answer& answer = answers[{name, type}];
    answer.outcome = Outcome::kData;
    answer.secure = secure;
    answer.canonical_name = name;
    return answer;
  }

  asio::awaitable<Answer> Query(std::string name, Type type) override {
    if (silent.contains(name)) {
      asio::steady_timer never(co_await asio::this_coro::executor,
                               asio::steady_timer::time_point::max());
      co_await never.async_wait(asio::use_awaitable);
    }
    if (const auto found = answers.find({name, type}); found != answers.end()) {
      co_return found->second;
    }
    // A name that has other records exists.
    for (const auto& [key, answer] : answers) {
      if (key.first == name) {
        co_return Answer{.outcome = Outcome::kNoData};
      }
    }
    co_return Answer{.outcome = Outcome::kNxDomain};
  }
};

}  // namespace posthorn::dns
