#include "mail/dkim_body.h"

#include <openssl/evp.h>

#include <cstdio>
#include <cstdlib>
#include <utility>

namespace posthorn::mail {
namespace {

constexpr size_t kBufferOctets = 4096;

// Nothing but a lack of memory makes these calls fail.
void Require(bool ok) {
  if (!ok) {
    std::fprintf(stderr, "posthorn: OpenSSL failed: SHA-256\n");
    std::abort();
  }
}

bool IsSpecial(char c) { return c == ' ' || c == '\t' || c == '\r'; }

}  // namespace

DkimBody::DkimBody() : context_(EVP_MD_CTX_new()) {
  Require(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  buffer_.reserve(kBufferOctets);
}

DkimBody::~DkimBody() = default;
DkimBody::DkimBody(DkimBody&& other) noexcept = default;
DkimBody& DkimBody::operator=(DkimBody&& other) noexcept = default;

void DkimBody::FreeContext::operator()(evp_md_ctx_st* context) const { EVP_MD_CTX_free(context); }

void DkimBody::Flush() {
  Require(EVP_DigestUpdate(context_.get(), buffer_.data(), buffer_.size()) == 1);
  buffer_.clear();
}

// Writes the line ends and the space that count, now that an octet follows.
void DkimBody::Release() {
  for (; line_ends_ > 0; --line_ends_) {
    buffer_.append("\r\n");
    if (buffer_.size() >= kBufferOctets) {
      Flush();
    }
  }
  if (space_) {
    buffer_.push_back(' ');
    space_ = false;
  }
  text_ = true;
}

void DkimBody::Put(absl::string_view octets) {
  Release();
  if (buffer_.size() + octets.size() > kBufferOctets) {
    Flush();
  }
  if (octets.size() >= kBufferOctets) {
    Require(EVP_DigestUpdate(context_.get(), octets.data(), octets.size()) == 1);
  } else {
    buffer_.append(octets.data(), octets.size());
  }
}

void DkimBody::Update(absl::string_view frame) {
  size_t i = 0;
  while (i < frame.size()) {
    const char c = frame[i];
    if (cr_) {
      cr_ = false;
      if (c == '\n') {
        // RFC 6376 3.4.4 (a): white space at the end of a line does not count.
        space_ = false;
        ++line_ends_;
        ++i;
        continue;
      }
      Put("\r");
    }
    if (c == '\r') {
      cr_ = true;
      ++i;
    } else if (c == ' ' || c == '\t') {
      space_ = true;
      ++i;
    } else {
      size_t end = i + 1;
      while (end < frame.size() && !IsSpecial(frame[end])) {
        ++end;
      }
      Put(frame.substr(i, end - i));
      i = end;
    }
  }
}

std::string DkimBody::Finish() {
  if (cr_) {
    Put("\r");
  }
  // RFC 6376 3.4.4 (b): of the line ends held back none or one counts, whether or not the last
  // line had one; a body without text is empty.
  if (text_) {
    buffer_.append("\r\n");
  }
  Flush();
  std::string digest(32, '\0');
  Require(EVP_DigestFinal_ex(context_.get(), reinterpret_cast<unsigned char*>(digest.data()),
                             nullptr) == 1);
  return digest;
}

}  // namespace posthorn::mail
