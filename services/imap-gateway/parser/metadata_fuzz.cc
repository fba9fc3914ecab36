// LIST with its options, ACL, quota and METADATA arguments: any octets, no crash, no endless loop.
#include <cstddef>
#include <cstdint>

#include "imap-gateway/parser/acl_arguments.h"
#include "imap-gateway/parser/list_arguments.h"
#include "imap-gateway/parser/metadata_arguments.h"
#include "imap-gateway/parser/quota_arguments.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using posthorn::imap::Scanner;
  if (size == 0) {
    return 0;
  }
  Scanner scanner({reinterpret_cast<const char*>(data) + 1, size - 1});
  switch (data[0] % 6) {
    case 0:
      posthorn::imap::ParseList(scanner);
      break;
    case 1:
      posthorn::imap::ParseGetMetadata(scanner);
      break;
    case 2:
      posthorn::imap::ParseSetMetadata(scanner);
      break;
    case 3:
      posthorn::imap::ParseSetAcl(scanner);
      break;
    case 4:
      posthorn::imap::ParseSetQuota(scanner);
      break;
    default:
      posthorn::imap::ParseCreate(scanner);
      break;
  }
  scanner.End();
  return 0;
}
