// Fuzzes what a milter says: its packets in pieces, and what is changed by them. Whatever it is, a
// message has one header, of whole lines, and a body of lines.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "smtp-gateway/filter/milter_changes.h"
#include "smtp-gateway/filter/milter_codec.h"
#include "smtp-gateway/filter/refusal.h"

namespace {

using posthorn::filter::Envelope;
using posthorn::filter::HeldMessage;
using posthorn::filter::SpoolSpace;
namespace milter = posthorn::filter::milter;

void Check(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

// Each line of it is printable, and there are not too many.
void CheckRefusal(const milter::Reply& reply) {
  Check(reply.code >= 400 && reply.code < 600 && !reply.status.empty());
  const std::string text = posthorn::filter::ReplyLines(reply.text, "x");
  Check(std::count(text.begin(), text.end(), '\n') < 32);
  Check(!text.empty() && std::all_of(text.begin(), text.end(),
                                     [](char c) { return c == '\n' || (c >= ' ' && c < 0x7f); }));
}

void CheckMessage(const HeldMessage& message) {
  const std::string text = message.header + *message.body.Read(0, 1 << 20);
  posthorn::smtp::LineChecker lines(1 << 21);
  Check(lines.Feed(text) == posthorn::smtp::LineChecker::Status::kOk);
  Check(lines.Finish() == posthorn::smtp::LineChecker::Status::kOk);
  const size_t end = message.header.find("\r\n\r\n");
  Check(message.header == "\r\n" || end + 4 == message.header.size());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static SpoolSpace space("/tmp", 1 << 20);
  std::string input(reinterpret_cast<const char*>(data), size);
  Envelope envelope{"a@b.example", {"c@d.example"}};
  HeldMessage message(space);
  message.header = "Subject: x\r\nTo: a,\r\n b\r\n\r\n";
  Check(message.body.Append("text\r\n").ok());
  milter::Changes changes(envelope, message, milter::kCapabilities, 100'000);
  absl::Status status;
  while (status.ok()) {
    const auto packet = milter::TakePacket(input);
    if (!packet.ok() || !packet->has_value()) {
      break;
    }
    (void)milter::ParseNegotiation(**packet, {});
    const auto reply = milter::ParseReply(**packet);
    if (!reply.ok()) {
      break;
    }
    if (reply->kind == milter::Reply::Kind::kReplyCode) {
      CheckRefusal(*reply);
    }
    status = changes.Add(*reply);
  }
  if (status.ok() && changes.Finish().ok()) {
    std::move(changes).Apply(envelope, message);
    CheckMessage(message);
  }
  return 0;
}
