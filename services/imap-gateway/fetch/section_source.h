#pragma once

#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "imap-gateway/fetch/body_request.h"
#include "imap-gateway/store/reader.h"

namespace posthorn::imap {

// Octets of one section of one message of any mailbox, frame by frame: what URLs name (RFC 4469,
// RFC 4467). A replica that goes away in the middle is replaced by another. Sets no flag.
class SectionSource {
 public:
  // `grant`: from OpenUrl, if the message is not the session's to read.
  SectionSource(Mailstore& store, v1::MailboxRef mailbox, std::uint32_t uid, std::string grant)
      : store_(store), mailbox_(std::move(mailbox)), uid_(uid), grant_(std::move(grant)) {}

  // Gets ready to read what a FETCH item of octets asks for. NotFound: there is no such message or
  // section. Unimplemented: its transfer encoding is not known (RFC 3516 4.3).
  asio::awaitable<absl::Status> Open(const FetchItem& item);
  // After Open: how many octets Next will give, and whether a NUL may be among them.
  std::uint64_t size() const { return left_; }
  bool has_nul() const { return has_nul_; }
  // The next octets; none at the end.
  asio::awaitable<absl::StatusOr<std::string>> Next();

  // NotFound: there is no such message.
  asio::awaitable<absl::StatusOr<v1::BodyStructure>> Structure();

 private:
  asio::awaitable<absl::Status> OpenRange();
  asio::awaitable<absl::Status> CollectFields(const FetchItem& item, bool empty);
  asio::awaitable<bool> ReadFrame();

  Mailstore& store_;
  const v1::MailboxRef mailbox_;
  const std::uint32_t uid_;
  const std::string grant_;
  v1::BodyRange range_;  // what of it is still to come
  std::unique_ptr<BodyReader> reader_;
  v1::BodyFrame frame_;
  bool frame_is_new_ = false;
  std::uint64_t left_ = 0;
  bool has_nul_ = false;
  std::string fields_;  // chosen header fields, which are held whole
  absl::Status status_;
};

}  // namespace posthorn::imap
