#include "pop3-gateway/maildrop/uid_set.h"

namespace posthorn::pop3 {

v1::UidSet MakeUidSet(const std::vector<uint32_t>& uids) {
  v1::UidSet set;
  uint32_t previous = 0;
  for (size_t i = 0; i < uids.size();) {
    size_t end = i + 1;
    while (end < uids.size() && uids[end] == uids[end - 1] + 1) {
      ++end;
    }
    set.add_runs(uids[i] - previous);
    set.add_runs(static_cast<uint32_t>(end - i - 1));
    previous = uids[end - 1];
    i = end;
  }
  return set;
}

}  // namespace posthorn::pop3
