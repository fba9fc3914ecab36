// Any part list gives balanced text, and any section of it is found or not without harm.
#include <cstdint>
#include <cstdlib>

#include "imap-gateway/fetch/section_range.h"
#include "imap-gateway/response/body_structure.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace posthorn;
  using namespace posthorn::imap;
  v1::BodyStructure structure;
  if (!structure.ParseFromArray(data, static_cast<int>(size))) {
    return 0;
  }
  for (const bool extended : {false, true}) {
    std::string out;
    AppendBodyStructure(out, structure, extended, /*rev2=*/extended);
    if (out.front() != '(' || out.back() != ')') {
      std::abort();
    }
  }
  for (const std::uint32_t number : {1u, 2u, 3u}) {
    Section section;
    section.part = {number, 1, number};
    (void)FindSection(structure, section);
    section.part = {number};
    section.text = Section::Text::kHeader;
    (void)FindSection(structure, section);
  }
  return 0;
}
