#include "connectors/file/file_listing.h"

#include "connectors/file/file_path.h"

namespace headrace {

Result<std::unique_ptr<FileListing>> FileListing::Make(std::vector<std::string> paths,
                                                       const FileSelection& selection,
                                                       const ConnectorContext& context) {
  ARROW_ASSIGN_OR_RAISE(
      const bool ignore,
      BoolConfiguration(context, "spark.sql.streaming.fileStreamSink.ignoreMetadata", false));
  std::string root;
  if (paths.size() == 1 && !HasGlob(paths[0]) && !ignore) root = paths[0];
  return std::unique_ptr<FileListing>(
      new FileListing(std::move(paths), selection, context, std::move(root)));
}

FileListing::FileListing(std::vector<std::string> paths, const FileSelection& selection,
                         const ConnectorContext& context, std::string sink_root)
    : selection_(selection),
      context_(context),
      sink_root_(std::move(sink_root)),
      lister_(std::move(paths), selection, context.files) {
  if (sink_root_.empty()) from_log_ = false;
}

Result<bool> FileListing::HasSinkLog() {
  return context_.files->Exists(JoinPath(sink_root_, kSinkLogDirectory));
}

Result<std::vector<DataFile>> FileListing::ListChanged(const DirectoryLister::IsKnown& is_known) {
  if (!from_log_) {
    ARROW_ASSIGN_OR_RAISE(const bool has_log, HasSinkLog());
    if (has_log) {
      from_log_ = true;
    } else {
      ARROW_ASSIGN_OR_RAISE(auto found, lister_.ListChanged(is_known));
      if (found.empty()) return found;
      // A sink may have begun between the two looks.
      ARROW_ASSIGN_OR_RAISE(from_log_, HasSinkLog());
      if (!*from_log_) return found;
    }
  }
  return *from_log_ ? ReadSinkLog() : lister_.ListChanged(is_known);
}

Result<std::vector<DataFile>> FileListing::Look(const std::set<std::string>& paths) {
  if (!from_log_.has_value() || *from_log_) return ListChanged();
  return lister_.Look(paths);
}

std::set<std::string> FileListing::WatchedDirectories() const {
  if (from_log_.value_or(false)) return {JoinPath(sink_root_, kSinkLogDirectory)};
  return lister_.directories();
}

Result<std::vector<DataFile>> FileListing::ReadSinkLog() {
  if (!log_) {
    ARROW_ASSIGN_OR_RAISE(log_,
                          OpenLog(JoinPath(sink_root_, kSinkLogDirectory), "fileSink", context_));
  }
  ARROW_ASSIGN_OR_RAISE(const auto latest, log_->LatestId());
  if (!latest || *latest <= last_log_id_) return std::vector<DataFile>{};

  std::vector<SinkLogEntry> parsed;
  std::set<std::string> deleted;
  const auto take = [&](const std::string& text) -> Status {
    ARROW_ASSIGN_OR_RAISE(auto entry, SinkLogEntry::Parse(text));
    if (!entry.is_add) deleted.insert(entry.path);
    parsed.push_back(std::move(entry));
    log_position_.Pass(text);
    return Status::OK();
  };
  bool complete = last_log_id_ >= 0;
  for (int64_t id = last_log_id_ + 1; complete && id <= *latest; ++id) {
    ARROW_ASSIGN_OR_RAISE(const auto some, log_->GetBehind(id, log_position_));
    complete = some.has_value();
    if (!complete) break;
    for (const auto& text : *some) ARROW_RETURN_NOT_OK(take(text));
  }
  if (!complete) {
    parsed.clear();
    deleted.clear();
    log_position_ = {};
    ARROW_RETURN_NOT_OK(log_->Visit(take));
  }
  last_log_id_ = *latest;

  std::vector<DataFile> files;
  for (const auto& entry : parsed) {
    if (!entry.is_add || deleted.contains(entry.path)) continue;
    if (!selection_.name_pattern.empty() &&
        !GlobMatch(selection_.name_pattern, BaseName(entry.path))) {
      continue;
    }
    files.push_back({entry.path, sink_root_, entry.size_bytes, entry.modification_time_ms});
  }
  return files;
}

Result<std::vector<std::string>> SourcePaths(const SourceSpecification& specification) {
  std::vector<std::string> given = specification.paths;
  if (given.empty()) {
    if (const auto path = specification.options.Get("path")) given.push_back(*path);
  }
  std::vector<std::string> paths;
  for (const auto& path : given) {
    ARROW_ASSIGN_OR_RAISE(auto plain, StripFileScheme(path));
    paths.push_back(AbsolutePath(plain));
  }
  return paths;
}

}  // namespace headrace
