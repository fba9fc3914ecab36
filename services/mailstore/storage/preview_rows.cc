#include "mailstore/storage/preview_rows.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "mailstore/db/binary_array.h"
#include "mailstore/db/binary_row.h"

namespace posthorn::store {
namespace {

using Type = BinaryArray::Type;

constexpr Statement kInsert{
    "preview.insert",
    "INSERT INTO blob_preview (account_id, blob_id, preview) SELECT b.account_id, b.blob_id, "
    "k.preview FROM unnest($2::bigint[], $3::text[]) AS k (blob_id, preview) "
    "JOIN blob b ON b.account_id = $1 AND b.blob_id = k.blob_id ON CONFLICT DO NOTHING"};

}  // namespace

std::vector<PreviewRow> LoadPreviews(Connection& connection, AccountId account,
                                     absl::Span<const BlobId> blobs) {
  const std::string ids = absl::StrJoin(
      blobs, ",", [](std::string* out, BlobId id) { absl::StrAppend(out, id.value()); });
  const pqxx::result rows = connection.SelectBinary(
      "preview.load", absl::StrCat("SELECT blob_id, preview FROM blob_preview WHERE account_id = ",
                                   account.value(), " AND blob_id = ANY ('{", ids, "}')"));
  std::vector<PreviewRow> previews;
  previews.reserve(rows.size());
  for (const auto& row : rows) {
    previews.push_back({BlobId(ReadInt8(row[0])), std::string(ReadOctets(row[1]))});
  }
  return previews;
}

void InsertPreviews(Connection& connection, AccountId account, absl::Span<const PreviewRow> rows) {
  BinaryArray blob(Type::kInt8), text(Type::kText);
  for (const PreviewRow& row : rows) {
    blob.AddInt8(row.blob.value());
    text.AddOctets(row.text);
  }
  connection.Exec(kInsert, static_cast<int64_t>(account.value()), blob.Finish(), text.Finish());
}

}  // namespace posthorn::store
