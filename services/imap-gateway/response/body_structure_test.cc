#include "imap-gateway/response/body_structure.h"

#include <gtest/gtest.h>

namespace posthorn::imap {
namespace {

v1::BodyPart* Add(v1::BodyStructure& structure, const char* type, const char* subtype,
                  std::uint32_t children = 0) {
  v1::BodyPart* part = structure.add_parts();
  part->set_type(type);
  part->set_subtype(subtype);
  part->set_children(children);
  part->set_encoding("7BIT");
  part->set_body_size(12);
  part->set_body_lines(2);
  return part;
}

std::string Text(const v1::BodyStructure& structure, bool extended, bool rev2 = false) {
  std::string out;
  AppendBodyStructure(out, structure, extended, rev2);
  return out;
}

TEST(BodyStructure, Text) {
  v1::BodyStructure structure;
  v1::BodyPart* part = Add(structure, "TEXT", "PLAIN");
  v1::Parameter* charset = part->add_parameters();
  charset->set_name("CHARSET");
  charset->set_value("us-ascii");
  EXPECT_EQ(Text(structure, false),
            R"(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 12 2))");
  part->set_disposition("inline");
  part->add_languages("en");
  EXPECT_EQ(Text(structure, true),
            R"(("TEXT" "PLAIN" ("CHARSET" "us-ascii") NIL NIL "7BIT" 12 2 NIL )"
            R"(("inline" NIL) ("en") NIL))");
}

TEST(BodyStructure, MultipartAndMessage) {
  v1::BodyStructure structure;
  Add(structure, "MULTIPART", "MIXED", 3);
  Add(structure, "TEXT", "HTML");
  Add(structure, "MESSAGE", "RFC822", 1);
  Add(structure, "TEXT", "PLAIN");
  Add(structure, "IMAGE", "PNG");
  EXPECT_EQ(Text(structure, false), R"((("TEXT" "HTML" NIL NIL NIL "7BIT" 12 2))"
                                    R"(("MESSAGE" "RFC822" NIL NIL NIL "7BIT" 12 )"
                                    R"((NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) )"
                                    R"(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 12 2) 2))"
                                    R"(("IMAGE" "PNG" NIL NIL NIL "7BIT" 12) "MIXED"))");
}

TEST(BodyStructure, AGlobalMessageIsBasicInRev1) {
  v1::BodyStructure structure;
  Add(structure, "MULTIPART", "MIXED", 2);
  Add(structure, "MESSAGE", "GLOBAL", 1);
  Add(structure, "MULTIPART", "ALTERNATIVE", 2);
  Add(structure, "TEXT", "HTML");
  Add(structure, "TEXT", "PLAIN");
  Add(structure, "IMAGE", "PNG");
  EXPECT_EQ(Text(structure, false), R"((("MESSAGE" "GLOBAL" NIL NIL NIL "7BIT" 12))"
                                    R"(("IMAGE" "PNG" NIL NIL NIL "7BIT" 12) "MIXED"))");
  EXPECT_EQ(Text(structure, false, true), R"((("MESSAGE" "GLOBAL" NIL NIL NIL "7BIT" 12 )"
                                          R"((NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL) )"
                                          R"((("TEXT" "HTML" NIL NIL NIL "7BIT" 12 2))"
                                          R"(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 12 2))"
                                          R"( "ALTERNATIVE") 2))"
                                          R"(("IMAGE" "PNG" NIL NIL NIL "7BIT" 12) "MIXED"))");
}

TEST(BodyStructure, DeliveryStatusHasNoLines) {
  v1::BodyStructure structure;
  Add(structure, "MESSAGE", "DELIVERY-STATUS");
  EXPECT_EQ(Text(structure, false), R"(("MESSAGE" "DELIVERY-STATUS" NIL NIL NIL "7BIT" 12))");
}

TEST(BodyStructure, BrokenListsStayValid) {
  EXPECT_EQ(Text({}, true), R"(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0))");
  v1::BodyStructure empty_multipart;
  Add(empty_multipart, "MULTIPART", "MIXED", 0);
  EXPECT_EQ(Text(empty_multipart, false), R"((("TEXT" "PLAIN" NIL NIL NIL "7BIT" 0 0) "MIXED"))");
  v1::BodyStructure cut;
  Add(cut, "MULTIPART", "MIXED", 5);
  Add(cut, "TEXT", "PLAIN");
  EXPECT_EQ(Text(cut, false), R"((("TEXT" "PLAIN" NIL NIL NIL "7BIT" 12 2) "MIXED"))");
}

TEST(BodyStructure, DepthCostsNoStack) {
  v1::BodyStructure structure;
  for (int i = 0; i < 200000; ++i) {
    Add(structure, "MULTIPART", "MIXED", 1);
  }
  EXPECT_GT(Text(structure, false).size(), 200000u);
}

}  // namespace
}  // namespace posthorn::imap
