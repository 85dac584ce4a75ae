#include "connectors/file/file_options.h"

#include <charconv>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "connector/option_check.h"
#include "types/time.h"

namespace headrace {

namespace {

// Local time without a zone, as Spark reads it: `2020-06-01T13:00:00`.
Result<std::optional<int64_t>> TimeOption(const Options& options, const std::string& name,
                                          const TimeZone& session_zone) {
  const auto text = options.Get(name);
  if (!text) return std::optional<int64_t>();
  const auto time = ParseTimestamp(*text, session_zone);
  if (time) return time;
  return InvalidOption(name, *text, "must be a time such as 2020-06-01T13:00:00");
}

// A time in the form of Spark's own settings, such as 36h, 2min or 500 (milliseconds).
Result<int64_t> AgeOption(const Options& options, const std::string& name, int64_t fallback_ms) {
  static constexpr std::pair<std::string_view, double> kUnits[] = {
      {"", 1},    {"ms", 1},    {"us", 0.001}, {"s", 1000},
      {"m", 6e4}, {"min", 6e4}, {"h", 3.6e6},  {"d", 8.64e7}};
  const auto given = options.Get(name);
  if (!given) return fallback_ms;
  const std::string text = ToLower(*given);
  const size_t first = text.find_first_not_of(" \t\n\r");
  const size_t last = text.find_last_not_of(" \t\n\r");
  const char* const begin = text.data() + (first == std::string::npos ? text.size() : first);
  const char* const end = text.data() + (last == std::string::npos ? text.size() : last + 1);
  int64_t count = 0;
  const auto number = std::from_chars(begin, end, count);
  if (number.ec == std::errc() && count >= 0) {
    for (const auto& [unit, milliseconds] : kUnits) {
      if (std::string_view(number.ptr, end) != unit) continue;
      const double age = static_cast<double>(count) * milliseconds;
      if (age < 9e18) return static_cast<int64_t>(age);
    }
  }
  return InvalidOption(name, *given,
                       "must be a number with a unit of us, ms, s, m, min, h or d, such as 36h");
}

// A count that must be above 0; no value when the option is absent.
Result<std::optional<int64_t>> PositiveOption(const Options& options, const std::string& name) {
  if (!options.Has(name)) return std::optional<int64_t>();
  ARROW_ASSIGN_OR_RAISE(const int64_t value, options.GetPositiveInt(name, 1));
  return std::optional<int64_t>(value);
}

}  // namespace

Result<bool> BoolConfiguration(const ConnectorContext& context, const std::string& key,
                               bool fallback) {
  const auto value = context.configuration(key);
  if (!value) return fallback;
  if (EqualsIgnoreCase(*value, "true")) return true;
  if (EqualsIgnoreCase(*value, "false")) return false;
  return InvalidOption(key, *value, "must be true or false");
}

Result<int64_t> IntConfiguration(const ConnectorContext& context, const std::string& key,
                                 int64_t fallback) {
  Options one;
  if (const auto value = context.configuration(key)) one.Set(key, *value);
  return one.GetInt(key, fallback);
}

Result<FileSelection> FileSelection::Parse(const Options& options, bool streaming,
                                           const ConnectorContext& context) {
  FileSelection parsed;
  ARROW_ASSIGN_OR_RAISE(parsed.recursive_lookup, options.GetBool("recursiveFileLookup", false));
  parsed.name_pattern = options.GetOr("pathGlobFilter", "");
  for (const std::string name : {"modifiedBefore", "modifiedAfter"}) {
    if (streaming && options.Has(name)) {
      return InvalidOption(name, options.GetOr(name, ""),
                           "is not allowed for streams, which read every file once; use "
                           "maxFileAge or pathGlobFilter");
    }
  }
  ARROW_ASSIGN_OR_RAISE(parsed.modified_before_us,
                        TimeOption(options, "modifiedBefore", *context.session_zone));
  ARROW_ASSIGN_OR_RAISE(parsed.modified_after_us,
                        TimeOption(options, "modifiedAfter", *context.session_zone));
  if (const auto base = options.Get("basePath")) {
    ARROW_ASSIGN_OR_RAISE(auto path, StripFileScheme(*base));
    parsed.base_path = AbsolutePath(path);
  }
  ARROW_ASSIGN_OR_RAISE(const bool ignore_corrupt,
                        BoolConfiguration(context, "spark.sql.files.ignoreCorruptFiles", false));
  ARROW_ASSIGN_OR_RAISE(parsed.ignore_corrupt_files,
                        options.GetBool("ignoreCorruptFiles", ignore_corrupt));
  ARROW_ASSIGN_OR_RAISE(const bool ignore_missing,
                        BoolConfiguration(context, "spark.sql.files.ignoreMissingFiles", false));
  ARROW_ASSIGN_OR_RAISE(parsed.ignore_missing_files,
                        options.GetBool("ignoreMissingFiles", ignore_missing));
  return parsed;
}

Result<FileStreamOptions> FileStreamOptions::Parse(const Options& options) {
  FileStreamOptions parsed;
  ARROW_ASSIGN_OR_RAISE(parsed.max_files_per_trigger,
                        PositiveOption(options, "maxFilesPerTrigger"));
  ARROW_ASSIGN_OR_RAISE(parsed.max_bytes_per_trigger,
                        PositiveOption(options, "maxBytesPerTrigger"));
  if (parsed.max_files_per_trigger.value_or(0) > std::numeric_limits<int32_t>::max()) {
    return InvalidOption("maxFilesPerTrigger", options.GetOr("maxFilesPerTrigger", ""),
                         "must be a positive integer below 2^31");
  }
  if (parsed.max_files_per_trigger && parsed.max_bytes_per_trigger) {
    return InvalidOption("maxBytesPerTrigger", options.GetOr("maxBytesPerTrigger", ""),
                         "cannot be set together with maxFilesPerTrigger");
  }
  ARROW_ASSIGN_OR_RAISE(parsed.latest_first, options.GetBool("latestFirst", false));
  ARROW_ASSIGN_OR_RAISE(parsed.file_name_only, options.GetBool("fileNameOnly", false));
  ARROW_ASSIGN_OR_RAISE(parsed.max_file_age_ms,
                        AgeOption(options, "maxFileAge", parsed.max_file_age_ms));
  if (parsed.latest_first && (parsed.max_files_per_trigger || parsed.max_bytes_per_trigger)) {
    // Old files come last then, and would be too old by the time.
    parsed.max_file_age_ms = std::numeric_limits<int64_t>::max();
  }
  const std::string clean = options.GetOr("cleanSource", "off");
  if (EqualsIgnoreCase(clean, "delete")) {
    parsed.clean = CleanSource::kDelete;
  } else if (EqualsIgnoreCase(clean, "archive")) {
    parsed.clean = CleanSource::kArchive;
    const auto archive = options.Get("sourceArchiveDir");
    if (!archive) {
      return IllegalArgument("",
                             "The option cleanSource is archive, but sourceArchiveDir does not say "
                             "where the files are to go.",
                             {{"option", "sourceArchiveDir"}});
    }
    ARROW_ASSIGN_OR_RAISE(const auto plain, StripFileScheme(*archive));
    parsed.archive_directory = AbsolutePath(plain);
  } else if (!EqualsIgnoreCase(clean, "off")) {
    return InvalidOption("cleanSource", clean, "must be one of archive, delete and off");
  }
  ARROW_ASSIGN_OR_RAISE(parsed.max_cached_files,
                        options.GetInt("maxCachedFiles", parsed.max_cached_files));
  if (parsed.max_cached_files < 0) {
    return InvalidOption("maxCachedFiles", options.GetOr("maxCachedFiles", ""),
                         "must not be negative");
  }
  const std::string ratio = options.GetOr("discardCachedInputRatio", "0.2");
  char* end = nullptr;
  const double value = std::strtod(ratio.c_str(), &end);
  parsed.discard_cached_input_ratio = value;
  if (ratio.empty() || *end != '\0' || !(value >= 0 && value <= 1)) {
    return InvalidOption("discardCachedInputRatio", ratio, "must be a number from 0 to 1");
  }
  return parsed;
}

Status CheckOptionNames(const std::string& format, const Options& options,
                        const FormatOptionNames& format_names) {
  static const auto* shared = new std::set<std::string>{"path",
                                                        "paths",
                                                        "basepath",
                                                        "recursivefilelookup",
                                                        "pathglobfilter",
                                                        "modifiedbefore",
                                                        "modifiedafter",
                                                        "ignorecorruptfiles",
                                                        "ignoremissingfiles",
                                                        "maxfilespertrigger",
                                                        "maxbytespertrigger",
                                                        "latestfirst",
                                                        "maxfileage",
                                                        "filenameonly",
                                                        "cleansource",
                                                        "sourcearchivedir",
                                                        "maxcachedfiles",
                                                        "discardcachedinputratio",
                                                        "maxrecordsperfile",
                                                        "partitionoverwritemode",
                                                        "retention",
                                                        "inferschema",
                                                        "__table_partitions"};
  std::set<std::string> known = *shared;
  known.insert(format_names.supported.begin(), format_names.supported.end());
  for (const auto& [key, value] : options.values()) {
    if (key.starts_with("fs.")) known.insert(ToLower(key));  // of the store: src/storage/
    const auto refused = format_names.unsupported.find(ToLower(key));
    if (refused == format_names.unsupported.end()) continue;
    if (!refused->second.contains(ToLower(value))) {
      return NotSupported("option " + key + "=" + value + " of the format " + format);
    }
    known.insert(refused->first);
  }
  WarnUnknownOptions(format, options, known);
  return Status::OK();
}

}  // namespace headrace
