// What PREVIEW shows of messages (RFC 8970): kept in the database, made when it is first asked for.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "mailstore/message/body_reader.h"
#include "mailstore/storage/message_row.h"
#include "mailstore/storage/preview_rows.h"
#include "mailstore/store.h"
#include "posthorn/v1/message.pb.h"
#include "posthorn/v1/structure.pb.h"

namespace posthorn::store {

class PreviewReader {
 public:
  PreviewReader(Store& store, AccountId account)
      : store_(store), account_(account), bodies_(store, account) {}

  // Adds a preview for each row to block->previews. With PREVIEW_AT_HAND those that would take
  // pieces of a long body are left out.
  boost::asio::awaitable<absl::Status> Fill(const std::vector<MessageRow>& rows,
                                            v1::FetchMetadataRequest::Preview mode,
                                            v1::FetchMetadataBlock* block);

 private:
  using Previews = absl::flat_hash_map<BlobId, std::string>;

  boost::asio::awaitable<absl::Status> Make(const std::vector<MessageRow>& rows, bool at_hand);
  boost::asio::awaitable<absl::StatusOr<std::string>> MakeOne(const BlobBody& body,
                                                              absl::string_view body_structure);
  boost::asio::awaitable<absl::StatusOr<std::string>> OfPart(const BlobBody& body,
                                                             const v1::BodyPart& part);

  Store& store_;
  const AccountId account_;
  BodyReader bodies_;
  Previews previews_;  // of the rows in hand
};

}  // namespace posthorn::store
