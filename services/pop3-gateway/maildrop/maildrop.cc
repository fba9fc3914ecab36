#include "pop3-gateway/maildrop/maildrop.h"

#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"

namespace posthorn::pop3 {

Maildrop::Maildrop(UidValidity uidvalidity, std::vector<uint32_t> uids,
                   std::vector<uint64_t> octets)
    : uidvalidity_(uidvalidity),
      uids_(std::move(uids)),
      octets_(std::move(octets)),
      deleted_(uids_.size(), false),
      all_octets_(std::accumulate(octets_.begin(), octets_.end(), uint64_t{0})),
      live_octets_(all_octets_) {}

bool Maildrop::Has(uint32_t message) const {
  return message >= 1 && message <= last() && !deleted_[message - 1];
}

std::string Maildrop::UniqueId(uint32_t message) const {
  std::string id;
  AppendUniqueId(message, &id);
  return id;
}

void Maildrop::AppendUniqueId(uint32_t message, std::string* out) const {
  absl::StrAppend(out, absl::Hex(static_cast<uint32_t>(uidvalidity_), absl::kZeroPad8),
                  absl::Hex(uids_[message - 1], absl::kZeroPad8));
}

void Maildrop::Delete(uint32_t message) {
  deleted_[message - 1] = true;
  ++deleted_messages_;
  live_octets_ -= octets_[message - 1];
}

void Maildrop::Reset() {
  deleted_.assign(uids_.size(), false);
  deleted_messages_ = 0;
  live_octets_ = all_octets_;
}

std::vector<uint32_t> Maildrop::DeletedUids() const {
  std::vector<uint32_t> uids;
  uids.reserve(deleted_messages_);
  for (size_t i = 0; i < uids_.size(); ++i) {
    if (deleted_[i]) {
      uids.push_back(uids_[i]);
    }
  }
  return uids;
}

}  // namespace posthorn::pop3
