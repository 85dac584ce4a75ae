// One ExecutePlan: its responses, kept until the client has them for good.
//
// The operation's thread sends responses; a cursor reads them, at its own pace, from any thread.
// A client may lose its stream and come back with a new cursor, so responses stay until they are
// released (or until much has been sent after them). At most one cursor is valid; attaching a
// second one ends the first. An operation whose client does not read waits in Send().
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/random.h"
#include "base/task_pool.h"
#include "connect/messages.h"

namespace headrace {

struct OperationIdentity {
  std::string session_id;
  std::string server_side_session_id;
  std::string operation_id;
};

struct OperationSettings {
  std::set<std::string> tags;
  uint64_t plan_fingerprint = 0;
  bool reattachable = true;  // false: the operation ends with its cursor
};

class ResponseCursor;

class Operation : public std::enable_shared_from_this<Operation> {
 public:
  using ResponsePtr = std::shared_ptr<const messages::ExecutePlanResponse>;

  Operation(OperationIdentity identity, OperationSettings settings, std::shared_ptr<Clock> clock,
            std::shared_ptr<Random> random);

  const std::string& id() const { return identity_.operation_id; }
  const std::set<std::string>& tags() const { return settings_.tags; }
  uint64_t plan_fingerprint() const { return settings_.plan_fingerprint; }

  // Producer's side. Send fills in the identities; Cancelled once the operation was interrupted.
  Status Send(messages::ExecutePlanResponse response);
  // The first call counts. OK adds the response that tells completion.
  void Finish(const Status& status);
  const CancellationToken* cancellation() const { return &cancellation_; }

  // Ends the stream with OPERATION_CANCELED at once and tells the producer to stop. False if it
  // had ended already.
  bool Interrupt();
  bool finished() const;
  // `action` runs when the operation is interrupted, on the thread that does so.
  void OnInterrupt(std::function<void()> action);

  // Consumer's side: goes on after `last_response_id`, or from the start.
  // INVALID_CURSOR.POSITION_NOT_FOUND / POSITION_NOT_AVAILABLE.
  Result<std::unique_ptr<ResponseCursor>> Attach(
      const std::optional<std::string>& last_response_id);
  void ReleaseUntil(const std::string& response_id);
  // Waits until the client has released all that was sent so far, or the clock reads
  // `deadline_us`. Returns at once if this client releases nothing.
  void AwaitRelease(int64_t deadline_us);
  // How long nobody has listened, 0 while a cursor is attached.
  int64_t detached_ms() const;

 private:
  friend class ResponseCursor;
  struct Entry {
    ResponsePtr response;
    int64_t bytes;
  };

  void AppendLocked(messages::ExecutePlanResponse response);
  void DropFrontLocked();
  void NotifyConsumer(std::unique_lock<std::mutex>& lock);

  const OperationIdentity identity_;
  const OperationSettings settings_;
  const std::shared_ptr<Clock> clock_;
  const std::shared_ptr<Random> random_;
  CancellationToken cancellation_;

  mutable std::mutex mutex_;
  std::condition_variable consumer_;  // something to read
  std::condition_variable producer_;  // room to write, or released
  std::deque<Entry> entries_;
  int64_t first_ = 0;  // index of entries_.front()
  int64_t sent_ = 0;   // index of the first entry that no cursor has given out yet
  int64_t sent_bytes_ = 0, unsent_bytes_ = 0;
  bool finished_ = false;
  Status status_;
  int64_t cursor_ = 0;  // number of the valid cursor
  bool attached_ = false;
  int64_t detached_since_ms_;
  std::function<void()> wake_;
  std::function<void()> on_interrupt_;
};

// Reads an operation's responses in order.
class ResponseCursor {
 public:
  ~ResponseCursor();

  enum class State { kResponse, kWaiting, kEnd };
  struct Item {
    State state;
    Operation::ResponsePtr response;  // kResponse
    Status status;                    // kEnd
  };
  // Never blocks. kEnd is final; after result_complete it comes with OK.
  Item Poll();
  // Blocks until there is something else than kWaiting.
  Item Next();
  // `wake` is called, from any thread, when Poll may answer anew. Set before the first Poll.
  void SetWake(std::function<void()> wake);
  Operation& operation() { return *operation_; }

 private:
  friend class Operation;
  ResponseCursor(std::shared_ptr<Operation> operation, int64_t number, int64_t position)
      : operation_(std::move(operation)), number_(number), position_(position) {}
  Item PollLocked();

  std::shared_ptr<Operation> operation_;
  int64_t number_;
  int64_t position_;
};

}  // namespace headrace
