// Fuzzes changes of headers: whatever a filter says, the fields of the message stay as they were,
// and no more fields are there than were added.
#include <cstddef>
#include <cstdint>
#include <string>

#include "mail/header.h"
#include "smtp-gateway/filter/header_editor.h"

namespace {

using posthorn::filter::HeaderEditor;

void Check(bool holds) {
  if (!holds) {
    __builtin_trap();
  }
}

size_t Fields(const std::string& header) {
  posthorn::mail::HeaderReader reader(header);
  size_t count = 0;
  while (reader.Next()) {
    ++count;
  }
  return count;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 3) {
    return 0;
  }
  const std::string input(reinterpret_cast<const char*>(data) + 3, size - 3);
  const size_t cut = input.size() * data[0] / 256;
  const std::string header = input.substr(0, cut);
  const std::string value = input.substr(cut);
  HeaderEditor editor(header);
  const std::string before = editor.Finish();
  Check(before == header || before == header + "\r\n");
  bool added = false;
  switch (data[1] % 3) {
    case 0:
      added = editor.Add("X-Test", value).ok();
      break;
    case 1:
      added = editor.Insert(data[2], "X-Test", value).ok();
      break;
    default:
      added = editor.Insert(data[2], value.substr(0, 5), value).ok();
  }
  const std::string after = editor.Finish();
  Check(added || after == before);
  Check(Fields(after) == Fields(before) + (added ? 1 : 0));
  return 0;
}
