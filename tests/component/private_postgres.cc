#include "private_postgres.h"

#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <pqxx/connection.hxx>
#include <pqxx/except.hxx>
#include <pqxx/nontransaction.hxx>
#include <pqxx/result.hxx>
#include <thread>
#include <utility>
#include <vector>

#include "mailstore/db/connection.h"
#include "mailstore/schema/migrator.h"

namespace posthorn::testing_support {
namespace {

constexpr char kBinaries[] = "/usr/lib/postgresql/15/bin/";
constexpr char kTemplate[] = "posthorn_template";

[[noreturn]] void Fail(const std::string& what) {
  std::fprintf(stderr, "private PostgreSQL: %s\n", what.c_str());
  std::abort();
}

// PostgreSQL does not run as root; in a container the tests do.
const passwd* ServerUser() { return ::geteuid() == 0 ? ::getpwnam("postgres") : nullptr; }

pid_t Launch(const std::vector<std::string>& command, const std::string& log) {
  const passwd* user = ServerUser();
  if (::geteuid() == 0 && user == nullptr) {
    Fail("there is no user postgres");
  }
  const pid_t child = ::fork();
  if (child != 0) {
    return child;
  }
  if (user != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(user->pw_gid) != 0 ||
                          ::setuid(user->pw_uid) != 0)) {
    ::_exit(126);
  }
  // After setuid, which would clear it: a crashed test leaves no server behind.
  ::prctl(PR_SET_PDEATHSIG, SIGQUIT);
  const int out = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  ::dup2(out, STDOUT_FILENO);
  ::dup2(out, STDERR_FILENO);
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));
  }
  arguments.push_back(nullptr);
  ::execv(arguments[0], arguments.data());
  ::_exit(127);
}

}  // namespace

PrivatePostgres& PrivatePostgres::Shared() {
  static PrivatePostgres server;
  return server;
}

PrivatePostgres::PrivatePostgres() {
  char name[] = "/tmp/posthorn-postgres-XXXXXX";
  if (::mkdtemp(name) == nullptr) {
    Fail("no temporary directory");
  }
  directory_ = name;
  if (const passwd* user = ServerUser();
      user != nullptr && ::chown(name, user->pw_uid, user->pw_gid) != 0) {
    Fail("the temporary directory cannot be given away");
  }
  const pid_t init =
      Launch({std::string(kBinaries) + "initdb", "-D", directory_ + "/data", "-U", "postgres", "-A",
              "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync"},
             directory_ + "/log");
  int status = 0;
  if (::waitpid(init, &status, 0) != init || status != 0) {
    Fail("initdb failed, see " + directory_ + "/log");
  }
  Start();
  Execute(std::string("CREATE DATABASE ") + kTemplate);
  store::ConnectionOptions options;
  options.url = Url(kTemplate);
  store::Connection connection(options);
  if (const absl::Status migrated = store::Migrate(connection); !migrated.ok()) {
    Fail("migrations failed: " + std::string(migrated.message()));
  }
}

PrivatePostgres::~PrivatePostgres() {
  Stop(SIGQUIT);
  std::filesystem::remove_all(directory_);
}

std::string PrivatePostgres::NewDatabase() {
  const std::string name = "test" + std::to_string(++databases_);
  Execute("CREATE DATABASE " + name + " TEMPLATE " + kTemplate);
  return Url(name);
}

void PrivatePostgres::Restart() {
  Stop(SIGQUIT);
  Start();
}

void PrivatePostgres::RestartInOrder() {
  Stop(SIGINT);
  Start();
}

void PrivatePostgres::HoldLog() {
  held_ = std::stoi(Execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'walwriter'"));
  ::kill(held_, SIGSTOP);
}

void PrivatePostgres::Start() {
  process_ = Launch({std::string(kBinaries) + "postgres", "-D", directory_ + "/data", "-k",
                     directory_, "-c", "listen_addresses=", "-c", "fsync=off", "-c",
                     "shared_buffers=32MB", "-c", "max_connections=50"},
                    directory_ + "/log");
  for (int attempt = 0; attempt < 600; ++attempt) {
    try {
      const pqxx::connection probe(Url("postgres"));
      return;
    } catch (const pqxx::broken_connection&) {
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  }
  Fail("it does not start, see " + directory_ + "/log");
}

void PrivatePostgres::Stop(int signal) {
  ::kill(process_, signal);
  if (held_ > 0) {
    ::kill(std::exchange(held_, -1), SIGKILL);
  }
  int status = 0;
  ::waitpid(process_, &status, 0);
}

std::string PrivatePostgres::Url(const std::string& database) const {
  return "host=" + directory_ + " user=postgres dbname=" + database;
}

std::string PrivatePostgres::Execute(const std::string& sql) const {
  pqxx::connection connection(Url("postgres"));
  pqxx::nontransaction work(connection);
  const pqxx::result rows = work.exec(sql);
  return rows.empty() ? std::string() : rows[0][0].as<std::string>();
}

}  // namespace posthorn::testing_support
