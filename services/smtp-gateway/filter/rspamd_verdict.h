// What becomes of a message by rspamd's answer. Pure.
#pragma once

#include "smtp-gateway/filter/header_editor.h"
#include "smtp-gateway/filter/rspamd_result.h"
#include "smtp-gateway/filter/verdict.h"

namespace posthorn::filter {

// Mail of users is delivered or refused, never put aside.
Verdict RspamdVerdict(const RspamdResult& result, bool submission);

// Changes the header as rspamd's modules want it, and says what came out: X-Spam, X-Spam-Status and
// the subject, those of others removed first. What users submit gets none of the latter. Fields
// that cannot stand in a header are left out.
void ApplyRspamdHeaders(const RspamdResult& result, const Verdict& verdict, bool submission,
                        HeaderEditor& header);

// X-Spam-Status of a message that is too large to be looked at.
void MarkNotScanned(HeaderEditor& header);

}  // namespace posthorn::filter
