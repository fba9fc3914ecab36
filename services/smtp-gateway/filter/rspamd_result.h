// What rspamd answers: the JSON of /checkv2 (docs.rspamd.com, "protocol"). Pure.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace posthorn::filter {

enum class RspamdAction {
  kNone,  // and whatever we do not know
  kGreylist,
  kAddHeader,
  kRewriteSubject,
  kSoftReject,
  kReject,
  kQuarantine,
  kDiscard,
};

struct RspamdResult {
  RspamdAction action = RspamdAction::kNone;
  std::string action_name;
  double score = 0;  // both within +-10,000
  double required_score = 0;
  std::string subject;       // of kRewriteSubject
  std::string smtp_message;  // for the client
  std::vector<std::string> symbols;

  // As modules of rspamd want the header (milter_headers); nothing of it is checked yet.
  struct Addition {
    std::string name;
    std::string value;
    int64_t order = -1;  // as HeaderEditor::Insert; negative: at the end
  };
  std::vector<Addition> add_headers;
  std::vector<std::pair<std::string, int64_t>> remove_headers;  // as HeaderEditor::Remove

  bool HasSymbol(absl::string_view name) const;
};

// INVALID_ARGUMENT if it is not such an answer.
absl::StatusOr<RspamdResult> ParseRspamdResult(absl::string_view json);

}  // namespace posthorn::filter
