#include "state/state_reader.h"

#include <utility>

#include "state/encoded_keys.h"
#include "state/state_history.h"
#include "state/unchanged_stores.h"

namespace headrace {
namespace {

using Kind = StateFileIdentity::Kind;

// The query may purge files between their listing and their reading.
template <typename Read>
auto ReadTwice(Read read) {
  auto result = read();
  return result.ok() ? std::move(result) : read();
}

Status NoSnapshot(const std::string& path) {
  return MakeError(ErrorKind::kSpark, "CANNOT_LOAD_STATE_STORE.UNCATEGORIZED",
                   "There is no snapshot " + path +
                       ". Choose a batch whose snapshot is there, or leave out "
                       "snapshotStartBatchId to use the newest one.");
}

Result<std::shared_ptr<arrow::RecordBatch>> DecodeKeys(const arrow::Array& encoded,
                                                       const SchemaPtr& schema) {
  EncodedRows rows;
  KeysFromArray(encoded, &rows);
  std::vector<std::string_view> keys;
  for (int64_t i = 0; i < rows.size(); ++i) keys.push_back(rows.row(i));
  std::vector<DataTypePtr> types;
  for (const FieldPtr& field : schema->fields()) types.push_back(field->type());
  ARROW_ASSIGN_OR_RAISE(arrow::ArrayVector columns, DecodeRows(keys, types));
  return arrow::RecordBatch::Make(schema, rows.size(), std::move(columns));
}

}  // namespace

StateReader::StateReader(const std::string& state_directory, int operator_id, int partition,
                         StateStoreDeclaration declaration, std::shared_ptr<FileSystem> files)
    : directory_(state_directory),
      operator_id_(operator_id),
      partition_(partition),
      declaration_(std::move(declaration)),
      files_(std::move(files)) {}

Status StateReader::Scan(int64_t version, std::optional<int64_t> snapshot,
                         const Consumer& consume) const {
  StateHistory history(directory_, operator_id_, partition_, declaration_, files_);
  StateTable table(declaration_.value_schema);
  if (snapshot) {
    ARROW_ASSIGN_OR_RAISE(const StateHistory::Listing listing, history.List());
    if (!listing.snapshots.contains(*snapshot)) {
      return NoSnapshot(history.PathOf(Kind::kSnapshot, *snapshot));
    }
  }
  ARROW_RETURN_NOT_OK(ReadTwice([&] { return history.Read(version, snapshot, &table); }).status());
  return table.Scan(declaration_.key_schema, consume);
}

Status StateReader::ScanChanges(int64_t first, int64_t last, const ChangeConsumer& consume) const {
  const StateHistory history(directory_, operator_id_, partition_, declaration_, files_);
  for (int64_t version = first; version <= last; ++version) {
    ARROW_ASSIGN_OR_RAISE(const std::optional<StateFile> delta, history.ReadChanges(version));
    if (!delta) continue;
    ARROW_RETURN_NOT_OK(delta->ForEachRemoval([&](const arrow::Array& encoded) -> Status {
      ARROW_ASSIGN_OR_RAISE(const auto keys, DecodeKeys(encoded, declaration_.key_schema));
      return consume(version, *keys, nullptr);
    }));
    ARROW_RETURN_NOT_OK(delta->ForEachPut(
        [&](const arrow::Array& encoded, const arrow::RecordBatch& values) -> Status {
          ARROW_ASSIGN_OR_RAISE(const auto keys, DecodeKeys(encoded, declaration_.key_schema));
          return consume(version, *keys, &values);
        }));
  }
  return Status::OK();
}

Result<int64_t> StateReader::NewestUnchanged() const {
  const UnchangedStores notes(directory_, operator_id_, files_.get());
  ARROW_ASSIGN_OR_RAISE(const std::vector<int64_t> versions, notes.Versions());
  if (versions.empty()) return 0;
  ARROW_ASSIGN_OR_RAISE(const auto note,
                        notes.Find(versions.back(), declaration_.name, partition_));
  return note ? versions.back() : 0;
}

std::vector<std::pair<std::string, Status>> StateReader::VerifyNotes(
    const std::string& state_directory, int operator_id, FileSystem* files) {
  const UnchangedStores notes(state_directory, operator_id, files);
  std::vector<std::pair<std::string, Status>> damaged;
  const auto versions = notes.Versions();
  if (!versions.ok()) damaged.emplace_back(state_directory, versions.status());
  for (const int64_t version : versions.ok() ? *versions : std::vector<int64_t>()) {
    const Status status = notes.Read(version).status();
    const auto exists = files->Exists(notes.PathOf(version));
    if (!status.ok() && exists.ok() && *exists) damaged.emplace_back(notes.PathOf(version), status);
  }
  return damaged;
}

Result<std::vector<StateReader::File>> StateReader::Files() const {
  const StateHistory history(directory_, operator_id_, partition_, declaration_, files_);
  ARROW_ASSIGN_OR_RAISE(const StateHistory::Listing listing, history.List());
  std::map<std::pair<int64_t, bool>, File> by_version;
  for (const int64_t version : listing.deltas) {
    by_version[{version, false}] = {history.PathOf(Kind::kDelta, version), version};
  }
  if (!listing.deltas.empty()) {
    File& first = by_version[{*listing.deltas.begin(), false}];
    const StateFileIdentity identity = {Kind::kDelta, operator_id_, partition_, declaration_,
                                        first.version};
    const auto header = StateFile::ReadHeader(first.path, identity, files_.get());
    first.builds_on_nothing = header.ok() && header->named_version() == 0;
  }
  for (const int64_t version : listing.snapshots) {
    by_version[{version, true}] = {history.PathOf(Kind::kSnapshot, version), version, true};
  }
  std::vector<File> found;
  for (auto& [place, file] : by_version) {
    const Result<FileInformation> information = files_->Information(file.path);
    if (!information.ok()) continue;  // purged since
    file.size_bytes = information->size_bytes;
    found.push_back(std::move(file));
  }
  return found;
}

Status StateReader::Verify(const File& file) const {
  const StateFileIdentity identity = {file.is_snapshot ? Kind::kSnapshot : Kind::kDelta,
                                      operator_id_, partition_, declaration_, file.version};
  const Status status = StateFile::Read(file.path, identity, files_.get()).status();
  if (status.ok()) return status;
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(file.path));
  return exists ? status : Status::OK();  // purged since
}

}  // namespace headrace
