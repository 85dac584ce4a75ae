// The public object of a running query: owns its thread, checkpoint and sink.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "streaming/progress.h"
#include "streaming/query_loop.h"
#include "streaming/query_state.h"
#include "streaming/streaming_query.h"

namespace headrace {

class Query final : public StreamingQuery {
 public:
  using EndCallback = std::function<void(const Query&)>;

  // `post` gets progress and idle events on the query's thread; `ended` is called on it when the
  // query is no longer active, before awaitTermination and the like return.
  Query(QuerySpecification specification, std::unique_ptr<Checkpoint> checkpoint,
        std::unique_ptr<Sink> sink, std::string run_id, QueryEventListener post, EndCallback ended);
  ~Query() override;
  void Launch();

  const std::string& id() const override { return id_; }
  const std::string& run_id() const override { return run_id_; }
  const std::string& name() const override { return specification_.name; }
  const std::string& checkpoint_directory() const { return checkpoint_directory_; }
  QueryStatus status() const override { return state_.status(); }
  bool is_active() const override { return state_.active(); }
  std::vector<std::string> recent_progress() const override { return reporter_.recent(); }
  std::string Explain(bool extended) const override;
  std::optional<QueryFailure> exception() const override { return state_.failure(); }
  std::shared_ptr<BatchScan> sink_table() const override { return sink_table_; }
  Status Stop() override;
  Status ProcessAllAvailable() override;
  Result<bool> AwaitTermination(std::optional<int64_t> timeout_ms,
                                const CancellationToken* cancelled) override;
  void RequestStop() { state_.RequestStop(); }
  // Waits until the thread is gone: from then on the callbacks given to the constructor are unused.
  void Join();

 private:
  void Main();
  QueryFailure DescribeFailure(const Status& cause) const;

  QuerySpecification specification_;
  std::unique_ptr<Checkpoint> checkpoint_;
  std::unique_ptr<Sink> sink_;
  std::string id_;
  std::string run_id_;
  std::string checkpoint_directory_;
  std::shared_ptr<BatchScan> sink_table_;
  QueryState state_;
  ProgressReporter reporter_;
  EndCallback ended_;
  std::unique_ptr<QueryLoop> loop_;
  std::mutex join_mutex_;
  std::thread thread_;
};

}  // namespace headrace
