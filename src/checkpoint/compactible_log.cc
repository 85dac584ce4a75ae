#include "checkpoint/compactible_log.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/injection.h"
#include "base/log.h"
#include "checkpoint/log_file.h"
#include "checkpoint/log_file_stream.h"

namespace headrace {
namespace {

constexpr std::string_view kCompactSuffix = ".compact";
// A compacted file from this size on is copied while the batches before the next one run.
constexpr int64_t kSpreadBytes = 256 << 10;
// From this size on checksums take a sync of their own, and deleting a file takes a while.
constexpr int64_t kLargeBytes = 32 << 10;
constexpr int64_t kPieceBytes = 1 << 20;

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

Status CompactibleLog::CheckExists(const std::string& path) const {
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path));
  if (!exists) {
    return MakeError(ErrorKind::kSpark, "BATCH_METADATA_NOT_FOUND",
                     path +
                         " is missing, but later files of this log are there. Restore it from a "
                         "copy: without it, it is unknown which files were processed.",
                     {{"batchMetadataFile", path}});
  }
  return Status::OK();
}

Status CompactibleLog::VisitFile(int64_t id, const LogLineReader::Visit& visit) const {
  const std::string path = PathOf(id);
  ARROW_RETURN_NOT_OK(CheckExists(path));
  ARROW_ASSIGN_OR_RAISE(const auto lines, LogLineReader::Open(path, files_));
  while (lines->bytes_left() > 0) {
    ARROW_RETURN_NOT_OK(lines->Next(kPieceBytes, [&](const std::string& line) -> Status {
      if (nlohmann::json::accept(line)) return visit(line);
      return MalformedLogFile(path, "'" + line.substr(0, 80) + "' is no entry in JSON");
    }));
  }
  return Status::OK();
}

Result<std::vector<std::string>> CompactibleLog::Read(int64_t id) const {
  std::vector<std::string> entries;
  ARROW_RETURN_NOT_OK(VisitFile(id, [&](const std::string& entry) {
    entries.push_back(entry);
    return Status::OK();
  }));
  return entries;
}

Status CompactibleLog::VisitUpTo(int64_t latest, const LogLineReader::Visit& visit) const {
  const int64_t last_compaction = CompactionBefore(latest + 1);
  for (int64_t id = std::max<int64_t>(last_compaction, 0); id <= latest; ++id) {
    ARROW_RETURN_NOT_OK(VisitFile(id, [&](const std::string& entry) {
      return options_.keep && !options_.keep(entry) ? Status::OK() : visit(entry);
    }));
  }
  return Status::OK();
}

Status CompactibleLog::Visit(const LogLineReader::Visit& visit) const {
  ARROW_ASSIGN_OR_RAISE(const std::optional<int64_t> latest, LatestId());
  return latest ? VisitUpTo(*latest, visit) : Status::OK();
}

Result<std::vector<std::string>> CompactibleLog::All() const {
  std::vector<std::string> all;
  ARROW_RETURN_NOT_OK(Visit([&](const std::string& entry) {
    all.push_back(entry);
    return Status::OK();
  }));
  return all;
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

Result<std::optional<std::vector<std::string>>> CompactibleLog::GetBehind(
    int64_t id, const Position& position) const {
  const std::string path = PathOf(id);
  if (!IsCompaction(id) || position.bytes == 0) return Get(id);
  ARROW_ASSIGN_OR_RAISE(const bool exists, files_->Exists(path));
  if (!exists) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(const auto file, LogFileReader::Open(path, files_));
  const int64_t end = static_cast<int64_t>(kLogVersion.size()) + position.bytes;
  const std::string passed = "\n" + position.last;
  const int64_t begin = end - static_cast<int64_t>(passed.size());
  const int64_t skipped = file->SkipTo(begin);
  ARROW_ASSIGN_OR_RAISE(const std::string text, file->Next(file->bytes_left()));
  std::string_view rest = text;
  rest.remove_prefix(std::min(static_cast<size_t>(begin - skipped), rest.size()));
  if (!rest.starts_with(passed)) return std::nullopt;
  rest.remove_prefix(passed.size());
  std::vector<std::string> entries;
  while (!rest.empty()) {
    if (rest.front() != '\n') return std::nullopt;
    rest.remove_prefix(1);
    if (rest.empty()) break;
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (!nlohmann::json::accept(line)) {
      return MalformedLogFile(path,
                              "'" + std::string(line.substr(0, 80)) + "' is no entry in JSON");
    }
    entries.emplace_back(line);
    rest.remove_prefix(line.size());
  }
  return entries;
}

Status CompactibleLog::CheckEntries(const std::vector<std::string>& entries) const {
  for (const std::string& entry : entries) {
    if (entry.empty() || entry.find('\n') != std::string::npos) {
      return Status::Invalid("an entry of the log ", directory_, " must be one line, not '", entry,
                             "'");
    }
  }
  return Status::OK();
}

Status CompactibleLog::Write(int64_t id, const std::vector<std::string>& entries) {
  ARROW_RETURN_NOT_OK(CheckEntries(entries));
  std::string text(kLogVersion);
  for (const std::string& entry : entries) {
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
    bool empty = true;
    ARROW_RETURN_NOT_OK(VisitUpTo(*latest, [&](const std::string&) {
      empty = false;
      return Status::OK();
    }));
    if (!empty || id < *latest) {
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
  fresh_.push_back(id);
  if (IsCompaction(id)) {
    if (Status compacted = Compact(id, entries); !compacted.ok()) {
      GiveUpCompaction();
      return compacted;
    }
    has_begun_ = false;
    Tidy(id, std::move(compaction_));
  } else {
    ARROW_RETURN_NOT_OK(Write(id, entries));
    // The entry is written, whatever happens here: the compaction itself will find what is wrong.
    if (!PrepareCompaction(id).ok()) GiveUpCompaction();
  }
  last_added_ = id;
  return Status::OK();
}

Status CompactibleLog::Prepare(int64_t id) {
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(directory_));
  ARROW_RETURN_NOT_OK(files_->RemoveTemporaryFiles(directory_));
  GiveUpCompaction();
  old_files_.reset();
  fresh_.clear();
  ARROW_ASSIGN_OR_RAISE(const Listing listing, List());
  if (listing.plain.contains(id) || listing.compacted.contains(id)) {
    return Status::AlreadyExists(PathOf(id), " exists already");
  }
  return WriteEmptyEntriesBefore(id, listing.latest());
}

Result<std::unique_ptr<Compaction>> CompactibleLog::BeginCompaction(int64_t id) const {
  const int64_t before = CompactionBefore(id);
  std::string previous;
  if (before >= 0) {
    previous = PathOf(before);
    ARROW_RETURN_NOT_OK(CheckExists(previous));
  }
  return Compaction::Begin(previous, PathOf(id), files_, options_.keep);
}

Status CompactibleLog::PrepareCompaction(int64_t id) {
  const int64_t before = CompactionBefore(id);
  const int64_t next = before + options_.compact_interval;
  if (before < 0) return Status::OK();
  // All is copied one batch early, so that the one that compacts finds nothing to wait for.
  const int64_t shares = std::max<int64_t>(next - id - 1, 1);
  const auto copy = [shares](Compaction* compaction) -> Status {
    ARROW_RETURN_NOT_OK(compaction->CopyShare(shares));
    return shares == 1 ? compaction->Flush() : Status::OK();
  };
  if (has_begun_) {
    ARROW_RETURN_NOT_OK(AwaitShare());
    share_ = std::async(std::launch::async, copy, compaction_.get());
    return Status::OK();
  }
  // A small file is copied faster than another one is made.
  ARROW_ASSIGN_OR_RAISE(const auto previous, files_->Information(PathOf(before)));
  if (previous.size_bytes < kSpreadBytes) return Status::OK();
  has_begun_ = true;
  share_ = std::async(std::launch::async,
                      [this, next, copy, tidying = std::move(share_)]() mutable -> Status {
                        // The checksums of what is read here are there then.
                        if (tidying.valid()) tidying.wait();
                        ARROW_ASSIGN_OR_RAISE(compaction_, BeginCompaction(next));
                        return copy(compaction_.get());
                      });
  return Status::OK();
}

Status CompactibleLog::AwaitShare() { return share_.valid() ? share_.get() : Status::OK(); }

void CompactibleLog::GiveUpCompaction() {
  if (share_.valid()) share_.wait();
  share_ = {};
  compaction_ = nullptr;
  has_begun_ = false;
}

Status CompactibleLog::Compact(int64_t id, const std::vector<std::string>& entries) {
  // One that failed begins anew here, where its error counts.
  if (!AwaitShare().ok()) GiveUpCompaction();
  if (!compaction_) {
    ARROW_ASSIGN_OR_RAISE(compaction_, BeginCompaction(id));
  }
  ARROW_RETURN_NOT_OK(compaction_->CopyShare(1));
  for (int64_t i = CompactionBefore(id) + 1; i < id; ++i) {
    ARROW_ASSIGN_OR_RAISE(const auto between, Read(i));
    ARROW_RETURN_NOT_OK(compaction_->Append(between));
  }
  ARROW_RETURN_NOT_OK(CheckEntries(entries));
  ARROW_RETURN_NOT_OK(compaction_->Append(entries));
  HEADRACE_INJECT("log.compaction");
  return compaction_->Finish();
}

void CompactibleLog::Tidy(int64_t id, std::unique_ptr<Compaction> compacted) {
  if (old_files_) {
    for (const int64_t fresh : fresh_) old_files_->emplace_back(fresh, PathOf(fresh));
  }
  fresh_.clear();
  const bool is_large = compacted->bytes() >= kLargeBytes;
  auto work = [this, id, compaction = std::move(compacted)]() -> Status {
    for (const Status& done : {compaction->WriteChecksums(),
                               options_.delete_expired ? DeleteExpired(id) : Status::OK()}) {
      // The log is whole without it.
      if (!done.ok()) LogWarn("checkpoint", directory_ + ": " + done.message());
    }
    return Status::OK();
  };
  if (is_large) {
    share_ = std::async(std::launch::async, std::move(work));
  } else {
    (void)work();
  }
}

// Files that the new compacted one has made superfluous, but not those that a reader may be about
// to open. File times are compared with each other: the clock does not come in.
Status CompactibleLog::DeleteExpired(int64_t id) {
  const int64_t oldest_batch = id + 1 - options_.min_batches_to_retain;
  const int64_t oldest_id = oldest_batch - oldest_batch % options_.compact_interval - 1;
  if (oldest_batch <= 0 || oldest_id <= 0) return Status::OK();
  if (!old_files_) {
    ARROW_ASSIGN_OR_RAISE(const Listing listing, List());
    old_files_.emplace();
    for (const auto* files : {&listing.plain, &listing.compacted}) {
      for (const auto& [old, file] : *files) {
        if (old <= id) old_files_->emplace_back(old, file.path);
      }
    }
    std::sort(old_files_->begin(), old_files_->end());
  }
  ARROW_ASSIGN_OR_RAISE(const FileInformation newest, files_->Information(PathOf(id)));
  const int64_t oldest_ms = newest.modification_time_ms - options_.cleanup_delay_ms;
  HEADRACE_INJECT("log.purge");
  while (!old_files_->empty() && old_files_->front().first < oldest_id) {
    const std::string& path = old_files_->front().second;
    const auto file = files_->Information(path);
    if (file.ok() && file->modification_time_ms > oldest_ms) break;
    ARROW_RETURN_NOT_OK(RemoveLogFile(files_.get(), path));
    old_files_->pop_front();
  }
  return Status::OK();
}

}  // namespace headrace
