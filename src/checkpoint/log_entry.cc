// The text of offsets/N and commits/N, as Spark writes it.
#include <algorithm>
#include <string_view>

#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.h"
#include "checkpoint/log_file.h"

namespace headrace {
namespace {

constexpr std::string_view kNoOffset = "-";

// Cuts the next line off `rest`; the newline at the end of a text starts no line.
std::string_view NextLine(std::string_view* rest) {
  const size_t end = std::min(rest->find('\n'), rest->size());
  const std::string_view line = rest->substr(0, end);
  rest->remove_prefix(std::min(end + 1, rest->size()));
  return line;
}

std::string Quoted(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<nlohmann::json> ParseObject(std::string_view line, const std::string& path) {
  nlohmann::json object = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return MalformedLogFile(path, "'" + std::string(line.substr(0, 80)) + "' is no JSON object");
  }
  return object;
}

Status ReadInteger(const nlohmann::json& object, const char* key, const std::string& path,
                   int64_t* value) {
  const auto found = object.find(key);
  if (found == object.end()) return Status::OK();  // written before the field came to be
  if (!found->is_number_integer()) {
    return MalformedLogFile(path, std::string(key) + " is " + found->dump() + ", no integer");
  }
  *value = found->get<int64_t>();
  return Status::OK();
}

}  // namespace

std::string SerializeOffsetLogEntry(const OffsetLogEntry& entry) {
  std::string text = "v1\n{\"batchWatermarkMs\":" + std::to_string(entry.batch_watermark_ms) +
                     ",\"batchTimestampMs\":" + std::to_string(entry.batch_timestamp_ms) +
                     ",\"conf\":{";
  const char* separator = "";
  for (const auto& [key, value] : entry.configuration) {
    text += separator + Quoted(key) + ":" + Quoted(value);
    separator = ",";
  }
  text += "}}";
  for (const std::optional<std::string>& offset : entry.offsets) {
    text += '\n';
    text += offset ? std::string_view(*offset) : kNoOffset;
  }
  return text;
}

Result<OffsetLogEntry> ParseOffsetLogEntry(const std::string& text, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::string_view rest, ParseVersion1(text, path));
  if (rest.empty()) return MalformedLogFile(path, "it ends after its version");
  OffsetLogEntry entry;
  // Spark before 2.1.1 left this line empty.
  if (const std::string_view metadata = NextLine(&rest); !metadata.empty()) {
    ARROW_ASSIGN_OR_RAISE(const nlohmann::json object, ParseObject(metadata, path));
    ARROW_RETURN_NOT_OK(ReadInteger(object, "batchWatermarkMs", path, &entry.batch_watermark_ms));
    ARROW_RETURN_NOT_OK(ReadInteger(object, "batchTimestampMs", path, &entry.batch_timestamp_ms));
    if (const auto conf = object.find("conf"); conf != object.end()) {
      if (!conf->is_object()) return MalformedLogFile(path, "conf is no JSON object");
      for (const auto& [key, value] : conf->items()) {
        entry.configuration[key] = value.is_string() ? value.get<std::string>() : value.dump();
      }
    }
  }
  while (!rest.empty()) {
    const std::string_view line = NextLine(&rest);
    if (line.empty()) return MalformedLogFile(path, "the offset of a source is missing");
    if (line == kNoOffset) {
      entry.offsets.emplace_back();
    } else {
      entry.offsets.emplace_back(line);
    }
  }
  return entry;
}

std::string SerializeCommitLogEntry(const CommitLogEntry& entry) {
  return "v1\n{\"nextBatchWatermarkMs\":" + std::to_string(entry.next_batch_watermark_ms) + "}";
}

Result<CommitLogEntry> ParseCommitLogEntry(const std::string& text, const std::string& path) {
  ARROW_ASSIGN_OR_RAISE(std::string_view rest, ParseVersion1(text, path));
  CommitLogEntry entry;
  // Very old files end after their version.
  if (const std::string_view line = NextLine(&rest); !line.empty()) {
    ARROW_ASSIGN_OR_RAISE(const nlohmann::json object, ParseObject(line, path));
    ARROW_RETURN_NOT_OK(
        ReadInteger(object, "nextBatchWatermarkMs", path, &entry.next_batch_watermark_ms));
  }
  if (!rest.empty()) return MalformedLogFile(path, "it has more than two lines");
  return entry;
}

}  // namespace headrace
