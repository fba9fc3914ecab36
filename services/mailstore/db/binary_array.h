// Array parameters in PostgreSQL's binary format: cheap to make and to read, and bytea stays as it
// is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <pqxx/binarystring.hxx>
#include <string>

#include "absl/strings/string_view.h"

namespace posthorn::store {

// Builds a one-dimensional array for a parameter written as $1::bigint[], ::int[], ::bytea[] or
// ::text[] in a statement; the kind must agree with it. Elements are not null but for AddNull().
class BinaryArray {
 public:
  enum class Type : uint32_t { kBytea = 17, kInt8 = 20, kInt4 = 23, kText = 25 };  // type OIDs

  explicit BinaryArray(Type type);
  void AddInt8(int64_t value);
  void AddInt4(int32_t value);
  void AddOctets(absl::string_view value);  // kBytea, kText
  void AddNull();
  size_t size() const { return size_; }
  // The parameter. The array is spent.
  pqxx::binarystring Finish();

 private:
  void AddWord(uint32_t word);

  size_t size_ = 0;
  std::string data_;
};

// A bytea parameter.
inline pqxx::binarystring Octets(absl::string_view value) { return {value.data(), value.size()}; }

}  // namespace posthorn::store
