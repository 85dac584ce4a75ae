// Options of the file source that all formats share.
#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "connector/source.h"

namespace headrace {

// Which files count.
struct FileSelection {
  bool recursive_lookup = false;
  std::string name_pattern;  // pathGlobFilter; empty: all
  std::optional<int64_t> modified_before_us;
  std::optional<int64_t> modified_after_us;
  std::optional<std::string> base_path;
  bool ignore_corrupt_files = false;
  bool ignore_missing_files = false;

  // `streaming`: modifiedBefore and modifiedAfter are errors.
  static Result<FileSelection> Parse(const Options& options, bool streaming,
                                     const ConnectorContext& context);
};

enum class CleanSource { kOff, kDelete, kArchive };

// How a stream takes them.
struct FileStreamOptions {
  std::optional<int64_t> max_files_per_trigger;
  std::optional<int64_t> max_bytes_per_trigger;
  bool latest_first = false;
  int64_t max_file_age_ms = int64_t{7} * 24 * 3600 * 1000;
  bool file_name_only = false;
  int64_t max_cached_files = 10000;
  double discard_cached_input_ratio = 0.2;
  CleanSource clean = CleanSource::kOff;
  std::string archive_directory;  // absolute

  static Result<FileStreamOptions> Parse(const Options& options);
};

// The options that a format knows, by lower-case name.
struct FormatOptionNames {
  std::set<std::string> supported;
  // Options of Spark that would change results, with the values under which they do not.
  std::map<std::string, std::set<std::string>> unsupported;
};

// NotSupported naming the option and format for an option that would change results; a warning for
// one that nobody knows. `format_names` come on top of those of the file source.
Status CheckOptionNames(const std::string& format, const Options& options,
                        const FormatOptionNames& format_names);

// A session configuration, true or false.
Result<bool> BoolConfiguration(const ConnectorContext& context, const std::string& key,
                               bool fallback);
Result<int64_t> IntConfiguration(const ConnectorContext& context, const std::string& key,
                                 int64_t fallback);

}  // namespace headrace
