// The part of a notification for programs (RFC 3464 2, RFC 6533 4.1).
#pragma once

#include <string>

#include "mail/delivery_report.h"

namespace posthorn::mail {

// The body of message/delivery-status, or of message/global-delivery-status if the report is utf8.
std::string ComposeDeliveryStatus(const DeliveryReport& report);

}  // namespace posthorn::mail
