// The real messages the tests run over.
#pragma once

#include <string>
#include <vector>

namespace posthorn::mail {

struct CorpusMessage {
  std::string name;  // of its file, with a number where that is an mbox
  std::string text;  // line ends made CRLF
};

// Every message of the folder named by POSTHORN_CORPUS, else of the one beside the source tree.
// Empty if there is none, which is a failure to the tests.
std::vector<CorpusMessage> LoadCorpus();

// Changes every LF that has no CR before it to CRLF.
std::string ToCrlf(const std::string& text);

}  // namespace posthorn::mail
