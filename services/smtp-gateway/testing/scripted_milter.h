// A milter that says what a test wants it to.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "smtp-gateway/filter/milter_codec.h"
#include "smtp-gateway/testing/scripted_peer.h"

namespace posthorn::testing_support {

inline std::string MilterPacket(char command, const std::string& data = "") {
  return filter::milter::EncodePacket(static_cast<filter::milter::Command>(command), data);
}

inline std::string MilterNumber(uint32_t number) {
  return {static_cast<char>(number >> 24), static_cast<char>(number >> 16),
          static_cast<char>(number >> 8), static_cast<char>(number)};
}

struct MilterScript {
  uint32_t version = 6;
  uint32_t capabilities = filter::milter::kCapabilities;
  uint32_t steps = 0;
  // By command; what is not here gets "continue".
  std::map<char, std::string> answers;
  // By the whole packet, before those.
  std::map<std::string, std::string> answers_to;
  std::string end = MilterPacket('c');  // the answer to the end of the message
  bool closes_at_end = false;
};

class ScriptedMilter {
 public:
  // Both outlive it. Commands with their data are added to `said`, to be read when it is gone.
  ScriptedMilter(const MilterScript& script, std::vector<std::string>& said)
      : script_(script), said_(said), peer_([this](PeerSocket& socket) { Serve(socket); }) {}
  std::string port() const { return peer_.port(); }

 private:
  void Serve(PeerSocket& socket) {
    while (true) {
      const std::string length = socket.Read(4);
      if (length.size() < 4) {
        return;
      }
      size_t size = 0;
      for (const char octet : length) {
        size = size << 8 | static_cast<unsigned char>(octet);
      }
      const std::string packet = socket.Read(size);
      if (packet.empty() || !Answer(socket, packet)) {
        return;
      }
    }
  }

  bool Answer(PeerSocket& socket, const std::string& packet) {
    said_.push_back(packet);
    const char command = packet[0];
    if (command == 'O') {
      socket.Write(MilterPacket('O', MilterNumber(script_.version) +
                                         MilterNumber(script_.capabilities) +
                                         MilterNumber(script_.steps)));
    } else if (command == 'E') {
      socket.Write(script_.end);
      return !script_.closes_at_end;
    } else if (command != 'D' && command != 'A' && !Silent(command)) {
      socket.Write(AnswerTo(packet));
    }
    return command != 'Q';
  }

  std::string AnswerTo(const std::string& packet) const {
    if (const auto found = script_.answers_to.find(packet); found != script_.answers_to.end()) {
      return found->second;
    }
    const auto found = script_.answers.find(packet[0]);
    return found == script_.answers.end() ? MilterPacket('c') : found->second;
  }

  bool Silent(char command) const {
    return command == 'Q' ||
           (command == 'L' && (script_.steps & filter::milter::kNoReplyToHeader) != 0) ||
           (command == 'B' && (script_.steps & filter::milter::kNoReplyToBody) != 0);
  }

  const MilterScript& script_;
  std::vector<std::string>& said_;
  ScriptedPeer peer_;
};

}  // namespace posthorn::testing_support
