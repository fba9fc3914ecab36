// The messages of a maildrop as streams of octets, with the following ones read ahead when they are
// taken in order. A message is resumed at another replica when its own is lost in the middle.
// Belongs to one coroutine.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <cstdint>
#include <deque>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pop3-gateway/maildrop/maildrop.h"
#include "pop3-gateway/maildrop/read_ahead_plan.h"
#include "pop3-gateway/session/body_stream.h"
#include "pop3-gateway/session/store.h"
#include "posthorn/v1/common.pb.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::pop3 {

class MessageSource {
 public:
  // Store and maildrop outlive the source. `mailbox` is the maildrop's.
  MessageSource(boost::asio::any_io_executor executor, const Store& store, const Maildrop& maildrop,
                v1::MailboxRef mailbox);

  // Begins with a section of a message that the maildrop Has(): the octets that will come.
  // NOT_FOUND if the message is gone. With read_ahead the next messages of the maildrop are asked
  // for too, if this one follows the last one opened in the same section.
  boost::asio::awaitable<absl::StatusOr<uint64_t>> Open(uint32_t message, v1::BodySection section,
                                                        bool read_ahead);
  // The next octets of the message that was opened; empty at its end. The view lives until the next
  // call. After an error, or to leave a message before its end, only Open may follow.
  boost::asio::awaitable<absl::StatusOr<absl::string_view>> Next();

  // Gives up the message in hand and what was read ahead.
  void Cancel();

 private:
  struct Batch {
    std::unique_ptr<BodyStream> stream;
    std::deque<uint32_t> messages;  // whose first frame was not yet taken
    uint64_t octets_left = 0;       // of those and of the one in hand
    bool in_message = false;        // the last frame of the one in hand was not yet taken
  };

  std::unique_ptr<Batch> StartBatch(const std::vector<uint32_t>& messages) const;
  // The call for what is left of the message in hand.
  std::unique_ptr<Batch> StartRest() const;
  std::unique_ptr<BodyStream> StartStream(const v1::FetchBodyRequest& request,
                                          uint64_t octets) const;
  // Makes current_ a batch whose next frame is the first of `message`.
  void Seek(uint32_t message, v1::BodySection section, bool read_ahead);
  // The first message that the maildrop Has() after this one.
  uint32_t Following(uint32_t message) const;
  // Asks for the batch after the current one when the end of that is near.
  void ReadAhead();
  // Takes the next frame of the message in hand, from another replica if need be.
  boost::asio::awaitable<absl::Status> TakeFrame();
  absl::Status Accept(const v1::BodyFrame& frame);

  boost::asio::any_io_executor executor_;
  const Store& store_;
  const Maildrop& maildrop_;
  const v1::MailboxRef mailbox_;

  ReadAheadPlan plan_;
  std::unique_ptr<Batch> current_;
  std::unique_ptr<Batch> next_;

  uint32_t message_ = 0;  // in hand
  v1::BodySection section_ = v1::BODY_SECTION_ALL;
  bool in_order_ = false;      // it followed the one before
  uint64_t octets_taken_ = 0;  // of its section
  v1::BodyFrame frame_;        // taken last
  bool frame_shown_ = false;   // Next() has returned its octets
};

}  // namespace posthorn::pop3
