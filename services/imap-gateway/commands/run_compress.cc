#include "imap-gateway/commands/handlers.h"

namespace posthorn::imap {

// RFC 4978 3.
Done RunCompress(Session& session, CompressArguments arguments) {
  if (arguments.algorithm != "DEFLATE") {
    co_return Bad("Unknown compression algorithm");
  }
  if (session.Hides("COMPRESS=DEFLATE")) {
    co_return No("CANNOT", "Compression is not offered");
  }
  if (session.stream().is_compressed()) {
    co_return No("COMPRESSIONACTIVE", "DEFLATE is active already");
  }
  session.ChangeLayerAfterResponse(Session::Layer::kCompressed);
  co_return Ok("DEFLATE active");
}

}  // namespace posthorn::imap
