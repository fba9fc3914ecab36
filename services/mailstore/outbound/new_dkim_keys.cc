#include "mailstore/outbound/new_dkim_keys.h"

#include <utility>

#include "mail/dkim_key.h"

namespace posthorn::store {

namespace asio = boost::asio;

asio::awaitable<absl::StatusOr<NewDkimKey>> MakeDkimKey(HashPool& threads,
                                                        v1::DkimAlgorithm algorithm) {
  auto make = [algorithm] {
    return mail::GenerateDkimKey(algorithm == v1::DKIM_RSA_SHA256
                                     ? mail::DkimAlgorithm::kRsaSha256
                                     : mail::DkimAlgorithm::kEd25519Sha256);
  };
  absl::StatusOr<std::string> key = co_await threads.Run(make);
  if (!key.ok()) {
    co_return key.status();
  }
  co_return NewDkimKey{algorithm, *std::move(key)};
}

asio::awaitable<absl::StatusOr<FirstDkimKeys>> MakeFirstDkimKeys(HashPool& threads) {
  FirstDkimKeys keys;
  for (const v1::DkimAlgorithm algorithm : {v1::DKIM_RSA_SHA256, v1::DKIM_ED25519_SHA256}) {
    absl::StatusOr<NewDkimKey> key = co_await MakeDkimKey(threads, algorithm);
    if (!key.ok()) {
      co_return key.status();
    }
    keys.push_back(*std::move(key));
  }
  co_return keys;
}

}  // namespace posthorn::store
