#include "connectors/kafka/partition_offsets.h"

#include <charconv>
#include <optional>

#include <nlohmann/json.hpp>

namespace headrace {

namespace {

using Json = nlohmann::json;

constexpr char kOffsetsForm[] = R"({"topicA":{"0":23,"1":-1},"topicB":{"0":-2}})";
constexpr char kPartitionsForm[] = R"({"topicA":[0,1],"topicB":[0,1]})";

Status WrongForm(const std::string& form, const std::string& json) {
  return IllegalArgument("", "Expected e.g. " + form + ", got " + json);
}

std::optional<int32_t> ParsePartition(const std::string& text) {
  int32_t partition = 0;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), partition);
  if (parsed.ec != std::errc() || parsed.ptr != text.data() + text.size() || partition < 0) {
    return std::nullopt;
  }
  return partition;
}

}  // namespace

std::string ToJson(const PartitionOffsets& offsets) {
  std::string json = "{";
  const std::string* topic = nullptr;
  for (const auto& [partition, offset] : offsets) {
    if (topic == nullptr || *topic != partition.topic) {
      if (topic != nullptr) json += "},";
      topic = &partition.topic;
      json += Json(*topic).dump() + ":{";
    } else {
      json += ',';
    }
    json += '"' + std::to_string(partition.partition) + "\":" + std::to_string(offset);
  }
  return json + (topic == nullptr ? "}" : "}}");
}

Result<PartitionOffsets> ParsePartitionOffsets(const std::string& json) {
  const Json value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) return WrongForm(kOffsetsForm, json);
  PartitionOffsets offsets;
  for (const auto& [topic, partitions] : value.items()) {
    if (!partitions.is_object()) return WrongForm(kOffsetsForm, json);
    for (const auto& [text, offset] : partitions.items()) {
      const auto partition = ParsePartition(text);
      if (!partition || !offset.is_number_integer()) return WrongForm(kOffsetsForm, json);
      offsets[{topic, *partition}] = offset.get<int64_t>();
    }
  }
  return offsets;
}

Result<TopicPartitions> ParseTopicPartitions(const std::string& json) {
  const Json value = Json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (!value.is_object()) return WrongForm(kPartitionsForm, json);
  TopicPartitions result;
  for (const auto& [topic, partitions] : value.items()) {
    if (!partitions.is_array()) return WrongForm(kPartitionsForm, json);
    for (const auto& partition : partitions) {
      if (!partition.is_number_integer() || partition.get<int64_t>() < 0) {
        return WrongForm(kPartitionsForm, json);
      }
      result.insert({topic, partition.get<int32_t>()});
    }
  }
  return result;
}

std::string ToString(const TopicPartitions& partitions) {
  std::string text;
  for (const auto& partition : partitions) {
    text += (text.empty() ? "" : ", ") + partition.ToString();
  }
  return "[" + text + "]";
}

TopicPartitions KeysOf(const PartitionOffsets& offsets) {
  TopicPartitions keys;
  for (const auto& [partition, offset] : offsets) keys.insert(partition);
  return keys;
}

}  // namespace headrace
