#include "imap-gateway/fetch/fetch_plan.h"

#include <algorithm>

namespace posthorn::imap {
namespace {

using Kind = FetchItem::Kind;

void AddColumn(FetchPlan& plan, FetchItem item) {
  plan.answers_uid = plan.answers_uid || item.kind == Kind::kUid;
  plan.answers_modseq = plan.answers_modseq || item.kind == Kind::kModSeq;
  plan.answers_flags = plan.answers_flags || item.kind == Kind::kFlags;
  plan.internal_date = plan.internal_date || item.kind == Kind::kInternalDate;
  plan.size = plan.size || item.kind == Kind::kSize;
  plan.envelope = plan.envelope || item.kind == Kind::kEnvelope;
  plan.structure = plan.structure || item.kind == Kind::kBody || item.kind == Kind::kBodyStructure;
  plan.save_date = plan.save_date || item.kind == Kind::kSaveDate;
  plan.content_id = plan.content_id || item.kind == Kind::kEmailId;
  if (item.kind == Kind::kPreview && plan.preview != v1::FetchMetadataRequest::PREVIEW_ALWAYS) {
    plan.preview = item.lazy ? v1::FetchMetadataRequest::PREVIEW_AT_HAND
                             : v1::FetchMetadataRequest::PREVIEW_ALWAYS;
  }
  plan.columns.push_back(std::move(item));
}

}  // namespace

FetchPlan PlanFetch(std::vector<FetchItem> items, bool tell_uid) {
  FetchPlan plan;
  const bool has_uid = std::any_of(items.begin(), items.end(),
                                   [](const FetchItem& item) { return item.kind == Kind::kUid; });
  if (tell_uid && !has_uid) {
    FetchItem uid;
    uid.kind = Kind::kUid;
    AddColumn(plan, std::move(uid));
  }
  for (FetchItem& item : items) {
    if (!item.ReadsBody()) {
      AddColumn(plan, std::move(item));
      continue;
    }
    plan.sets_seen = plan.sets_seen || item.SetsSeen();
    plan.structure = plan.structure || !item.section.part.empty();
    plan.bodies.push_back(std::move(item));
  }
  plan.only_uids =
      plan.bodies.empty() && plan.columns.size() == 1 && plan.columns.front().kind == Kind::kUid;
  return plan;
}

bool NeedsColumns(const FetchPlan& plan) {
  return plan.sets_seen || plan.structure || plan.changed_since != 0 ||
         std::any_of(plan.columns.begin(), plan.columns.end(),
                     [](const FetchItem& item) { return item.kind != Kind::kUid; });
}

v1::FetchMetadataRequest MetadataRequest(const FetchPlan& plan) {
  v1::FetchMetadataRequest request;
  request.set_internal_date(plan.internal_date);
  request.set_size(plan.size);
  request.set_envelope(plan.envelope);
  request.set_body_structure(plan.structure);
  request.set_changed_since(plan.changed_since);
  request.set_save_date(plan.save_date);
  request.set_content_id(plan.content_id);
  request.set_preview(plan.preview);
  return request;
}

}  // namespace posthorn::imap
