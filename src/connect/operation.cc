#include "connect/operation.h"

namespace headrace {
namespace {

// Given-out responses that are kept for a client that lost its stream.
constexpr int64_t kRetainedBytes = 10 << 20;
// Responses that nobody has read yet.
constexpr int64_t kWaitingBytes = 16 << 20;

Status Interrupted() {
  return MakeError(ErrorKind::kSql, "OPERATION_CANCELED", "The operation was canceled.");
}

}  // namespace

Operation::Operation(OperationIdentity identity, OperationSettings settings,
                     std::shared_ptr<Clock> clock, std::shared_ptr<Random> random)
    : identity_(std::move(identity)),
      settings_(std::move(settings)),
      clock_(std::move(clock)),
      random_(std::move(random)),
      detached_since_ms_(clock_->now_ms()) {}

Status Operation::Send(messages::ExecutePlanResponse response) {
  std::unique_lock lock(mutex_);
  producer_.wait(lock, [this] { return finished_ || unsent_bytes_ < kWaitingBytes; });
  if (finished_) return Interrupted();
  AppendLocked(std::move(response));
  NotifyConsumer(lock);
  return Status::OK();
}

void Operation::Finish(const Status& status) {
  std::unique_lock lock(mutex_);
  if (finished_) return;
  finished_ = true;
  status_ = status;
  if (status.ok()) {
    messages::ExecutePlanResponse response;
    response.mutable_result_complete();
    AppendLocked(std::move(response));
  }
  producer_.notify_all();
  NotifyConsumer(lock);
}

bool Operation::Interrupt() {
  cancellation_.Cancel();
  std::function<void()> action;
  {
    std::lock_guard lock(mutex_);
    if (finished_) return false;
    action = std::move(on_interrupt_);
  }
  Finish(Interrupted());
  if (action) action();
  return true;
}

void Operation::OnInterrupt(std::function<void()> action) {
  std::unique_lock lock(mutex_);
  if (!cancellation_.cancelled()) {
    on_interrupt_ = std::move(action);
    return;
  }
  lock.unlock();
  action();
}

bool Operation::finished() const {
  std::lock_guard lock(mutex_);
  return finished_;
}

Result<std::unique_ptr<ResponseCursor>> Operation::Attach(
    const std::optional<std::string>& last_response_id) {
  std::unique_lock lock(mutex_);
  int64_t position = first_;
  if (last_response_id.has_value()) {
    size_t i = 0;
    while (i < entries_.size() && entries_[i].response->response_id() != *last_response_id) ++i;
    if (i == entries_.size()) {
      return MakeError(ErrorKind::kSql, "INVALID_CURSOR.POSITION_NOT_FOUND",
                       "The operation " + id() + " has no response " + *last_response_id +
                           "; it may have been released.",
                       {{"responseId", *last_response_id}});
    }
    position = first_ + static_cast<int64_t>(i) + 1;
  } else if (first_ > 0) {
    return MakeError(ErrorKind::kSql, "INVALID_CURSOR.POSITION_NOT_AVAILABLE",
                     "The first responses of the operation " + id() + " are no longer kept.",
                     {{"index", "1"}, {"responseId", ""}});
  }
  attached_ = true;
  std::unique_ptr<ResponseCursor> cursor(
      new ResponseCursor(shared_from_this(), ++cursor_, position));
  NotifyConsumer(lock);  // the former cursor learns that it is over
  return cursor;
}

void Operation::ReleaseUntil(const std::string& response_id) {
  std::lock_guard lock(mutex_);
  size_t i = 0;
  while (i < entries_.size() && entries_[i].response->response_id() != response_id) ++i;
  if (i == entries_.size()) return;
  for (size_t k = 0; k <= i; ++k) DropFrontLocked();
  producer_.notify_all();
}

void Operation::AwaitRelease(int64_t deadline_us) {
  if (!settings_.reattachable) return;
  std::unique_lock lock(mutex_);
  const int64_t end = first_ + static_cast<int64_t>(entries_.size());
  clock_->WaitUntil(lock, producer_, deadline_us, [&] { return finished_ || first_ >= end; });
}

int64_t Operation::detached_ms() const {
  std::lock_guard lock(mutex_);
  return attached_ ? 0 : clock_->now_ms() - detached_since_ms_;
}

void Operation::AppendLocked(messages::ExecutePlanResponse response) {
  response.set_session_id(identity_.session_id);
  response.set_server_side_session_id(identity_.server_side_session_id);
  response.set_operation_id(identity_.operation_id);
  response.set_response_id(random_->Uuid());
  auto bytes = static_cast<int64_t>(response.ByteSizeLong());
  unsent_bytes_ += bytes;
  entries_.push_back(
      {std::make_shared<const messages::ExecutePlanResponse>(std::move(response)), bytes});
}

void Operation::DropFrontLocked() {
  (first_ < sent_ ? sent_bytes_ : unsent_bytes_) -= entries_.front().bytes;
  entries_.pop_front();
  ++first_;
  sent_ = std::max(sent_, first_);
}

// Unlocks: a woken reader may ask at once.
void Operation::NotifyConsumer(std::unique_lock<std::mutex>& lock) {
  consumer_.notify_all();
  auto wake = wake_;
  lock.unlock();
  if (wake) wake();
}

ResponseCursor::~ResponseCursor() {
  {
    std::lock_guard lock(operation_->mutex_);
    if (operation_->cursor_ != number_) return;
    operation_->wake_ = nullptr;
    operation_->attached_ = false;
    operation_->detached_since_ms_ = operation_->clock_->now_ms();
  }
  if (!operation_->settings_.reattachable) operation_->Interrupt();
}

void ResponseCursor::SetWake(std::function<void()> wake) {
  std::lock_guard lock(operation_->mutex_);
  if (operation_->cursor_ == number_) operation_->wake_ = std::move(wake);
}

ResponseCursor::Item ResponseCursor::Poll() {
  std::lock_guard lock(operation_->mutex_);
  return PollLocked();
}

ResponseCursor::Item ResponseCursor::Next() {
  std::unique_lock lock(operation_->mutex_);
  for (;;) {
    Item item = PollLocked();
    if (item.state != State::kWaiting) return item;
    operation_->consumer_.wait(lock);
  }
}

ResponseCursor::Item ResponseCursor::PollLocked() {
  Operation& operation = *operation_;
  if (operation.cursor_ != number_) {
    return {State::kEnd, nullptr,
            MakeError(ErrorKind::kSql, "INVALID_CURSOR.DISCONNECTED",
                      "Another stream took over the responses of this operation.")};
  }
  position_ = std::max(position_, operation.first_);
  int64_t end = operation.first_ + static_cast<int64_t>(operation.entries_.size());
  if (position_ == end) {
    if (operation.finished_) return {State::kEnd, nullptr, operation.status_};
    return {State::kWaiting, nullptr, Status::OK()};
  }
  const Operation::Entry& entry = operation.entries_[position_ - operation.first_];
  Item item{State::kResponse, entry.response, Status::OK()};
  if (position_ == operation.sent_) {
    ++operation.sent_;
    operation.unsent_bytes_ -= entry.bytes;
    operation.sent_bytes_ += entry.bytes;
    operation.producer_.notify_all();
  }
  ++position_;
  // The one just given out stays in any case.
  while (operation.sent_bytes_ > kRetainedBytes && operation.first_ + 1 < operation.sent_) {
    operation.DropFrontLocked();
  }
  return item;
}

}  // namespace headrace
