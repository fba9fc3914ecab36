// Statements that go to PostgreSQL together and are answered together (libpq's pipeline mode; the
// PostgreSQL manual, 34.5): one round trip for all of them.
//
// For statements whose results nobody reads. Their answers are a few octets each, so that neither
// side waits to write while the other does.
#pragma once

#include <concepts>
#include <cstddef>
#include <pqxx/binarystring.hxx>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "mailstore/db/session.h"

namespace posthorn::store {

// What $1, $2 ... of a statement stand for. Octets are not copied: they outlive this.
class Parameters {
 public:
  template <typename... Args>
  explicit Parameters(const Args&... args) {
    items_.reserve(sizeof...(Args));
    (Add(args), ...);
  }

 private:
  friend class Pipeline;

  struct Item {
    std::string text;  // unless there are octets
    const pqxx::binarystring* octets = nullptr;
  };
  template <std::integral Number>
  void Add(Number number) {
    items_.push_back({.text = std::to_string(number)});
  }
  void Add(const std::string& text) { items_.push_back({.text = text}); }
  void Add(const pqxx::binarystring& octets) { items_.push_back({.octets = &octets}); }

  std::vector<Item> items_;
};

// Of one session, which does nothing else between the first statement and the end of Finish().
// Functions throw what libpqxx throws for the same failures.
class Pipeline {
 public:
  // Of the i-th statement: whether it succeeded. Not called for those that were not run.
  using OnAnswer = absl::FunctionRef<void(size_t i, bool ok)>;

  explicit Pipeline(Session& session) : session_(session) {}
  Pipeline(const Pipeline&) = delete;
  Pipeline& operator=(const Pipeline&) = delete;

  // A prepared statement.
  void Add(const char* prepared, const Parameters& parameters);
  // A statement without parameters.
  void Add(const char* sql);
  // Sends all, in order, and waits for their answers. After one that fails none is run, and its
  // error is thrown. Then, either way, the session can be used otherwise again.
  void Finish(OnAnswer on_answer);

 private:
  void Begin();
  void Check(bool sent);

  Session& session_;
  size_t size_ = 0;
};

}  // namespace posthorn::store
