#include "checkpoint/compactible_log.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/injection.h"
#include "checkpoint/log_file.h"

namespace headrace {
namespace {

constexpr std::string_view kCompactSuffix = ".compact";

// The interval that wrote the compacted files `compacted` (ascending), as Spark derives it, so that
// a changed setting does not make old files unreadable.
int DeriveInterval(const std::vector<int64_t>& compacted, int configured) {
  if (compacted.empty()) return configured;
  if (compacted.size() >= 2) return static_cast<int>(compacted.back() - compacted.rbegin()[1]);
  const int64_t first = compacted.back() + 1;
  if (first <= configured || configured >= first / 2) return static_cast<int>(first);
  int64_t interval = configured;
  while (first % interval != 0) ++interval;
  return static_cast<int>(interval);
}

bool BelongsTo(const std::string& entry, int64_t id) {
  const nlohmann::json object = nlohmann::json::parse(entry, nullptr, /*allow_exceptions=*/false);
  return object.is_object() && object.contains("batchId") && object["batchId"] == id;
}

}  // namespace

struct CompactibleLog::Listing {
  std::map<int64_t, FileInformation> plain;
  std::map<int64_t, FileInformation> compacted;

  std::optional<int64_t> latest() const {
    std::optional<int64_t> id;
    if (!plain.empty()) id = plain.rbegin()->first;
    if (!compacted.empty()) id = std::max(id.value_or(0), compacted.rbegin()->first);
    return id;
  }
};

CompactibleLog::CompactibleLog(std::string directory, std::shared_ptr<FileSystem> files,
                               Options options)
    : directory_(std::move(directory)), files_(std::move(files)), options_(std::move(options)) {}

Result<std::unique_ptr<CompactibleLog>> CompactibleLog::Open(std::string directory,
                                                             std::shared_ptr<FileSystem> files,
                                                             Options options) {
  if (options.compact_interval < 1) {
    return IllegalArgument("", "The compaction interval of the log " + directory + " is " +
                                   std::to_string(options.compact_interval) +
                                   "; it must be a positive integer.");
  }
  std::unique_ptr<CompactibleLog> log(
      new CompactibleLog(std::move(directory), std::move(files), std::move(options)));
  ARROW_ASSIGN_OR_RAISE(const Listing listing, log->List());
  std::vector<int64_t> compacted;
  for (const auto& [id, file] : listing.compacted) compacted.push_back(id);
  log->options_.compact_interval = DeriveInterval(compacted, log->options_.compact_interval);
  return log;
}

std::string CompactibleLog::PathOf(int64_t id) const {
  std::string name = std::to_string(id);
  if (IsCompaction(id)) name += kCompactSuffix;
  return JoinPath(directory_, name);
}

Result<CompactibleLog::Listing> CompactibleLog::List() const {
  ARROW_ASSIGN_OR_RAISE(const std::vector<FileInformation> children, files_->List(directory_));
  Listing listing;
  for (const FileInformation& child : children) {
    const std::string name = BaseName(child.path);
    std::string_view digits = name;
    const bool compact = digits.ends_with(kCompactSuffix);
    if (compact) digits.remove_suffix(kCompactSuffix.size());
    int64_t id = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), id);
    if (parsed.ec != std::errc() || std::to_string(id) != digits || id < 0) continue;
    (compact ? listing.compacted : listing.plain)[id] = child;
  }
  return listing;
}

Result<std::optional<int64_t>> CompactibleLog::LatestId() const {
  ARROW_ASSIGN_OR_RAISE(const Listing listing, List());
  return listing.latest();
}

Result<std::vector<std::string>> CompactibleLog::Read(int64_t id) const {
  const std::string path = PathOf(id);
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path));
  if (!exists) {
    return MakeError(ErrorKind::kSpark, "BATCH_METADATA_NOT_FOUND",
                     path +
                         " is missing, but later files of this log are there. Restore it from a "
                         "copy: without it, it is unknown which files were processed.",
                     {{"batchMetadataFile", path}});
  }
  ARROW_ASSIGN_OR_RAISE(const std::string text, ReadLogFile(files_.get(), path));
  ARROW_ASSIGN_OR_RAISE(std::string_view rest, ParseVersion1(text, path));
  std::vector<std::string> entries;
  while (!rest.empty()) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = rest.substr(0, end);
    if (!nlohmann::json::accept(line)) {
      return MalformedLogFile(path,
                              "'" + std::string(line.substr(0, 80)) + "' is no entry in JSON");
    }
    entries.emplace_back(line);
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return entries;
}

Result<std::vector<std::string>> CompactibleLog::AllUpTo(int64_t latest) const {
  const int64_t interval = options_.compact_interval;
  const int64_t last_compaction = (latest + 1) / interval * interval - 1;
  std::vector<std::string> all;
  for (int64_t id = std::max<int64_t>(last_compaction, 0); id <= latest; ++id) {
    ARROW_ASSIGN_OR_RAISE(std::vector<std::string> entries, Read(id));
    std::move(entries.begin(), entries.end(), std::back_inserter(all));
  }
  if (options_.keep) {
    std::erase_if(all, [&](const std::string& entry) { return !options_.keep(entry); });
  }
  return all;
}

Result<std::vector<std::string>> CompactibleLog::All() const {
  ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> latest, LatestId());
  if (!latest) return std::vector<std::string>();
  return AllUpTo(*latest);
}

Result<std::optional<std::vector<std::string>>> CompactibleLog::Get(int64_t id) const {
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(PathOf(id)));
  if (!exists) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(std::vector<std::string> entries, Read(id));
  if (!IsCompaction(id)) return entries;
  const bool told_apart = std::all_of(entries.begin(), entries.end(), [](const std::string& entry) {
    return entry.find("\"batchId\"") != entry.npos;
  });
  if (!told_apart) return std::nullopt;
  std::erase_if(entries, [&](const std::string& entry) { return !BelongsTo(entry, id); });
  return entries;
}

Status CompactibleLog::Write(int64_t id, const std::vector<std::string>& entries) {
  std::string text = "v1";
  for (const std::string& entry : entries) {
    if (entry.empty() || entry.find('\n') != std::string::npos) {
      return Status::Invalid("an entry of the log ", directory_, " must be one line, not '", entry,
                             "'");
    }
    text += '\n';
    text += entry;
  }
  return WriteLogFile(files_.get(), PathOf(id), text, /*overwrite=*/false);
}

Status CompactibleLog::WriteEmptyEntriesBefore(int64_t id, std::optional<int64_t> latest) {
  if (latest == id - 1) return Status::OK();
  const int64_t interval = options_.compact_interval;
  int64_t first = std::max<int64_t>(id / interval * interval - 1, 0);
  if (latest) {
    // Only a log without entries may be continued anywhere: a crash left it so, just below.
    ARROW_ASSIGN_OR_RAISE(const std::vector<std::string> entries, AllUpTo(*latest));
    if (!entries.empty() || id < *latest) {
      return Status::Invalid("the log ", directory_, " ends with ", *latest, "; entry ", id,
                             " does not follow");
    }
    first = *latest + 1;
  }
  for (int64_t i = first; i < id; ++i) ARROW_RETURN_NOT_OK(Write(i, {}));
  return Status::OK();
}

Status CompactibleLog::Add(int64_t id, const std::vector<std::string>& entries) {
  // Who adds one entry after the other need not list the directory each time.
  if (!last_added_ || id != *last_added_ + 1) ARROW_RETURN_NOT_OK(Prepare(id));
  last_added_.reset();
  if (IsCompaction(id)) {
    ARROW_RETURN_NOT_OK(Compact(id, entries));
    if (options_.delete_expired) ARROW_RETURN_NOT_OK(DeleteExpired(id));
  } else {
    ARROW_RETURN_NOT_OK(Write(id, entries));
  }
  last_added_ = id;
  return Status::OK();
}

Status CompactibleLog::Prepare(int64_t id) {
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(directory_));
  ARROW_RETURN_NOT_OK(files_->RemoveTemporaryFiles(directory_));
  ARROW_ASSIGN_OR_RAISE(const Listing listing, List());
  if (listing.plain.contains(id) || listing.compacted.contains(id)) {
    return Status::AlreadyExists(PathOf(id), " exists already");
  }
  return WriteEmptyEntriesBefore(id, listing.latest());
}

Status CompactibleLog::Compact(int64_t id, const std::vector<std::string>& entries) {
  std::vector<std::string> all;
  if (id > 0) {
    ARROW_ASSIGN_OR_RAISE(all, AllUpTo(id - 1));
  }
  for (const std::string& entry : entries) {
    if (!options_.keep || options_.keep(entry)) all.push_back(entry);
  }
  HEADRACE_INJECT("log.compaction");
  return Write(id, all);
}

// Files that the new compacted one has made superfluous, but not those that a reader may be about
// to open. File times are compared with each other: the clock does not come in.
Status CompactibleLog::DeleteExpired(int64_t id) {
  const int64_t oldest_batch = id + 1 - options_.min_batches_to_retain;
  const int64_t oldest_id = oldest_batch - oldest_batch % options_.compact_interval - 1;
  if (oldest_batch <= 0 || oldest_id <= 0) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const Listing listing, List());
  ARROW_ASSIGN_OR_RAISE(const FileInformation newest, files_->Information(PathOf(id)));
  const int64_t oldest_ms = newest.modification_time_ms - options_.cleanup_delay_ms;
  HEADRACE_INJECT("log.purge");
  for (const auto* files : {&listing.plain, &listing.compacted}) {
    for (const auto& [old, file] : *files) {
      if (old >= oldest_id) break;
      if (file.modification_time_ms > oldest_ms) continue;
      ARROW_RETURN_NOT_OK(RemoveLogFile(files_.get(), file.path));
    }
  }
  return Status::OK();
}

}  // namespace headrace
