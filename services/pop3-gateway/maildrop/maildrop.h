// The maildrop of a session: the snapshot taken at login and the messages marked as deleted
// (RFC 1939 5). Pure; nothing of it is known to the store before QUIT.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace posthorn::pop3 {

enum class Uid : uint32_t {};
enum class UidValidity : uint32_t {};

class Maildrop {
 public:
  // Columns of equal length, UIDs ascending.
  Maildrop(UidValidity uidvalidity, std::vector<uint32_t> uids, std::vector<uint64_t> octets);

  // Message numbers go from 1 to last(), deleted ones among them.
  uint32_t last() const { return static_cast<uint32_t>(uids_.size()); }
  // There is such a message and it is not marked as deleted.
  bool Has(uint32_t message) const;

  // What follows wants 1 <= message <= last().
  Uid uid(uint32_t message) const { return Uid{uids_[message - 1]}; }
  uint64_t octets(uint32_t message) const { return octets_[message - 1]; }
  // RFC 1939 7, UIDL: 16 hexadecimal digits of (UIDVALIDITY, UID), the same in every session.
  std::string UniqueId(uint32_t message) const;
  void AppendUniqueId(uint32_t message, std::string* out) const;

  // Marks a message that Has().
  void Delete(uint32_t message);
  // Takes all marks away.
  void Reset();

  // Of messages not marked as deleted.
  uint32_t live_messages() const { return last() - deleted_messages_; }
  uint64_t live_octets() const { return live_octets_; }
  uint32_t deleted_messages() const { return deleted_messages_; }
  // Ascending.
  std::vector<uint32_t> DeletedUids() const;

 private:
  UidValidity uidvalidity_;
  std::vector<uint32_t> uids_;
  std::vector<uint64_t> octets_;
  std::vector<bool> deleted_;
  uint32_t deleted_messages_ = 0;
  uint64_t all_octets_ = 0;
  uint64_t live_octets_ = 0;
};

}  // namespace posthorn::pop3
