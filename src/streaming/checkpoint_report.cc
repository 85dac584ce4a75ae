#include "streaming/checkpoint_report.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <limits>
#include <utility>

#include <nlohmann/json.hpp>

#include "checkpoint/checkpoint.h"
#include "checkpoint/log_file.h"
#include "operators/event_time.h"
#include "state/state_reader.h"

namespace headrace {
namespace {

using Report = CheckpointReport;

class Describer {
 public:
  Describer(const std::string& directory, std::shared_ptr<FileSystem> files)
      : files_(std::move(files)) {
    report_.directory = directory;
  }

  Result<Report> Describe() {
    ARROW_ASSIGN_OR_RAISE(const bool has_metadata, files_->Exists(PathOf("metadata")));
    ARROW_ASSIGN_OR_RAISE(const bool has_offsets, files_->Exists(PathOf("offsets")));
    if (!has_metadata && !has_offsets) {
      return IllegalArgument("", report_.directory +
                                     " is no checkpoint: it has neither metadata nor offsets. Give "
                                     "the checkpointLocation of a query.");
    }
    DescribeProcess();
    if (has_metadata) {
      ReadQueryId();
    } else {
      AddProblem(PathOf("metadata"), "is missing: the query's id is lost");
    }
    DescribeBatches();
    CheckSourceLogs();
    DescribeState();
    return std::move(report_);
  }

 private:
  std::string PathOf(std::string_view name) const { return JoinPath(report_.directory, name); }
  std::string StatePath() const { return PathOf("state"); }

  void AddProblem(const std::string& path, std::string message) {
    report_.problems.push_back({path, std::move(message)});
  }
  void AddProblem(const std::string& path, const Status& status) {
    AddProblem(path, status.message());
  }

  void DescribeProcess() {
    const auto text = files_->ReadFile(PathOf(".headrace.lock"));
    if (!text.ok()) return;  // never run by Headrace
    int64_t id = 0;
    if (std::from_chars(text->data(), text->data() + text->size(), id).ec != std::errc()) return;
    report_.process_id = id;
    report_.process_runs = id > 0 && (kill(static_cast<pid_t>(id), 0) == 0 || errno == EPERM);
  }

  void ReadQueryId() {
    const std::string path = PathOf("metadata");
    const auto text = ReadLogFile(files_.get(), path);
    if (!text.ok()) return AddProblem(path, text.status());
    const nlohmann::json json = nlohmann::json::parse(*text, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || !json.contains("id") || !json["id"].is_string()) {
      return AddProblem(path, "does not have the form {\"id\":\"<uuid>\"}");
    }
    report_.query_id = json["id"].get<std::string>();
  }

  // Every entry of a log, so that damage shows wherever it is.
  template <typename Entry, typename Parse>
  std::map<int64_t, Entry> ReadLog(const std::string& name, Parse parse) {
    std::map<int64_t, Entry> entries;
    const MetadataLog log(PathOf(name), files_);
    const auto ids = log.Ids();
    if (!ids.ok()) {
      AddProblem(log.directory(), ids.status());
      return entries;
    }
    for (const int64_t id : *ids) {
      const auto text = log.Get(id);
      if (!text.ok()) {
        AddProblem(log.PathOf(id), text.status());
        continue;
      }
      if (!*text) continue;  // purged since
      Result<Entry> entry = parse(**text, log.PathOf(id));
      if (entry.ok()) {
        entries.emplace(id, *std::move(entry));
      } else {
        AddProblem(log.PathOf(id), entry.status());
      }
    }
    for (size_t i = 1; i < ids->size(); ++i) {
      for (int64_t id = (*ids)[i - 1] + 1; id < (*ids)[i]; ++id) {
        AddProblem(log.PathOf(id), "is missing");
      }
    }
    if (!ids->empty()) last_ids_[name] = ids->back();
    return entries;
  }

  void DescribeBatches() {
    const auto offsets = ReadLog<OffsetLogEntry>("offsets", ParseOffsetLogEntry);
    const auto commits = ReadLog<CommitLogEntry>("commits", ParseCommitLogEntry);
    if (last_ids_.contains("offsets")) report_.planned_batch = last_ids_["offsets"];
    if (last_ids_.contains("commits")) report_.committed_batch = last_ids_["commits"];
    const int64_t planned = report_.planned_batch.value_or(-1);
    const int64_t committed = report_.committed_batch.value_or(-1);
    if (committed > planned) {
      AddProblem(MetadataLog(PathOf("offsets"), files_).PathOf(committed),
                 "is missing, but the batch is committed");
    }
    if (const auto entry = offsets.find(planned); entry != offsets.end()) {
      const OffsetLogEntry& last = entry->second;
      report_.watermark_ms = last.batch_watermark_ms;
      report_.planned_at_ms = last.batch_timestamp_ms;
      const auto configured = [&](const char* key) -> std::optional<std::string> {
        const auto found = last.configuration.find(key);
        if (found == last.configuration.end()) return std::nullopt;
        return found->second;
      };
      report_.shuffle_partitions = configured("spark.sql.shuffle.partitions");
      report_.state_provider = configured("spark.sql.streaming.stateStore.providerClass");
      report_.sources.resize(last.offsets.size());
      for (size_t i = 0; i < last.offsets.size(); ++i) report_.sources[i].planned = last.offsets[i];
    }
    if (const auto entry = commits.find(committed);
        entry != commits.end() && committed == planned) {
      report_.watermark_ms =
          std::max(report_.watermark_ms.value_or(0), entry->second.next_batch_watermark_ms);
    }
    if (const auto entry = offsets.find(committed); entry != offsets.end()) {
      const auto& ends = entry->second.offsets;
      report_.sources.resize(std::max(report_.sources.size(), ends.size()));
      for (size_t i = 0; i < ends.size(); ++i) report_.sources[i].committed = ends[i];
    }
  }

  // Files in `directory`; what cannot be listed is a problem.
  std::vector<FileInformation> List(const std::string& directory) {
    auto children = files_->List(directory);
    if (children.ok()) return *std::move(children);
    AddProblem(directory, children.status());
    return {};
  }

  void CheckSourceLogs() {
    for (const FileInformation& source : List(PathOf("sources"))) {
      if (!source.is_directory) continue;
      for (const FileInformation& file : List(source.path)) {
        if (file.is_directory || BaseName(file.path).starts_with('.')) continue;
        const Status status = ReadLogFile(files_.get(), file.path).status();
        const auto exists = files_->Exists(file.path);
        if (!status.ok() && exists.ok() && *exists) AddProblem(file.path, status);
      }
    }
  }

  void DescribeState() {
    const auto summaries = ReadStateSummaries(StatePath(), files_.get());
    if (!summaries.ok()) return AddProblem(StatePath(), summaries.status());
    for (const StateOperatorSummary& summary : *summaries) {
      Report::Operator described;
      described.id = summary.operator_id;
      described.name = summary.name;
      for (const auto& store : summary.stores) {
        described.partitions = std::max(described.partitions, store.partitions);
      }
      const int id = static_cast<int>(summary.operator_id);
      const auto known = HasStateSchema(StatePath(), id, files_.get());
      described.written_by_spark = known.ok() && !*known;
      const auto declared = described.written_by_spark
                                ? Status::Invalid("written by Apache Spark")
                                : ReadStateOperator(StatePath(), id, files_.get());
      for (const auto& [path, status] : StateReader::VerifyNotes(StatePath(), id, files_.get())) {
        AddProblem(path, status);
      }
      if (declared.ok()) {
        for (const StateStoreDeclaration& store : declared->stores) {
          described.stores.push_back(DescribeStore(id, declared->partitions, store));
        }
      } else {
        if (!described.written_by_spark) AddProblem(StatePath(), declared.status());
        for (const auto& store : summary.stores) {
          described.stores.push_back(WeighStore(id, store));
        }
      }
      report_.operators.push_back(std::move(described));
    }
  }

  // A store whose contents are not readable.
  Report::Store WeighStore(int operator_id, const StateOperatorSummary::Store& store) {
    Report::Store described;
    described.name = store.name;
    for (int partition = 0; partition < store.partitions; ++partition) {
      std::string folder =
          JoinPath(JoinPath(StatePath(), std::to_string(operator_id)), std::to_string(partition));
      if (store.name != "default") folder = JoinPath(folder, store.name);
      for (const FileInformation& file : List(folder)) {
        if (file.is_directory || BaseName(file.path).starts_with('.')) continue;
        ++described.files;
        described.bytes += file.size_bytes;
      }
    }
    return described;
  }

  Report::Store DescribeStore(int operator_id, int partitions,
                              const StateStoreDeclaration& declaration) {
    Report::Store described;
    described.name = declaration.name;
    for (int partition = 0; partition < partitions; ++partition) {
      const StateReader reader(StatePath(), operator_id, partition, declaration, files_);
      CheckFiles(reader, partition == 0, &described);
      if (report_.committed_batch) AddContents(reader, declaration, &described);
    }
    return described;
  }

  // Verifies all files, and tells which versions they make up.
  void CheckFiles(const StateReader& reader, bool first_partition, Report::Store* store) {
    const auto files = reader.Files();
    if (!files.ok()) return AddProblem(StatePath(), files.status());
    int64_t oldest = std::numeric_limits<int64_t>::max(), newest = 0;
    for (const StateReader::File& file : *files) {
      ++store->files;
      store->bytes += file.size_bytes;
      const Status status = reader.Verify(file);
      if (!status.ok()) AddProblem(file.path, status);
      // A chain of deltas begins at nothing or at a snapshot.
      if (status.ok() && file.builds_on_nothing) oldest = 1;
      if (status.ok() && file.is_snapshot) oldest = std::min(oldest, file.version);
      newest = std::max(newest, file.version);
    }
    const auto unchanged = reader.NewestUnchanged();
    if (unchanged.ok() && *unchanged > newest) {
      if (newest == 0) oldest = 1;  // never changed
      newest = *unchanged;
    }
    if (newest == 0) oldest = 1;  // nothing yet
    const int64_t first = oldest - 1, last = newest - 1;
    store->first_batch = first_partition ? first : std::max(*store->first_batch, first);
    store->last_batch = first_partition ? last : std::min(*store->last_batch, last);
  }

  void AddContents(const StateReader& reader, const StateStoreDeclaration& declaration,
                   Report::Store* store) {
    int64_t keys = 0;
    const Status status =
        reader.Scan(*report_.committed_batch + 1, std::nullopt,
                    [&](const arrow::RecordBatch& key_rows, const arrow::RecordBatch& values) {
                      keys += key_rows.num_rows();
                      if (const auto& time = declaration.expires_by) {
                        const arrow::RecordBatch& side = time->in_key ? key_rows : values;
                        if (time->column < side.num_columns()) {
                          AddTimes(*side.column(time->column), store);
                        }
                      }
                      return Status::OK();
                    });
    if (status.ok()) {
      store->keys = store->keys.value_or(0) + keys;
      return;
    }
    const bool told = std::any_of(
        report_.problems.begin(), report_.problems.end(),
        [&](const Report::Problem& problem) { return problem.message == status.message(); });
    if (!told) AddProblem(StatePath(), status);
  }

  static void Lower(std::optional<int64_t>* least, int64_t value) {
    if (!*least || value < **least) *least = value;
  }

  static void AddTimes(const arrow::Array& column, Report::Store* store) {
    const EventTimes ends(column);
    std::shared_ptr<arrow::Array> starts;
    if (column.type_id() == arrow::Type::STRUCT) {
      starts = static_cast<const arrow::StructArray&>(column).GetFieldByName("start");
    }
    for (int64_t i = 0; i < column.length(); ++i) {
      if (ends.is_null(i)) continue;
      Lower(&store->next_expiry_us, ends[i]);
      if (starts != nullptr) {
        Lower(&store->oldest_event_us, starts->data()->GetValues<int64_t>(1)[i]);
      } else if (column.type_id() == arrow::Type::TIMESTAMP) {
        Lower(&store->oldest_event_us, ends[i]);
      }
    }
  }

  const std::shared_ptr<FileSystem> files_;
  Report report_;
  std::map<std::string, int64_t> last_ids_;  // by log
};

}  // namespace

Result<CheckpointReport> DescribeCheckpoint(const std::string& directory,
                                            const std::shared_ptr<FileSystem>& files) {
  return Describer(directory, files).Describe();
}

}  // namespace headrace
