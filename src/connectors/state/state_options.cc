#include "connectors/state/state_options.h"

#include <charconv>

#include "base/remote_path.h"
#include "checkpoint/checkpoint.h"
#include "connector/option_check.h"
#include "connectors/state/state_sources.h"

namespace headrace {
namespace {

Status NotGiven(const std::string& option) {
  return MakeError(ErrorKind::kRuntime, "STDS_REQUIRED_OPTION_UNSPECIFIED",
                   "The option '" + option + "' must be given.", {{"optionName", option}});
}

Status Conflict(const std::string& a, const std::string& b) {
  const std::string both = "['" + a + "', '" + b + "']";
  return MakeError(ErrorKind::kRuntime, "STDS_CONFLICT_OPTIONS",
                   "The options " + both + " cannot be given together; leave one out.",
                   {{"options", both}});
}

// The checkpoint's URI: `file:///a`, or a remote path as it is.
std::string UriOf(const std::string& checkpoint) {
  return (IsRemote(checkpoint) ? "" : "file://") + checkpoint;
}

Status NoCommittedBatch(const std::string& checkpoint, const std::string& what) {
  return MakeError(ErrorKind::kRuntime, "STDS_COMMITTED_BATCH_UNAVAILABLE",
                   what + " in the checkpoint " + checkpoint +
                       ". The query must have run and committed the batch.",
                   {{"checkpointLocation", UriOf(checkpoint)}});
}

class Reader {
 public:
  explicit Reader(const Options& options) : options_(options) {}

  bool Has(const char* name) const { return options_.Has(name); }

  Result<std::optional<int64_t>> Number(const char* name) const {
    const std::optional<std::string> text = options_.Get(name);
    if (!text) return std::nullopt;
    int64_t value = 0;
    const char* const end = text->data() + text->size();
    const auto parsed = std::from_chars(text->data(), end, value);
    if (parsed.ec != std::errc() || parsed.ptr != end) {
      return MakeError(
          ErrorKind::kNumberFormat, "",
          "The option '" + std::string(name) + "' must be a number, not '" + *text + "'.");
    }
    if (value < 0) {
      return MakeError(ErrorKind::kRuntime, "STDS_INVALID_OPTION_VALUE.IS_NEGATIVE",
                       "The option '" + std::string(name) + "' must not be negative.",
                       {{"optionName", name}});
    }
    return value;
  }

  Result<bool> Truth(const char* name, bool fallback) const {
    const std::optional<std::string> text = options_.Get(name);
    if (!text) return fallback;
    if (EqualsIgnoreCase(*text, "true")) return true;
    if (EqualsIgnoreCase(*text, "false")) return false;
    return InvalidStateOption(name, "Boolean value is expected");
  }

 private:
  const Options& options_;
};

Result<JoinSide> ParseJoinSide(const std::string& text) {
  if (text == "none") return JoinSide::kNone;
  if (text == "left") return JoinSide::kLeft;
  if (text == "right") return JoinSide::kRight;
  return InvalidStateOption("joinSide", "Valid values are left,right,none");
}

const char* NameOf(JoinSide side) {
  return side == JoinSide::kLeft ? "left" : side == JoinSide::kRight ? "right" : "none";
}

// Of transformWithState. Other checkpoints than ours have ids of their states.
Status ParseVariable(const Reader& reader, const Options& options, StateReadOptions* parsed) {
  if (reader.Has("operatorStateUniqueIds")) {
    return NotSupported("the option operatorStateUniqueIds of the source statestore");
  }
  parsed->variable = options.Get("stateVarName");
  ARROW_ASSIGN_OR_RAISE(parsed->timers, reader.Truth("readRegisteredTimers", false));
  if (parsed->timers && parsed->variable) return Conflict("readRegisteredTimers", "stateVarName");
  ARROW_ASSIGN_OR_RAISE(parsed->flattened, reader.Truth("flattenCollectionTypes", true));
  return Status::OK();
}

Status ParseSnapshot(const Reader& reader, StateReadOptions* parsed) {
  ARROW_ASSIGN_OR_RAISE(const auto batch, reader.Number("snapshotStartBatchId"));
  ARROW_ASSIGN_OR_RAISE(const auto partition, reader.Number("snapshotPartitionId"));
  if (!batch && !partition) return Status::OK();
  if (!partition) return NotGiven("snapshotPartitionId");
  if (!batch) return NotGiven("snapshotStartBatchId");
  if (parsed->changes) return Conflict("snapshotStartBatchId", "readChangeFeed");
  if (*batch > parsed->batch_id) {
    return InvalidStateOption("snapshotStartBatchId", "value should be less than or equal to " +
                                                          std::to_string(parsed->batch_id));
  }
  parsed->snapshot = {*batch, static_cast<int>(*partition)};
  return Status::OK();
}

}  // namespace

Result<std::string> CheckpointPath(const SourceSpecification& specification) {
  std::optional<std::string> path = specification.options.Get("path");
  if (specification.paths.size() == 1) path = specification.paths[0];
  if (specification.paths.size() > 1 || !path) return NotGiven("path");
  if (path->empty()) return IllegalArgument("", "The path of the checkpoint must not be empty.");
  ARROW_ASSIGN_OR_RAISE(const std::string plain, StripFileScheme(*path));
  return AbsolutePath(plain);
}

Status RefuseSchema(const SourceSpecification& specification, const std::string& provider) {
  if (!specification.user_schema) return Status::OK();
  return MakeError(
      ErrorKind::kUnsupportedOperation, "_LEGACY_ERROR_TEMP_2242",
      "The source " + specification.format + " has a schema of its own; leave out schema(...).",
      {{"provider", provider}});
}

Status InvalidStateOption(const std::string& option, const std::string& message) {
  return MakeError(ErrorKind::kRuntime, "STDS_INVALID_OPTION_VALUE.WITH_MESSAGE",
                   "The option '" + option + "' has an invalid value: " + message,
                   {{"optionName", option}, {"message", message}});
}

Result<StateReadOptions> StateReadOptions::Parse(const SourceSpecification& specification,
                                                 const ConnectorContext& context) {
  const Reader reader(specification.options);
  WarnUnknownOptions(
      "statestore", specification.options,
      {"batchid", "operatorid", "storename", "joinside", "snapshotstartbatchid",
       "snapshotpartitionid", "readchangefeed", "changestartbatchid", "changeendbatchid",
       "flattencollectiontypes", "readregisteredtimers", "statevarname"});
  StateReadOptions parsed;
  ARROW_ASSIGN_OR_RAISE(parsed.checkpoint, CheckpointPath(specification));
  ARROW_ASSIGN_OR_RAISE(const auto operator_id, reader.Number("operatorId"));
  parsed.operator_id = static_cast<int>(operator_id.value_or(0));
  parsed.store_name = specification.options.GetOr("storeName", "default");
  if (parsed.store_name.empty()) {
    return MakeError(ErrorKind::kRuntime, "STDS_INVALID_OPTION_VALUE.IS_EMPTY",
                     "The option 'storeName' must not be empty.", {{"optionName", "storeName"}});
  }
  ARROW_ASSIGN_OR_RAISE(parsed.join_side,
                        ParseJoinSide(specification.options.GetOr("joinSide", "none")));
  if (parsed.join_side != JoinSide::kNone && parsed.store_name != "default") {
    return Conflict("joinSide", "storeName");
  }
  ARROW_RETURN_NOT_OK(ParseVariable(reader, specification.options, &parsed));
  ARROW_ASSIGN_OR_RAISE(const bool feed, reader.Truth("readChangeFeed", false));
  ARROW_ASSIGN_OR_RAISE(const auto change_start, reader.Number("changeStartBatchId"));
  ARROW_ASSIGN_OR_RAISE(const auto change_end, reader.Number("changeEndBatchId"));
  ARROW_ASSIGN_OR_RAISE(const auto batch_id, reader.Number("batchId"));
  if (feed && parsed.join_side != JoinSide::kNone) return Conflict("joinSide", "readChangeFeed");
  if (feed && batch_id) return Conflict("batchId", "readChangeFeed");
  if (feed && !change_start) return NotGiven("changeStartBatchId");
  for (const auto& [name, given] : {std::pair("changeStartBatchId", change_start.has_value()),
                                    std::pair("changeEndBatchId", change_end.has_value())}) {
    if (!feed && given) {
      return InvalidStateOption(name,
                                "Only specify this option when readChangeFeed is set to true.");
    }
  }

  const MetadataLog commits(JoinPath(parsed.checkpoint, "commits"), context.files);
  ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> last, commits.LatestId());
  if (!last) return NoCommittedBatch(parsed.checkpoint, "There is no committed batch");
  const int64_t asked = change_end.value_or(batch_id.value_or(*last));
  if (asked > *last) {
    return NoCommittedBatch(parsed.checkpoint, "Batch " + std::to_string(asked) +
                                                   " is not committed (the last one is " +
                                                   std::to_string(*last) + ")");
  }
  parsed.batch_id = asked;
  if (feed) {
    if (*change_start > asked) {
      return InvalidStateOption(
          "changeEndBatchId",
          "changeEndBatchId cannot be smaller than changeStartBatchId. Please "
          "check the input to changeEndBatchId, or if you are using its default "
          "value, make sure that changeStartBatchId is less than " +
              std::to_string(asked) + ".");
    }
    parsed.changes = {*change_start, asked};
  }
  ARROW_RETURN_NOT_OK(ParseSnapshot(reader, &parsed));
  return parsed;
}

std::string StateReadOptions::ToString() const {
  return "StateSourceOptions(checkpointLocation=" + UriOf(checkpoint) +
         ", batchId=" + std::to_string(batch_id) + ", operatorId=" + std::to_string(operator_id) +
         ", storeName=" + store_name + ", joinSide=" + NameOf(join_side) +
         ", stateVarName=" + variable.value_or("None") +
         ", +flattenCollectionTypes=" + (flattened ? "true" : "false") + ")";
}

Status StateReadOptions::SchemaNotReadable(const std::string& why) const {
  return MakeError(ErrorKind::kRuntime, "STDS_FAILED_TO_READ_STATE_SCHEMA",
                   "The schema of the state cannot be read: " + why + ". Options: " + ToString() +
                       ". The source state-metadata lists the operators and stores there are.",
                   {{"sourceOptions", ToString()}});
}

}  // namespace headrace
