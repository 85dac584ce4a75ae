#include "connectors/kafka/range_reader.h"

#include <algorithm>
#include <chrono>

#include "base/log.h"
#include "connectors/kafka/message_columns.h"
#include "connectors/kafka/offset_reader.h"

namespace headrace {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr int64_t kMostRows = 8192;
constexpr int64_t kMostBytes = int64_t{4} << 20;
constexpr int kWaitMs = 100;
constexpr int64_t kAskUs = 10000000;

class RangeReader final : public PartitionReader {
 public:
  RangeReader(std::shared_ptr<const RangeReading> how, const OffsetRange& range,
              std::unique_ptr<MessageColumns> columns)
      : how_(std::move(how)), range_(range), columns_(std::move(columns)) {}

  ~RangeReader() override {
    if (consumer_ && next_ < messages_.size()) ReturnRest();
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    if (finished_) return nullptr;
    if (!consumer_) {
      ARROW_ASSIGN_OR_RAISE(consumer_, how_->consumers->Take(range_.partition, range_.from));
      last_message_ = SteadyClock::now();
    }
    while (!finished_ && columns_->rows() < kMostRows && columns_->bytes() < kMostBytes) {
      if (next_ == messages_.size()) {
        ARROW_ASSIGN_OR_RAISE(const bool any, Fetch());
        if (!any) break;
      }
      ARROW_RETURN_NOT_OK(Take(*messages_[next_]));
    }
    if (finished_) {
      consumer_->Pass(range_.until);
      ReturnRest();
      consumer_.reset();
      if (columns_->rows() == 0) return nullptr;
    }
    return columns_->Finish();
  }

 private:
  Result<bool> Fetch() {
    messages_.clear();
    next_ = 0;
    const int64_t wanted =
        std::min(kMostRows, std::max<int64_t>(1, range_.until - consumer_->position()));
    consumer_->Poll(static_cast<size_t>(wanted), kWaitMs, &messages_);
    const auto now = SteadyClock::now();
    if (!messages_.empty()) {
      last_message_ = now;
      return true;
    }
    if (now - last_message_ > std::chrono::microseconds(how_->poll_timeout_us)) {
      ARROW_RETURN_NOT_OK(GiveUp());
    }
    return false;
  }

  // Nothing has come for too long.
  Status GiveUp() {
    const auto available = Available();
    ARROW_RETURN_NOT_OK(Patience{.cancellation = how_->cancellation}.Check());
    if (available.status().IsKeyError()) return available.status();
    if (available.ok() && available->until < range_.until) {
      ARROW_RETURN_NOT_OK(how_->data_loss.RangeIsGone(Rest(), *available));
      finished_ = true;
      return Status::OK();
    }
    const std::string trouble = how_->client->last_trouble();
    return MakeError(ErrorKind::kSpark, "",
                     "Cannot fetch record for offset " + std::to_string(consumer_->position()) +
                         " of Kafka partition " + range_.partition.ToString() + " in " +
                         std::to_string(how_->poll_timeout_us / 1000) +
                         " milliseconds (kafkaConsumer.pollTimeoutMs)" +
                         (trouble.empty() ? "." : "; the client's last trouble: " + trouble));
  }

  // Leaves `message` where it is if it is beyond the range.
  Status Take(const rd_kafka_message_t& message) {
    if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR) {
      ++next_;
      return TakeEvent(message);
    }
    if (message.offset < consumer_->position()) {
      ++next_;
      return Status::OK();
    }
    // Messages before this one may be invisible (transactions, compaction), or gone.
    if (message.offset > consumer_->position() && !start_is_checked_) {
      ARROW_RETURN_NOT_OK(CheckStart(message.offset));
    }
    start_is_checked_ = true;
    if (message.offset >= range_.until) {
      finished_ = true;
      return Status::OK();
    }
    ARROW_RETURN_NOT_OK(columns_->Append(message));
    ++next_;
    Advance(message.offset + 1);
    return Status::OK();
  }

  Status TakeEvent(const rd_kafka_message_t& event) {
    switch (event.err) {
      case RD_KAFKA_RESP_ERR__PARTITION_EOF:
        // What lies between the last message and the end are control records and the like.
        if (event.offset > consumer_->position()) {
          if (!start_is_checked_) ARROW_RETURN_NOT_OK(CheckStart(event.offset));
          start_is_checked_ = true;
          Advance(event.offset);
        }
        return Status::OK();
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
        return RestartWhereDataIs();
      default:
        if (IsTransient(event.err)) return Status::OK();
        return KafkaError("Reading Kafka partition " + range_.partition.ToString() + " at offset " +
                              std::to_string(consumer_->position()),
                          event.err, rd_kafka_message_errstr(&event));
    }
  }

  void Advance(int64_t next) {
    consumer_->Pass(next);
    if (next >= range_.until) finished_ = true;
  }

  Result<OffsetRange> Available() const {
    const Patience patience{kAskUs, how_->cancellation};
    const auto ask = [&](int64_t time) {
      return AwaitOffsets(how_->client.get(), {{range_.partition, time}}, patience, 1, 0);
    };
    ARROW_ASSIGN_OR_RAISE(const auto from, ask(kEarliestOffset));
    ARROW_ASSIGN_OR_RAISE(const auto until, ask(kLatestOffset));
    return OffsetRange{range_.partition, from.at(range_.partition), until.at(range_.partition)};
  }

  OffsetRange Rest() const { return {range_.partition, consumer_->position(), range_.until}; }

  // The first thing that came has the offset `found`.
  Status CheckStart(int64_t found) {
    ARROW_ASSIGN_OR_RAISE(auto available, Available());
    if (available.from <= consumer_->position()) return Status::OK();
    available.from = std::max(available.from, found);
    return how_->data_loss.RangeIsGone(Rest(), available);
  }

  Status RestartWhereDataIs() {
    ARROW_ASSIGN_OR_RAISE(const auto available, Available());
    consumer_->Invalidate();
    messages_.clear();
    next_ = 0;
    const int64_t position = consumer_->position();
    if (available.from <= position && position <= available.until) {
      // The broker has caught up meanwhile.
      return consumer_->MoveTo(position);
    }
    ARROW_RETURN_NOT_OK(how_->data_loss.RangeIsGone(Rest(), available));
    if (available.from >= range_.until || available.until < position) {
      finished_ = true;
      return Status::OK();
    }
    return consumer_->MoveTo(available.from);
  }

  void ReturnRest() {
    std::vector<MessagePtr> rest(std::make_move_iterator(messages_.begin() + next_),
                                 std::make_move_iterator(messages_.end()));
    messages_.clear();
    next_ = 0;
    consumer_->Return(std::move(rest));
  }

  const std::shared_ptr<const RangeReading> how_;
  const OffsetRange range_;
  const std::unique_ptr<MessageColumns> columns_;
  ConsumerPool::Lease consumer_;
  std::vector<MessagePtr> messages_;
  size_t next_ = 0;  // of messages_
  bool start_is_checked_ = false;
  bool finished_ = false;
  SteadyClock::time_point last_message_;
};

}  // namespace

Result<std::unique_ptr<PartitionReader>> MakeRangeReader(std::shared_ptr<const RangeReading> how,
                                                         const OffsetRange& range,
                                                         SchemaPtr schema) {
  ARROW_ASSIGN_OR_RAISE(auto columns, MessageColumns::Make(std::move(schema), range.partition));
  return std::make_unique<RangeReader>(std::move(how), range, std::move(columns));
}

}  // namespace headrace
