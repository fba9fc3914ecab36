#include "mailstore/storage/thread_ids.h"

#include <openssl/sha.h>

#include <array>

#include "mail/message_ids.h"
#include "mail/mime_scanner.h"

namespace posthorn::store {
namespace {

constexpr size_t kIdOctets = 8;

// Octets of a digest, so that nobody makes two ids meet by accident. Never all zero, which is no
// id.
void AppendHash(absl::string_view id, std::string* out) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest;
  SHA256(reinterpret_cast<const unsigned char*>(id.data()), id.size(), digest.data());
  digest[kIdOctets - 1] |= 0x80;
  out->append(reinterpret_cast<const char*>(digest.data()), kIdOctets);
}

}  // namespace

std::string PackThreadIds(const mail::MessageStructure& structure) {
  const mail::Envelope& envelope = structure.envelope;
  std::string packed;
  const std::vector<std::string> own = mail::MessageIds(envelope.message_id.value_or(""));
  if (own.empty()) {
    packed.assign(kIdOctets, '\0');
  } else {
    AppendHash(own.front(), &packed);
  }
  for (const std::string& reference : structure.references) {
    for (const std::string& id : mail::MessageIds(reference)) {
      AppendHash(id, &packed);
    }
  }
  if (packed.size() == kIdOctets) {
    const std::vector<std::string> parents = mail::MessageIds(envelope.in_reply_to.value_or(""));
    if (!parents.empty()) {
      AppendHash(parents.front(), &packed);
    }
  }
  return packed;
}

std::string PackThreadIdsOfHeader(absl::string_view header) {
  return PackThreadIds(mail::ScanMessage(header));
}

std::vector<uint64_t> UnpackThreadIds(absl::string_view packed) {
  std::vector<uint64_t> ids;
  ids.reserve(packed.size() / kIdOctets);
  for (size_t at = 0; at + kIdOctets <= packed.size(); at += kIdOctets) {
    uint64_t id = 0;
    for (size_t i = 0; i < kIdOctets; ++i) {
      id |= uint64_t{static_cast<unsigned char>(packed[at + i])} << (8 * i);
    }
    ids.push_back(id);
  }
  return ids;
}

}  // namespace posthorn::store
