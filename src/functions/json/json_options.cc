#include "functions/json/json_options.h"

#include <fmt/format.h>

#include "types/spark_type.h"

namespace headrace {
namespace {

Status ReadPattern(const Options& options, const std::string& key,
                   std::shared_ptr<const DateTimePattern>* pattern) {
  const auto text = options.Get(key);
  if (!text) return Status::OK();
  return DateTimePattern::Compile(*text).Value(pattern);
}

Status ReadFlag(const Options& options, const std::string& key, bool* flag) {
  return options.GetBool(key, *flag).Value(flag);
}

Status CheckFixed(const Options& options, const std::string& key,
                  const std::vector<std::string>& accepted) {
  const auto value = options.Get(key);
  if (!value) return Status::OK();
  std::string listed;
  for (const std::string& one : accepted) {
    if (EqualsIgnoreCase(*value, one)) return Status::OK();
    listed += (listed.empty() ? "" : ", ") + one;
  }
  return NotSupported(fmt::format("the JSON option {} = '{}'", key, *value),
                      "supported are: " + listed);
}

Status ReadZone(const Options& options, std::shared_ptr<const TimeZone>* zone) {
  const auto name = options.Get("timeZone");
  if (!name) return Status::OK();
  return TimeZone::Find(*name).Value(zone);
}

}  // namespace

Result<JsonReadOptions> JsonReadOptions::Parse(const Options& options,
                                               std::shared_ptr<const TimeZone> zone) {
  JsonReadOptions parsed;
  parsed.zone = std::move(zone);
  ARROW_RETURN_NOT_OK(ReadZone(options, &parsed.zone));
  const std::string mode = options.GetOr("mode", "PERMISSIVE");
  if (EqualsIgnoreCase(mode, "FAILFAST")) {
    parsed.mode = JsonMode::kFailFast;
  } else if (EqualsIgnoreCase(mode, "DROPMALFORMED")) {
    parsed.mode = JsonMode::kDropMalformed;
  }  // anything else is PERMISSIVE, as in Spark
  parsed.corrupt_record_column =
      options.GetOr("columnNameOfCorruptRecord", parsed.corrupt_record_column);
  ARROW_RETURN_NOT_OK(ReadPattern(options, "timestampFormat", &parsed.timestamp_pattern));
  ARROW_RETURN_NOT_OK(ReadPattern(options, "timestampNTZFormat", &parsed.timestamp_ntz_pattern));
  ARROW_RETURN_NOT_OK(ReadPattern(options, "dateFormat", &parsed.date_pattern));
  const std::pair<const char*, bool*> flags[] = {
      {"enableDateTimeParsingFallback", &parsed.parsing_fallback},
      {"inferTimestamp", &parsed.infer_timestamp},
      {"primitivesAsString", &parsed.primitives_as_string},
      {"prefersDecimal", &parsed.prefers_decimal},
      {"dropFieldIfAllNull", &parsed.drop_field_if_all_null},
      {"multiLine", &parsed.multi_line},
      {"allowComments", &parsed.allow_comments},
      {"allowUnquotedFieldNames", &parsed.allow_unquoted_field_names},
      {"allowSingleQuotes", &parsed.allow_single_quotes},
      {"allowNumericLeadingZeros", &parsed.allow_numeric_leading_zeros},
      {"allowNonNumericNumbers", &parsed.allow_non_numeric_numbers},
      {"allowUnquotedControlChars", &parsed.allow_unquoted_control_characters},
      {"allowBackslashEscapingAnyCharacter", &parsed.allow_backslash_escaping_any_character}};
  for (const auto& [key, flag] : flags) ARROW_RETURN_NOT_OK(ReadFlag(options, key, flag));
  if (const auto ratio = options.Get("samplingRatio")) {
    char* end = nullptr;
    parsed.sampling_ratio = std::strtod(ratio->c_str(), &end);
    if (ratio->empty() || *end != '\0' || parsed.sampling_ratio <= 0) {
      return IllegalArgument(
          "_LEGACY_ERROR_TEMP_SAMPLING_RATIO",
          "the option samplingRatio must be a number above 0, not '" + *ratio + "'");
    }
  }
  ARROW_RETURN_NOT_OK(CheckFixed(options, "encoding", {"UTF-8", "UTF8"}));
  ARROW_RETURN_NOT_OK(CheckFixed(options, "charset", {"UTF-8", "UTF8"}));
  ARROW_RETURN_NOT_OK(CheckFixed(options, "lineSep", {"\n", "\r\n", "\r"}));
  ARROW_RETURN_NOT_OK(CheckFixed(options, "locale", {"en-US", "en"}));
  for (const char* limit :
       {"maxNestingDepth", "maxNumLen", "maxStringLen", "singleVariantColumn"}) {
    if (options.Has(limit)) {
      return NotSupported(fmt::format("the JSON option {}", limit), "leave it out");
    }
  }
  ARROW_RETURN_NOT_OK(CheckFixed(options, "timeParserPolicy", {"CORRECTED", "EXCEPTION"}));
  return parsed;
}

Result<JsonWriteOptions> JsonWriteOptions::Parse(const Options& options,
                                                 std::shared_ptr<const TimeZone> zone) {
  JsonWriteOptions parsed;
  parsed.zone = std::move(zone);
  ARROW_RETURN_NOT_OK(ReadZone(options, &parsed.zone));
  ARROW_RETURN_NOT_OK(ReadPattern(options, "timestampFormat", &parsed.timestamp_pattern));
  ARROW_RETURN_NOT_OK(ReadPattern(options, "timestampNTZFormat", &parsed.timestamp_ntz_pattern));
  ARROW_RETURN_NOT_OK(ReadPattern(options, "dateFormat", &parsed.date_pattern));
  ARROW_RETURN_NOT_OK(ReadFlag(options, "ignoreNullFields", &parsed.ignore_null_fields));
  ARROW_RETURN_NOT_OK(ReadFlag(options, "pretty", &parsed.pretty));
  ARROW_RETURN_NOT_OK(ReadFlag(options, "writeNonAsciiCharacterAsCodePoint", &parsed.ascii_only));
  ARROW_RETURN_NOT_OK(CheckFixed(options, "encoding", {"UTF-8", "UTF8"}));
  ARROW_RETURN_NOT_OK(CheckFixed(options, "lineSep", {"\n"}));
  ARROW_RETURN_NOT_OK(CheckFixed(options, "locale", {"en-US", "en"}));
  return parsed;
}

}  // namespace headrace
