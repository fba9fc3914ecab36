// One connection's worth of a site: serves a slot until the site has no more that is due, the
// connection has done its share, or a drain begins.
//
// A drain ends at once what is under way, up to the final dot: the recipients are given back. Whose
// dot was sent is awaited, so that nothing is sent twice.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "smtp-gateway/relay/leases.h"
#include "smtp-gateway/relay/worker.h"
#include "smtp-gateway/relay/worker_context.h"

namespace posthorn::relay {

// On one executor. Leases are renewed beside the work; every recipient that was leased is settled,
// given back, or known to be lost when Run ends.
class SiteRun : public std::enable_shared_from_this<SiteRun> {
 public:
  // The work was claimed after `asked_at`. `kept`: a session of the site that is there, at home in
  // the context; or null.
  SiteRun(const Workers& workers, WorkerContext& context, v1::Work work,
          Leases::Clock::time_point asked_at, std::unique_ptr<IdleSessions::Kept> kept);
  ~SiteRun();

  asio::awaitable<void> Run();

 private:
  struct Search;

  // Recipients of one transaction.
  struct Batch {
    std::shared_ptr<const v1::QueuedMessage> message;
    std::string reverse_path;
    std::vector<v1::LeasedRecipient> recipients;
    std::unique_ptr<client::Body> body;  // once it is fetched
    bool again = false;                  // after a connection that ended before it began
  };

  void Add(v1::Work work, Leases::Clock::time_point asked_at);
  asio::awaitable<void> SendAll();
  asio::awaitable<void> SendNext();
  asio::awaitable<bool> Connect(const Batch& batch);
  bool Usable() const;
  bool Suits(const Batch& batch) const;
  void GiveUp(const Verdict& verdict, bool by_policy);
  bool KeepSession();
  // Untried if a drain begins before it is known.
  asio::awaitable<ConnectResult> FindSession(TlsDemand demand);
  asio::awaitable<void> Send(Batch batch);
  // The batch's report goes to report_url_.
  asio::awaitable<void> Post(Batch batch);
  asio::awaitable<bool> Fetch(Batch& batch);
  asio::awaitable<void> Disconnect();
  // The batch's commands; recipients that cannot be named are settled and taken out.
  std::optional<client::Transaction> Prepare(Batch& batch);
  void Judge(const Batch& batch, const client::TransactionResult& result);
  bool WorthAnotherConnection(const Batch& batch, const client::TransactionResult& result) const;
  void DropLost(Batch& batch);
  void Open(Batch& batch);
  void Prefetch();

  void Settle(const v1::LeasedRecipient& recipient, const Verdict& verdict);
  void SettleAll(const Batch& batch, const Verdict& verdict);
  void SettleRest(const Verdict& verdict);
  void NoteSite(v1::FinishWorkRequest::SiteState state, const std::string& diagnostic);
  // Writes the results; asks for so many more recipients, or with 0 gives the slot back.
  asio::awaitable<void> Finish(uint32_t more);
  v1::FinishWorkRequest TakeResults(uint32_t more);
  void TakeResponse(const v1::FinishWorkRequest& request, v1::FinishWorkResponse response,
                    Leases::Clock::time_point asked_at);

  void OnDrain();
  static asio::awaitable<void> RenewLoop(std::shared_ptr<SiteRun> self);
  asio::awaitable<void> Renew();
  bool Stopping() const;

  const Workers& workers_;
  WorkerContext& context_;
  const std::string site_;
  const std::optional<HttpsUrl> report_url_;  // the site takes reports, not mail
  const std::string key_;                     // of its sessions
  v1::Slot slot_;
  bool slot_held_ = true;
  bool slot_lost_ = false;  // somebody else may have it
  std::optional<v1::Route> route_;
  std::deque<Batch> batches_;
  Leases leases_;

  std::optional<Session> session_;
  bool reset_needed_ = false;
  uint64_t sent_ = 0;               // over this connection
  bool give_up_ = false;            // the site wants no more now
  bool last_ = false;               // what is here is sent, and no more is asked for
  std::shared_ptr<Search> search_;  // for a session, while it is under way
  bool in_transaction_ = false;
  bool dot_permitted_ = false;  // of the transaction: it is sent, or about to be

  v1::FinishWorkRequest results_;
  Leases::Clock::time_point settled_at_ = Leases::Clock::now();
  // Where a verdict comes from when there is no session.
  std::string last_host_;
  std::string last_address_;
  std::string last_tls_;

  const std::chrono::milliseconds renew_every_;  // thrice in a lease at least
  asio::steady_timer renewal_;
  bool ended_ = false;
  const DrainBell::Listener drain_;
};

}  // namespace posthorn::relay
