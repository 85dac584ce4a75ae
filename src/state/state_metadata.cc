// state/<operator>/_metadata: `metadata` in Spark's text, `schema` in ours (docs/formats.md).
#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "base/crc32c.h"
#include "state/state_history.h"
#include "state/state_reader.h"
#include "state/state_store.h"
#include "state/unchanged_stores.h"

namespace headrace {
namespace {

using Json = nlohmann::ordered_json;
using Operators = std::map<int, StatefulOperatorDeclaration>;

// Of operators with state variables and of all others.
constexpr std::string_view kVariablesVersionLine = "headrace-state-schema 2";
constexpr std::string_view kSchemaVersionLine = "headrace-state-schema 1";

bool HasVariables(const StatefulOperatorDeclaration& declaration) {
  return declaration.name.starts_with("transformWithState");
}

std::string MetadataFolder(const std::string& state_directory, int operator_id) {
  return JoinPath(JoinPath(state_directory, std::to_string(operator_id)), "_metadata");
}

std::string MetadataText(const StatefulOperatorDeclaration& declaration) {
  Json stores = Json::array();
  std::vector<StateStoreDeclaration> named = declaration.stores;
  // To Spark variables are parts of one store, whichever there are.
  if (HasVariables(declaration)) named = {StateStoreDeclaration()};
  for (const StateStoreDeclaration& store : named) {
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
    if (!store.variable_type.empty()) entry["variableType"] = store.variable_type;
    stores.push_back(std::move(entry));
  }
  Json schema = {{"operatorId", declaration.operator_id},
                 {"operatorName", declaration.name},
                 {"numPartitions", declaration.partitions},
                 {"stores", stores}};
  if (!declaration.properties.empty()) schema["operatorProperties"] = declaration.properties;
  const std::string_view version =
      HasVariables(declaration) ? kVariablesVersionLine : kSchemaVersionLine;
  const std::string body = std::string(version) + "\n" + schema.dump() + "\n";
  return body + fmt::format("{:08x}", Crc32c(body));
}

Status Damaged(const std::string& path, const std::string& what) {
  return MakeError(ErrorKind::kSpark, "CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED",
                   "The state's file " + path + " is damaged: " + what +
                       ". Restore the file from a copy, or start with a new checkpoint.",
                   {{"fileName", path}});
}

Status EarlierLayout(const std::string& path, const std::string& operator_name) {
  return MakeError(
      ErrorKind::kSpark, "INVALID_LOG_VERSION.EXACT_MATCH_VERSION",
      path + " is of version 1: the variables of " + operator_name +
          " were laid out by an earlier version of Headrace, which kept lists and maps "
          "whole. Run the query with that version, or start it with a new checkpoint.",
      {{"version", "1"}, {"matchVersion", "2"}});
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
  const std::string_view version = std::string_view(text).substr(0, first_line);
  if (version != kSchemaVersionLine && version != kVariablesVersionLine) {
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
    stored.properties = json.value("operatorProperties", "");
    if (version == kSchemaVersionLine && HasVariables(stored)) {
      return EarlierLayout(schema_path, stored.name);
    }
    for (const Json& store : json.at("stores")) {
      StateStoreDeclaration declaration;
      declaration.name = store.at("storeName");
      declaration.schema_version = store.at("schemaVersion");
      ARROW_ASSIGN_OR_RAISE(declaration.key_schema, SchemaOf(store.at("keySchema")));
      ARROW_ASSIGN_OR_RAISE(declaration.value_schema, SchemaOf(store.at("valueSchema")));
      if (const auto expiry = store.find("expiresBy"); expiry != store.end()) {
        declaration.expires_by = {expiry->at("side") == "key", expiry->at("column").get<int>()};
      }
      declaration.variable_type = store.value("variableType", "");
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

Status VariableTypeChanged(const StateStoreDeclaration& before, const StateStoreDeclaration& now) {
  return MakeError(ErrorKind::kUnsupportedOperation, "STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE",
                   fmt::format("The state variable {} was a {} when the checkpoint was written and "
                               "now is a {}. Give the new one another name, or start with a new "
                               "checkpoint.",
                               now.name, before.variable_type, now.variable_type),
                   {{"stateVarName", now.name},
                    {"newType", now.variable_type},
                    {"oldType", before.variable_type}});
}

// What Spark keeps of a transformWithState beside its variables.
Status CheckProperties(const StatefulOperatorDeclaration& stored,
                       const StatefulOperatorDeclaration& now) {
  const Json before = Json::parse(stored.properties, nullptr, /*allow_exceptions=*/false);
  const Json after = Json::parse(now.properties, nullptr, /*allow_exceptions=*/false);
  if (!before.is_object() || !after.is_object()) return Status::OK();
  for (const char* name : {"timeMode", "outputMode"}) {
    const std::string old_value = before.value(name, ""), new_value = after.value(name, "");
    if (old_value == new_value) continue;
    return MakeError(
        ErrorKind::kUnsupportedOperation, "STATE_STORE_INVALID_CONFIG_AFTER_RESTART",
        fmt::format("The {} of operator {} ({}) was {} when the checkpoint was written "
                    "and now is {}. Undo the change, or start with a new checkpoint.",
                    name, now.operator_id, now.name, old_value, new_value),
        {{"configName", name}, {"oldConfig", old_value}, {"newConfig", new_value}});
  }
  return Status::OK();
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
  // To Spark all but maps have the group's key alone; schemas come before what the store is.
  Status type_changed;
  for (const StateStoreDeclaration& store : now.stores) {
    const auto before =
        std::find_if(stored.stores.begin(), stored.stores.end(),
                     [&](const StateStoreDeclaration& other) { return other.name == store.name; });
    const arrow::Schema none({});
    if (before == stored.stores.end()) {
      if (!store.variable_type.empty()) continue;
      return SchemaChanged("key", now, store, none, *store.key_schema);
    }
    const bool same_type = before->variable_type == store.variable_type;
    if (!same_type && before->variable_type != "MapState" && store.variable_type != "MapState") {
      if (!CanContinue(*before->value_schema, *store.value_schema)) {
        return SchemaChanged("value", now, store, *before->value_schema, *store.value_schema);
      }
      if (type_changed.ok()) type_changed = VariableTypeChanged(*before, store);
      continue;
    }
    if (!CanContinue(*before->key_schema, *store.key_schema)) {
      return SchemaChanged("key", now, store, *before->key_schema, *store.key_schema);
    }
    if (!CanContinue(*before->value_schema, *store.value_schema) ||
        before->schema_version != store.schema_version) {
      return SchemaChanged("value", now, store, *before->value_schema, *store.value_schema);
    }
  }
  ARROW_RETURN_NOT_OK(CheckProperties(stored, now));
  return type_changed;
}

bool HasStore(const StatefulOperatorDeclaration& declaration, const std::string& name) {
  return std::any_of(declaration.stores.begin(), declaration.stores.end(),
                     [&](const StateStoreDeclaration& store) { return store.name == name; });
}

// Lets the new variables begin at `version`.
Status NoteNewVariables(const std::string& state_directory,
                        const StatefulOperatorDeclaration& stored,
                        const StatefulOperatorDeclaration& now, int64_t version,
                        FileSystem* files) {
  UnchangedStores notes(state_directory, now.operator_id, files);
  ARROW_ASSIGN_OR_RAISE(std::vector<UnchangedStore> unchanged, notes.Read(version));
  bool any = false;
  for (const StateStoreDeclaration& store : now.stores) {
    if (HasStore(stored, store.name)) continue;
    any = true;
    // Of a variable of that name which was deleted.
    std::erase_if(unchanged, [&](const UnchangedStore& note) { return note.name == store.name; });
    for (int partition = 0; partition < now.partitions; ++partition) {
      unchanged.push_back({store.name, partition, StateOrigin()});
    }
  }
  // The version is committed: a power failure must not take what its note said.
  return any ? notes.Write(version, unchanged, SyncOrder::kFileThenName) : Status::OK();
}

Status RemoveStore(const std::string& state_directory, const StatefulOperatorDeclaration& of,
                   const std::string& store, FileSystem* files) {
  for (int partition = 0; partition < of.partitions; ++partition) {
    ARROW_RETURN_NOT_OK(files->RemoveDirectory(
        StateHistory::DirectoryOf(state_directory, of.operator_id, partition, store)));
  }
  return Status::OK();
}

// Notes in the metadata which variables there are now.
Status ChangeVariables(const std::string& state_directory,
                       const StatefulOperatorDeclaration& stored, StatefulOperatorDeclaration now,
                       int64_t version, FileSystem* files) {
  if (!HasVariables(now)) return Status::OK();
  if (version > 0) {  // which is empty anyway
    ARROW_RETURN_NOT_OK(NoteNewVariables(state_directory, stored, now, version, files));
  }
  std::vector<std::string> deleted;
  for (const StateStoreDeclaration& store : stored.stores) {
    if (HasStore(now, store.name)) continue;
    const bool deletes = std::find(now.deleted_stores.begin(), now.deleted_stores.end(),
                                   store.name) != now.deleted_stores.end();
    if (deletes) {
      deleted.push_back(store.name);
    } else {
      now.stores.push_back(store);
    }
  }
  if (SchemaText(now) != SchemaText(stored)) {
    const std::string path = JoinPath(MetadataFolder(state_directory, now.operator_id), "schema");
    ARROW_RETURN_NOT_OK(files->WriteFileAtomically(path, SchemaText(now), /*overwrite=*/true));
  }
  for (const std::string& store : deleted) {
    ARROW_RETURN_NOT_OK(RemoveStore(state_directory, now, store, files));
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
                                 FileSystem* files, int64_t version) {
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
  for (const auto& [id, declaration] : now) {
    ARROW_RETURN_NOT_OK(
        ChangeVariables(state_directory, stored.at(id), declaration, version, files));
  }
  return Status::OK();
}

}  // namespace headrace
