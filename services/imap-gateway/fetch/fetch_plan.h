#pragma once

#include <vector>

#include "imap-gateway/parser/fetch_attributes.h"
#include "posthorn/v1/message.pb.h"

namespace posthorn::imap {

// What a FETCH asks for, sorted by where it comes from.
struct FetchPlan {
  std::vector<FetchItem> columns;  // UID, FLAGS, ENVELOPE, ...: from the metadata
  std::vector<FetchItem> bodies;   // sections: from the octets
  bool sets_seen = false;          // some section is asked without PEEK
  bool answers_uid = false;        // UID is told
  bool answers_flags = false;      // FLAGS is asked for
  bool answers_modseq = false;     // MODSEQ is asked for
  bool only_uids = false;          // nothing but UID: the view knows it
  bool downward = false;           // the highest UIDs come first (RFC 9738 3.1)
  // Columns to ask the store for, beside the flags.
  bool internal_date = false;
  bool size = false;
  bool envelope = false;
  bool structure = false;
  std::uint64_t changed_since = 0;  // only messages with a greater MODSEQ
  bool save_date = false;
  bool content_id = false;
  v1::FetchMetadataRequest::Preview preview = v1::FetchMetadataRequest::PREVIEW_NONE;
};

// RFC 3501 6.4.8: a UID FETCH answers UID whether asked or not (`tell_uid`).
FetchPlan PlanFetch(std::vector<FetchItem> items, bool tell_uid);

// Whether the store has to be asked for more of a message than its octets.
bool NeedsColumns(const FetchPlan& plan);

// The request for the columns of the plan; mailbox and UIDs are not set.
v1::FetchMetadataRequest MetadataRequest(const FetchPlan& plan);

}  // namespace posthorn::imap
