#include "connectors/kafka/initial_offsets.h"

#include "checkpoint/checkpoint.h"
#include "checkpoint/log_file.h"

namespace headrace {

namespace {
// Spark 2.1 expects a byte before the text.
const std::string kHeader{"\0v1\n", 4};
}  // namespace

Result<std::optional<PartitionOffsets>> ReadInitialOffsets(const std::string& metadata_path,
                                                           std::shared_ptr<FileSystem> files) {
  const MetadataLog log(metadata_path, std::move(files));
  ARROW_ASSIGN_OR_RAISE(const auto text, log.Get(0));
  if (!text) return std::optional<PartitionOffsets>();
  std::string json = *text;
  if (json.starts_with(kHeader)) {
    json = json.substr(kHeader.size());
  } else if (json.empty() || (json[0] != '\0' && json[0] != '{')) {
    return MalformedLogFile(log.PathOf(0),
                            "it holds no initial offsets of a Kafka source of the version v1");
  } else if (json[0] == '\0') {
    // Spark 2.1.0 wrote a length instead of the version.
    json = json.substr(std::min(json.find('{'), json.size()));
  }
  while (!json.empty() && (json.back() == '\n' || json.back() == '\r')) json.pop_back();
  ARROW_ASSIGN_OR_RAISE(auto offsets, ParsePartitionOffsets(json));
  return std::optional(std::move(offsets));
}

Status WriteInitialOffsets(const PartitionOffsets& offsets, const std::string& metadata_path,
                           std::shared_ptr<FileSystem> files) {
  ARROW_RETURN_NOT_OK(files->CreateDirectories(metadata_path));
  MetadataLog log(metadata_path, std::move(files));
  return log.Add(0, kHeader + ToJson(offsets));
}

}  // namespace headrace
