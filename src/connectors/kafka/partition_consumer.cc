#include "connectors/kafka/partition_consumer.h"

#include <algorithm>

#include "base/log.h"

namespace headrace {

namespace {
// What a waiting consumer takes in; the rest stays in librdkafka, where it is bounded.
constexpr size_t kListenMost = 64;
// A part of what a full queue holds (see client_properties.cc), so that fetching goes on well
// before the queue is empty.
constexpr size_t kWakeMessages = 4096;
constexpr size_t kWakeBytes = size_t{1} << 20;
}  // namespace

PartitionConsumer::PartitionConsumer(std::shared_ptr<KafkaClient> client, TopicPartition partition,
                                     std::function<void()> arrived)
    : client_(std::move(client)), partition_(std::move(partition)), arrived_(std::move(arrived)) {}

PartitionConsumer::~PartitionConsumer() {
  Stop();
  if (topic_ != nullptr) rd_kafka_topic_destroy(topic_);
}

void PartitionConsumer::OnArrival(rd_kafka_t*, void* consumer) {
  static_cast<PartitionConsumer*>(consumer)->arrived_();
}

void PartitionConsumer::Stop() {
  pending_.clear();
  if (running_) {
    rd_kafka_queue_cb_event_enable(queue_, nullptr, nullptr);
    rd_kafka_consume_stop(topic_, partition_.partition);
    rd_kafka_queue_destroy(queue_);
    queue_ = nullptr;
  }
  running_ = false;
  started_ = false;
}

Status PartitionConsumer::MoveTo(int64_t offset) {
  if (started_ && position_ == offset) return Status::OK();
  // Messages in between may be at hand already.
  Stop();
  if (topic_ == nullptr) {
    topic_ = rd_kafka_topic_new(client_->handle(), partition_.topic.c_str(), nullptr);
    if (topic_ == nullptr) {
      return KafkaError("Kafka topic '" + partition_.topic + "'", rd_kafka_last_error());
    }
  }
  queue_ = rd_kafka_queue_new(client_->handle());
  rd_kafka_queue_cb_event_enable(queue_, &PartitionConsumer::OnArrival, this);
  if (rd_kafka_consume_start_queue(topic_, partition_.partition, offset, queue_) != 0) {
    const auto error = rd_kafka_last_error();
    rd_kafka_queue_destroy(queue_);
    queue_ = nullptr;
    return KafkaError("Reading Kafka partition " + partition_.ToString(), error);
  }
  running_ = true;
  started_ = true;
  position_ = offset;
  return Status::OK();
}

void PartitionConsumer::Poll(size_t most, int timeout_ms, std::vector<MessagePtr>* out) {
  if (!pending_.empty()) {
    for (; most > 0 && !pending_.empty(); --most) {
      out->push_back(std::move(pending_.front()));
      pending_.pop_front();
    }
    return;
  }
  std::vector<rd_kafka_message_t*> messages(most);
  const ssize_t count = rd_kafka_consume_batch_queue(queue_, 0, messages.data(), most);
  for (ssize_t i = 0; i < count; ++i) out->emplace_back(messages[i]);
  if (count > 0) {
    Taken(messages, static_cast<size_t>(count));
    return;
  }
  if (rd_kafka_message_t* message = rd_kafka_consume_queue(queue_, timeout_ms)) {
    out->emplace_back(message);
  } else {
    client_->NoticeTrouble();
  }
}

void PartitionConsumer::Taken(const std::vector<rd_kafka_message_t*>& messages, size_t count) {
  messages_taken_ += count;
  for (size_t i = 0; i < count; ++i) bytes_taken_ += messages[i]->len + messages[i]->key_len;
  if (messages_taken_ < kWakeMessages && bytes_taken_ < kWakeBytes) return;
  messages_taken_ = 0;
  bytes_taken_ = 0;
  client_->WakeFetching();
}

void PartitionConsumer::Return(std::vector<MessagePtr> messages) {
  std::move(messages.rbegin(), messages.rend(), std::front_inserter(pending_));
}

void PartitionConsumer::Listen() {
  if (!running_ || pending_.size() >= kListenMost) return;
  std::vector<rd_kafka_message_t*> messages(kListenMost);
  const ssize_t count = rd_kafka_consume_batch_queue(queue_, 0, messages.data(), kListenMost);
  for (ssize_t i = 0; i < count; ++i) {
    // That the end is reached says nothing to a reader that comes later.
    MessagePtr message(messages[i]);
    if (message->err != RD_KAFKA_RESP_ERR__PARTITION_EOF) pending_.push_back(std::move(message));
  }
}

Result<std::shared_ptr<KafkaClient>> ConsumerPool::Client(size_t index) {
  while (clients_.size() <= index) {
    ARROW_ASSIGN_OR_RAISE(auto client, KafkaClient::Make(KafkaRole::kConsumer, properties_));
    clients_.push_back(std::move(client));
  }
  return clients_[index];
}

Result<ConsumerPool::Lease> ConsumerPool::Take(const TopicPartition& partition, int64_t offset) {
  std::unique_ptr<PartitionConsumer> consumer;
  size_t index = 0;
  {
    std::lock_guard lock(mutex_);
    auto& slots = slots_[partition];
    auto chosen = slots.end();
    for (auto slot = slots.begin(); slot != slots.end(); ++slot) {
      if (!slot->idle) continue;
      if (chosen == slots.end() || slot->idle->position() == offset) chosen = slot;
    }
    if (chosen == slots.end()) {
      index = slots.size();
      ARROW_ASSIGN_OR_RAISE(auto client, Client(index));
      slots.push_back({index, nullptr});
      consumer =
          std::make_unique<PartitionConsumer>(std::move(client), partition, [call = wake_call_] {
            std::lock_guard lock(call->mutex);
            if (call->wake) call->wake();
          });
    } else {
      index = chosen->client;
      consumer = std::move(chosen->idle);
    }
  }
  Lease lease(consumer.release(), [pool = shared_from_this(), index](PartitionConsumer* returned) {
    pool->GiveBack(index, returned);
  });
  ARROW_RETURN_NOT_OK(lease->MoveTo(offset));
  return lease;
}

void ConsumerPool::GiveBack(size_t client, PartitionConsumer* consumer) {
  std::unique_ptr<PartitionConsumer> owned(consumer);
  std::lock_guard lock(mutex_);
  const auto slots = slots_.find(consumer->partition());
  if (slots == slots_.end()) return;
  for (auto& slot : slots->second) {
    if (slot.client == client) slot.idle = std::move(owned);
  }
}

std::optional<PartitionOffsets> ConsumerPool::KnownEnds(const TopicPartitions& partitions) {
  PartitionOffsets ends;
  std::lock_guard lock(mutex_);
  for (const auto& partition : partitions) {
    const auto slots = slots_.find(partition);
    if (slots == slots_.end()) return std::nullopt;
    int64_t end = -1;
    for (const auto& slot : slots->second) {
      int64_t low = -1;
      int64_t high = -1;
      rd_kafka_get_watermark_offsets(clients_[slot.client]->handle(), partition.topic.c_str(),
                                     partition.partition, &low, &high);
      end = std::max(end, high);
    }
    if (end < 0) return std::nullopt;
    ends[partition] = end;
  }
  return ends;
}

void ConsumerPool::SetWake(std::function<void()> wake) {
  std::lock_guard lock(wake_call_->mutex);
  wake_call_->wake = std::move(wake);
}

Status ConsumerPool::WaitAt(const PartitionOffsets& offsets) {
  std::vector<std::unique_ptr<PartitionConsumer>> gone;
  {
    std::lock_guard lock(mutex_);
    for (const auto& client : clients_) client->NoticeTrouble();
    for (auto slots = slots_.begin(); slots != slots_.end();) {
      const bool taken = std::any_of(slots->second.begin(), slots->second.end(),
                                     [](const Slot& slot) { return slot.idle == nullptr; });
      if (taken || offsets.contains(slots->first)) {
        ++slots;
        continue;
      }
      for (auto& slot : slots->second) gone.push_back(std::move(slot.idle));
      slots = slots_.erase(slots);
    }
  }
  gone.clear();
  for (const auto& [partition, offset] : offsets) {
    ARROW_ASSIGN_OR_RAISE(const auto consumer, Take(partition, offset));
    consumer->Listen();
  }
  return Status::OK();
}

}  // namespace headrace
