// Columns of rows that came in binary (Connection::SelectBinary).
#pragma once

#include <cstdint>
#include <pqxx/field.hxx>

#include "absl/base/internal/endian.h"
#include "absl/strings/string_view.h"

namespace posthorn::store {

inline int64_t ReadInt8(const pqxx::field& field) {
  return static_cast<int64_t>(absl::big_endian::Load64(field.c_str()));
}

inline int32_t ReadInt4(const pqxx::field& field) {
  return static_cast<int32_t>(absl::big_endian::Load32(field.c_str()));
}

inline int16_t ReadInt2(const pqxx::field& field) {
  return static_cast<int16_t>(absl::big_endian::Load16(field.c_str()));
}

// bytea or text; lives as long as the result. Null is empty: ask field.is_null().
inline absl::string_view ReadOctets(const pqxx::field& field) {
  return {field.c_str(), field.size()};
}

}  // namespace posthorn::store
