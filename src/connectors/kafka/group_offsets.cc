#include "connectors/kafka/group_offsets.h"

#include "base/log.h"
#include "connectors/kafka/patience.h"

namespace headrace {

namespace {
constexpr int64_t kLastAnswersUs = 5000000;
constexpr int kSliceMs = 500;
}  // namespace

GroupOffsets::GroupOffsets(std::shared_ptr<KafkaClient> client)
    : client_(std::move(client)), answers_(rd_kafka_queue_new(client_->handle())) {}

GroupOffsets::~GroupOffsets() {
  const Patience patience{kLastAnswersUs, cancellation_};
  ARROW_UNUSED(patience.Until([&](Status*) -> Result<bool> {
    TakeAnswers(kSliceMs);
    return open_ == 0;
  }));
  rd_kafka_queue_destroy(answers_);
}

void GroupOffsets::Commit(const PartitionOffsets& offsets) {
  TakeAnswers(0);
  rd_kafka_topic_partition_list_t* list =
      rd_kafka_topic_partition_list_new(static_cast<int>(offsets.size()));
  for (const auto& [partition, offset] : offsets) {
    rd_kafka_topic_partition_list_add(list, partition.topic.c_str(), partition.partition)->offset =
        offset;
  }
  const auto error = rd_kafka_commit_queue(client_->handle(), list, answers_, nullptr, nullptr);
  rd_kafka_topic_partition_list_destroy(list);
  if (error == RD_KAFKA_RESP_ERR_NO_ERROR) {
    ++open_;
  } else {
    LogWarn("kafka", std::string("group offsets are not committed: ") + rd_kafka_err2str(error));
  }
}

void GroupOffsets::TakeAnswers(int timeout_ms) {
  while (open_ > 0) {
    rd_kafka_event_t* event = rd_kafka_queue_poll(answers_, timeout_ms);
    if (event == nullptr) return;
    --open_;
    const auto error = rd_kafka_event_error(event);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR) {
      LogWarn("kafka", std::string("group offsets are not committed: ") + rd_kafka_err2str(error));
    }
    rd_kafka_event_destroy(event);
  }
}

}  // namespace headrace
