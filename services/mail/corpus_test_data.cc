#include "mail/corpus_test_data.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace posthorn::mail {
namespace {

std::string ReadFile(const std::filesystem::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

// "From " lines at the start or behind an empty line separate the messages of an mbox.
std::vector<std::string> SplitMbox(const std::string& text) {
  std::vector<std::string> messages;
  bool after_blank = true;
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    if (after_blank && absl::StartsWith(line, "From ")) {
      messages.emplace_back();
    } else if (!messages.empty()) {
      absl::StrAppend(&messages.back(), line, "\n");
    }
    after_blank = line.empty() || line == "\r";
  }
  return messages;
}

}  // namespace

std::string ToCrlf(const std::string& text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n' && (i == 0 || text[i - 1] != '\r')) {
      out.push_back('\r');
    }
    out.push_back(text[i]);
  }
  return out;
}

std::vector<CorpusMessage> LoadCorpus() {
  const char* const folder = std::getenv("POSTHORN_CORPUS");
  const std::filesystem::path root = folder != nullptr ? folder : POSTHORN_DEFAULT_CORPUS;
  std::vector<CorpusMessage> messages;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(root, error)) {
    const std::string name = entry.path().filename().string();
    if (absl::EndsWith(name, ".eml")) {
      messages.push_back({name, ToCrlf(ReadFile(entry.path()))});
    } else if (absl::EndsWith(name, ".mbox")) {
      for (const std::string& text : SplitMbox(ReadFile(entry.path()))) {
        messages.push_back({absl::StrCat(name, "#", messages.size()), ToCrlf(text)});
      }
    }
  }
  std::sort(messages.begin(), messages.end(),
            [](const CorpusMessage& a, const CorpusMessage& b) { return a.name < b.name; });
  return messages;
}

}  // namespace posthorn::mail
