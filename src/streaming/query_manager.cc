// QueryManager: which queries a session has, and which checkpoint a process uses once.

#include <condition_variable>
#include <map>
#include <mutex>
#include <utility>

#include "base/log.h"
#include "streaming/event_dispatcher.h"
#include "streaming/progress.h"
#include "streaming/query.h"
#include "streaming/streaming_query.h"

namespace headrace {
namespace {

// Terminated queries stay askable for this long.
constexpr int64_t kTerminatedRetentionUs = 3600LL * 1000000;

// The running queries of all sessions by checkpoint directory: a new run of the same query takes
// over from the old one, whichever session that is in.
class CheckpointOwners {
 public:
  static CheckpointOwners& Process() {
    static CheckpointOwners owners;
    return owners;
  }
  std::shared_ptr<Query> Find(const std::string& directory) {
    std::lock_guard lock(mutex_);
    const auto found = owners_.find(directory);
    return found == owners_.end() ? nullptr : found->second.lock();
  }
  void Set(const std::string& directory, const std::shared_ptr<Query>& query) {
    std::lock_guard lock(mutex_);
    owners_[directory] = query;
  }
  void Remove(const Query& query) {
    std::lock_guard lock(mutex_);
    const auto found = owners_.find(query.checkpoint_directory());
    if (found == owners_.end()) return;
    const auto owner = found->second.lock();
    if (!owner || owner->run_id() == query.run_id()) owners_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, std::weak_ptr<Query>> owners_;
};

class Manager final : public QueryManager {
 public:
  Manager(std::shared_ptr<Clock> clock, std::shared_ptr<Random> random)
      : clock_(std::move(clock)), random_(std::move(random)) {}
  ~Manager() override {
    StopAll();
    // Others may hold a query for longer than its manager lives, but its thread must not. Joined
    // outside of the map that the thread's last callback looks at.
    std::map<std::string, Entry> doomed;
    {
      std::lock_guard lock(mutex_);
      doomed.swap(queries_);
    }
    for (auto& [run_id, entry] : doomed) entry.query->Join();
  }

  Result<StreamingQueryPtr> Start(QuerySpecification specification) override {
    ARROW_RETURN_NOT_OK(CheckName(specification.name));
    const std::string directory = CheckpointDirectory(&specification);
    ARROW_RETURN_NOT_OK(TakeOver(directory, specification));
    ARROW_ASSIGN_OR_RAISE(
        auto checkpoint, Checkpoint::Open(directory, specification.connector.files, random_.get()));
    specification.sink.query_id = checkpoint->query_id();
    ARROW_ASSIGN_OR_RAISE(auto sink, specification.sink_provider->OpenStream(
                                         specification.sink, specification.connector));

    auto query = std::make_shared<Query>(
        std::move(specification), std::move(checkpoint), std::move(sink), random_->Uuid(),
        [this](QueryEventType type, const std::string& json) { dispatcher_.Post(type, json); },
        [this](const Query& ended) { OnEnd(ended); });
    {
      std::lock_guard lock(mutex_);
      queries_[query->run_id()] = {query, -1};
    }
    CheckpointOwners::Process().Set(query->checkpoint_directory(), query);
    dispatcher_.PostNow(
        QueryEventType::kStarted,
        StartedEventJson(query->id(), query->run_id(), query->name(), clock_->now_ms()));
    query->Launch();
    return query;
  }

  std::vector<StreamingQueryPtr> Active() const override {
    std::lock_guard lock(mutex_);
    std::vector<StreamingQueryPtr> active;
    for (const auto& [run_id, entry] : queries_) {
      if (entry.query->is_active()) active.push_back(entry.query);
    }
    return active;
  }

  StreamingQueryPtr Find(const std::string& id, const std::string& run_id) const override {
    std::lock_guard lock(mutex_);
    StreamingQueryPtr newest;
    for (auto& [key, entry] : queries_) {
      if (entry.query->id() != id || (!run_id.empty() && key != run_id)) continue;
      // Each look keeps a terminated query for another hour.
      if (entry.ended_us >= 0) entry.ended_us = clock_->now_us();
      if (!newest || entry.query->is_active()) newest = entry.query;
    }
    return newest;
  }

  Result<bool> AwaitAnyTermination(std::optional<int64_t> timeout_ms,
                                   const CancellationToken* cancelled) override {
    std::unique_lock lock(mutex_);
    const int64_t deadline_us = timeout_ms ? clock_->now_us() + *timeout_ms * 1000 : -1;
    while (!terminated_ && !(cancelled && cancelled->cancelled())) {
      int64_t until_us = deadline_us;
      if (cancelled) {
        const int64_t poll_us = clock_->now_us() + 50000;
        until_us = deadline_us < 0 ? poll_us : std::min(deadline_us, poll_us);
      }
      clock_->WaitUntil(lock, changed_, until_us, [&] { return terminated_; });
      if (deadline_us >= 0 && clock_->now_us() >= deadline_us) break;
    }
    if (!failure_.ok()) return failure_;
    return terminated_;
  }

  void ResetTerminated() override {
    std::lock_guard lock(mutex_);
    terminated_ = false;
    failure_ = Status::OK();
  }

  int AddListener(QueryEventListener listener) override {
    return dispatcher_.Add(std::move(listener));
  }
  void RemoveListener(int handle) override { dispatcher_.Remove(handle); }
  void DeliverEvents() override { dispatcher_.DeliverAll(); }

  void StopAll() override {
    std::map<std::string, Entry> queries;
    {
      std::lock_guard lock(mutex_);
      queries = queries_;
    }
    for (auto& [run_id, entry] : queries) entry.query->RequestStop();
    for (auto& [run_id, entry] : queries) {
      const Status stopped = entry.query->Stop();
      if (!stopped.ok()) LogWarn("streaming", stopped.message());
    }
  }

 private:
  struct Entry {
    std::shared_ptr<Query> query;
    int64_t ended_us = -1;  // -1: active
  };

  Status CheckName(const std::string& name) const {
    if (name.empty()) return Status::OK();
    for (const auto& query : Active()) {
      if (query->name() == name) {
        return IllegalArgument("", "Cannot start query with name " + name +
                                       " as a query with that name is already active in this "
                                       "SparkSession; stop that one or "
                                       "choose another queryName");
      }
    }
    return Status::OK();
  }

  std::string CheckpointDirectory(QuerySpecification* specification) {
    if (specification->checkpoint_location)
      return AbsolutePath(*specification->checkpoint_location);
    specification->delete_checkpoint_on_stop = true;
    const char* temporary = std::getenv("TMPDIR");
    return AbsolutePath(JoinPath(temporary && *temporary ? temporary : "/tmp",
                                 "headrace-temporary-" + random_->Uuid()));
  }

  Status TakeOver(const std::string& directory, const QuerySpecification& specification) {
    const auto running = CheckpointOwners::Process().Find(directory);
    if (!running || !running->is_active()) return Status::OK();
    const auto found =
        specification.configuration.find("spark.sql.streaming.stopActiveRunOnRestart");
    if (found != specification.configuration.end() && found->second == "false") {
      return MakeError(
          ErrorKind::kSpark, "CONCURRENT_QUERY",
          "Query " + running->id() + " is already running on checkpoint " + directory +
              "; stop it first, or set spark.sql.streaming.stopActiveRunOnRestart to true");
    }
    LogWarn("streaming", "stopping the active run " + running->run_id() + " of query " +
                             running->id() + ": a new run begins on its checkpoint");
    return running->Stop();
  }

  void OnEnd(const Query& query) {
    CheckpointOwners::Process().Remove(query);
    const auto failure = query.exception();
    std::optional<std::string> message, condition;
    if (failure) {
      message = failure->message;
      if (const ErrorDetail* detail = ErrorDetail::Get(failure->cause))
        condition = detail->condition();
    }
    dispatcher_.Post(QueryEventType::kTerminated,
                     TerminatedEventJson(query.id(), query.run_id(), message, condition));
    std::lock_guard lock(mutex_);
    terminated_ = true;
    if (failure) failure_ = StreamFailedError(query.id(), query.run_id(), *failure);
    const int64_t now_us = clock_->now_us();
    for (auto& [run_id, entry] : queries_) {
      if (run_id == query.run_id()) entry.ended_us = now_us;
    }
    // Older ones go; not this one, whose thread is the caller.
    std::erase_if(queries_, [&](const auto& item) {
      return item.second.ended_us >= 0 && now_us - item.second.ended_us > kTerminatedRetentionUs;
    });
    changed_.notify_all();
  }

  std::shared_ptr<Clock> clock_;
  std::shared_ptr<Random> random_;
  EventDispatcher dispatcher_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  mutable std::map<std::string, Entry> queries_;  // by run id
  bool terminated_ = false;
  Status failure_;
};

}  // namespace

std::unique_ptr<QueryManager> QueryManager::Create(std::shared_ptr<Clock> clock,
                                                   std::shared_ptr<Random> random) {
  return std::make_unique<Manager>(std::move(clock), std::move(random));
}

}  // namespace headrace
