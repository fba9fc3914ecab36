// RFC 5256 3: messages in threads.
#pragma once

#include <vector>

#include "mailstore/message/sort.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::store {

// What an algorithm looks at of headers.
HeaderParts HeadersFor(v1::ThreadRequest::Algorithm algorithm);

// Puts messages, which ascend by UID and have those, into threads.
void ThreadMessages(v1::ThreadRequest::Algorithm algorithm,
                    const std::vector<FoundMessage>& messages, v1::ThreadResponse* response);

}  // namespace posthorn::store
