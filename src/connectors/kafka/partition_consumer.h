// Consumers of single partitions that are kept from batch to batch.
//
// A consumer fetches ahead of its reader, so that the next batch finds its messages here already;
// how far is bounded by `queued.max.messages.kbytes`. A read that begins where the last one ended
// goes on with what was fetched; any other starts the consumer anew.
//
// The pool has librdkafka instances of its own: a broker answers the requests of one connection in
// turn, so a question that was sent behind a fetch would wait until there is data.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "connectors/kafka/kafka_client.h"

namespace headrace {

struct MessageDeleter {
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
};
using MessagePtr = std::unique_ptr<rd_kafka_message_t, MessageDeleter>;

// Used by one thread at a time.
class PartitionConsumer {
 public:
  // `arrived` is called, from any thread, when there is something to read where nothing was.
  PartitionConsumer(std::shared_ptr<KafkaClient> client, TopicPartition partition,
                    std::function<void()> arrived);
  ~PartitionConsumer();

  const TopicPartition& partition() const { return partition_; }
  // The offset of the message that comes next, or of an earlier one that does not exist.
  int64_t position() const { return position_; }
  // Makes `offset` the position.
  Status MoveTo(int64_t offset);
  // Appends up to `most` messages and events (a message with an error) to `out`. Waits for the
  // first one if there is none. The position stays: the reader says with Pass what it is done with.
  void Poll(size_t most, int timeout_ms, std::vector<MessagePtr>* out);
  void Pass(int64_t next) { position_ = next; }
  // Takes back messages that belong to a later read.
  void Return(std::vector<MessagePtr> messages);
  // Takes in what has arrived, so that what comes next is told by `arrived` again.
  void Listen();
  // The consumer has stopped with an error: the next MoveTo starts it anew.
  void Invalidate() { started_ = false; }

 private:
  static void OnArrival(rd_kafka_t*, void* consumer);
  // Messages were taken from the queue.
  void Taken(const std::vector<rd_kafka_message_t*>& messages, size_t count);
  void Stop();

  const std::shared_ptr<KafkaClient> client_;
  const TopicPartition partition_;
  const std::function<void()> arrived_;
  rd_kafka_topic_t* topic_ = nullptr;
  rd_kafka_queue_t* queue_ = nullptr;
  bool started_ = false;
  bool running_ = false;
  int64_t position_ = -1;
  std::deque<MessagePtr> pending_;
  // Since fetching was woken last.
  size_t messages_taken_ = 0;
  size_t bytes_taken_ = 0;
};

// Thread-safe.
class ConsumerPool : public std::enable_shared_from_this<ConsumerPool> {
 public:
  explicit ConsumerPool(std::map<std::string, std::string> properties)
      : properties_(std::move(properties)) {}

  // Gives the consumer back when it dies.
  using Lease = std::unique_ptr<PartitionConsumer, std::function<void(PartitionConsumer*)>>;
  // A consumer of the partition that nobody else uses, at `offset`; if there is one that stands
  // there, it is that one.
  Result<Lease> Take(const TopicPartition& partition, int64_t offset);

  // Where these partitions end as the brokers said with what they sent last; no value unless there
  // are consumers of all of them that were told. Asks nobody.
  std::optional<PartitionOffsets> KnownEnds(const TopicPartitions& partitions);

  // Calls `wake` when messages arrive; null: nobody.
  void SetWake(std::function<void()> wake);
  // Has a consumer wait at each of these offsets, and stops those of other partitions.
  Status WaitAt(const PartitionOffsets& offsets);

 private:
  struct Slot {
    size_t client = 0;
    std::unique_ptr<PartitionConsumer> idle;  // null: taken
  };
  // Outlives the pool while librdkafka's threads may still call it: a pool must not die on one.
  struct WakeCall {
    std::mutex mutex;
    std::function<void()> wake;
  };
  void GiveBack(size_t client, PartitionConsumer* consumer);
  // One instance of librdkafka has at most one consumer a partition.
  Result<std::shared_ptr<KafkaClient>> Client(size_t index);

  const std::map<std::string, std::string> properties_;
  std::mutex mutex_;
  std::vector<std::shared_ptr<KafkaClient>> clients_;
  std::map<TopicPartition, std::vector<Slot>> slots_;
  const std::shared_ptr<WakeCall> wake_call_ = std::make_shared<WakeCall>();
};

}  // namespace headrace
