#include "mail/content_fields.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "mail/lexer.h"

namespace posthorn::mail {
namespace {

constexpr size_t kMaxToken = 255;
// RFC 2046 5.1.1 allows 70; longer ones do occur.
constexpr size_t kMaxBoundary = 250;

// A value that is not quoted. Beyond what a token may be (RFC 2045 5.1), everything counts up to
// white space, a comment or the semicolon; and words that go on behind white space still belong
// to it, as in `name=my file.txt`.
std::string TakeLooseValue(Lexer* lexer) {
  std::string out;
  while (!lexer->AtEnd() && lexer->Peek() != ';') {
    const absl::string_view word =
        lexer->TakeWhile([](char c) { return !IsHeaderSpace(c) && c != ';' && c != '('; });
    out.append(word.data(), word.size());
    const bool spaced = lexer->SkipCfws();
    if (spaced && !lexer->AtEnd() && lexer->Peek() != ';') {
      out.push_back(' ');
    }
  }
  return out;
}

// What stands at a parameter's place: its name, or junk to be passed over.
absl::string_view TakeParameterName(Lexer* lexer) {
  return lexer->TakeWhile(
      [](char c) { return !IsHeaderSpace(c) && c != ';' && c != '=' && c != '('; });
}

std::vector<Parameter> TakeParameters(Lexer* lexer, size_t max_params) {
  std::vector<Parameter> params;
  while (params.size() < max_params) {
    lexer->TakeWhile([](char c) { return c != ';'; });
    if (!lexer->Consume(';')) {
      break;
    }
    lexer->SkipCfws();
    const absl::string_view name = TakeParameterName(lexer);
    lexer->SkipCfws();
    if (name.empty() || !lexer->Consume('=')) {
      continue;
    }
    lexer->SkipCfws();
    Parameter parameter;
    parameter.name = std::string(name);
    parameter.value =
        !lexer->AtEnd() && lexer->Peek() == '"' ? lexer->TakeQuoted() : TakeLooseValue(lexer);
    params.push_back(std::move(parameter));
  }
  return params;
}

}  // namespace

std::optional<ContentType> ParseContentType(absl::string_view value, size_t max_params) {
  Lexer lexer(value);
  lexer.SkipCfws();
  ContentType result;
  result.type = std::string(lexer.TakeWhile(IsTokenChar));
  lexer.SkipCfws();
  if (lexer.Consume('/')) {
    lexer.SkipCfws();
    result.subtype = std::string(lexer.TakeWhile(IsTokenChar));
  } else if (absl::EqualsIgnoreCase(result.type, "text")) {
    result.subtype = "plain";
  }
  if (result.type.empty() || result.subtype.empty() || result.type.size() > kMaxToken ||
      result.subtype.size() > kMaxToken) {
    return std::nullopt;
  }
  result.params = TakeParameters(&lexer, max_params);
  return result;
}

std::optional<Disposition> ParseDisposition(absl::string_view value, size_t max_params) {
  Disposition result;
  Lexer lexer(value);
  lexer.SkipCfws();
  // Some mailers quote the type.
  result.type = !lexer.AtEnd() && lexer.Peek() == '"' ? lexer.TakeQuoted()
                                                      : std::string(lexer.TakeWhile(IsTokenChar));
  if (result.type.empty() || result.type.size() > kMaxToken) {
    return std::nullopt;
  }
  result.params = TakeParameters(&lexer, max_params);
  return result;
}

std::string ParseToken(absl::string_view value) {
  Lexer lexer(value);
  lexer.SkipCfws();
  if (!lexer.AtEnd() && lexer.Peek() == '"') {
    return lexer.TakeQuoted().substr(0, kMaxToken);
  }
  return std::string(lexer.TakeWhile(IsTokenChar).substr(0, kMaxToken));
}

std::vector<std::string> ParseLanguages(absl::string_view value, size_t max_languages) {
  std::vector<std::string> languages;
  Lexer lexer(value);
  while (languages.size() < max_languages) {
    lexer.SkipCfws();
    if (lexer.AtEnd()) {
      break;
    }
    const absl::string_view tag = lexer.TakeWhile(IsTokenChar);
    if (tag.empty()) {
      lexer.Skip();  // a comma, or junk
    } else {
      languages.emplace_back(tag);
    }
  }
  return languages;
}

std::vector<std::string> ParseMessageIds(absl::string_view value, size_t max_ids) {
  std::vector<absl::string_view> found;
  while (true) {
    const size_t open = value.find('<');
    const size_t close = value.find('>', open == absl::string_view::npos ? open : open + 1);
    if (close == absl::string_view::npos) {
      break;
    }
    found.push_back(value.substr(open, close + 1 - open));
    value.remove_prefix(close + 1);
  }
  std::vector<std::string> ids;
  for (size_t i = found.size() - std::min(found.size(), max_ids); i < found.size(); ++i) {
    std::string id(found[i]);
    id.erase(std::remove_if(id.begin(), id.end(), IsHeaderSpace), id.end());
    ids.push_back(std::move(id));
  }
  return ids;
}

std::string FindBoundary(const std::vector<Parameter>& params) {
  std::string boundary;
  size_t next = 0;
  for (const Parameter& param : params) {
    if (absl::EqualsIgnoreCase(param.name, "boundary")) {
      boundary = param.value;
      break;
    }
    if (absl::EqualsIgnoreCase(param.name, absl::StrCat("boundary*", next))) {
      boundary += param.value;
      ++next;
    }
  }
  while (!boundary.empty() && IsHeaderSpace(boundary.back())) {
    boundary.pop_back();
  }
  return boundary.size() <= kMaxBoundary ? boundary : std::string();
}

}  // namespace posthorn::mail
