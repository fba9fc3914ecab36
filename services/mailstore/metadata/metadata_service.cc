#include "mailstore/metadata/metadata_service.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "common/rpc/status.h"
#include "mailstore/access/access.h"
#include "mailstore/answer.h"
#include "mailstore/metadata/annotation_changes.h"
#include "mailstore/metadata/annotation_rows.h"
#include "mailstore/metadata/entry_name.h"
#include "mailstore/metadata/entry_rights.h"
#include "mailstore/metadata/list_changes.h"
#include "mailstore/storage/lock_rows.h"

namespace posthorn::store {

namespace asio = boost::asio;

namespace {

using v1::ErrorDetail;

constexpr int kMaxEntriesNamed = 100;
constexpr int kMaxMailboxes = 10'000;
constexpr size_t kMaxEntries = 100;  // of a user or shared, of one mailbox
constexpr size_t kMaxValue = 64 * 1024;
// Of the values of one answer: more than one mailbox may have.
constexpr int64_t kMaxAnswerOctets = 16 << 20;

absl::Status TooManyNamed() { return absl::InvalidArgumentError("at most 100 entries"); }

absl::StatusOr<std::vector<EntryName>> Parse(
    const google::protobuf::RepeatedPtrField<std::string>& names) {
  if (names.size() > kMaxEntriesNamed) {
    return TooManyNamed();
  }
  std::vector<EntryName> entries;
  for (const std::string& name : names) {
    absl::StatusOr<EntryName> entry = ParseEntryName(name);
    if (!entry.ok()) {
      return entry.status();
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

// What the caller's name for a mailbox, or for the server, stands for.
absl::StatusOr<AuthorizedMailbox> Find(Connection& connection, AccountId caller,
                                       const std::string& name, Rights more) {
  if (name.empty()) {
    return AuthorizedMailbox{{caller, kServerEntries}, caller, Rights::All()};
  }
  auto mailbox = AuthorizeName(connection, caller, name, Right::kLookup | more);
  if (mailbox.ok() && !mailbox->rights.HasAny(kAnyForEntries)) {
    return CheckRights(mailbox->rights, kAnyForEntries, Need::kAny);
  }
  return mailbox;
}

int Levels(v1::MetadataDepth depth) {
  return depth == v1::METADATA_DEPTH_INFINITY ? -1 : static_cast<int>(depth);
}

absl::Status TooMany(absl::string_view what) {
  return rpc::MakeError(absl::StatusCode::kResourceExhausted, ErrorDetail::REASON_TOO_MANY, what);
}

// No more is read than can be told.
absl::StatusOr<std::vector<AnnotationRow>> LoadBounded(Connection& connection,
                                                       const AnnotationQuery& query) {
  if (AnnotationOctets(connection, query) > kMaxAnswerOctets) {
    return TooMany("annotations of more than 16 MiB in one answer");
  }
  return LoadAnnotations(connection, query);
}

absl::StatusOr<v1::GetMetadataResponse> Get(Connection& connection, AccountId caller,
                                            const v1::GetMetadataRequest& request) {
  const auto entries = Parse(request.entries());
  if (!entries.ok()) {
    return entries.status();
  }
  const auto mailbox = Find(connection, caller, request.mailbox(), Rights());
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  v1::GetMetadataResponse response;
  const MailboxKey key = *mailbox;
  auto rows = LoadBounded(connection, {.mailboxes = {&key, 1},
                                       .user = caller,
                                       .entries = *entries,
                                       .below = request.depth() != v1::METADATA_DEPTH_0});
  if (!rows.ok()) {
    return rows.status();
  }
  for (AnnotationRow& row : *rows) {
    const bool wanted = std::any_of(entries->begin(), entries->end(), [&](const EntryName& entry) {
      return entry.shared == row.shared && IsWithin(row.path, entry.path, Levels(request.depth()));
    });
    if (wanted) {
      v1::Annotation* annotation = response.add_annotations();
      annotation->set_entry(EntryName{row.shared, row.path}.Text());
      annotation->set_value(std::move(row.value));
    }
  }
  return response;
}

struct Change {
  AnnotationRow row;
  bool remove = false;
};

// The changes, checked but for what depends on the entries that are there.
absl::StatusOr<std::vector<Change>> ChangesOf(const v1::SetMetadataRequest& request) {
  if (request.annotations_size() > kMaxEntriesNamed) {
    return TooManyNamed();
  }
  std::vector<Change> changes;
  for (const v1::Annotation& annotation : request.annotations()) {
    const absl::StatusOr<EntryName> entry = ParseEntryName(annotation.entry());
    if (!entry.ok()) {
      return entry.status();
    }
    if (entry->path.empty()) {
      return absl::InvalidArgumentError("malformed annotation name");
    }
    if (annotation.value().size() > kMaxValue) {
      return rpc::MakeError(absl::StatusCode::kInvalidArgument, ErrorDetail::REASON_TOO_LARGE,
                            "an annotation has at most 65,536 octets");
    }
    // RFC 5464 3.1: entries of the server are for the administrator to share.
    if (entry->shared && request.mailbox().empty()) {
      return rpc::MakeError(absl::StatusCode::kPermissionDenied, ErrorDetail::REASON_FORBIDDEN,
                            "shared entries of the server cannot be set");
    }
    changes.push_back(
        {.row = {.shared = entry->shared, .path = entry->path, .value = annotation.value()},
         .remove = !annotation.has_value()});
  }
  return changes;
}

// Whether the limit holds afterwards, for private and for shared entries each.
bool Fits(const std::vector<AnnotationRow>& rows, const std::vector<Change>& changes) {
  std::map<std::pair<bool, std::string>, bool> there;
  for (const AnnotationRow& row : rows) {
    there[{row.shared, row.path}] = true;
  }
  bool added = false;
  for (const Change& change : changes) {
    bool& exists = there[{change.row.shared, change.row.path}];
    added = added || (!exists && !change.remove);
    exists = !change.remove;
  }
  const auto count = [&there](bool shared) {
    return std::count_if(there.begin(), there.end(), [shared](const auto& entry) {
      return entry.first.first == shared && entry.second;
    });
  };
  const auto most = static_cast<std::ptrdiff_t>(kMaxEntries);
  return !added || (count(false) <= most && count(true) <= most);
}

// Whether the account stays within its limits with what was written. What takes away always may.
bool AccountFits(Transaction& transaction, AccountId account, AccountId user,
                 const std::vector<Change>& changes) {
  for (const bool shared : {false, true}) {
    const bool grows = std::any_of(changes.begin(), changes.end(), [shared](const Change& change) {
      return change.row.shared == shared && !change.remove;
    });
    if (!grows) {
      continue;
    }
    if (!CountAnnotations(transaction, account, shared, user).Fit()) {
      return false;
    }
  }
  return true;
}

// Which version the changes made.
absl::StatusOr<v1::SetMetadataResponse> Set(Connection& connection, AccountId caller,
                                            const v1::SetMetadataRequest& request) {
  absl::StatusOr<std::vector<Change>> changes = ChangesOf(request);
  if (!changes.ok()) {
    return changes.status();
  }
  const bool shared = std::any_of(changes->begin(), changes->end(),
                                  [](const Change& change) { return change.row.shared; });
  const auto mailbox =
      Find(connection, caller, request.mailbox(), shared ? Rights(Right::kWrite) : Rights());
  if (!mailbox.ok()) {
    return mailbox.status();
  }
  const MailboxKey key = *mailbox;
  Transaction transaction(connection);
  if (LockAccounts(transaction, {&key.account, 1}).empty()) {
    return CheckRights(Rights(), Right::kLookup);
  }
  if (!Fits(LoadEntries(transaction, key, caller), *changes)) {
    return TooMany("too many annotations");
  }
  const int64_t version = NextAnnotationVersion(transaction, key.account);
  for (Change& change : *changes) {
    change.row.mailbox = key;
    RecordAnnotationChange(transaction, change.row, caller, version);
    if (change.remove) {
      RemoveAnnotation(transaction, change.row, caller);
    } else {
      WriteAnnotation(transaction, change.row, caller);
    }
  }
  if (!AccountFits(transaction, key.account, caller, *changes)) {
    return TooMany("too many annotations in the account");
  }
  transaction.Commit();
  v1::SetMetadataResponse response;
  response.mutable_version()->set_account_id(key.account.value());
  response.mutable_version()->set_version(static_cast<uint64_t>(version));
  return response;
}

// Those of the mailboxes whose entries the caller may read.
std::vector<MailboxKey> Readable(Connection& connection, AccountId caller,
                                 const v1::ListMetadataRequest& request) {
  std::vector<MailboxKey> keys;
  for (const v1::MailboxRef& ref : request.mailboxes()) {
    const absl::StatusOr<MailboxKey> key = ToKey(caller, ref);
    if (!key.ok()) {
      continue;
    }
    const auto mailbox = Authorize(connection, caller, *key, Right::kLookup);
    if (mailbox.ok() && mailbox->rights.HasAny(kAnyForEntries)) {
      keys.push_back(*key);
    }
  }
  return keys;
}

absl::StatusOr<v1::ListMetadataResponse> List(Connection& connection, AccountId caller,
                                              const v1::ListMetadataRequest& request) {
  const auto entries = Parse(request.entries());
  if (!entries.ok()) {
    return entries.status();
  }
  if (request.mailboxes_size() > kMaxMailboxes) {
    return absl::InvalidArgumentError("at most 10,000 mailboxes");
  }
  const std::vector<MailboxKey> keys = Readable(connection, caller, request);
  auto rows = LoadBounded(connection, {.mailboxes = keys, .user = caller, .entries = *entries});
  if (!rows.ok()) {
    return rows.status();
  }
  std::map<std::pair<MailboxKey, std::string>, std::string> values;
  for (AnnotationRow& row : *rows) {
    values[{row.mailbox, EntryName{row.shared, row.path}.Text()}] = std::move(row.value);
  }
  v1::ListMetadataResponse response;
  for (const MailboxKey& key : keys) {
    auto* mailbox = response.add_mailboxes();
    *mailbox->mutable_mailbox() = ToProto(key);
    for (const EntryName& entry : *entries) {
      v1::Annotation* annotation = mailbox->add_annotations();
      annotation->set_entry(entry.Text());
      if (const auto found = values.find({key, entry.Text()}); found != values.end()) {
        annotation->set_value(found->second);
      }
    }
  }
  return response;
}

}  // namespace

void MetadataService::Serve(rpc::LinkMethods& methods) {
  methods.Add<v1::Metadata>(this, &MetadataService::DoGet);
  methods.Add<v1::Metadata>(this, &MetadataService::DoSet);
  methods.Add<v1::Metadata>(this, &MetadataService::DoList);
  methods.Add<v1::Metadata>(this, &MetadataService::DoListChanges);
}

grpc::ServerUnaryReactor* MetadataService::GetMetadata(grpc::CallbackServerContext* context,
                                                       const v1::GetMetadataRequest* request,
                                                       v1::GetMetadataResponse* response) {
  return rpc::RunUnary(Executor(), context, DoGet(*request, *response));
}
grpc::ServerUnaryReactor* MetadataService::SetMetadata(grpc::CallbackServerContext* context,
                                                       const v1::SetMetadataRequest* request,
                                                       v1::SetMetadataResponse* response) {
  return rpc::RunUnary(Executor(), context, DoSet(*request, *response));
}
grpc::ServerUnaryReactor* MetadataService::ListMetadata(grpc::CallbackServerContext* context,
                                                        const v1::ListMetadataRequest* request,
                                                        v1::ListMetadataResponse* response) {
  return rpc::RunUnary(Executor(), context, DoList(*request, *response));
}
grpc::ServerUnaryReactor* MetadataService::ListMetadataChanges(
    grpc::CallbackServerContext* context, const v1::ListMetadataChangesRequest* request,
    v1::ListMetadataChangesResponse* response) {
  return rpc::RunUnary(Executor(), context, DoListChanges(*request, *response));
}

asio::awaitable<absl::Status> MetadataService::DoGet(const v1::GetMetadataRequest& request,
                                                     v1::GetMetadataResponse& response) {
  return Answer(store_.reads(), tickets_, request, response, Get);
}

asio::awaitable<absl::Status> MetadataService::DoSet(const v1::SetMetadataRequest& request,
                                                     v1::SetMetadataResponse& response) {
  const absl::Status status = co_await Answer(store_.reads(), tickets_, request, response, Set);
  if (status.ok()) {
    store_.PublishAnnotations(AccountId(response.version().account_id()),
                              static_cast<int64_t>(response.version().version()));
  }
  co_return status;
}

asio::awaitable<absl::Status> MetadataService::DoList(const v1::ListMetadataRequest& request,
                                                      v1::ListMetadataResponse& response) {
  return Answer(store_.reads(), tickets_, request, response, List);
}

asio::awaitable<absl::Status> MetadataService::DoListChanges(
    const v1::ListMetadataChangesRequest& request, v1::ListMetadataChangesResponse& response) {
  return Answer(store_.reads(), tickets_, request, response, store::ListMetadataChanges);
}

}  // namespace posthorn::store
