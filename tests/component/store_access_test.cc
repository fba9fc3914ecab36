// Who may do what: every call that names a mailbox, with every right that it needs taken away.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/db/connection.h"
#include "posthorn/v1/metadata.grpc.pb.h"
#include "posthorn/v1/url_access.grpc.pb.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing::IsEmpty;
using testing_support::PrivatePostgres;
using v1::ErrorDetail;

constexpr uint64_t kOwner = 1;
constexpr uint64_t kGuest = 2;
constexpr absl::string_view kAllRights = "lrswipkxtea";

template <typename Stub, typename Request, typename Response>
absl::Status Unary(Stub& stub,
                   grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&, Response*),
                   const Request& request) {
  grpc::ClientContext context;
  Response response;
  return rpc::FromGrpc((stub.*method)(&context, request, &response));
}

template <typename Reader, typename Response>
absl::Status Drain(Reader reader, Response response) {
  while (reader->Read(&response)) {
  }
  return rpc::FromGrpc(reader->Finish());
}

// A mailbox of the owner's as the guest calls it.
struct Target {
  v1::Caller caller;
  std::string name;
  v1::MailboxRef ref;
};

class StoreAccessTest : public testing::Test {
 protected:
  void SetUp() override {
    url_ = PrivatePostgres::Shared().NewDatabase();
    PrepareAccounts(url_, {0, 0});
    store::Connection connection({.url = url_});
    connection.ExecText("domain", "INSERT INTO domain (domain) VALUES ('example.org')");
    connection.ExecText("logins",
                        "INSERT INTO login (address_key, account_id, domain, address, "
                        "password_record) VALUES ('owner@example.org', 1, 'example.org', "
                        "'owner@example.org', ''), ('guest@example.org', 2, 'example.org', "
                        "'guest@example.org', '')");
    replica_ = std::make_unique<Replica>(url_);
    mailbox_ = v1::Mailbox::NewStub(replica_->channel());
    message_ = v1::Message::NewStub(replica_->channel());
    metadata_ = v1::Metadata::NewStub(replica_->channel());
    url_access_ = v1::UrlAccess::NewStub(replica_->channel());
  }
  void TearDown() override {
    replica_.reset();
    EXPECT_THAT(FindInconsistencies(url_), IsEmpty());
  }

  // A new mailbox with a message, and these rights of the guest.
  Target Share(absl::string_view rights) {
    const std::string name = absl::StrCat("m", ++count_);
    v1::CreateMailboxRequest create;
    *create.mutable_caller() = replica_->Caller(kOwner);
    create.set_name(name);
    EXPECT_TRUE(Unary(*mailbox_, &v1::Mailbox::Stub::CreateMailbox, create).ok());
    const auto added =
        replica_->Append(kOwner, name, MakeMessage("m"), RandomKey(), v1::FLAG_DELETED);
    EXPECT_TRUE(added.ok());
    v1::SetAclRequest acl;
    *acl.mutable_caller() = replica_->Caller(kOwner);
    acl.set_name(name);
    acl.mutable_entry()->set_identifier("guest@example.org");
    acl.mutable_entry()->set_rights(std::string(rights));
    EXPECT_TRUE(Unary(*mailbox_, &v1::Mailbox::Stub::SetAcl, acl).ok());
    return {replica_->Caller(kGuest), absl::StrCat("Other Users/owner@example.org/", name),
            added->mailbox()};
  }

  // A request with its caller, and the mailbox's name where the message has a field for it.
  template <typename Request>
  static Request Named(const Target& target) {
    Request request;
    *request.mutable_caller() = target.caller;
    request.set_name(target.name);
    return request;
  }
  template <typename Request>
  static Request OfRef(const Target& target) {
    Request request;
    *request.mutable_caller() = target.caller;
    *request.mutable_mailbox() = target.ref;
    return request;
  }
  static v1::UidSet FirstUid() {
    v1::UidSet set;
    set.add_runs(1);
    set.add_runs(0);
    return set;
  }

  std::string url_;
  std::unique_ptr<Replica> replica_;
  std::unique_ptr<v1::Mailbox::Stub> mailbox_;
  std::unique_ptr<v1::Message::Stub> message_;
  std::unique_ptr<v1::Metadata::Stub> metadata_;
  std::unique_ptr<v1::UrlAccess::Stub> url_access_;
  int count_ = 0;
};

struct Row {
  const char* call;
  const char* needed;  // all of them
  std::function<absl::Status(const Target&)> run;
};

bool Refused(const absl::Status& status) {
  const auto reason = rpc::ReasonOf(status);
  return reason == ErrorDetail::REASON_FORBIDDEN || reason == ErrorDetail::REASON_MAILBOX_NOT_FOUND;
}

std::string Without(absl::string_view rights, char right) {
  std::string left(rights);
  left.erase(std::remove(left.begin(), left.end(), right), left.end());
  return left;
}

TEST_F(StoreAccessTest, EveryCallAgainstEveryMissingRight) {
  using MailboxStub = v1::Mailbox::Stub;
  using MessageStub = v1::Message::Stub;
  using MetadataStub = v1::Metadata::Stub;
  const auto copy = [&](const Target& target, bool move) {
    v1::CopyMessagesRequest request;
    *request.mutable_caller() = target.caller;
    *request.mutable_source() = target.ref;
    *request.mutable_uids() = FirstUid();
    request.set_destination("INBOX");
    request.set_move(move);
    request.set_idempotency_key(RandomKey());
    return Unary(*message_, &MessageStub::CopyMessages, request);
  };
  const auto set_metadata = [&](const Target& target, const char* entry) {
    v1::SetMetadataRequest request;
    *request.mutable_caller() = target.caller;
    request.set_mailbox(target.name);
    v1::Annotation* annotation = request.add_annotations();
    annotation->set_entry(entry);
    annotation->set_value("v");
    return Unary(*metadata_, &MetadataStub::SetMetadata, request);
  };
  const auto store_flag = [&](const Target& target, uint32_t flag) {
    auto request = OfRef<v1::StoreFlagsRequest>(target);
    *request.mutable_uids() = FirstUid();
    request.set_flags(flag);
    return Unary(*message_, &MessageStub::StoreFlags, request);
  };
  const Row rows[] = {
      {"Mailbox.CreateMailbox", "lk",
       [&](const Target& target) {
         auto request = Named<v1::CreateMailboxRequest>(target);
         request.set_name(target.name + "/below");
         return Unary(*mailbox_, &MailboxStub::CreateMailbox, request);
       }},
      {"Mailbox.DeleteMailbox", "lx",
       [&](const Target& target) {
         return Unary(*mailbox_, &MailboxStub::DeleteMailbox,
                      Named<v1::DeleteMailboxRequest>(target));
       }},
      {"Mailbox.RenameMailbox", "lkx",
       [&](const Target& target) {
         v1::RenameMailboxRequest request;
         *request.mutable_caller() = target.caller;
         // Below itself is refused too, but only after the rights were looked at.
         request.set_from(target.name);
         request.set_to(target.name + "/x");
         return Unary(*mailbox_, &MailboxStub::RenameMailbox, request);
       }},
      {"Mailbox.GetStatus", "lr",
       [&](const Target& target) {
         return Unary(*mailbox_, &MailboxStub::GetStatus, Named<v1::GetStatusRequest>(target));
       }},
      {"Mailbox.GetQuota", "lr",
       [&](const Target& target) {
         v1::GetQuotaRequest request;
         *request.mutable_caller() = target.caller;
         request.set_mailbox(target.name);
         return Unary(*mailbox_, &MailboxStub::GetQuota, request);
       }},
      {"Mailbox.GetAcl", "la",
       [&](const Target& target) {
         return Unary(*mailbox_, &MailboxStub::GetAcl, Named<v1::GetAclRequest>(target));
       }},
      {"Mailbox.SetAcl", "la",
       [&](const Target& target) {
         auto request = Named<v1::SetAclRequest>(target);
         request.mutable_entry()->set_identifier("anyone");
         request.mutable_entry()->set_rights("p");
         return Unary(*mailbox_, &MailboxStub::SetAcl, request);
       }},
      {"Mailbox.ListRights", "la",
       [&](const Target& target) {
         auto request = Named<v1::ListRightsRequest>(target);
         request.set_identifier("anyone");
         return Unary(*mailbox_, &MailboxStub::ListRights, request);
       }},
      {"Message.OpenMailbox", "lr",
       [&](const Target& target) {
         return Unary(*message_, &MessageStub::OpenMailbox, Named<v1::OpenMailboxRequest>(target));
       }},
      {"Message.SyncMailbox", "lr",
       [&](const Target& target) {
         return Unary(*message_, &MessageStub::SyncMailbox, OfRef<v1::SyncMailboxRequest>(target));
       }},
      {"Message.FetchMetadata", "lr",
       [&](const Target& target) {
         auto request = OfRef<v1::FetchMetadataRequest>(target);
         *request.mutable_uids() = FirstUid();
         grpc::ClientContext context;
         return Drain(message_->FetchMetadata(&context, request), v1::FetchMetadataBlock());
       }},
      {"Message.FetchBody", "lr",
       [&](const Target& target) {
         auto request = OfRef<v1::FetchBodyRequest>(target);
         *request.mutable_uids() = FirstUid();
         grpc::ClientContext context;
         return Drain(message_->FetchBody(&context, request), v1::BodyFrame());
       }},
      {"Message.Append", "li",
       [&](const Target& target) {
         return replica_->Append(kGuest, target.name, MakeMessage("new"), RandomKey()).status();
       }},
      {"Message.SettleAppend", "li",
       [&](const Target& target) {
         return replica_->SettleAppend(kGuest, target.name, RandomKey()).status();
       }},
      {"Message.Append replaced", "lrte",
       [&](const Target& target) {
         v1::AppendRequest request;
         v1::AppendStart& start = *request.mutable_start();
         *start.mutable_caller() = target.caller;
         start.set_mailbox("INBOX");
         start.set_idempotency_key(RandomKey());
         *start.mutable_replaced()->mutable_mailbox() = target.ref;
         start.mutable_replaced()->set_uid(1);
         request.mutable_message();
         request.set_data(MakeMessage("instead"));
         request.set_last(true);
         grpc::ClientContext context;
         v1::AppendResponse response;
         const auto writer = message_->Append(&context, &response);
         writer->Write(request);
         writer->WritesDone();
         return rpc::FromGrpc(writer->Finish());
       }},
      {"Message.StoreFlags \\Seen", "lrs",
       [&](const Target& target) { return store_flag(target, v1::FLAG_SEEN); }},
      {"Message.StoreFlags \\Deleted", "lrt",
       [&](const Target& target) { return store_flag(target, v1::FLAG_DELETED); }},
      {"Message.StoreFlags \\Flagged", "lrw",
       [&](const Target& target) { return store_flag(target, v1::FLAG_FLAGGED); }},
      {"Message.CopyMessages", "lr", [&](const Target& target) { return copy(target, false); }},
      {"Message.CopyMessages move", "lrte",
       [&](const Target& target) { return copy(target, true); }},
      {"Message.CopyMessages into", "li",
       [&](const Target& target) {
         v1::CopyMessagesRequest request;
         *request.mutable_caller() = target.caller;
         request.mutable_source()->set_mailbox_id(1);
         *request.mutable_uids() = FirstUid();
         request.set_destination(target.name);
         request.set_idempotency_key(RandomKey());
         return Unary(*message_, &MessageStub::CopyMessages, request);
       }},
      {"Message.Expunge", "le",
       [&](const Target& target) {
         return Unary(*message_, &MessageStub::Expunge, OfRef<v1::ExpungeRequest>(target));
       }},
      {"Message.Search", "lr",
       [&](const Target& target) {
         auto request = OfRef<v1::SearchRequest>(target);
         request.mutable_key()->mutable_all_of();
         return Unary(*message_, &MessageStub::Search, request);
       }},
      {"Message.Thread", "lr",
       [&](const Target& target) {
         auto request = OfRef<v1::ThreadRequest>(target);
         request.mutable_key()->mutable_all_of();
         return Unary(*message_, &MessageStub::Thread, request);
       }},
      {"Metadata.SetMetadata shared", "lw",
       [&](const Target& target) { return set_metadata(target, "/shared/comment"); }},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.call);
    const absl::Status enough = row.run(Share(row.needed));
    EXPECT_FALSE(Refused(enough)) << enough;
    for (const char* right = row.needed; *right != '\0'; ++right) {
      if (*right == 'l') {
        continue;  // only hides that the mailbox is there
      }
      SCOPED_TRACE(*right);
      const absl::Status missing = row.run(Share(Without(kAllRights, *right)));
      EXPECT_EQ(rpc::ReasonOf(missing), ErrorDetail::REASON_FORBIDDEN) << missing;
    }
    const absl::Status none = row.run(Share(""));
    EXPECT_EQ(rpc::ReasonOf(none), ErrorDetail::REASON_MAILBOX_NOT_FOUND) << none;
  }
}

// Calls for which any of some rights is enough.
TEST_F(StoreAccessTest, AnyOfSomeRights) {
  const auto my_rights = [&](const Target& target) {
    return Unary(*mailbox_, &v1::Mailbox::Stub::GetMyRights, Named<v1::GetMyRightsRequest>(target));
  };
  for (const char* right : {"l", "r", "i", "k", "x", "a"}) {
    EXPECT_TRUE(my_rights(Share(right)).ok()) << right;
  }
  for (const char* right : {"", "s", "w", "p", "t", "e"}) {
    EXPECT_TRUE(Refused(my_rights(Share(right)))) << right;
  }
  const auto get_metadata = [&](const Target& target) {
    v1::GetMetadataRequest request;
    *request.mutable_caller() = target.caller;
    request.set_mailbox(target.name);
    request.add_entries("/shared/comment");
    return Unary(*metadata_, &v1::Metadata::Stub::GetMetadata, request);
  };
  for (const char* rights : {"lr", "ls", "lw", "li", "lp"}) {
    EXPECT_TRUE(get_metadata(Share(rights)).ok()) << rights;
  }
  for (const char* rights : {"l", "r", "lkxtea", "rswip"}) {
    EXPECT_TRUE(Refused(get_metadata(Share(rights)))) << rights;
  }
}

// Whoever may read a mailbox hands out no URLs of it, nor takes them back; a URL opens what was
// signed, for those it was signed for.
TEST_F(StoreAccessTest, UrlsAreTheOwnersToSign) {
  const auto sign = [&](const v1::Caller& caller, const std::string& mailbox) {
    v1::SignUrlRequest request;
    *request.mutable_caller() = caller;
    request.set_mailbox(mailbox);
    request.set_rump("imap://rump");
    grpc::ClientContext context;
    v1::SignUrlResponse response;
    const absl::Status status = rpc::FromGrpc(url_access_->SignUrl(&context, request, &response));
    return status.ok() ? absl::StatusOr<std::string>(response.token()) : status;
  };
  const auto reset = [&](const v1::Caller& caller, const std::string& mailbox) {
    v1::ResetKeysRequest request;
    *request.mutable_caller() = caller;
    request.set_mailbox(mailbox);
    return Unary(*url_access_, &v1::UrlAccess::Stub::ResetKeys, request);
  };
  const Target hidden = Share("");
  EXPECT_EQ(rpc::ReasonOf(sign(hidden.caller, hidden.name).status()),
            ErrorDetail::REASON_MAILBOX_NOT_FOUND);
  EXPECT_EQ(rpc::ReasonOf(reset(hidden.caller, hidden.name)),
            ErrorDetail::REASON_MAILBOX_NOT_FOUND);
  const Target all = Share(kAllRights);
  EXPECT_EQ(rpc::ReasonOf(sign(all.caller, all.name).status()), ErrorDetail::REASON_FORBIDDEN);
  EXPECT_EQ(rpc::ReasonOf(reset(all.caller, all.name)), ErrorDetail::REASON_FORBIDDEN);

  const Target target = Share("");
  const std::string own_name = absl::StrCat("m", count_);
  const auto token = sign(replica_->Caller(kOwner), own_name);
  ASSERT_TRUE(token.ok()) << token.status();
  const auto open = [&](uint64_t caller, v1::OpenUrlRequest::Access access, const std::string& user,
                        const std::string& with) {
    v1::OpenUrlRequest request;
    *request.mutable_caller() = replica_->Caller(caller);
    request.set_owner("owner@example.org");
    request.set_mailbox(own_name);
    request.set_uid(1);
    request.set_access(access);
    request.set_user(user);
    request.set_rump("imap://rump");
    request.set_token(with);
    return Unary(*url_access_, &v1::UrlAccess::Stub::OpenUrl, request);
  };
  using Open = v1::OpenUrlRequest;
  EXPECT_TRUE(open(kGuest, Open::ACCESS_ANONYMOUS, "", *token).ok());
  EXPECT_TRUE(open(kGuest, Open::ACCESS_USER, "guest@example.org", *token).ok());
  EXPECT_EQ(rpc::ReasonOf(open(kGuest, Open::ACCESS_USER, "owner@example.org", *token)),
            ErrorDetail::REASON_NOT_FOUND);
  EXPECT_EQ(rpc::ReasonOf(open(kGuest, Open::ACCESS_SUBMIT, "owner@example.org", *token)),
            ErrorDetail::REASON_NOT_FOUND);
  std::string forged = *token;
  forged.back() ^= 1;
  EXPECT_EQ(rpc::ReasonOf(open(kGuest, Open::ACCESS_ANONYMOUS, "", forged)),
            ErrorDetail::REASON_NOT_FOUND);
  EXPECT_TRUE(reset(replica_->Caller(kOwner), own_name).ok());
  EXPECT_EQ(rpc::ReasonOf(open(kGuest, Open::ACCESS_ANONYMOUS, "", *token)),
            ErrorDetail::REASON_NOT_FOUND);
}

// A subscription is a line of the caller's own: it asks for no right, and tells of none.
TEST_F(StoreAccessTest, SubscriptionsAskForNoRights) {
  for (const char* rights : {"", "l"}) {
    auto request = Named<v1::SetSubscribedRequest>(Share(rights));
    request.set_subscribed(true);
    EXPECT_TRUE(Unary(*mailbox_, &v1::Mailbox::Stub::SetSubscribed, request).ok());
  }
  v1::ListMailboxesRequest list;
  *list.mutable_caller() = replica_->Caller(kOwner);
  grpc::ClientContext context;
  v1::ListMailboxesResponse listed;
  ASSERT_TRUE(mailbox_->ListMailboxes(&context, list, &listed).ok());
  for (const v1::MailboxEntry& entry : listed.mailboxes()) {
    EXPECT_FALSE(absl::StartsWith(entry.name(), "Other Users")) << entry.name();
  }
}

// Lists leave out what the caller may not see.
TEST_F(StoreAccessTest, ListsShowWhatTheRightsAllow) {
  const Target hidden = Share("rswipkxtea");
  const Target seen = Share("l");
  const Target read = Share("lr");
  v1::ListMailboxesRequest request;
  *request.mutable_caller() = replica_->Caller(kGuest);
  request.set_others(true);
  request.mutable_counters();
  request.set_rights(true);
  grpc::ClientContext context;
  v1::ListMailboxesResponse response;
  ASSERT_TRUE(mailbox_->ListMailboxes(&context, request, &response).ok());
  std::set<std::string> names;
  for (const v1::MailboxEntry& entry : response.mailboxes()) {
    names.insert(entry.name());
    if (entry.name() == seen.name) {
      EXPECT_FALSE(entry.has_counters());
      EXPECT_EQ(entry.rights(), "l");
    }
    if (entry.name() == read.name) {
      EXPECT_EQ(entry.counters().messages(), 1u);
    }
  }
  EXPECT_TRUE(names.contains(seen.name) && names.contains(read.name));
  EXPECT_FALSE(names.contains(hidden.name));
  v1::ListMetadataRequest metadata;
  *metadata.mutable_caller() = replica_->Caller(kGuest);
  for (const Target* target : {&hidden, &seen, &read}) {
    *metadata.add_mailboxes() = target->ref;
  }
  metadata.add_entries("/shared/comment");
  grpc::ClientContext metadata_context;
  v1::ListMetadataResponse entries;
  ASSERT_TRUE(metadata_->ListMetadata(&metadata_context, metadata, &entries).ok());
  ASSERT_EQ(entries.mailboxes_size(), 1);
  EXPECT_EQ(entries.mailboxes(0).mailbox().mailbox_id(), read.ref.mailbox_id());
}

// So do changes of annotations, of which only the latest of an entry is told.
TEST_F(StoreAccessTest, ChangesOfAnnotationsAreToldToThoseWhoMayReadThem) {
  const auto set = [&](uint64_t caller, const std::string& mailbox, const std::string& entry) {
    v1::SetMetadataRequest request;
    *request.mutable_caller() = replica_->Caller(caller);
    request.set_mailbox(mailbox);
    v1::Annotation* annotation = request.add_annotations();
    annotation->set_entry(entry);
    annotation->set_value("v");
    grpc::ClientContext context;
    v1::SetMetadataResponse response;
    const absl::Status status = rpc::FromGrpc(metadata_->SetMetadata(&context, request, &response));
    EXPECT_TRUE(status.ok()) << status;
    return response.version().version();
  };
  const auto changes = [&](uint64_t since, uint64_t* now = nullptr) {
    v1::ListMetadataChangesRequest request;
    *request.mutable_caller() = replica_->Caller(kGuest);
    v1::MetadataVersion* known = request.add_known();
    known->set_account_id(kOwner);
    known->set_version(since);
    grpc::ClientContext context;
    v1::ListMetadataChangesResponse response;
    EXPECT_TRUE(metadata_->ListMetadataChanges(&context, request, &response).ok());
    for (const v1::MetadataVersion& version : response.versions()) {
      if (version.account_id() == kOwner && now != nullptr) {
        *now = version.version();
      }
    }
    std::vector<std::string> told;
    for (const auto& change : response.changes()) {
      told.push_back(absl::StrCat(change.mailbox(), " ", change.entry()));
    }
    return told;
  };
  for (const char* rights : {"rswip", "l", "lkxtea"}) {
    Share(rights);
    set(kOwner, absl::StrCat("m", count_), "/shared/comment");
  }
  const Target read = Share("lr");
  const std::string own_name = absl::StrCat("m", count_);
  set(kOwner, own_name, "/private/comment");
  set(kOwner, own_name, "/shared/comment");
  const uint64_t mine = set(kGuest, read.name, "/private/comment");
  const uint64_t last = set(kOwner, own_name, "/shared/comment");
  EXPECT_EQ(last, mine + 1);
  uint64_t now = 0;
  EXPECT_THAT(changes(0, &now), testing::UnorderedElementsAre(read.name + " /private/comment",
                                                              read.name + " /shared/comment"));
  EXPECT_EQ(now, last);
  EXPECT_THAT(changes(mine), testing::ElementsAre(read.name + " /shared/comment"));
  EXPECT_THAT(changes(last), IsEmpty());
}

// Whoever is not marked sets nobody's quota, and the mark counts in one's own domain.
TEST_F(StoreAccessTest, QuotaIsForItsAdministrators) {
  const auto set = [&](uint64_t caller) {
    v1::SetQuotaLimitsRequest request;
    *request.mutable_caller() = replica_->Caller(caller);
    request.set_root("owner@example.org");
    request.mutable_limits()->set_messages(7);
    return Unary(*mailbox_, &v1::Mailbox::Stub::SetQuotaLimits, request);
  };
  EXPECT_EQ(rpc::ReasonOf(set(kGuest)), ErrorDetail::REASON_FORBIDDEN);
  EXPECT_EQ(rpc::ReasonOf(set(kOwner)), ErrorDetail::REASON_FORBIDDEN);
  store::Connection connection({.url = url_});
  connection.ExecText("mark", "UPDATE account SET may_set_quota = true WHERE account_id = 2");
  EXPECT_TRUE(set(kGuest).ok());
  connection.ExecText("domain", "INSERT INTO domain (domain) VALUES ('example.net')");
  connection.ExecText("move", "UPDATE login SET domain = 'example.net' WHERE account_id = 2");
  EXPECT_EQ(rpc::ReasonOf(set(kGuest)), ErrorDetail::REASON_FORBIDDEN);
}

// A new call shows up here: it needs a row, or a test of its own.
TEST_F(StoreAccessTest, EveryMethodOfTheContractIsKnown) {
  const std::set<std::string> known = {"Mailbox.ListMailboxes",  "Mailbox.CreateMailbox",
                                       "Mailbox.DeleteMailbox",  "Mailbox.RenameMailbox",
                                       "Mailbox.SetSubscribed",  // of the caller's own names only
                                       "Mailbox.GetStatus",      "Mailbox.GetQuota",
                                       "Mailbox.SetQuotaLimits", "Mailbox.GetAcl",
                                       "Mailbox.SetAcl",         "Mailbox.ListRights",
                                       "Mailbox.GetMyRights",    "Message.OpenMailbox",
                                       "Message.SyncMailbox",    "Message.FetchMetadata",
                                       "Message.FetchBody",      "Message.Append",
                                       "Message.SettleAppend",   "Message.StoreFlags",
                                       "Message.CopyMessages",   "Message.Expunge",
                                       "Message.Search",         "Message.Thread",
                                       "Metadata.GetMetadata",   "Metadata.SetMetadata",
                                       "Metadata.ListMetadata",  "Metadata.ListMetadataChanges",
                                       "UrlAccess.SignUrl",      "UrlAccess.ResetKeys",
                                       "UrlAccess.OpenUrl"};
  std::set<std::string> methods;
  for (const auto* file :
       {v1::GetStatusRequest::descriptor()->file(), v1::SearchRequest::descriptor()->file(),
        v1::GetMetadataRequest::descriptor()->file(), v1::SignUrlRequest::descriptor()->file()}) {
    for (int s = 0; s < file->service_count(); ++s) {
      for (int m = 0; m < file->service(s)->method_count(); ++m) {
        methods.insert(
            absl::StrCat(file->service(s)->name(), ".", file->service(s)->method(m)->name()));
      }
    }
  }
  EXPECT_EQ(methods, known);
}

// A body that goes to another account goes with its message, in one transaction, and stays when
// the first is gone.
TEST_F(StoreAccessTest, CopiesBetweenAccountsStandAlone) {
  const Target target = Share("lrte");
  const std::string big = MakeMessage("big", 1'000'000);
  const auto added = replica_->Append(kOwner, absl::StrCat("m", count_), big, RandomKey(),
                                      v1::FLAG_SEEN, {"kept"});
  ASSERT_TRUE(added.ok());
  v1::CopyMessagesRequest request;
  *request.mutable_caller() = target.caller;
  *request.mutable_source() = target.ref;
  request.mutable_uids()->add_runs(1);
  request.mutable_uids()->add_runs(1);
  request.set_destination("INBOX");
  request.set_move(true);
  request.set_idempotency_key(RandomKey());
  for (int i = 0; i < 2; ++i) {  // the second time it is the recorded result
    grpc::ClientContext context;
    v1::CopyMessagesResponse response;
    ASSERT_TRUE(message_->CopyMessages(&context, request, &response).ok());
    EXPECT_EQ(Expand(response.destination_uids()), (std::vector<uint32_t>{1, 2}));
    EXPECT_EQ(response.destination().account_id(), kGuest);
  }
  EXPECT_EQ(*replica_->Body(kGuest, 1, 2), big);
  const auto columns = replica_->Metadata(kGuest, 1, {2});
  EXPECT_EQ(columns->flags().flags(0), uint32_t{v1::FLAG_SEEN});
  EXPECT_EQ(columns->flags().keywords(0), 1u);
  EXPECT_EQ(replica_->Open(kOwner, absl::StrCat("m", count_))->counters().messages(), 0u);
}

}  // namespace
}  // namespace posthorn::component
