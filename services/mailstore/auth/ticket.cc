#include "mailstore/auth/ticket.h"

#include <utility>

#include "common/rpc/status.h"
#include "mailstore/auth/keyed_digest.h"
#include "mailstore/auth/octets.h"

namespace posthorn::store {
namespace {

constexpr char kVersion = 1;
constexpr size_t kClaimsOctets = 1 + 4 * 8;
constexpr size_t kTicketOctets = kClaimsOctets + sizeof(Digest);
constexpr absl::Duration kClockSkew = absl::Minutes(1);

absl::Status Invalid() {
  return rpc::MakeError(absl::StatusCode::kUnauthenticated, v1::ErrorDetail::REASON_TICKET_INVALID,
                        "session ticket is not valid");
}

absl::string_view Octets(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

}  // namespace

TicketSigner::TicketSigner(std::string secret) : secret_(std::move(secret)) {}

std::string TicketSigner::Sign(const TicketClaims& claims) const {
  std::string ticket;
  ticket.reserve(kTicketOctets);
  ticket.push_back(kVersion);
  PutU64(ticket, claims.account_id.value());
  PutU64(ticket, static_cast<uint64_t>(absl::ToUnixSeconds(claims.issued_at)));
  PutU64(ticket, static_cast<uint64_t>(absl::ToUnixSeconds(claims.expires_at)));
  PutU64(ticket, claims.generation);
  const Digest digest = KeyedDigest(secret_, {"ticket", ticket});
  ticket.append(reinterpret_cast<const char*>(digest.data()), digest.size());
  return ticket;
}

bool TicketSigner::Genuine::ConstantTimeEqual::operator()(absl::string_view a,
                                                          absl::string_view b) const {
  return EqualInConstantTime(a, b);
}

bool TicketSigner::Genuine::Contains(absl::string_view ticket) const {
  const std::lock_guard lock(mutex_);
  return tickets_.contains(ticket);
}

void TicketSigner::Genuine::Add(absl::string_view ticket) {
  const std::lock_guard lock(mutex_);
  if (tickets_.size() >= kMost) {
    tickets_.clear();
  }
  tickets_.emplace(ticket);
}

bool TicketSigner::IsGenuine(absl::string_view ticket) const {
  if (genuine_.Contains(ticket)) {
    return true;
  }
  const Digest expected = KeyedDigest(secret_, {"ticket", ticket.substr(0, kClaimsOctets)});
  if (!EqualInConstantTime(Octets(expected), ticket.substr(kClaimsOctets))) {
    return false;
  }
  genuine_.Add(ticket);
  return true;
}

absl::StatusOr<TicketClaims> TicketSigner::Check(absl::string_view ticket, absl::Time now) const {
  if (ticket.size() != kTicketOctets || ticket[0] != kVersion || !IsGenuine(ticket)) {
    return Invalid();
  }
  TicketClaims claims;
  claims.account_id = AccountId(GetU64(ticket, 1));
  claims.issued_at = absl::FromUnixSeconds(static_cast<int64_t>(GetU64(ticket, 9)));
  claims.expires_at = absl::FromUnixSeconds(static_cast<int64_t>(GetU64(ticket, 17)));
  claims.generation = static_cast<uint32_t>(GetU64(ticket, 25));
  if (claims.expires_at <= now || claims.issued_at > now + kClockSkew) {
    return Invalid();
  }
  return claims;
}

absl::StatusOr<AccountId> TicketSigner::CheckTicket(absl::string_view ticket,
                                                    absl::Time now) const {
  absl::StatusOr<TicketClaims> claims = Check(ticket, now);
  if (!claims.ok()) {
    return claims.status();
  }
  return claims->account_id;
}

}  // namespace posthorn::store
