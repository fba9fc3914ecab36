#include "smtp-gateway/filter/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"

namespace posthorn::filter {

bool SpoolSpace::Take(uint64_t octets) {
  const uint64_t before = used_.fetch_add(octets);
  if (before + octets > limit_) {
    used_ -= octets;
    return false;
  }
  return true;
}

Spool::Spool(Spool&& other) noexcept
    : space_(other.space_),
      memory_(std::exchange(other.memory_, {})),
      file_(std::exchange(other.file_, -1)),
      in_file_(std::exchange(other.in_file_, 0)),
      size_(std::exchange(other.size_, 0)) {}

Spool& Spool::operator=(Spool&& other) noexcept {
  if (this != &other) {
    Clear();
    space_ = other.space_;
    memory_ = std::exchange(other.memory_, {});
    file_ = std::exchange(other.file_, -1);
    in_file_ = std::exchange(other.in_file_, 0);
    size_ = std::exchange(other.size_, 0);
  }
  return *this;
}

void Spool::Clear() {
  if (file_ >= 0) {
    ::close(file_);
    space_->Give(in_file_);
  }
  file_ = -1;
  in_file_ = 0;
  size_ = 0;
  std::string().swap(memory_);
}

absl::Status Spool::OpenFile() {
  file_ = ::open(space_->folder().c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (file_ < 0 && (errno == EOPNOTSUPP || errno == EISDIR)) {
    // The file system makes no files without a name.
    std::string path = absl::StrCat(space_->folder(), "/posthorn-XXXXXX");
    file_ = ::mkostemp(path.data(), O_CLOEXEC);
    if (file_ >= 0) {
      ::unlink(path.c_str());
    }
  }
  return file_ >= 0 ? absl::OkStatus() : absl::ErrnoToStatus(errno, "cannot make a spool file");
}

absl::Status Spool::WriteFile(absl::string_view octets) {
  if (!space_->Take(octets.size())) {
    return absl::ResourceExhaustedError("no room in the spool");
  }
  in_file_ += octets.size();
  auto offset = static_cast<off_t>(in_file_ - octets.size());
  while (!octets.empty()) {
    const ssize_t written = ::pwrite(file_, octets.data(), octets.size(), offset);
    if (written < 0 && errno == EINTR) {
      continue;
    }
    if (written <= 0) {
      return errno == ENOSPC || errno == EDQUOT ? absl::ResourceExhaustedError("the disk is full")
                                                : absl::UnavailableError("cannot write a spool");
    }
    octets.remove_prefix(static_cast<size_t>(written));
    offset += written;
  }
  return absl::OkStatus();
}

absl::Status Spool::Append(absl::string_view octets) {
  size_ += octets.size();
  if (file_ < 0 && size_ <= kInMemory) {
    absl::StrAppend(&memory_, octets);
    return absl::OkStatus();
  }
  if (file_ < 0) {
    absl::Status status = OpenFile();
    if (status.ok()) {
      status = WriteFile(memory_);
    }
    if (!status.ok()) {
      return status;
    }
    std::string().swap(memory_);
  }
  return WriteFile(octets);
}

absl::StatusOr<std::string> Spool::Read(uint64_t offset, size_t size) const {
  if (offset >= size_) {
    return std::string();
  }
  if (file_ < 0) {
    return memory_.substr(offset, size);
  }
  std::string octets(std::min<uint64_t>(size, size_ - offset), '\0');
  for (size_t have = 0; have < octets.size();) {
    const ssize_t count = ::pread(file_, octets.data() + have, octets.size() - have,
                                  static_cast<off_t>(offset + have));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count <= 0) {
      return absl::UnavailableError("cannot read a spool");
    }
    have += static_cast<size_t>(count);
  }
  return octets;
}

}  // namespace posthorn::filter
