#pragma once

#include <cstdint>
#include <string>

namespace posthorn::bench {

// What one invocation of the driver is asked to do. Every count is a bound: a workload never
// sends more than it says, and the whole run fails once `deadline_s` has passed.
struct Options {
  std::string workload;
  std::uint16_t smtp_port = 0;
  std::uint16_t relay_port = 0;  // takes mail for elsewhere
  std::uint16_t imap_port = 0;
  std::uint16_t pop3_port = 0;
  std::string user = "bench{}@bench.example";  // {} becomes the number of the account
  std::string password = "bench-password";
  std::string mailbox = "INBOX";
  std::string sender;             // who relays, as user; empty: without a login
  std::string sink;               // file that smtp-sink -c writes its counters to
  std::string items = "(FLAGS)";  // what FETCH asks for
  int first = 0;                  // number of the first account
  int accounts = 1;
  int clients = 1;
  int count = 100;  // operations in all, except where a workload says per client
  int size = 4096;  // octets of a message
  int window = 1;   // commands sent ahead of their answers
  int repeats = 1;  // timed repetitions
  int newest = 0;   // FETCH only of so many at the end; 0: of all
  int deadline_s = 600;
};

// Reads `driver WORKLOAD --name value ...`. Throws std::invalid_argument on anything unknown.
Options ParseOptions(int argc, char** argv);

// The login name of account `number`.
std::string UserName(const Options& options, int number);
// `name` with the number for its {}.
std::string Numbered(std::string name, int number);

}  // namespace posthorn::bench
