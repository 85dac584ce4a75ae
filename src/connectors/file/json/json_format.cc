#include <algorithm>

#include "connector/option_check.h"
#include "connectors/file/charset.h"
#include "connectors/file/file_format.h"
#include "connectors/file/line_blocks.h"
#include "functions/json/json_decoder.h"
#include "functions/json/json_inference.h"

namespace headrace {

namespace {

static_assert(LineBlocks::kPadding >= kJsonPadding);

struct JsonFileOptions {
  JsonReadOptions read;
  std::string charset;         // empty: UTF-8
  std::string line_separator;  // empty: \n, \r\n and \r

  bool in_lines() const { return !read.multi_line && line_separator.empty(); }
};

// Calls `take` with each record of a file that is not read line by line.
template <typename Take>
Status ForEachRecord(FileSystem* files, const std::string& path, const JsonFileOptions& options,
                     Take&& take) {
  ARROW_ASSIGN_OR_RAISE(const auto content, ReadContent(files, path, options.charset));
  if (options.read.multi_line) return take(std::string_view(content));
  std::string_view rest(content);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find(options.line_separator), rest.size());
    const std::string_view record = rest.substr(0, end);
    if (record.find_first_not_of(" \t\r\n") != std::string_view::npos) {
      ARROW_RETURN_NOT_OK(take(record));
    }
    rest.remove_prefix(std::min(end + options.line_separator.size(), rest.size()));
  }
  return Status::OK();
}

class JsonReader final : public SliceReader {
 public:
  JsonReader(SchemaPtr columns, std::unique_ptr<JsonDecoder> decoder, JsonFileOptions options)
      : columns_(std::move(columns)),
        decoder_(std::move(decoder)),
        options_(std::move(options)),
        blocks_(options_.charset) {}

  Status Open(const FileSlice& slice) override {
    if (options_.in_lines()) return blocks_.Open(slice);
    return ForEachRecord(slice.files, slice.file->path, options_,
                         [&](std::string_view record) { return decoder_->AppendDocument(record); });
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (options_.in_lines() && decoder_->rows() < kRowsPerBatch) {
      ARROW_ASSIGN_OR_RAISE(const auto block, blocks_.Next());
      if (block.empty()) break;
      ARROW_RETURN_NOT_OK(decoder_->AppendLines(block));
    }
    if (decoder_->rows() == 0) return nullptr;
    ARROW_ASSIGN_OR_RAISE(const auto rows, decoder_->Finish());
    const auto& records = static_cast<const arrow::StructArray&>(*rows);
    return arrow::RecordBatch::Make(columns_, records.length(), records.fields());
  }

 private:
  const SchemaPtr columns_;
  std::unique_ptr<JsonDecoder> decoder_;
  const JsonFileOptions options_;
  LineBlocks blocks_;
};

class JsonFormat final : public FileFormat {
 public:
  explicit JsonFormat(JsonFileOptions options)
      : file_options_(std::move(options)), options_(file_options_.read) {}

  std::string display_name() const override { return "JSON"; }
  bool IsSplittable(const DataFile& file) const override {
    return file_options_.in_lines() && file_options_.charset.empty() &&
           !IsCompressedName(file.path);
  }
  Status CheckSchema(const arrow::Schema& schema) const override {
    ARROW_RETURN_NOT_OK(CheckCorruptRecordColumn(schema, options_.corrupt_record_column));
    return JsonDecoder::Make(arrow::struct_(schema.fields()), options_).status();
  }
  Status CheckRequest(const arrow::Schema& columns) const override {
    if (columns.num_fields() == 1 && columns.field(0)->name() == options_.corrupt_record_column) {
      return AnalysisError("UNSUPPORTED_FEATURE.QUERY_ONLY_CORRUPT_RECORD_COLUMN",
                           "A query of JSON files must use another column beside " +
                               QuoteIdentifier(options_.corrupt_record_column) +
                               ": what is malformed depends on the columns that are read.");
    }
    return Status::OK();
  }
  Result<SchemaPtr> InferSchema(const std::vector<DataFile>& files,
                                FileSystem* file_system) const override {
    if (files.empty()) return nullptr;
    JsonInference inference(options_);
    for (const auto& file : files) {
      if (file.size_bytes > 0) {
        ARROW_RETURN_NOT_OK(AddFile(file, file_system, &inference));
      }
    }
    return inference.FinishSchema();
  }
  Result<std::unique_ptr<SliceReader>> MakeReader(const ReadTask& task) const override {
    ARROW_ASSIGN_OR_RAISE(auto decoder,
                          JsonDecoder::Make(arrow::struct_(task.columns->fields()), options_));
    return std::make_unique<JsonReader>(task.columns, std::move(decoder), file_options_);
  }

 private:
  Status AddFile(const DataFile& file, FileSystem* file_system, JsonInference* inference) const {
    if (!file_options_.in_lines()) {
      return ForEachRecord(file_system, file.path, file_options_,
                           [&](std::string_view record) { return AddRecord(record, inference); });
    }
    LineBlocks blocks(file_options_.charset);
    ARROW_RETURN_NOT_OK(
        blocks.Open({std::make_shared<DataFile>(file), 0, file.size_bytes, file_system}));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto block, blocks.Next());
      if (block.empty()) return Status::OK();
      while (!block.empty()) {
        const size_t end = block.find_first_of("\r\n");
        ARROW_RETURN_NOT_OK(AddRecord(block.substr(0, end), inference));
        block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
      }
    }
  }

  Status AddRecord(std::string_view text, JsonInference* inference) const {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Status::OK();
    if (inference->Add(text) || options_.mode != JsonMode::kFailFast) return Status::OK();
    return MakeError(ErrorKind::kSpark, "_LEGACY_ERROR_TEMP_2167",
                     "A malformed record was met while the schema was inferred, and the mode is "
                     "FAILFAST: " +
                         std::string(text.substr(0, 200)),
                     {{"failFastMode", "FAILFAST"}});
  }

  const JsonFileOptions file_options_;
  const JsonReadOptions& options_;
};

// The charset and the line separator, by Spark's rules.
Status ReadTextOptions(const Options& given, JsonFileOptions* options) {
  if (const auto separator = given.Get("lineSep")) {
    if (separator->empty()) return InvalidOption("lineSep", "", "must not be empty");
    if (*separator != "\n") options->line_separator = *separator;
  }
  const auto charset = given.Has("encoding") ? given.Get("encoding") : given.Get("charset");
  if (!charset || IsUtf8Name(*charset)) return Status::OK();
  ARROW_RETURN_NOT_OK(CheckCharset(*charset));
  options->charset = *charset;
  if (options->read.multi_line) return Status::OK();
  if (EqualsIgnoreCase(*charset, "UTF-16") || EqualsIgnoreCase(*charset, "UTF-32")) {
    return InvalidOption("encoding", *charset,
                         "needs multiLine, or the byte order in its name, such as UTF-16LE");
  }
  if (!given.Has("lineSep")) {
    return InvalidOption("encoding", *charset, "needs the option lineSep, or multiLine");
  }
  return Status::OK();
}

}  // namespace

const FormatOptionNames& JsonOptionNames() {
  static const auto* names = new FormatOptionNames{{"mode",
                                                    "columnnameofcorruptrecord",
                                                    "multiline",
                                                    "primitivesasstring",
                                                    "prefersdecimal",
                                                    "allowcomments",
                                                    "allowunquotedfieldnames",
                                                    "allowsinglequotes",
                                                    "allownumericleadingzeros",
                                                    "allownonnumericnumbers",
                                                    "allowunquotedcontrolchars",
                                                    "allowbackslashescapinganycharacter",
                                                    "dateformat",
                                                    "timestampformat",
                                                    "timestampntzformat",
                                                    "timezone",
                                                    "locale",
                                                    "linesep",
                                                    "encoding",
                                                    "charset",
                                                    "samplingratio",
                                                    "infertimestamp",
                                                    "dropfieldifallnull",
                                                    "compression",
                                                    "ignorenullfields",
                                                    "pretty",
                                                    "writenonasciicharacterascodepoint",
                                                    "enabledatetimeparsingfallback"},
                                                   {{"singlevariantcolumn", {}},
                                                    {"maxnestingdepth", {}},
                                                    {"maxnumlen", {}},
                                                    {"maxstringlen", {}},
                                                    {"usewarnings", {"false"}}}};
  return *names;
}

Result<std::shared_ptr<const FileFormat>> MakeJsonFormat(const Options& options,
                                                         const ConnectorContext& context) {
  ARROW_RETURN_NOT_OK(CheckOptionNames("json", options, JsonOptionNames()));
  Options given;
  for (const auto& [key, value] : options.values()) {
    // These are the file's, not the JSON's.
    if (!EqualsIgnoreCase(key, "lineSep") && !EqualsIgnoreCase(key, "encoding") &&
        !EqualsIgnoreCase(key, "charset")) {
      given.Set(key, value);
    }
  }
  if (!given.Has("columnNameOfCorruptRecord")) {
    if (const auto name = context.configuration("spark.sql.columnNameOfCorruptRecord")) {
      given.Set("columnNameOfCorruptRecord", *name);
    }
  }
  JsonFileOptions parsed;
  ARROW_ASSIGN_OR_RAISE(parsed.read, JsonReadOptions::Parse(given, context.session_zone));
  parsed.read.array_as_rows = true;
  parsed.read.exact_strings = true;
  ARROW_RETURN_NOT_OK(ReadTextOptions(options, &parsed));
  return std::make_shared<JsonFormat>(std::move(parsed));
}

}  // namespace headrace
