// Array parameters of the directory's statements.
#pragma once

#include <string>
#include <vector>

#include "mailstore/db/binary_array.h"

namespace posthorn::store {

// For a parameter written $n::text[].
inline pqxx::binarystring TextArray(const std::vector<std::string>& values) {
  BinaryArray array(BinaryArray::Type::kText);
  for (const std::string& value : values) {
    array.AddOctets(value);
  }
  return array.Finish();
}

}  // namespace posthorn::store
