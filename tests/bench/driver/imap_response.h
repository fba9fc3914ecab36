#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace posthorn::bench {

// Sees the untagged responses to one command. A response is a line, and for every literal in it
// the literal's octets and the line that goes on after it. Throwing ends the workload.
class ResponseHandler {
 public:
  virtual ~ResponseHandler() = default;
  virtual void OnLine(std::string_view line) = 0;
  virtual void OnLiteral(std::string_view octets);
  virtual void OnContinuation(std::string_view) {}
};

// The size that a line ending in {n} announces (RFC 3501 4.3).
std::optional<std::size_t> LiteralSize(std::string_view line);

// `* 12 EXISTS` with name "EXISTS" gives 12.
std::optional<std::uint32_t> NumberedResponse(std::string_view line, std::string_view name);

// Takes EXISTS out of the responses to SELECT.
class SelectHandler : public ResponseHandler {
 public:
  void OnLine(std::string_view line) override;
  std::optional<std::uint32_t> exists;
};

// Takes MESSAGES out of the response to STATUS.
class StatusHandler : public ResponseHandler {
 public:
  void OnLine(std::string_view line) override;
  std::optional<std::uint32_t> messages;
};

// Checks that FETCH answers for `first` and the numbers after it in turn, once each, and that every
// answer holds what was asked for: `mark` in its first line and, if size is not 0, one literal of
// that size that begins and ends as a message of MakeMessage does.
class FetchHandler : public ResponseHandler {
 public:
  FetchHandler(std::string mark, std::size_t size, std::uint32_t first = 1)
      : mark_(std::move(mark)), size_(size), first_(first) {}
  void OnLine(std::string_view line) override;
  void OnLiteral(std::string_view octets) override;
  void OnContinuation(std::string_view line) override;
  // Throws unless exactly `count` messages were answered for.
  void ExpectCount(std::uint32_t count) const;

 private:
  std::string mark_;
  std::size_t size_;
  std::uint32_t first_;
  std::uint32_t messages_ = 0;
  std::uint32_t literals_ = 0;
};

}  // namespace posthorn::bench
