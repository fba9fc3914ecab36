// Numbers that name things in the store: a type each, so that none is taken for another.
#pragma once

#include <compare>
#include <cstdint>
#include <utility>

namespace posthorn::store {

// Ordered and hashable (absl::Hash). Zero names nothing.
template <class Tag, class Number>
class Id {
 public:
  constexpr Id() = default;
  constexpr explicit Id(Number value) : value_(value) {}
  constexpr Number value() const { return value_; }

  friend auto operator<=>(const Id&, const Id&) = default;
  template <class H>
  friend H AbslHashValue(H state, const Id& id) {
    return H::combine(std::move(state), id.value_);
  }

 private:
  Number value_ = 0;
};

using AccountId = Id<struct AccountIdTag, uint64_t>;

}  // namespace posthorn::store
