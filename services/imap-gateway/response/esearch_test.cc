#include "imap-gateway/response/esearch.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

std::string Format(const SearchCorrelator& correlator, const SearchReturn& returns,
                   const ResultList& results, const std::vector<std::uint32_t>& relevancies = {},
                   std::uint64_t modseq = 0) {
  std::string out;
  const SearchData data{
      .returns = returns, .results = results, .relevancies = relevancies, .modseq = modseq};
  AppendEsearch(out, correlator, data);
  return out;
}

SearchReturn Everything() {
  SearchReturn returns;
  returns.min = returns.max = returns.all = returns.count = true;
  return returns;
}

TEST(Esearch, TellsWhatWasAskedFor) {
  EXPECT_EQ(Format({.tag = "A1"}, Everything(), ResultList({{2, 4}, {9, 9}})),
            "* ESEARCH (TAG \"A1\") MIN 2 MAX 9 COUNT 4 ALL 2:4,9\r\n");
  EXPECT_EQ(Format({.tag = "A1", .uid = true}, Everything(), ResultList(), {}, 7),
            "* ESEARCH (TAG \"A1\") UID COUNT 0 MODSEQ 7\r\n");
}

TEST(Esearch, PartialResultsAndTheirRelevancies) {
  SearchReturn returns;
  returns.partial = PartialRange{1, 2, true};
  returns.relevancy = true;
  EXPECT_EQ(Format({.tag = "a"}, returns, ResultList({{2, 4}}), {10, 20, 30}),
            "* ESEARCH (TAG \"a\") PARTIAL (-1:-2 3:4) RELEVANCY (20 30)\r\n");
  returns.partial = PartialRange{7, 9, false};
  EXPECT_EQ(Format({.tag = "a"}, returns, ResultList({{2, 4}}), {10, 20, 30}),
            "* ESEARCH (TAG \"a\") PARTIAL (7:9 NIL) RELEVANCY ()\r\n");
}

TEST(Esearch, NamesTheMailboxOfASearchOverSeveral) {
  SearchReturn returns;
  returns.all = true;
  EXPECT_EQ(Format({.tag = "x\"y", .uid = true, .mailbox = "A b", .uidvalidity = 5}, returns,
                   ResultList::Sorted({3, 1, 2})),
            "* ESEARCH (TAG \"x\\\"y\" MAILBOX \"A b\" UIDVALIDITY 5) UID ALL 3,1:2\r\n");
}

}  // namespace
}  // namespace posthorn::imap
