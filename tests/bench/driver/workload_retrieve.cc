// POP3 retrieval of whole maildrops, from connecting to the answer to QUIT: `clients` at a time,
// each with an account of its own that holds exactly `count` messages of `size` octets from the
// fill workload. `window` is the number of RETR commands sent ahead (1: one by one).
#include <memory>
#include <vector>

#include "crew.h"
#include "pop3_client.h"
#include "workloads.h"

namespace posthorn::bench {
namespace {

Awaitable<void> Retrieve(const Options& options, Pop3Client& client, int account) {
  const std::uint32_t messages = co_await client.Login(
      options.pop3_port, UserName(options, options.first + account), options.password);
  if (messages != static_cast<std::uint32_t>(options.count)) {
    throw UnexpectedReply("STAT", std::to_string(messages) + " messages");
  }
  co_await client.RetrieveAll(messages, options.window, options.size);
  co_await client.Quit();
}

}  // namespace

Figures RunRetrieve(const Options& options) {
  Crew crew{std::chrono::seconds(options.deadline_s)};
  std::vector<std::unique_ptr<Pop3Client>> clients;
  std::vector<Awaitable<void>> retrieving;
  for (int i = 0; i < options.clients; ++i) {
    clients.push_back(std::make_unique<Pop3Client>(crew.io()));
    retrieving.push_back(Retrieve(options, *clients.back(), i));
  }
  const double took = crew.Run(std::move(retrieving));
  const double per_s = 1.0 * options.clients * options.count / took;
  return {{"per_s", per_s}, {"mb_per_s", per_s * options.size / 1e6}};
}

}  // namespace posthorn::bench
