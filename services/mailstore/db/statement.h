// SQL statements by name.
#pragma once

namespace posthorn::store {

// A constant of a repository: `constexpr Statement kFoo{"mailbox.foo", "SELECT ..."}`. It is
// prepared on a connection when it first runs there. The name is also its label in metrics and must
// be unique to the text.
struct Statement {
  const char* name;
  const char* sql;
};

}  // namespace posthorn::store
