// Which partitions a source has, and where they begin and end.
//
// Used by one thread. An unreachable broker is waited for; a cancelled query does not wait.
#pragma once

#include <memory>

#include "connectors/kafka/kafka_client.h"
#include "connectors/kafka/patience.h"
#include "connectors/kafka/source_options.h"

namespace headrace {

class OffsetReader {
 public:
  OffsetReader(std::shared_ptr<KafkaClient> client, const KafkaSourceOptions& options);
  void SetCancellation(const CancellationToken* cancellation) {
    patience_.cancellation = cancellation;
  }

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

  const std::shared_ptr<KafkaClient> client_;
  const Subscription subscription_;
  const int64_t attempts_;
  const int64_t interval_us_;
  Patience patience_;
};

// The offsets that belong to `times`, as KafkaClient::ListOffsets, asked until the brokers answer.
// A partition that they do not know is asked for `attempts` times, `interval_us` apart.
Result<PartitionOffsets> AwaitOffsets(KafkaClient* client, const PartitionOffsets& times,
                                      const Patience& patience, int64_t attempts,
                                      int64_t interval_us);

}  // namespace headrace
