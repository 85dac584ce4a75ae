#include "connectors/kafka/offset_reader.h"

#include <algorithm>

#include <re2/re2.h>

#include "base/log.h"

namespace headrace {

namespace {

// Kafka's own topics, which no pattern selects.
bool IsInternal(const std::string& topic) {
  return topic == "__consumer_offsets" || topic == "__transaction_state" ||
         topic == "__share_group_state";
}

Status Mismatch(const std::string& condition, const std::string& position,
                const PartitionOffsets& specified, const TopicPartitions& assigned) {
  const std::string given = ToString(KeysOf(specified));
  const std::string there = ToString(assigned);
  return MakeError(
      ErrorKind::kSpark, condition,
      "The option for the " + position + " offsets names the partitions " + given +
          ", but the subscription has " + there +
          ". Name them all; for offsets, -1 means latest and -2 earliest.",
      {{"specifiedPartitions", given}, {"assignedPartitions", there}, {"position", position}});
}

}  // namespace

OffsetReader::OffsetReader(std::shared_ptr<KafkaClient> client, const KafkaSourceOptions& options)
    : client_(std::move(client)),
      subscription_(options.subscription),
      attempts_(options.fetch_offset_attempts),
      interval_us_(options.fetch_offset_interval_us),
      patience_{options.api_timeout_us, nullptr} {}

Result<TopicPartitions> OffsetReader::Partitions(const TopicPartitions& known) {
  const bool pattern = subscription_.kind == Subscription::Kind::kPattern;
  for (int64_t attempt = 1;; ++attempt) {
    KafkaClient::Metadata metadata;
    ARROW_RETURN_NOT_OK(patience_.Until([&](Status* trouble) -> Result<bool> {
      auto answer = client_->FetchMetadata(subscription_.topics, Patience::kRequestMs);
      if (!answer.ok()) ARROW_RETURN_NOT_OK(client_->refusal());
      *trouble = answer.status();
      if (answer.ok()) metadata = *std::move(answer);
      return answer.ok();
    }));
    TopicPartitions partitions;
    std::string missing;
    const auto take = [&](const std::string& name, const KafkaClient::TopicMetadata& topic) {
      if (topic.error != RD_KAFKA_RESP_ERR_NO_ERROR || topic.partitions == 0) {
        missing += (missing.empty() ? "" : ", ") + name;
        return;
      }
      for (int32_t i = 0; i < topic.partitions; ++i) partitions.insert({name, i});
    };
    if (pattern) {
      for (const auto& [name, topic] : metadata) {
        if (!IsInternal(name) && re2::RE2::FullMatch(name, *subscription_.regex)) take(name, topic);
      }
    } else {
      for (const auto& name : subscription_.topics) {
        const auto found = metadata.find(name);
        take(name, found == metadata.end() ? KafkaClient::TopicMetadata{} : found->second);
      }
    }
    if (subscription_.kind == Subscription::Kind::kAssign) {
      std::erase_if(partitions,
                    [&](const auto& each) { return !subscription_.assigned.contains(each); });
    }
    const bool lost =
        !std::includes(partitions.begin(), partitions.end(), known.begin(), known.end());
    // What a running query loses is the caller's to report.
    const bool never_there = !missing.empty() && known.empty() && !pattern;
    if (!lost && !never_there) return partitions;
    if (attempt >= attempts_) {
      if (lost) return partitions;
      const bool assign = subscription_.kind == Subscription::Kind::kAssign;
      return MakeError(ErrorKind::kSpark, "",
                       "Kafka has no topic " + missing +
                           ". Create it before the query, or correct the option '" +
                           (assign ? "assign" : "subscribe") + "'.");
    }
    ARROW_RETURN_NOT_OK(patience_.Pause(interval_us_));
  }
}

Result<PartitionOffsets> AwaitOffsets(KafkaClient* client, const PartitionOffsets& times,
                                      const Patience& patience, int64_t attempts,
                                      int64_t interval_us) {
  PartitionOffsets offsets;
  PartitionOffsets open = times;
  int64_t unknown = 0;
  ARROW_RETURN_NOT_OK(patience.Until([&](Status* trouble) -> Result<bool> {
    auto answer = client->ListOffsets(open, Patience::kRequestMs);
    if (!answer.ok()) ARROW_RETURN_NOT_OK(client->refusal());
    *trouble = answer.status();
    if (answer.ok()) {
      for (const auto& [partition, listed] : *answer) {
        if (listed.error == RD_KAFKA_RESP_ERR_NO_ERROR) {
          offsets[partition] = listed.offset;
          open.erase(partition);
          continue;
        }
        *trouble = KafkaError("Offsets of Kafka partition " + partition.ToString(), listed.error,
                              client->last_trouble());
        if (!IsTransient(listed.error)) return *trouble;
      }
    }
    if (open.empty()) return true;
    if (trouble->IsKeyError()) {
      // A new partition may not have a leader yet.
      if (++unknown >= attempts) return *trouble;
      ARROW_RETURN_NOT_OK(patience.Pause(interval_us));
    }
    return false;
  }));
  return offsets;
}

Result<PartitionOffsets> OffsetReader::List(const PartitionOffsets& times) {
  return AwaitOffsets(client_.get(), times, patience_, attempts_, interval_us_);
}

Result<PartitionOffsets> OffsetReader::Latest(const TopicPartitions& partitions) {
  PartitionOffsets times;
  for (const auto& partition : partitions) times[partition] = kLatestOffset;
  return List(times);
}

Result<PartitionOffsets> OffsetReader::Earliest(const TopicPartitions& partitions) {
  PartitionOffsets times;
  for (const auto& partition : partitions) times[partition] = kEarliestOffset;
  return List(times);
}

Result<PartitionOffsets> OffsetReader::LatestNotBefore(const TopicPartitions& partitions,
                                                       const PartitionOffsets& known) {
  for (int64_t attempt = 1;; ++attempt) {
    ARROW_ASSIGN_OR_RAISE(auto latest, Latest(partitions));
    std::string fallen;
    for (const auto& [partition, offset] : latest) {
      const auto before = known.find(partition);
      if (before == known.end() || before->second <= offset) continue;
      fallen += " " + partition.ToString() + " from " + std::to_string(before->second) + " to " +
                std::to_string(offset);
    }
    if (fallen.empty() || attempt >= attempts_) return latest;
    LogWarn("kafka", "latest offsets went back, asking again:" + fallen);
    ARROW_RETURN_NOT_OK(patience_.Pause(interval_us_));
  }
}

Result<PartitionOffsets> OffsetReader::ForTimes(const PartitionOffsets& times,
                                                bool latest_if_none) {
  ARROW_ASSIGN_OR_RAISE(auto offsets, List(times));
  for (auto& [partition, offset] : offsets) {
    if (offset >= 0) continue;
    if (!latest_if_none) {
      return IllegalArgument("", "No offset matched from request of topic-partition " +
                                     partition.ToString() + " and timestamp " +
                                     std::to_string(times.at(partition)) + ".");
    }
    offset = kLatestOffset;
  }
  return offsets;
}

Result<PartitionOffsets> OffsetReader::Resolve(const OffsetLimit& limit,
                                               const std::string& position) {
  ARROW_ASSIGN_OR_RAISE(const auto partitions, Partitions({}));
  using Kind = OffsetLimit::Kind;
  PartitionOffsets offsets;
  switch (limit.kind) {
    case Kind::kEarliest:
      return Earliest(partitions);
    case Kind::kLatest:
      return Latest(partitions);
    case Kind::kOffsets:
      if (KeysOf(limit.offsets) != partitions) {
        return Mismatch("KAFKA_START_OFFSET_DOES_NOT_MATCH_ASSIGNED", position, limit.offsets,
                        partitions);
      }
      offsets = limit.offsets;
      break;
    case Kind::kTimestamps: {
      if (KeysOf(limit.offsets) != partitions) {
        return Mismatch("KAFKA_TIMESTAMP_OFFSET_DOES_NOT_MATCH_ASSIGNED", position, limit.offsets,
                        partitions);
      }
      ARROW_ASSIGN_OR_RAISE(offsets, ForTimes(limit.offsets, limit.latest_if_none));
      break;
    }
    case Kind::kTimestamp: {
      PartitionOffsets times;
      for (const auto& partition : partitions) times[partition] = limit.timestamp_ms;
      ARROW_ASSIGN_OR_RAISE(offsets, ForTimes(times, limit.latest_if_none));
      break;
    }
  }
  PartitionOffsets open;
  for (const auto& [partition, offset] : offsets) {
    if (offset < 0) open[partition] = offset;
  }
  ARROW_ASSIGN_OR_RAISE(const auto found, List(open));
  for (const auto& [partition, offset] : found) offsets[partition] = offset;
  return offsets;
}

}  // namespace headrace
