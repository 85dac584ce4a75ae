// Commits offsets to a consumer group, for Kafka's own tools to show the lag of a query.
//
// The query goes by its checkpoint, so a commit that fails is a warning in the log.
#pragma once

#include <memory>

#include "connectors/kafka/kafka_client.h"

namespace headrace {

class GroupOffsets {
 public:
  // `client` has a group.id.
  explicit GroupOffsets(std::shared_ptr<KafkaClient> client);
  // Waits a little for what is on its way; hardly at all when the query is stopped.
  ~GroupOffsets();
  GroupOffsets(const GroupOffsets&) = delete;
  GroupOffsets& operator=(const GroupOffsets&) = delete;

  void SetCancellation(const CancellationToken* cancellation) { cancellation_ = cancellation; }
  // Returns at once.
  void Commit(const PartitionOffsets& offsets);

 private:
  // Takes in answers for up to `timeout_ms`.
  void TakeAnswers(int timeout_ms);

  const std::shared_ptr<KafkaClient> client_;
  rd_kafka_queue_t* const answers_;
  const CancellationToken* cancellation_ = nullptr;
  int64_t open_ = 0;
};

}  // namespace headrace
