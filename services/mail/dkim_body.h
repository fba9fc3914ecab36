// The body hash of a DKIM signature: "relaxed" canonicalization (RFC 6376 3.4.4) and SHA-256.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;  // EVP_MD_CTX of OpenSSL

namespace posthorn::mail {

// Takes a body in frames of any size, with constant memory. Lines end at CRLF only; bare CR and LF
// are octets like others. White space at line ends and empty lines at the end do not count, runs of
// white space count as one space, a missing last CRLF is added. Not thread-safe.
class DkimBody {
 public:
  DkimBody();
  ~DkimBody();
  DkimBody(DkimBody&& other) noexcept;
  DkimBody& operator=(DkimBody&& other) noexcept;

  void Update(absl::string_view frame);
  // The 32 octets for bh=. To be called once, after which the object is spent.
  std::string Finish();

 private:
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const;
  };

  void Put(absl::string_view octets);
  void Release();
  void Flush();

  std::unique_ptr<evp_md_ctx_st, FreeContext> context_;
  std::string buffer_;      // canonical octets not yet hashed
  uint64_t line_ends_ = 0;  // CRLFs that count only if something follows
  bool space_ = false;      // white space that counts only if the line goes on
  bool cr_ = false;         // the last octet was CR
  bool text_ = false;       // anything but white space and line ends was there
};

}  // namespace posthorn::mail
