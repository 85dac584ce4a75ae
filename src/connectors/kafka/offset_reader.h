// Which partitions a source has, and where they begin and end.
//
// Used by one thread. An unreachable broker is waited for; a cancelled query does not wait.
#pragma once

#include <memory>
#include <optional>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/source_options.h"

namespace headrace {

class OffsetReader {
 public:
  OffsetReader(std::shared_ptr<KafkaClient> client, const KafkaSourceOptions& options,
               const ConnectorContext& context);

  // What the subscription selects now. `known` partitions that are missing are looked for again
  // before they are believed to be gone; a subscribed topic that never was there is an error.
  Result<TopicPartitions> Partitions(const TopicPartitions& known);
  // KeyError, after some attempts, if the broker does not know one of the partitions.
  Result<PartitionOffsets> Latest(const TopicPartitions& partitions);
  // Latest, asked again while an offset lies before `known`: a broker may answer with an old one.
  Result<PartitionOffsets> LatestNotBefore(const TopicPartitions& partitions,
                                           const PartitionOffsets& known);
  Result<PartitionOffsets> Earliest(const TopicPartitions& partitions);
  // Offsets of an option, with -1, -2 and timestamps looked up. `position`: "starting", "ending".
  Result<PartitionOffsets> Resolve(const OffsetLimit& limit, const std::string& position);

 private:
  Result<PartitionOffsets> List(const PartitionOffsets& times);
  Result<PartitionOffsets> ForTimes(const PartitionOffsets& times, bool latest_if_none);
  // Calls `ask` until it answers; the last error after the API's timeout.
  template <typename T>
  Result<T> Retry(const std::function<Result<std::optional<T>>(Status* trouble)>& ask);
  Status Pause() const;

  const std::shared_ptr<KafkaClient> client_;
  const Subscription subscription_;
  const int64_t attempts_;
  const int64_t interval_us_;
  const int64_t timeout_us_;
  const std::shared_ptr<Clock> clock_;
  const CancellationToken* const cancellation_;
};

}  // namespace headrace
