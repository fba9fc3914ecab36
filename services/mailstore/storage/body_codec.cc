#include "mailstore/storage/body_codec.h"

#include <zstd.h>

#include <memory>

namespace posthorn::store {
namespace {

constexpr int kLevel = 1;

struct FreeCompress {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};
struct FreeDecompress {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};

// Contexts are costly to make and not thread-safe: one a thread.
ZSTD_CCtx* CompressContext() {
  thread_local std::unique_ptr<ZSTD_CCtx, FreeCompress> context(ZSTD_createCCtx());
  return context.get();
}
ZSTD_DCtx* DecompressContext() {
  thread_local std::unique_ptr<ZSTD_DCtx, FreeDecompress> context(ZSTD_createDCtx());
  return context.get();
}

}  // namespace

void CompressZstd(absl::string_view plain, std::string* out) {
  out->resize(ZSTD_compressBound(plain.size()));
  const size_t size = ZSTD_compressCCtx(CompressContext(), out->data(), out->size(), plain.data(),
                                        plain.size(), kLevel);
  // With room for compressBound() octets it cannot fail.
  out->resize(ZSTD_isError(size) ? 0 : size);
}

Codec Encode(absl::string_view plain, std::string* out) {
  CompressZstd(plain, out);
  if (!out->empty() && out->size() < plain.size() - plain.size() / 8) {
    out->shrink_to_fit();
    return Codec::kZstd;
  }
  out->assign(plain.data(), plain.size());
  return Codec::kPlain;
}

absl::Status Decode(Codec codec, absl::string_view data, size_t plain_size, std::string* out) {
  if (codec == Codec::kPlain) {
    if (data.size() != plain_size) {
      return absl::DataLossError("stored body has the wrong size");
    }
    out->append(data.data(), data.size());
    return absl::OkStatus();
  }
  const size_t before = out->size();
  out->resize(before + plain_size);
  const size_t size = ZSTD_decompressDCtx(DecompressContext(), out->data() + before, plain_size,
                                          data.data(), data.size());
  if (ZSTD_isError(size) || size != plain_size) {
    out->resize(before);
    return absl::DataLossError("stored body cannot be decompressed");
  }
  return absl::OkStatus();
}

}  // namespace posthorn::store
