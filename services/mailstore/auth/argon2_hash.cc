#include "mailstore/auth/argon2_hash.h"

#include <argon2.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "mailstore/auth/keyed_digest.h"

namespace posthorn::store {
namespace {

constexpr size_t kSaltOctets = 16;
constexpr size_t kHashOctets = 32;
constexpr uint32_t kMaxMemoryKib = 1024 * 1024;

absl::Status FromArgon2(int code) {
  const std::string message = absl::StrCat("argon2: ", argon2_error_message(code));
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR || code == ARGON2_THREAD_FAIL) {
    return absl::ResourceExhaustedError(message);
  }
  return absl::DataLossError(message);
}

bool TakeNumber(absl::string_view field, absl::string_view name, uint32_t& value) {
  return absl::ConsumePrefix(&field, name) && absl::SimpleAtoi(field, &value);
}

}  // namespace

absl::StatusOr<std::string> HashPassword(absl::string_view prepared, const Argon2Cost& cost) {
  const std::string salt = RandomOctets(kSaltOctets);
  std::string record(argon2_encodedlen(cost.iterations, cost.memory_kib, cost.parallelism,
                                       kSaltOctets, kHashOctets, Argon2_id),
                     '\0');
  const int code = argon2id_hash_encoded(cost.iterations, cost.memory_kib, cost.parallelism,
                                         prepared.data(), prepared.size(), salt.data(), salt.size(),
                                         kHashOctets, record.data(), record.size());
  if (code != ARGON2_OK) {
    return FromArgon2(code);
  }
  record.resize(record.find('\0'));
  return record;
}

absl::StatusOr<bool> VerifyPassword(absl::string_view prepared, const std::string& record) {
  const absl::StatusOr<Argon2Cost> cost = CostOfRecord(record);
  if (!cost.ok() || cost->memory_kib > kMaxMemoryKib) {
    return absl::DataLossError("password record cannot be read");
  }
  const int code = argon2id_verify(record.c_str(), prepared.data(), prepared.size());
  if (code == ARGON2_OK) {
    return true;
  }
  if (code == ARGON2_VERIFY_MISMATCH) {
    return false;
  }
  return FromArgon2(code);
}

absl::StatusOr<Argon2Cost> CostOfRecord(absl::string_view record) {
  const std::vector<absl::string_view> fields = absl::StrSplit(record, '$');
  Argon2Cost cost;
  if (fields.size() == 6 && fields[0].empty() && fields[1] == "argon2id" && fields[2] == "v=19") {
    const std::vector<absl::string_view> numbers = absl::StrSplit(fields[3], ',');
    if (numbers.size() == 3 && TakeNumber(numbers[0], "m=", cost.memory_kib) &&
        TakeNumber(numbers[1], "t=", cost.iterations) &&
        TakeNumber(numbers[2], "p=", cost.parallelism)) {
      return cost;
    }
  }
  return absl::InvalidArgumentError("not an argon2id record");
}

}  // namespace posthorn::store
