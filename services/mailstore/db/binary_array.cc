#include "mailstore/db/binary_array.h"

#include "absl/base/internal/endian.h"

namespace posthorn::store {
namespace {

// array_send: number of dimensions, whether there are nulls, element type, then per dimension its
// length and lower bound. src/backend/utils/adt/arrayfuncs.c.
constexpr size_t kHasNullOffset = 4;
constexpr size_t kLengthOffset = 12;
constexpr size_t kHeaderSize = 20;

}  // namespace

BinaryArray::BinaryArray(Type type) {
  AddWord(1);
  AddWord(0);
  AddWord(static_cast<uint32_t>(type));
  AddWord(0);
  AddWord(1);
}

void BinaryArray::AddWord(uint32_t word) {
  char octets[4];
  absl::big_endian::Store32(octets, word);
  data_.append(octets, sizeof(octets));
}

void BinaryArray::AddInt8(int64_t value) {
  AddWord(8);
  char octets[8];
  absl::big_endian::Store64(octets, static_cast<uint64_t>(value));
  data_.append(octets, sizeof(octets));
  ++size_;
}

void BinaryArray::AddInt4(int32_t value) {
  AddWord(4);
  AddWord(static_cast<uint32_t>(value));
  ++size_;
}

void BinaryArray::AddOctets(absl::string_view value) {
  AddWord(static_cast<uint32_t>(value.size()));
  data_.append(value.data(), value.size());
  ++size_;
}

void BinaryArray::AddNull() {
  AddWord(0xffffffff);
  absl::big_endian::Store32(&data_[kHasNullOffset], 1);
  ++size_;
}

pqxx::binarystring BinaryArray::Finish() {
  static_assert(kLengthOffset < kHeaderSize);
  absl::big_endian::Store32(&data_[kLengthOffset], static_cast<uint32_t>(size_));
  return {data_.data(), data_.size()};
}

}  // namespace posthorn::store
