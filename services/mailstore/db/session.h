// A session with PostgreSQL: libpqxx's, and libpq's handle under it.
#pragma once

#include <pqxx/connection.hxx>
#include <string>

struct pg_conn;  // PGconn of libpq

namespace posthorn::store {

// Remembers the handle that libpqxx makes and owns.
class KeptHandle : public pqxx::connect_direct {
 public:
  using pqxx::connect_direct::connect_direct;
  handle do_startconnect(handle orig) override {
    return handle_ = pqxx::connect_direct::do_startconnect(orig);
  }
  pg_conn* get() const { return handle_; }

 private:
  handle handle_ = nullptr;
};

// Connects at once; throws pqxx::broken_connection.
class Session : private KeptHandle, public pqxx::connection_base {
 public:
  explicit Session(const std::string& url)
      : KeptHandle(url), pqxx::connection_base(static_cast<KeptHandle&>(*this)) {
    init();
  }
  ~Session() { close(); }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  // For what libpqxx has no functions for, while none of its own is under way.
  pg_conn* handle() const { return get(); }
};

}  // namespace posthorn::store
