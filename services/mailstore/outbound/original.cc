#include "mailstore/outbound/original.h"

#include <algorithm>

#include "common/rpc/status.h"
#include "mailstore/directory/local_address.h"
#include "mailstore/directory/recipient_repository.h"
#include "mailstore/storage/blob_header.h"

namespace posthorn::store {
namespace {

// RFC 3461 4.3 leaves it to us how much comes back.
constexpr size_t kMostHeader = 64 << 10;
constexpr size_t kMostReturned = 1 << 20;

// Octets of a stored body, at most so many. Empty if it is gone or damaged.
std::string ReadOctets(Connection& connection, BlobKey key, size_t most) {
  const std::vector<BlobBody> bodies = LoadBlobBodies(connection, key.account, {&key.blob, 1});
  if (bodies.empty()) {
    return "";
  }
  const size_t octets = std::min<size_t>(most, bodies.front().size);
  return LoadPrefix(connection, key.account, bodies.front(), octets).value_or("");
}

}  // namespace

void FindReceivers(Connection& connection, const std::string& address,
                   OwnMailReceivers* receivers) {
  const auto parsed = ParseLocalAddress(address);
  if (!parsed.ok()) {
    return;
  }
  const auto recipient = FindRecipient(connection, *parsed);
  if (recipient.ok()) {
    for (const RecipientAccount& account : recipient->accounts) {
      receivers->accounts.push_back(account.account_id);
    }
  } else if (rpc::ReasonOf(recipient.status()) == v1::ErrorDetail::REASON_NOT_LOCAL) {
    receivers->addresses.push_back(address);
  }
}

void LoadOriginals(Connection& connection, const std::vector<const Attempted*>& wanted,
                   Originals* originals) {
  for (const Attempted* attempted : wanted) {
    const auto [it, added] = originals->try_emplace(attempted->message);
    if (!added) {
      continue;
    }
    Original& original = it->second;
    FindReceivers(connection, attempted->envelope.reverse_path(), &original.sender);
    // RFC 8689 5: what REQUIRETLS protects is not returned whole.
    const bool whole = attempted->envelope.return_full() && !attempted->envelope.require_tls();
    std::string octets =
        ReadOctets(connection, attempted->message, whole ? kMostReturned + 1 : kMostHeader);
    const size_t end = octets.find("\r\n\r\n");
    original.header =
        octets.substr(0, std::min(kMostHeader, end == std::string::npos ? end : end + 4));
    if (whole && octets.size() <= kMostReturned) {
      original.content = mail::ScanContentNeeds(octets).body;
      if (original.content != mail::ContentKind::kBinary) {
        original.octets = std::move(octets);
      }
    }
  }
}

}  // namespace posthorn::store
