#include "pop3-gateway/protocol/response.h"

#include "absl/strings/str_cat.h"

namespace posthorn::pop3 {

absl::string_view ResponseCodeText(ResponseCode code) {
  switch (code) {
    case ResponseCode::kNone:
      return "";
    case ResponseCode::kInUse:
      return "[IN-USE]";
    case ResponseCode::kAuth:
      return "[AUTH]";
    case ResponseCode::kSysTemp:
      return "[SYS/TEMP]";
    case ResponseCode::kSysPerm:
      return "[SYS/PERM]";
  }
  return "";
}

void AppendOk(absl::string_view text, std::string* out) {
  absl::StrAppend(out, "+OK ", text, "\r\n");
}

void AppendError(ResponseCode code, absl::string_view text, std::string* out) {
  absl::StrAppend(out, "-ERR ", ResponseCodeText(code), code == ResponseCode::kNone ? "" : " ",
                  text, "\r\n");
}

void AppendOkOctets(uint64_t octets, std::string* out) {
  absl::StrAppend(out, "+OK ", octets, " octets\r\n");
}

}  // namespace posthorn::pop3
