#include "connectors/kafka/data_loss.h"

#include <algorithm>

#include "base/log.h"

namespace headrace {

Status DataLoss::Report(const std::string& condition, const std::string& what,
                        ErrorParameters parameters) const {
  if (!fail_) {
    LogWarn("kafka", "data was lost: " + what +
                         ". The query goes on with what there is, since "
                         "failOnDataLoss is false.");
    return Status::OK();
  }
  return MakeError(ErrorKind::kSpark, "KAFKA_DATA_LOSS." + condition,
                   "Data that this query was to read is not in Kafka any more: " + what +
                       ". It was removed by retention, or the topic was deleted. Set the source "
                       "option failOnDataLoss=false to go on without it.",
                   std::move(parameters));
}

Status DataLoss::PartitionsDeleted(const PartitionOffsets& next_offsets) const {
  std::string gone;
  for (const auto& [partition, offset] : next_offsets) {
    gone += (gone.empty() ? "" : ", ") + partition.ToString() + " (read up to offset " +
            std::to_string(offset) + ")";
  }
  const bool group = !group_id_.empty();
  ErrorParameters parameters{{"partitions", ToString(KeysOf(next_offsets))}};
  if (group) parameters["groupIdConfig"] = "group.id";
  return Report(group ? "PARTITIONS_DELETED_AND_GROUP_ID_CONFIG_PRESENT" : "PARTITIONS_DELETED",
                "the partitions " + gone + " are gone", std::move(parameters));
}

Status DataLoss::NoInitialOffsets(const TopicPartitions& partitions) const {
  const std::string names = ToString(partitions);
  return Report("INITIAL_OFFSET_NOT_FOUND_FOR_PARTITIONS",
                "the new partitions " + names + " went away before they were read",
                {{"partitions", names}});
}

Status DataLoss::AddedPartitionStartsLate(const TopicPartition& partition, int64_t start) const {
  return Report("ADDED_PARTITION_DOES_NOT_START_FROM_OFFSET_ZERO",
                "offsets [0, " + std::to_string(start) + ") of the new partition " +
                    partition.ToString() + " were removed before they were read",
                {{"topicPartition", partition.ToString()}, {"startOffset", std::to_string(start)}});
}

Status DataLoss::OffsetWentBack(const TopicPartition& partition, int64_t before,
                                int64_t now) const {
  return Report("PARTITION_OFFSET_CHANGED",
                "partition " + partition.ToString() + " was read up to offset " +
                    std::to_string(before) + ", but ends at " + std::to_string(now) +
                    " now: its topic was created anew, or the first offset was set too high",
                {{"topicPartition", partition.ToString()},
                 {"prevOffset", std::to_string(before)},
                 {"newOffset", std::to_string(now)}});
}

Status DataLoss::RangeIsGone(const OffsetRange& range, const OffsetRange& available) const {
  const int64_t until =
      available.from > range.from ? std::min(available.from, range.until) : range.until;
  const int64_t from =
      available.from > range.from ? range.from : std::max(available.until, range.from);
  return Report("COULD_NOT_READ_OFFSET_RANGE",
                "offsets [" + std::to_string(from) + ", " + std::to_string(until) +
                    ") of partition " + range.partition.ToString() + " are gone: it holds [" +
                    std::to_string(available.from) + ", " + std::to_string(available.until) + ")",
                {{"startOffset", std::to_string(from)},
                 {"endOffset", std::to_string(until)},
                 {"topicPartition", range.partition.ToString()},
                 {"groupId", group_id_}});
}

}  // namespace headrace
