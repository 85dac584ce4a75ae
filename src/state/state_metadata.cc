// state/<operator>/_metadata: `metadata` in Spark's text, `schema` in ours (docs/formats.md).
#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/crc32c.h"
#include "state/state_reader.h"
#include "state/state_store.h"

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;
using Operators = std::map<int, StatefulOperatorDeclaration>;

constexpr std::string_view kSchemaVersionLine = "headrace-state-schema 1";

std::string MetadataFolder(const std::string& state_directory, int operator_id) {
  return JoinPath(JoinPath(state_directory, std::to_string(operator_id)), "_metadata");
}

std::string MetadataText(const StatefulOperatorDeclaration& declaration) {
  Json stores = Json::array();
  for (const StateStoreDeclaration& store : declaration.stores) {
    stores.push_back({{"storeName", store.name},
                      {"numColsPrefixKey", 0},
                      {"numPartitions", declaration.partitions}});
  }
  const Json metadata = {
      {"operatorInfo",
       {{"operatorId", declaration.operator_id}, {"operatorName", declaration.name}}},
      {"stateStoreInfo", stores}};
  return "v1\n" + metadata.dump();
}

// The metadata again, and what Spark's text does not hold, under a checksum.
std::string SchemaText(const StatefulOperatorDeclaration& declaration) {
  Json stores = Json::array();
  for (const StateStoreDeclaration& store : declaration.stores) {
    Json entry = {{"storeName", store.name},
                  {"schemaVersion", store.schema_version},
                  {"keySchema", Json::parse(SchemaToJson(*store.key_schema))},
                  {"valueSchema", Json::parse(SchemaToJson(*store.value_schema))}};
    if (store.expires_by) {
      entry["expiresBy"] = {{"side", store.expires_by->in_key ? "key" : "value"},
                            {"column", store.expires_by->column}};
    }
    stores.push_back(std::move(entry));
  }
  const Json schema = {{"operatorId", declaration.operator_id},
                       {"operatorName", declaration.name},
                       {"numPartitions", declaration.partitions},
                       {"stores", stores}};
  const std::string body = std::string(kSchemaVersionLine) + "\n" + schema.dump() + "\n";
  return body + fmt::format("{:08x}", Crc32c(body));
}

Status Damaged(const std::string& path, const std::string& what) {
  return MakeError(ErrorKind::kSpark, "CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED",
                   "The state's file " + path + " is damaged: " + what +
                       ". Restore the file from a copy, or start with a new checkpoint.",
                   {{"fileName", path}});
}

Result<SchemaPtr> SchemaOf(const Json& json) {
  ARROW_ASSIGN_OR_RAISE(const DataTypePtr type, ParseJsonType(json.dump()));
  return arrow::schema(type->fields());
}

Result<StatefulOperatorDeclaration> ReadOperator(const std::string& folder, FileSystem* files) {
  const std::string metadata_path = JoinPath(folder, "metadata");
  const std::string schema_path = JoinPath(folder, "schema");
  ARROW_ASSIGN_OR_RAISE(const bool has_schema, files->Exists(schema_path));
  if (!has_schema) {
    return MakeError(ErrorKind::kSpark, "CANNOT_LOAD_STATE_STORE.UNCATEGORIZED",
                     schema_path +
                         " is missing: the state was written by Apache Spark, or the file is "
                         "lost. A query with state cannot go on from Spark's checkpoint; start it "
                         "with a new one.");
  }
  ARROW_ASSIGN_OR_RAISE(const std::string text, files->ReadFile(schema_path));
  const size_t last_line = text.rfind('\n');
  if (last_line == std::string::npos ||
      text.substr(last_line + 1) != fmt::format("{:08x}", Crc32c(text.substr(0, last_line + 1)))) {
    return Damaged(schema_path, "its checksum is wrong");
  }
  const size_t first_line = text.find('\n');
  if (text.substr(0, first_line) != kSchemaVersionLine) {
    return Damaged(schema_path, "it does not begin with '" + std::string(kSchemaVersionLine) + "'");
  }
  const Json json =
      Json::parse(text.begin() + static_cast<std::ptrdiff_t>(first_line),
                  text.begin() + static_cast<std::ptrdiff_t>(last_line), nullptr, false);
  StatefulOperatorDeclaration stored;
  try {
    stored.operator_id = json.at("operatorId");
    stored.name = json.at("operatorName");
    stored.partitions = json.at("numPartitions");
    for (const Json& store : json.at("stores")) {
      StateStoreDeclaration declaration;
      declaration.name = store.at("storeName");
      declaration.schema_version = store.at("schemaVersion");
      ARROW_ASSIGN_OR_RAISE(declaration.key_schema, SchemaOf(store.at("keySchema")));
      ARROW_ASSIGN_OR_RAISE(declaration.value_schema, SchemaOf(store.at("valueSchema")));
      if (const auto expiry = store.find("expiresBy"); expiry != store.end()) {
        declaration.expires_by = {expiry->at("side") == "key", expiry->at("column").get<int>()};
      }
      stored.stores.push_back(std::move(declaration));
    }
  } catch (const nlohmann::json::exception& exception) {
    return Damaged(schema_path, exception.what());
  }
  ARROW_ASSIGN_OR_RAISE(const std::string metadata, files->ReadFile(metadata_path));
  if (metadata != MetadataText(stored)) {
    return Damaged(metadata_path, "it differs from what " + schema_path + " says");
  }
  return stored;
}

// Names that are plain numbers.
Result<std::vector<int>> OperatorIds(const std::string& state_directory, FileSystem* files) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FileInformation> children, files->List(state_directory));
  std::vector<int> ids;
  for (const FileInformation& child : children) {
    const std::string name = BaseName(child.path);
    int id = 0;
    const auto parsed = std::from_chars(name.data(), name.data() + name.size(), id);
    if (parsed.ec == std::errc() && std::to_string(id) == name) ids.push_back(id);
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

Result<Operators> ReadOperators(const std::string& state_directory, FileSystem* files) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<int> ids, OperatorIds(state_directory, files));
  Operators operators;
  for (const int id : ids) {
    ARROW_ASSIGN_OR_RAISE(operators[id], ReadStateOperator(state_directory, id, files));
  }
  return operators;
}

Status WriteOperators(const std::string& state_directory, const Operators& operators,
                      FileSystem* files) {
  for (const auto& [id, declaration] : operators) {
    const std::string folder = MetadataFolder(state_directory, id);
    ARROW_RETURN_NOT_OK(files->CreateDirectories(folder));
    ARROW_RETURN_NOT_OK(files->WriteFileAtomically(JoinPath(folder, "metadata"),
                                                   MetadataText(declaration), /*overwrite=*/true));
    ARROW_RETURN_NOT_OK(files->WriteFileAtomically(JoinPath(folder, "schema"),
                                                   SchemaText(declaration), /*overwrite=*/true));
  }
  return Status::OK();
}

// Whether there is any version of any store.
Result<bool> HasState(const std::string& directory, FileSystem* files) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FileInformation> children, files->List(directory));
  for (const FileInformation& child : children) {
    const std::string name = BaseName(child.path);
    if (name.starts_with('.') || name == "_metadata") continue;
    if (!child.is_directory) return true;
    ARROW_ASSIGN_OR_RAISE(const bool found, HasState(child.path, files));
    if (found) return true;
  }
  return false;
}

std::string ListOf(const Operators& operators) {
  std::vector<std::string> texts;
  for (const auto& [id, declaration] : operators) {
    texts.push_back(fmt::format("(OperatorId: {} -> OperatorName: {})", id, declaration.name));
  }
  return fmt::format("{}", fmt::join(texts, ", "));
}

// Field names do not matter. A field may become non-nullable, but not nullable, as in Spark.
bool CanContinue(const arrow::DataType& stored, const arrow::DataType& now) {
  if (stored.id() != now.id() || stored.num_fields() != now.num_fields()) return false;
  if (stored.num_fields() == 0) return stored.Equals(now);
  for (int i = 0; i < stored.num_fields(); ++i) {
    if (now.field(i)->nullable() && !stored.field(i)->nullable()) return false;
    if (!CanContinue(*stored.field(i)->type(), *now.field(i)->type())) return false;
  }
  return true;
}

bool CanContinue(const arrow::Schema& stored, const arrow::Schema& now) {
  return CanContinue(arrow::StructType(stored.fields()), arrow::StructType(now.fields()));
}

Status SchemaChanged(const std::string& which, const StatefulOperatorDeclaration& declaration,
                     const StateStoreDeclaration& store, const arrow::Schema& stored,
                     const arrow::Schema& now) {
  const std::string upper = which == "key" ? "KEY" : "VALUE";
  const std::string stored_parameter = which == "key" ? "storedKeySchema" : "storedValueSchema";
  const std::string new_parameter = which == "key" ? "newKeySchema" : "newValueSchema";
  return MakeError(
      ErrorKind::kSpark, "STATE_STORE_" + upper + "_SCHEMA_NOT_COMPATIBLE",
      fmt::format("The {0} of the state store '{1}' of operator {2} ({3}) has changed since the "
                  "checkpoint was written, from ({4}) to ({5}). Number, order, types and "
                  "nullability of its fields must stay. Undo the change of the query, or start it "
                  "with a new checkpoint.",
                  which, store.name, declaration.operator_id, declaration.name, SchemaToDdl(stored),
                  SchemaToDdl(now)),
      {{stored_parameter, SchemaToJson(stored)}, {new_parameter, SchemaToJson(now)}});
}

Status CheckStores(const StatefulOperatorDeclaration& stored,
                   const StatefulOperatorDeclaration& now) {
  if (stored.partitions != now.partitions) {
    const std::string old_count = std::to_string(stored.partitions);
    const std::string new_count = std::to_string(now.partitions);
    return MakeError(ErrorKind::kSpark, "STATE_STORE_INVALID_CONFIG_AFTER_RESTART",
                     fmt::format("The state of operator {} ({}) has {} partitions, but the query "
                                 "now has {}. The number is fixed by the first batch: set "
                                 "spark.sql.shuffle.partitions to {}, or start with a new "
                                 "checkpoint.",
                                 now.operator_id, now.name, old_count, new_count, old_count),
                     {{"configName", "spark.sql.shuffle.partitions"},
                      {"oldConfig", old_count},
                      {"newConfig", new_count}});
  }
  for (const StateStoreDeclaration& store : now.stores) {
    const auto before =
        std::find_if(stored.stores.begin(), stored.stores.end(),
                     [&](const StateStoreDeclaration& other) { return other.name == store.name; });
    const arrow::Schema none({});
    if (before == stored.stores.end()) {
      return SchemaChanged("key", now, store, none, *store.key_schema);
    }
    if (!CanContinue(*before->key_schema, *store.key_schema)) {
      return SchemaChanged("key", now, store, *before->key_schema, *store.key_schema);
    }
    if (!CanContinue(*before->value_schema, *store.value_schema) ||
        before->schema_version != store.schema_version) {
      return SchemaChanged("value", now, store, *before->value_schema, *store.value_schema);
    }
  }
  return Status::OK();
}

}  // namespace

Result<std::vector<StateOperatorSummary>> ReadStateSummaries(const std::string& state_directory,
                                                             FileSystem* files) {
  ARROW_ASSIGN_OR_RAISE(const std::vector<int> ids, OperatorIds(state_directory, files));
  std::vector<StateOperatorSummary> summaries;
  for (const int id : ids) {
    const std::string folder = MetadataFolder(state_directory, id);
    const std::string path = JoinPath(folder, "metadata");
    ARROW_ASSIGN_OR_RAISE(const bool has_second_format, files->Exists(JoinPath(folder, "v2")));
    if (has_second_format) {
      return NotSupported("operator metadata of version 2 (" + JoinPath(folder, "v2") + ")");
    }
    ARROW_ASSIGN_OR_RAISE(const bool exists, files->Exists(path));
    if (!exists) continue;  // Spark makes folders for operators that it does not describe
    ARROW_ASSIGN_OR_RAISE(const std::string text, files->ReadFile(path));
    constexpr std::string_view kVersionLine = "v1\n";
    const Json json = text.starts_with(kVersionLine)
                          ? Json::parse(text.substr(kVersionLine.size()), nullptr, false)
                          : Json(Json::value_t::discarded);
    try {
      StateOperatorSummary summary;
      summary.operator_id = json.at("operatorInfo").at("operatorId");
      summary.name = json.at("operatorInfo").at("operatorName");
      for (const Json& store : json.at("stateStoreInfo")) {
        summary.stores.push_back({store.at("storeName"), store.at("numPartitions")});
      }
      summaries.push_back(std::move(summary));
    } catch (const nlohmann::json::exception& exception) {
      return Damaged(path, exception.what());
    }
  }
  return summaries;
}

Result<bool> HasStateSchema(const std::string& state_directory, int operator_id,
                            FileSystem* files) {
  return files->Exists(JoinPath(MetadataFolder(state_directory, operator_id), "schema"));
}

Result<StatefulOperatorDeclaration> ReadStateOperator(const std::string& state_directory,
                                                      int operator_id, FileSystem* files) {
  ARROW_ASSIGN_OR_RAISE(StatefulOperatorDeclaration stored,
                        ReadOperator(MetadataFolder(state_directory, operator_id), files));
  if (stored.operator_id != operator_id) {
    return Damaged(JoinPath(MetadataFolder(state_directory, operator_id), "schema"),
                   "it belongs to operator " + std::to_string(stored.operator_id));
  }
  return stored;
}

Status CheckOrWriteStateMetadata(const std::string& state_directory,
                                 const std::vector<StatefulOperatorDeclaration>& operators,
                                 FileSystem* files) {
  Operators now;
  for (const StatefulOperatorDeclaration& declaration : operators) {
    now[declaration.operator_id] = declaration;
  }
  ARROW_ASSIGN_OR_RAISE(const bool has_state, HasState(state_directory, files));
  if (!has_state) {
    // Whatever is there describes a query that never committed a batch, perhaps in part.
    ARROW_RETURN_NOT_OK(files->RemoveDirectory(state_directory));
    return WriteOperators(state_directory, now, files);
  }
  ARROW_ASSIGN_OR_RAISE(const Operators stored, ReadOperators(state_directory, files));
  const bool same = std::equal(stored.begin(), stored.end(), now.begin(), now.end(),
                               [](const auto& a, const auto& b) {
                                 return a.first == b.first && a.second.name == b.second.name;
                               });
  if (!same) {
    const std::string before = ListOf(stored);
    const std::string after = ListOf(now);
    return MakeError(ErrorKind::kSpark, "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA",
                     "The stateful operators of the query have changed since the checkpoint was "
                     "written, from [" +
                         before + "] to [" + after +
                         "]. Undo the change of the query, or start it with a new checkpoint.",
                     {{"OpsInMetadataSeq", before}, {"OpsInCurBatchSeq", after}});
  }
  for (const auto& [id, declaration] : now) {
    ARROW_RETURN_NOT_OK(CheckStores(stored.at(id), declaration));
  }
  return Status::OK();
}

}  // namespace headrace
