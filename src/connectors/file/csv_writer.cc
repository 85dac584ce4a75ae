#include <array>

#include <arrow/builder.h>

#include "connectors/file/csv_columns.h"
#include "connectors/file/file_format.h"
#include "connectors/file/text_output.h"
#include "connectors/file/write_format.h"
#include "types/value_text.h"

namespace headrace {

namespace {

struct CsvWriteOptions {
  std::string separator = ",";
  char quote = '"';  // the character NUL if there is none, as in Spark
  char escape = '\\';
  char escape_of_escape = '\\';  // 0: none
  bool header = false;
  bool quote_all = false;
  bool escape_quotes = true;
  bool ignore_leading_space = true;
  bool ignore_trailing_space = true;
  std::string null_value;
  std::string empty_value = "\"\"";
  std::shared_ptr<const TimeZone> zone;
  std::shared_ptr<const DateTimePattern> date_pattern;  // null: yyyy-MM-dd
  std::shared_ptr<const DateTimePattern> timestamp_pattern;
  std::shared_ptr<const DateTimePattern> timestamp_ntz_pattern;

  static Result<CsvWriteOptions> Parse(const Options& options, const ConnectorContext& context) {
    ARROW_RETURN_NOT_OK(CheckOptionNames("csv", options, CsvOptionNames()));
    CsvWriteOptions parsed;
    ARROW_ASSIGN_OR_RAISE(parsed.separator, CsvSeparator(options));
    ARROW_ASSIGN_OR_RAISE(parsed.quote, CsvCharacter(options, "quote", '"'));
    ARROW_ASSIGN_OR_RAISE(parsed.escape, CsvCharacter(options, "escape", '\\'));
    ARROW_ASSIGN_OR_RAISE(parsed.escape_of_escape,
                          CsvCharacter(options, "charToEscapeQuoteEscaping",
                                       parsed.escape == parsed.quote ? '\0' : parsed.escape));
    ARROW_ASSIGN_OR_RAISE(parsed.header, options.GetBool("header", false));
    ARROW_ASSIGN_OR_RAISE(parsed.quote_all, options.GetBool("quoteAll", false));
    ARROW_ASSIGN_OR_RAISE(parsed.escape_quotes, options.GetBool("escapeQuotes", true));
    ARROW_ASSIGN_OR_RAISE(parsed.ignore_leading_space,
                          options.GetBool("ignoreLeadingWhiteSpace", true));
    ARROW_ASSIGN_OR_RAISE(parsed.ignore_trailing_space,
                          options.GetBool("ignoreTrailingWhiteSpace", true));
    parsed.null_value = options.GetOr("nullValue", "");
    parsed.empty_value = options.GetOr("emptyValue", "\"\"");
    ARROW_ASSIGN_OR_RAISE(parsed.zone, CsvZone(options, context));
    ARROW_ASSIGN_OR_RAISE(parsed.date_pattern, CsvPattern(options, "dateFormat"));
    Options with_defaults = options;
    if (!options.Has("timestampFormat")) {
      with_defaults.Set("timestampFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]");
    }
    if (!options.Has("timestampNTZFormat")) {
      with_defaults.Set("timestampNTZFormat", "yyyy-MM-dd'T'HH:mm:ss[.SSS]");
    }
    ARROW_ASSIGN_OR_RAISE(parsed.timestamp_pattern, CsvPattern(with_defaults, "timestampFormat"));
    ARROW_ASSIGN_OR_RAISE(parsed.timestamp_ntz_pattern,
                          CsvPattern(with_defaults, "timestampNTZFormat"));
    return parsed;
  }
};

// A column's values as they are to be read in the file, before quoting.
Result<std::shared_ptr<arrow::StringArray>> TextOf(const std::shared_ptr<arrow::Array>& column,
                                                   const CsvWriteOptions& options) {
  const auto id = column->type_id();
  if (id == arrow::Type::STRING) return std::static_pointer_cast<arrow::StringArray>(column);
  const DateTimePattern* pattern = nullptr;
  int64_t factor = 1;
  if (id == arrow::Type::TIMESTAMP) {
    pattern = IsTimestampNtz(*column->type()) ? options.timestamp_ntz_pattern.get()
                                              : options.timestamp_pattern.get();
  } else if (id == arrow::Type::DATE32) {
    pattern = options.date_pattern.get();
    factor = int64_t{86400} * 1000000;
  }
  if (!pattern && id != arrow::Type::BINARY) return CastToString(*column, *options.zone);

  arrow::StringBuilder builder;
  const bool local = factor > 1 || IsTimestampNtz(*column->type());
  const TimeZone& zone = local ? *TimeZone::Utc() : *options.zone;
  std::string text;
  for (int64_t i = 0; i < column->length(); ++i) {
    if (column->IsNull(i)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    text.clear();
    if (!pattern) {
      AppendValue(*column, i, *options.zone, TextStyle::kShow, &text);
    } else if (factor > 1) {
      pattern->Format(static_cast<const arrow::Date32Array&>(*column).Value(i) * factor, zone,
                      &text);
    } else {
      pattern->Format(static_cast<const arrow::TimestampArray&>(*column).Value(i), zone, &text);
    }
    ARROW_RETURN_NOT_OK(builder.Append(text));
  }
  std::shared_ptr<arrow::StringArray> texts;
  ARROW_RETURN_NOT_OK(builder.Finish(&texts));
  return texts;
}

class CsvFileWriter final : public FileWriter {
 public:
  CsvFileWriter(std::unique_ptr<TextOutput> output, const CsvWriteOptions& options,
                const arrow::Schema& schema)
      : output_(std::move(output)), options_(options) {
    for (const unsigned char c : {'\n', '\r', options.separator.front(), options.quote}) {
      special_[c] = true;
    }
    if (!options.header) return;
    std::string& out = *output_->buffer();
    for (int i = 0; i < schema.num_fields(); ++i) {
      if (i > 0) out += options_.separator;
      AppendText(schema.field(i)->name(), i == 0, &out);
    }
    out += '\n';
  }

  Status Write(const std::shared_ptr<arrow::RecordBatch>& rows) override {
    std::vector<std::shared_ptr<arrow::StringArray>> columns;
    for (const auto& column : rows->columns()) {
      ARROW_ASSIGN_OR_RAISE(auto texts, TextOf(column, options_));
      columns.push_back(std::move(texts));
    }
    std::string& out = *output_->buffer();
    for (int64_t row = 0; row < rows->num_rows(); ++row) {
      const size_t begin = out.size();
      for (size_t i = 0; i < columns.size(); ++i) {
        if (i > 0) out += options_.separator;
        if (columns[i]->IsNull(row)) {
          AppendNull(&out);
        } else {
          AppendText(columns[i]->GetView(row), i == 0, &out);
        }
      }
      // Readers would pass over an empty line, and so Spark writes none.
      if (out.size() > begin) out += '\n';
    }
    return output_->Flush();
  }
  Status Close() override { return output_->Close(); }

 private:
  void AppendNull(std::string* out) const {
    if (options_.quote_all) {
      AppendQuoted(options_.null_value, out);
    } else {
      *out += options_.null_value;
    }
  }

  void AppendText(std::string_view text, bool first, std::string* out) const {
    while (options_.ignore_leading_space && !text.empty() && IsSpace(text.front())) {
      text.remove_prefix(1);
    }
    while (options_.ignore_trailing_space && !text.empty() && IsSpace(text.back())) {
      text.remove_suffix(1);
    }
    if (text.empty()) {
      // The default is two quotes already.
      const bool quote = options_.quote_all && options_.empty_value != "\"\"";
      quote ? AppendQuoted(options_.empty_value, out) : void(*out += options_.empty_value);
    } else if (options_.quote_all || NeedsQuotes(text, first)) {
      AppendQuoted(text, out);
    } else {
      *out += text;
    }
  }

  bool NeedsQuotes(std::string_view text, bool first) const {
    // A line that begins with # could be taken for a comment.
    if (first && text.front() == '#') return true;
    if (text.front() == options_.quote) return true;
    for (size_t i = 0; i < text.size(); ++i) {
      const char c = text[i];
      if (!special_[static_cast<unsigned char>(c)]) continue;
      if (c == '\n' || c == '\r' || (c == options_.quote && options_.escape_quotes)) return true;
      if (text.compare(i, options_.separator.size(), options_.separator) == 0) return true;
    }
    return false;
  }

  void AppendQuoted(std::string_view text, std::string* out) const {
    *out += options_.quote;
    for (const char c : text) {
      if (c == options_.quote) {
        *out += options_.escape;
      } else if (c == options_.escape && options_.escape_of_escape != 0) {
        *out += options_.escape_of_escape;
      }
      *out += c;
    }
    *out += options_.quote;
  }

  static bool IsSpace(char c) { return static_cast<unsigned char>(c) <= ' '; }

  std::unique_ptr<TextOutput> output_;
  const CsvWriteOptions& options_;
  std::array<bool, 256> special_{};
};

class CsvWriteFormat final : public WriteFormat {
 public:
  CsvWriteFormat(TextCompression compression, CsvWriteOptions options, SchemaPtr schema)
      : compression_(std::move(compression)),
        options_(std::move(options)),
        schema_(std::move(schema)) {}
  std::string extension() const override { return ".csv" + compression_.extension; }
  Result<std::unique_ptr<FileWriter>> Create(const std::string& path) const override {
    ARROW_ASSIGN_OR_RAISE(auto output, TextOutput::Create(path, compression_));
    return std::make_unique<CsvFileWriter>(std::move(output), options_, *schema_);
  }

 private:
  const TextCompression compression_;
  const CsvWriteOptions options_;
  const SchemaPtr schema_;
};

}  // namespace

Result<std::shared_ptr<const WriteFormat>> MakeCsvWriteFormat(const SchemaPtr& schema,
                                                              const Options& options,
                                                              const ConnectorContext& context) {
  for (const auto& field : schema->fields()) {
    if (!IsCsvType(*field->type())) return UnsupportedFieldType("CSV", *field);
  }
  ARROW_ASSIGN_OR_RAISE(auto parsed, CsvWriteOptions::Parse(options, context));
  ARROW_ASSIGN_OR_RAISE(auto compression, TextCompression::Parse(options));
  return std::make_shared<CsvWriteFormat>(std::move(compression), std::move(parsed), schema);
}

}  // namespace headrace
