// The queue as administrators see and change it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "mailstore/db/connection.h"
#include "mailstore/db/transaction.h"
#include "mailstore/outbound/queue_id.h"
#include "mailstore/storage/blob_rows.h"
#include "posthorn/v1/outbound.grpc.pb.h"
#include "private_postgres.h"
#include "replica.h"

namespace posthorn::component {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_support::PrivatePostgres;
using v1::ErrorDetail;
using Change = v1::ChangeQueueRequest;
using Stub = v1::QueueAdmin::Stub;

constexpr char kNever[] = "9223372036854775807";
constexpr char kNow[] = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

class StoreQueueAdminTest : public testing::Test {
 protected:
  StoreQueueAdminTest()
      : url_(PrivatePostgres::Shared().NewDatabase()),
        replica_(url_),
        connection_({.url = url_}),
        admin_(v1::QueueAdmin::NewStub(replica_.channel())) {}

  template <typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(60));
    Response response;
    const absl::Status status =
        rpc::FromGrpc((admin_.get()->*method)(&context, request, &response));
    return status.ok() ? absl::StatusOr<Response>(std::move(response)) : status;
  }

  std::string Value(const std::string& select) {
    return connection_.ExecText("test.value", select)[0][0].c_str();
  }
  void Execute(const std::string& sql) { connection_.ExecText("test.execute", sql); }

  // A message in the queue, with its octets.
  uint64_t Queue(int64_t blob, const std::string& sender,
                 const std::vector<std::string>& recipients) {
    const store::BlobKey key{store::AccountId(store::kFirstQueueAccount + 3), store::BlobId(blob)};
    store::StoredMessage message;
    const std::string octets = "Subject: one\r\n\r\nbody\r\n";
    message.size = static_cast<uint32_t>(octets.size());
    message.header_size = 16;
    message.in_row = true;
    message.body = octets;
    store::Transaction transaction(connection_);
    const store::NewBlob row{key, &message};
    store::InsertBlobs(transaction, {&row, 1});
    transaction.ExecText(
        "test.message",
        absl::StrCat("INSERT INTO queue_message VALUES (", key.account.value(), ", ", blob,
                     ", 1000, 9000, 0, ", message.size, ", 0, 0, false, '", sender, "', '<m", blob,
                     "@example.org>', '\\x0a0161', '')"));
    for (const std::string& recipient : recipients) {
      const std::string domain = recipient.substr(recipient.find('@') + 1);
      transaction.ExecText(
          "test.recipient",
          absl::StrCat("INSERT INTO queue_recipient (recipient_id, account_id, blob_id, "
                       "next_attempt_at, priority, notify, site, forward_path, original_recipient) "
                       "VALUES (",
                       ++recipients_, ", ", key.account.value(), ", ", blob, ", ", kNow,
                       " + 3600000, 0, 0, '", domain, "', '", recipient, "', '')"));
      transaction.ExecText("test.site",
                           absl::StrCat("INSERT INTO queue_site (site, next_due, dead_until) "
                                        "VALUES ('",
                                        domain, "', ", kNow, " + 3600000, ", kNow,
                                        " + 60000) ON CONFLICT DO NOTHING"));
    }
    transaction.Commit();
    return store::ToQueueId(key);
  }

  uint64_t Apply(const v1::QueueFilter& filter, Change::Change change) {
    Change request;
    *request.mutable_filter() = filter;
    request.set_change(change);
    const auto response = Call(&Stub::ChangeQueue, request);
    EXPECT_TRUE(response.ok()) << response.status();
    return response.ok() ? response->recipients() : 0;
  }
  static v1::QueueFilter OfMessage(uint64_t id) {
    v1::QueueFilter filter;
    filter.set_message_id(id);
    return filter;
  }
  // Forward-paths, in order.
  std::vector<std::string> List(const v1::QueueFilter& filter, uint64_t after = 0,
                                uint32_t limit = 100) {
    v1::ListQueueRequest request;
    *request.mutable_filter() = filter;
    request.set_after_recipient_id(after);
    request.set_limit(limit);
    const auto response = Call(&Stub::ListQueue, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<std::string> paths;
    for (const v1::QueueEntry& entry : response->entries()) {
      paths.push_back(entry.forward_path());
    }
    return paths;
  }
  // Of recipients, in the order of their ids.
  std::vector<std::string> Column(const std::string& expression) {
    std::vector<std::string> values;
    for (const auto& row : connection_.ExecText(
             "test.column",
             absl::StrCat("SELECT ", expression, " FROM queue_recipient ORDER BY recipient_id"))) {
      values.emplace_back(row[0].c_str());
    }
    return values;
  }
  std::vector<std::string> Events() {
    std::vector<std::string> events;
    for (const auto& row : connection_.ExecText(
             "test.events",
             "SELECT event || ' ' || forward_path FROM delivery_log ORDER BY logged_at, "
             "recipient_id")) {
      events.emplace_back(row[0].c_str());
    }
    return events;
  }
  bool IsDue(const std::string& site) {
    return Value(absl::StrCat("SELECT next_due <= ", kNow, " FROM queue_site WHERE site = '", site,
                              "'")) == "t";
  }

  std::string url_;
  Replica replica_;
  store::Connection connection_;
  std::unique_ptr<Stub> admin_;
  uint64_t recipients_ = 0;
};

TEST_F(StoreQueueAdminTest, ListsByFilterAndPage) {
  const uint64_t first = Queue(7, "alice@example.org", {"a@one.example", "b@two.example"});
  Queue(8, "", {"c@one.example"});
  v1::ListQueueRequest request;
  request.set_limit(2);
  const auto page = Call(&Stub::ListQueue, request);
  ASSERT_TRUE(page.ok()) << page.status();
  EXPECT_EQ(page->total_recipients(), 3u);
  EXPECT_EQ(page->total_messages(), 2u);
  ASSERT_EQ(page->entries_size(), 2);
  const v1::QueueEntry& entry = page->entries(0);
  EXPECT_EQ(entry.message_id(), first);
  EXPECT_EQ(entry.message_id(), uint64_t{3} << 48 | 7);
  EXPECT_EQ(entry.reverse_path(), "alice@example.org");
  EXPECT_EQ(entry.site(), "one.example");
  EXPECT_EQ(entry.created_at_unix_seconds(), 1'000);
  EXPECT_EQ(entry.expires_at_unix_seconds(), 9'000);
  EXPECT_GT(entry.next_attempt_at_unix_seconds(), 1'000'000);
  EXPECT_FALSE(entry.held() || entry.leased());
  EXPECT_THAT(List({}, page->entries(1).recipient_id()), ElementsAre("c@one.example"));

  EXPECT_THAT(List(OfMessage(first)), ElementsAre("a@one.example", "b@two.example"));
  EXPECT_THAT(List(OfMessage(uint64_t{99} << 48 | 7)), IsEmpty());
  v1::QueueFilter filter;
  filter.set_site("ONE.example");
  EXPECT_THAT(List(filter), ElementsAre("a@one.example", "c@one.example"));
  filter.set_reverse_path("<>");
  EXPECT_THAT(List(filter), ElementsAre("c@one.example"));
  filter.Clear();
  filter.set_reverse_path("Alice@Example.org");
  filter.set_forward_path("B@two.example");
  EXPECT_THAT(List(filter), ElementsAre("b@two.example"));
  request.set_limit(0);
  EXPECT_EQ(Call(&Stub::ListQueue, request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StoreQueueAdminTest, ShowsAMessageAndItsHistory) {
  const uint64_t id = Queue(7, "alice@example.org", {"a@one.example"});
  v1::ShowQueuedRequest request;
  request.set_message_id(id);
  auto shown = Call(&Stub::ShowQueued, request);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->header(), "Subject: one\r\n\r\n");
  EXPECT_EQ(shown->envelope().reverse_path(), "a");
  EXPECT_EQ(shown->recipients_size(), 1);
  EXPECT_EQ(shown->history_size(), 0);

  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_REMOVE), 1u);
  shown = Call(&Stub::ShowQueued, request);
  ASSERT_TRUE(shown.ok()) << shown.status();
  EXPECT_EQ(shown->header(), "");
  ASSERT_EQ(shown->history_size(), 1);
  EXPECT_EQ(shown->history(0).event(), "removed");
  EXPECT_EQ(shown->history(0).message_id(), id);
  EXPECT_EQ(shown->history(0).message_id_field(), "<m7@example.org>");
  request.set_message_id(12'345);
  EXPECT_EQ(rpc::ReasonOf(Call(&Stub::ShowQueued, request).status()),
            ErrorDetail::REASON_NOT_FOUND);
}

TEST_F(StoreQueueAdminTest, HoldsAndReleases) {
  const uint64_t id = Queue(7, "alice@example.org", {"a@one.example", "b@two.example"});
  v1::QueueFilter filter;
  filter.set_forward_path("a@one.example");
  EXPECT_EQ(Apply(filter, Change::CHANGE_HOLD), 1u);
  EXPECT_EQ(Apply(filter, Change::CHANGE_HOLD), 0u);
  EXPECT_THAT(Column("held"), ElementsAre("t", "f"));
  EXPECT_EQ(Column("next_attempt_at")[0], kNever);
  EXPECT_EQ(Apply(filter, Change::CHANGE_RETRY), 0u);  // what is held is held
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_RELEASE), 1u);
  EXPECT_THAT(Column("held"), ElementsAre("f", "f"));
  EXPECT_THAT(Column(absl::StrCat("next_attempt_at <= ", kNow)), ElementsAre("t", "f"));
  EXPECT_TRUE(IsDue("one.example"));
  EXPECT_FALSE(IsDue("two.example"));
  EXPECT_THAT(Events(), ElementsAre("held a@one.example", "released a@one.example"));
}

TEST_F(StoreQueueAdminTest, RetriesAtOnceAlsoASiteThatRests) {
  Queue(7, "alice@example.org", {"a@one.example", "b@two.example"});
  v1::QueueFilter filter;
  filter.set_site("one.example");
  EXPECT_EQ(Apply(filter, Change::CHANGE_RETRY), 1u);
  EXPECT_TRUE(IsDue("one.example"));
  EXPECT_THAT(Column(absl::StrCat("next_attempt_at <= ", kNow)), ElementsAre("t", "f"));
  EXPECT_EQ(Value("SELECT dead_until FROM queue_site WHERE site = 'one.example'"), "0");
  EXPECT_NE(Value("SELECT dead_until FROM queue_site WHERE site = 'two.example'"), "0");
  EXPECT_THAT(Events(), ElementsAre("retried a@one.example"));
}

TEST_F(StoreQueueAdminTest, BouncesWithTheNextClaim) {
  const uint64_t id = Queue(7, "alice@example.org", {"a@one.example"});
  Apply(OfMessage(id), Change::CHANGE_HOLD);
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_BOUNCE), 1u);
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_BOUNCE), 0u);
  EXPECT_THAT(Column(absl::StrCat("bounce AND NOT held AND next_attempt_at <= ", kNow)),
              ElementsAre("t"));
  EXPECT_TRUE(IsDue("one.example"));
  EXPECT_THAT(Events(), ElementsAre("held a@one.example", "bounced a@one.example"));
}

TEST_F(StoreQueueAdminTest, RemovesRecipientsAndThenTheMessage) {
  const uint64_t id = Queue(7, "alice@example.org", {"a@one.example", "b@two.example"});
  v1::QueueFilter filter;
  filter.set_site("one.example");
  EXPECT_EQ(Apply(filter, Change::CHANGE_REMOVE), 1u);
  EXPECT_EQ(Value("SELECT count(*) FROM queue_message"), "1");
  EXPECT_EQ(Value("SELECT count(*) FROM blob_gc"), "0");
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_REMOVE), 1u);
  EXPECT_EQ(Value("SELECT count(*) FROM queue_recipient"), "0");
  EXPECT_EQ(Value("SELECT count(*) FROM queue_message"), "0");
  EXPECT_EQ(Value("SELECT count(*) FROM blob_gc JOIN blob USING (account_id, blob_id)"), "1");
  EXPECT_THAT(Events(), ElementsAre("removed a@one.example", "removed b@two.example"));
}

TEST_F(StoreQueueAdminTest, ChangesUnderALeaseFollow) {
  const uint64_t id = Queue(7, "alice@example.org", {"a@one.example", "b@one.example"});
  // The first is being sent; the lease of the second has run out.
  Execute(
      absl::StrCat("UPDATE queue_recipient SET leased = true, lease_epoch = 1, "
                   "next_attempt_at = ",
                   kNow, " + CASE recipient_id WHEN 1 THEN 50000 ELSE -1 END"));
  const std::string lease = Column("next_attempt_at")[0];
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_HOLD), 2u);
  EXPECT_THAT(Column("held AND leased"), ElementsAre("t", "f"));
  EXPECT_THAT(Column("next_attempt_at"), ElementsAre(lease, kNever));
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_RELEASE), 2u);
  EXPECT_EQ(Column("next_attempt_at")[0], lease);
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_RETRY), 1u);
  EXPECT_EQ(Column("next_attempt_at")[0], lease);
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_REMOVE), 2u);
  EXPECT_THAT(Column("bounce AND leased AND notify = 1"), ElementsAre("t"));
  EXPECT_EQ(Column("next_attempt_at")[0], lease);
  EXPECT_EQ(Value("SELECT count(*) FROM queue_message"), "1");
}

TEST_F(StoreQueueAdminTest, ChangesMoreThanOneTransactionHolds) {
  const uint64_t id = Queue(7, "alice@example.org", {"a@one.example"});
  Execute(
      "INSERT INTO queue_recipient (recipient_id, account_id, blob_id, next_attempt_at, priority, "
      "notify, site, forward_path, original_recipient) SELECT n, account_id, blob_id, "
      "next_attempt_at, 0, 0, site, n || '@one.example', '' FROM queue_recipient, "
      "generate_series(1001, 12000) n");
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_HOLD), 11'001u);
  EXPECT_EQ(Value("SELECT count(*) FROM queue_recipient WHERE held"), "11001");
  EXPECT_EQ(Apply(OfMessage(id), Change::CHANGE_REMOVE), 11'001u);
  EXPECT_EQ(Value("SELECT count(*) FROM queue_message"), "0");
}

TEST_F(StoreQueueAdminTest, RefusesChangesOfEverything) {
  Change request;
  request.set_change(Change::CHANGE_REMOVE);
  EXPECT_EQ(Call(&Stub::ChangeQueue, request).status().code(), absl::StatusCode::kInvalidArgument);
  request.mutable_filter()->set_message_id(1);
  request.clear_change();
  EXPECT_EQ(Call(&Stub::ChangeQueue, request).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(StoreQueueAdminTest, SearchesTheLog) {
  Execute(
      "INSERT INTO delivery_log SELECT 1000 * n, 100 + n, n, 0, 'queued', 's' || n || "
      "'@Sender.example', 'r' || n || '@one.example', '', '', '', '', '', '<m' || n || '@x>' "
      "FROM generate_series(1, 3) n");
  Execute(
      "INSERT INTO delivery_log SELECT logged_at + 1, message_id, recipient_id, 1, 'delivered', "
      "reverse_path, forward_path, '2.0.0', 'ok', 'mx', '192.0.2.1', 'TLS', message_id_field "
      "FROM delivery_log WHERE message_id = 102");
  // Another recipient of a message.
  Execute(
      "INSERT INTO delivery_log SELECT logged_at, message_id, 9, 0, 'queued', reverse_path, "
      "'r9_@two.example', '', '', '', '', '', message_id_field FROM delivery_log "
      "WHERE message_id = 103");
  const auto search = [this](const std::string& text, uint32_t limit = 10) {
    v1::SearchLogRequest request;
    request.set_text(text);
    request.set_limit(limit);
    const auto response = Call(&Stub::SearchLog, request);
    EXPECT_TRUE(response.ok()) << response.status();
    std::vector<uint64_t> ids;
    for (const v1::LogEntry& entry : response->entries()) {
      ids.push_back(entry.message_id());
    }
    return ids;
  };
  EXPECT_THAT(search("102"), ElementsAre(102, 102));
  EXPECT_THAT(search("<M2@x>"), ElementsAre(102, 102));
  EXPECT_THAT(search("m1@X"), ElementsAre(101));
  EXPECT_THAT(search("S1@sender.example"), ElementsAre(101));
  EXPECT_THAT(search("s3@sender.example"), ElementsAre(103, 103));
  EXPECT_THAT(search("r2@one.example"), ElementsAre(102, 102));
  EXPECT_THAT(search("r3@one.example"), ElementsAre(103));
  EXPECT_THAT(search("@ONE.example"), ElementsAre(103, 102, 102, 101));
  EXPECT_THAT(search("@two.example"), ElementsAre(103));
  EXPECT_THAT(search("r9%@two.example"), IsEmpty());
  EXPECT_THAT(search("@sender.example", 2), ElementsAre(103, 103));
  EXPECT_THAT(search("one.example"), IsEmpty());
  EXPECT_THAT(search("@ample"), IsEmpty());
}

TEST_F(StoreQueueAdminTest, SuspendsAndResumesSites) {
  Queue(7, "alice@example.org", {"a@one.example", "b@two.example"});
  Execute(absl::StrCat("INSERT INTO queue_slot VALUES ('one.example', 0, 1, ", kNow,
                       " + 60000, ''), ('one.example', 1, 1, 0, '')"));
  v1::ChangeSiteRequest change;
  change.set_site("One.example");
  change.set_suspend(true);
  ASSERT_TRUE(Call(&Stub::ChangeSite, change).ok());
  v1::ListSitesRequest list;
  list.set_limit(10);
  auto sites = Call(&Stub::ListSites, list);
  ASSERT_TRUE(sites.ok()) << sites.status();
  ASSERT_EQ(sites->sites_size(), 2);
  EXPECT_EQ(sites->sites(0).site(), "one.example");
  EXPECT_EQ(sites->sites(0).recipients(), 1u);
  EXPECT_EQ(sites->sites(0).window(), 5u);
  EXPECT_EQ(sites->sites(0).connections(), 1u);
  EXPECT_TRUE(sites->sites(0).suspended());
  EXPECT_GT(sites->sites(0).dead_for_seconds(), 0);
  EXPECT_FALSE(sites->sites(1).suspended());
  change.set_suspend(false);
  ASSERT_TRUE(Call(&Stub::ChangeSite, change).ok());
  EXPECT_TRUE(IsDue("one.example"));
  list.set_after("one.example");
  sites = Call(&Stub::ListSites, list);
  EXPECT_EQ(sites->sites_size(), 1);
  change.set_site("three.example");
  EXPECT_EQ(rpc::ReasonOf(Call(&Stub::ChangeSite, change).status()), ErrorDetail::REASON_NOT_FOUND);
  change.set_suspend(true);
  EXPECT_TRUE(Call(&Stub::ChangeSite, change).ok());
}

v1::SetRouteRequest RouteTo(const std::string& domain, const std::string& host) {
  v1::SetRouteRequest request;
  request.mutable_rule()->set_recipient_domain(domain);
  v1::Route& route = *request.mutable_rule()->mutable_route();
  route.set_name("smart");
  route.set_host(host);
  route.set_port(587);
  route.set_tls(v1::Route::TLS_VERIFIED);
  route.set_username("user");
  route.set_password("secret");
  return request;
}

TEST_F(StoreQueueAdminTest, RoutesWithoutTheirSecrets) {
  ASSERT_TRUE(Call(&Stub::SetRoute, RouteTo("*", "old.example")).ok());
  ASSERT_TRUE(Call(&Stub::SetRoute, RouteTo("One.example", "new.example")).ok());
  const auto list = Call(&Stub::ListRoutes, v1::ListRoutesRequest());
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->rules_size(), 2);
  // One name, one way.
  EXPECT_EQ(list->rules(0).recipient_domain(), "*");
  EXPECT_EQ(list->rules(0).route().host(), "new.example");
  EXPECT_EQ(list->rules(1).recipient_domain(), "one.example");
  EXPECT_EQ(list->rules(1).route().username(), "user");
  EXPECT_EQ(list->rules(1).route().password(), "");
  EXPECT_EQ(Call(&Stub::SetRoute, RouteTo("", "new.example")).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST_F(StoreQueueAdminTest, ARouteThatIsRemovedIsLookedAtAtOnce) {
  ASSERT_TRUE(Call(&Stub::SetRoute, RouteTo("one.example", "new.example")).ok());
  Queue(7, "alice@example.org", {"a@one.example"});
  Execute("UPDATE queue_site SET site = 'route:smart' WHERE site = 'one.example'");
  v1::RemoveRouteRequest request;
  request.set_recipient_domain("ONE.example");
  EXPECT_TRUE(Call(&Stub::RemoveRoute, request).ok());
  EXPECT_TRUE(IsDue("route:smart"));
  EXPECT_EQ(Value("SELECT dead_until FROM queue_site"), "0");
  EXPECT_EQ(Call(&Stub::ListRoutes, v1::ListRoutesRequest())->rules_size(), 0);
  EXPECT_EQ(rpc::ReasonOf(Call(&Stub::RemoveRoute, request).status()),
            ErrorDetail::REASON_NOT_FOUND);
}

class StoreDkimTest : public StoreQueueAdminTest {
 protected:
  StoreDkimTest() { Execute("INSERT INTO domain (domain) VALUES ('example.org')"); }

  absl::StatusOr<v1::DkimKey> Add(v1::DkimAlgorithm algorithm, const std::string& selector = "",
                                  bool sign = false) {
    v1::AddDkimKeyRequest request;
    request.set_domain("Example.org");
    request.set_selector(selector);
    request.set_algorithm(algorithm);
    request.set_sign(sign);
    const auto response = Call(&Stub::AddDkimKey, request);
    return response.ok() ? absl::StatusOr<v1::DkimKey>(response->key()) : response.status();
  }
  absl::Status Alter(const std::string& selector, v1::ChangeDkimKeyRequest::Change change) {
    v1::ChangeDkimKeyRequest request;
    request.set_domain("example.org");
    request.set_selector(selector);
    request.set_change(change);
    return Call(&Stub::ChangeDkimKey, request).status();
  }
  std::string StateOf(const std::string& selector) {
    v1::ListDkimKeysRequest request;
    request.set_domain("example.org");
    const auto response = Call(&Stub::ListDkimKeys, request);
    for (const v1::DkimKey& key : response->keys()) {
      if (key.selector() == selector) {
        return v1::DkimKey::State_Name(key.state());
      }
    }
    return "";
  }
};

TEST_F(StoreDkimTest, MakesKeysThatNeverLeave) {
  const auto rsa = Add(v1::DKIM_RSA_SHA256);
  ASSERT_TRUE(rsa.ok()) << rsa.status();
  EXPECT_EQ(rsa->domain(), "example.org");
  EXPECT_EQ(rsa->state(), v1::DkimKey::STATE_SIGNING);
  EXPECT_EQ(rsa->selector(), Value("SELECT to_char(now() AT TIME ZONE 'UTC', 'YYYYMM') || 'r'"));
  EXPECT_THAT(rsa->record(), testing::StartsWith("v=DKIM1; k=rsa; p=MII"));
  const auto next = Add(v1::DKIM_RSA_SHA256);
  EXPECT_EQ(next->selector(), rsa->selector() + "2");
  EXPECT_EQ(next->state(), v1::DkimKey::STATE_PUBLISHED);
  EXPECT_NE(next->record(), rsa->record());
  const auto ed25519 = Add(v1::DKIM_ED25519_SHA256, "S1.Mail");
  ASSERT_TRUE(ed25519.ok()) << ed25519.status();
  EXPECT_EQ(ed25519->selector(), "s1.mail");
  EXPECT_EQ(ed25519->state(), v1::DkimKey::STATE_SIGNING);
  EXPECT_THAT(ed25519->record(), HasSubstr("k=ed25519"));
  EXPECT_EQ(Add(v1::DKIM_ED25519_SHA256, "s1.mail").status().code(),
            absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(Add(v1::DKIM_ED25519_SHA256, "not a selector").status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(Value("SELECT private_key FROM dkim_key LIMIT 1"), HasSubstr("PRIVATE KEY"));
  v1::AddDkimKeyRequest request;
  request.set_domain("example.net");
  request.set_algorithm(v1::DKIM_ED25519_SHA256);
  EXPECT_EQ(rpc::ReasonOf(Call(&Stub::AddDkimKey, request).status()),
            ErrorDetail::REASON_NOT_FOUND);
}

TEST_F(StoreDkimTest, OneKeyOfAnAlgorithmSigns) {
  ASSERT_TRUE(Add(v1::DKIM_ED25519_SHA256, "a").ok());
  ASSERT_TRUE(Add(v1::DKIM_ED25519_SHA256, "b").ok());
  ASSERT_TRUE(Add(v1::DKIM_RSA_SHA256, "r").ok());
  EXPECT_EQ(Alter("a", v1::ChangeDkimKeyRequest::CHANGE_REMOVE).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(Alter("b", v1::ChangeDkimKeyRequest::CHANGE_SIGN).ok());
  EXPECT_EQ(StateOf("a"), "STATE_RETIRED");
  EXPECT_EQ(StateOf("b"), "STATE_SIGNING");
  EXPECT_EQ(StateOf("r"), "STATE_SIGNING");
  EXPECT_TRUE(Alter("a", v1::ChangeDkimKeyRequest::CHANGE_REMOVE).ok());
  EXPECT_EQ(StateOf("a"), "");
  EXPECT_TRUE(Add(v1::DKIM_ED25519_SHA256, "c", true).ok());
  EXPECT_EQ(StateOf("b"), "STATE_RETIRED");
  EXPECT_EQ(StateOf("c"), "STATE_SIGNING");
  EXPECT_TRUE(Alter("c", v1::ChangeDkimKeyRequest::CHANGE_RETIRE).ok());
  EXPECT_EQ(StateOf("c"), "STATE_RETIRED");
  EXPECT_EQ(rpc::ReasonOf(Alter("a", v1::ChangeDkimKeyRequest::CHANGE_SIGN)),
            ErrorDetail::REASON_NOT_FOUND);
}

TEST_F(StoreQueueAdminTest, SetsTheLimitOfAnAccount) {
  Execute(
      "INSERT INTO domain (domain) VALUES ('example.org'); INSERT INTO login (address_key, "
      "account_id, domain, address, password_record) VALUES ('a@example.org', 1, 'example.org', "
      "'a@example.org', '')");
  v1::SetSendingLimitRequest request;
  request.set_address("A@example.org");
  request.set_recipients_per_day(50);
  ASSERT_TRUE(Call(&Stub::SetSendingLimit, request).ok());
  EXPECT_EQ(Value("SELECT recipients_per_day FROM sending_limit WHERE account_id = 1"), "50");
  request.set_recipients_per_day(0);
  ASSERT_TRUE(Call(&Stub::SetSendingLimit, request).ok());
  EXPECT_EQ(Value("SELECT count(*) FROM sending_limit"), "0");
  request.set_address("b@example.org");
  EXPECT_EQ(rpc::ReasonOf(Call(&Stub::SetSendingLimit, request).status()),
            ErrorDetail::REASON_NOT_FOUND);
}

}  // namespace
}  // namespace posthorn::component
