#include "smtp-gateway/filter/milter_codec.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace posthorn::filter::milter {
namespace {

constexpr size_t kMaxReplyLines = 32;  // as many as libmilter lets a milter set

absl::Status Malformed() { return absl::InvalidArgumentError("malformed packet of a milter"); }

void AppendNumber(uint32_t number, std::string& out) {
  for (int shift = 24; shift >= 0; shift -= 8) {
    out += static_cast<char>(number >> shift & 0xff);
  }
}

bool TakeNumber(absl::string_view& data, uint32_t& number) {
  if (data.size() < 4) {
    return false;
  }
  number = 0;
  for (int i = 0; i < 4; ++i) {
    number = number << 8 | static_cast<unsigned char>(data[static_cast<size_t>(i)]);
  }
  data.remove_prefix(4);
  return true;
}

bool TakeString(absl::string_view& data, std::string& text) {
  const size_t end = data.find('\0');
  if (end == absl::string_view::npos) {
    return false;
  }
  text = std::string(data.substr(0, end));
  data.remove_prefix(end + 1);
  return true;
}

std::string WithoutBrackets(absl::string_view address) {
  address = absl::StripAsciiWhitespace(address);
  if (absl::ConsumePrefix(&address, "<")) {
    absl::ConsumeSuffix(&address, ">");
  }
  return std::string(address);
}

bool AllDigits(absl::string_view text, size_t most) {
  return !text.empty() && text.size() <= most &&
         std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

// "5.7.1" of the class of the code (RFC 3463 2).
bool IsStatus(absl::string_view text, char of_class) {
  const size_t first = text.find('.');
  const size_t second = first == absl::string_view::npos ? first : text.find('.', first + 1);
  return second != absl::string_view::npos && first == 1 && text[0] == of_class &&
         AllDigits(text.substr(2, second - 2), 3) && AllDigits(text.substr(second + 1), 3);
}

// "550 5.7.1 No such luck".
bool ParseLine(absl::string_view line, Reply& reply) {
  const bool known = line.size() >= 3 && (line[0] == '4' || line[0] == '5') &&
                     AllDigits(line.substr(0, 3), 3) && line[1] <= '5' &&
                     (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!known) {
    return false;
  }
  reply.code = static_cast<uint16_t>((line[0] - '0') * 100 + (line[1] - '0') * 10 + line[2] - '0');
  const char of_class = line[0];
  line.remove_prefix(std::min<size_t>(4, line.size()));
  const absl::string_view word = line.substr(0, line.find(' '));
  if (IsStatus(word, of_class)) {
    reply.status = std::string(word);
    line.remove_prefix(std::min(word.size() + 1, line.size()));
  } else {
    reply.status = of_class == '5' ? "5.7.1" : "4.7.1";
  }
  // libmilter hands it on as a format of printf would be written.
  reply.text = absl::StrReplaceAll(line, {{"%%", "%"}});
  return true;
}

// Of several lines each has the code (RFC 5321 4.2.1); the first one's status is that of all.
bool ParseCode(absl::string_view text, Reply& reply) {
  absl::ConsumeSuffix(&text, "\n");
  absl::ConsumeSuffix(&text, "\r");
  const std::vector<absl::string_view> lines = absl::StrSplit(text, '\n');
  if (lines.size() > kMaxReplyLines) {
    return false;
  }
  bool first = true;
  for (absl::string_view line : lines) {
    absl::ConsumeSuffix(&line, "\r");
    Reply parsed;
    if (!ParseLine(line, parsed) || (!first && parsed.code != reply.code)) {
      return false;
    }
    if (first) {
      reply.code = parsed.code;
      reply.status = std::move(parsed.status);
      reply.text = std::move(parsed.text);
    } else {
      absl::StrAppend(&reply.text, "\n", parsed.text);
    }
    first = false;
  }
  return true;
}

// Data of a modification. False if they are not of its form.
bool ParseModification(char command, absl::string_view data, Reply& reply) {
  using Kind = Reply::Kind;
  switch (command) {
    case 'h':
      reply.kind = Kind::kAddHeader;
      return TakeString(data, reply.first) && TakeString(data, reply.second) && data.empty();
    case 'i':
    case 'm':
      reply.kind = command == 'i' ? Kind::kInsertHeader : Kind::kChangeHeader;
      return TakeNumber(data, reply.index) && TakeString(data, reply.first) &&
             TakeString(data, reply.second) && data.empty();
    case 'b':
      reply.kind = Kind::kReplaceBody;
      reply.first = std::string(data);
      return true;
    case '+':
    case '2':
    case 'e':
    case '-':
      reply.kind = command == '-'   ? Kind::kDeleteRecipient
                   : command == 'e' ? Kind::kChangeSender
                                    : Kind::kAddRecipient;
      // Parameters may follow the address; they are not used.
      if (!TakeString(data, reply.first)) {
        return false;
      }
      reply.first = WithoutBrackets(reply.first);
      return true;
    case 'q':
      reply.kind = Kind::kQuarantine;
      return TakeString(data, reply.first);
    default:
      return false;
  }
}

}  // namespace

std::string EncodePacket(Command command, absl::string_view data) {
  std::string packet;
  packet.reserve(5 + data.size());
  AppendNumber(static_cast<uint32_t>(data.size() + 1), packet);
  packet += static_cast<char>(command);
  absl::StrAppend(&packet, data);
  return packet;
}

absl::StatusOr<std::optional<Packet>> TakePacket(std::string& input) {
  absl::string_view data = input;
  uint32_t size = 0;
  if (!TakeNumber(data, size)) {
    return std::nullopt;
  }
  if (size == 0 || size > kMaxPacket) {
    return Malformed();
  }
  if (data.size() < size) {
    return std::nullopt;
  }
  Packet packet{data[0], std::string(data.substr(1, size - 1))};
  input.erase(0, 4 + size);
  return packet;
}

std::string Strings(const std::vector<absl::string_view>& strings) {
  std::string data;
  for (const absl::string_view text : strings) {
    const size_t at = data.size();
    absl::StrAppend(&data, text);
    std::replace(data.begin() + static_cast<ptrdiff_t>(at), data.end(), '\0', '?');
    data += '\0';
  }
  return data;
}

std::string EncodeNegotiation(const Negotiation& offer) {
  std::string data;
  AppendNumber(offer.version, data);
  AppendNumber(offer.capabilities, data);
  AppendNumber(offer.steps, data);
  return EncodePacket(Command::kNegotiate, data);
}

absl::StatusOr<Negotiation> ParseNegotiation(const Packet& packet, const Negotiation& offer) {
  absl::string_view data = packet.data;
  Negotiation wanted;
  // Which macros the filter wants may follow: it gets all there are.
  if (packet.command != static_cast<char>(Command::kNegotiate) ||
      !TakeNumber(data, wanted.version) || !TakeNumber(data, wanted.capabilities) ||
      !TakeNumber(data, wanted.steps)) {
    return Malformed();
  }
  if (wanted.version < kOldestVersion || wanted.version > offer.version ||
      (wanted.capabilities & ~offer.capabilities) != 0 || (wanted.steps & ~offer.steps) != 0) {
    return absl::InvalidArgumentError("a milter wants what was not offered");
  }
  return wanted;
}

std::string EncodeMacros(Command command,
                         const std::vector<std::pair<absl::string_view, std::string>>& macros) {
  std::string data(1, static_cast<char>(command));
  for (const auto& [name, value] : macros) {
    if (value.empty()) {
      continue;
    }
    std::string clean = value;
    std::replace_if(clean.begin(), clean.end(), absl::ascii_iscntrl, '?');
    absl::StrAppend(&data, Strings({name, clean}));
  }
  return EncodePacket(Command::kMacros, data);
}

std::string EncodeConnect(absl::string_view name, bool is_v6, uint16_t port,
                          absl::string_view address) {
  std::string data = Strings({name});
  data += is_v6 ? '6' : '4';
  data += static_cast<char>(port >> 8);
  data += static_cast<char>(port & 0xff);
  return EncodePacket(Command::kConnect, absl::StrCat(data, Strings({address})));
}

absl::StatusOr<Reply> ParseReply(const Packet& packet) {
  using Kind = Reply::Kind;
  constexpr std::pair<char, Kind> kPlain[] = {
      {'c', Kind::kContinue}, {'a', Kind::kAccept},   {'r', Kind::kReject}, {'t', Kind::kTempfail},
      {'d', Kind::kDiscard},  {'p', Kind::kProgress}, {'s', Kind::kSkip},
  };
  Reply reply;
  for (const auto& [command, kind] : kPlain) {
    if (packet.command == command) {
      reply.kind = kind;
      return reply;
    }
  }
  if (packet.command == '4') {  // it goes away
    reply.kind = Kind::kReplyCode;
    reply.code = 421;
    reply.status = "4.3.2";
    return reply;
  }
  absl::string_view data = packet.data;
  if (packet.command == 'y') {
    std::string line;
    reply.kind = Kind::kReplyCode;
    if (!TakeString(data, line) || !ParseCode(line, reply)) {
      return Malformed();
    }
    return reply;
  }
  if (!ParseModification(packet.command, data, reply)) {
    return Malformed();
  }
  return reply;
}

}  // namespace posthorn::filter::milter
