#include "imap-gateway/search/filters.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "imap-gateway/errors/error_table.h"
#include "imap-gateway/search/charset.h"

namespace posthorn::imap {
namespace {

constexpr int kMaxPasses = 5;    // filters inside filters
constexpr int kMaxFilters = 50;  // of one search
using Kind = SearchKey::Kind;

void Collect(SearchKey& key, std::vector<SearchKey*>& filters) {
  if (key.kind == Kind::kFilter) {
    filters.push_back(&key);
  }
  for (SearchKey& child : key.children) {
    Collect(child, filters);
  }
}

Completion Undefined(absl::string_view name) {
  return No(absl::StrCat("UNDEFINED-FILTER ", name), "No such filter, or it cannot be used");
}

// The value of the filter: the user's own, or the one for all. NotFound if there is none.
asio::awaitable<absl::StatusOr<std::string>> Load(Session& session, const std::string& name) {
  v1::GetMetadataRequest request;
  request.add_entries(absl::StrCat("/private/filters/values/", name));
  request.add_entries(absl::StrCat("/shared/filters/values/", name));
  v1::GetMetadataResponse response;
  const absl::Status status =
      co_await session.store().Call<v1::Metadata>(&MetadataMethods::GetMetadata, request, response);
  if (!status.ok()) {
    co_return status;
  }
  // "/private/..." is before "/shared/...".
  for (const v1::Annotation& annotation : response.annotations()) {
    if (annotation.has_value()) {
      co_return annotation.value();
    }
  }
  co_return absl::NotFoundError("no such filter");
}

// Puts the filter's criteria in place of `key`, which names it.
asio::awaitable<Completion> Expand(Session& session, SearchKey& key) {
  const std::string name = key.text;
  const absl::StatusOr<std::string> value = co_await Load(session, name);
  if (absl::IsNotFound(value.status())) {
    co_return Undefined(name);
  }
  if (!value.ok()) {
    co_return FromStatus(value.status());
  }
  Scanner scanner(*value);
  SearchKey criteria = ParseSearchKeys(scanner);
  scanner.End();
  if (!scanner.ok()) {
    co_return Undefined(name);
  }
  key = std::move(criteria);
  co_return Ok("");
}

}  // namespace

asio::awaitable<Completion> ExpandFilters(Session& session, SearchArguments& arguments) {
  int expanded = 0;
  for (int pass = 0;; ++pass) {
    std::vector<SearchKey*> filters;
    Collect(arguments.key, filters);
    if (filters.empty()) {
      co_return Ok("");
    }
    // RFC 5466 3.1: the text of filters is UTF-8, so that of the search is as well.
    if (!arguments.charset.empty() && !IsUtf8Charset(arguments.charset)) {
      Completion refused = Bad("FILTER goes with UTF-8 only");
      refused.code = CharsetList();
      co_return refused;
    }
    expanded += static_cast<int>(filters.size());
    if (pass == kMaxPasses || expanded > kMaxFilters) {
      co_return Undefined(filters.front()->text);
    }
    for (SearchKey* filter : filters) {
      const Completion completion = co_await Expand(session, *filter);
      if (completion.kind != Completion::Kind::kOk) {
        co_return completion;
      }
    }
  }
}

}  // namespace posthorn::imap
