#include "imap-gateway/response/esearch.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "imap-gateway/response/strings.h"

namespace posthorn::imap {
namespace {

// RFC 6203 4: the scores go with the results that are returned.
void AppendRelevancies(std::string& out, const SearchData& data) {
  ResultPositions shown{0, data.relevancies.size()};
  if (data.returns.partial) {
    shown = Locate(*data.returns.partial, data.relevancies.size());
  }
  const auto begin = data.relevancies.begin();
  absl::StrAppend(&out, " RELEVANCY (",
                  absl::StrJoin(begin + static_cast<std::ptrdiff_t>(shown.begin),
                                begin + static_cast<std::ptrdiff_t>(shown.end), " "),
                  ")");
}

}  // namespace

void AppendEsearchStart(std::string& out, const SearchCorrelator& correlator) {
  // RFC 4466 2.6.2: the tag is a quoted string even where it could be an atom.
  out.append("* ESEARCH (TAG ");
  AppendString(out, correlator.tag);
  if (!correlator.mailbox.empty()) {
    out.append(" MAILBOX ");
    AppendMailbox(out, correlator.mailbox, correlator.names);
    absl::StrAppend(&out, " UIDVALIDITY ", correlator.uidvalidity);
  }
  out.append(correlator.uid ? ") UID" : ")");
}

void AppendEsearch(std::string& out, const SearchCorrelator& correlator, const SearchData& data) {
  const SearchReturn& returns = data.returns;
  const ResultList& results = data.results;
  AppendEsearchStart(out, correlator);
  // RFC 4731 3.1: MIN, MAX and ALL are left out when nothing was found.
  if (returns.min && !results.empty()) {
    absl::StrAppend(&out, " MIN ", results.front());
  }
  if (returns.max && !results.empty()) {
    absl::StrAppend(&out, " MAX ", results.back());
  }
  if (returns.count) {
    absl::StrAppend(&out, " COUNT ", results.size());
  }
  if (returns.all && !results.empty()) {
    absl::StrAppend(&out, " ALL ", results.Format());
  }
  if (returns.partial) {
    const ResultPositions positions = Locate(*returns.partial, results.size());
    const ResultList part = results.Slice(positions.begin, positions.end);
    absl::StrAppend(&out, " PARTIAL (", FormatPartialRange(*returns.partial), " ",
                    part.empty() ? "NIL" : part.Format(), ")");
  }
  if (returns.relevancy) {
    AppendRelevancies(out, data);
  }
  if (data.modseq != 0) {
    absl::StrAppend(&out, " MODSEQ ", data.modseq);
  }
  out.append("\r\n");
}

}  // namespace posthorn::imap
