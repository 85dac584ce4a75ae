#include "connectors/file/file_format.h"
#include "connectors/file/line_blocks.h"
#include "functions/json/json_decoder.h"
#include "functions/json/json_inference.h"

namespace headrace {

namespace {

constexpr int64_t kRowsPerBatch = 8192;
static_assert(LineBlocks::kPadding >= kJsonPadding);

class JsonReader final : public SliceReader {
 public:
  JsonReader(SchemaPtr columns, std::unique_ptr<JsonDecoder> decoder, bool multi_line)
      : columns_(std::move(columns)), decoder_(std::move(decoder)), multi_line_(multi_line) {}

  Status Open(const FileSlice& slice) override {
    if (!multi_line_) return blocks_.Open(slice);
    ARROW_ASSIGN_OR_RAISE(const auto content, ReadContent(slice.file->path));
    return decoder_->AppendDocument(content);
  }

  Result<std::shared_ptr<arrow::RecordBatch>> Next() override {
    while (!multi_line_ && decoder_->rows() < kRowsPerBatch) {
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
  const bool multi_line_;
  LineBlocks blocks_;
};

class JsonFormat final : public FileFormat {
 public:
  explicit JsonFormat(JsonReadOptions options) : options_(std::move(options)) {}

  std::string display_name() const override { return "JSON"; }
  bool IsSplittable(const DataFile& file) const override {
    const auto compressed = IsCompressedName(file.path);
    return !options_.multi_line && compressed.ok() && !*compressed;
  }
  Status CheckSchema(const arrow::Schema& schema) const override {
    const int corrupt = schema.GetFieldIndex(options_.corrupt_record_column);
    if (corrupt >= 0 && !IsString(*schema.field(corrupt)->type())) {
      return AnalysisError(
          "INVALID_CORRUPT_RECORD_TYPE",
          "The column " + QuoteIdentifier(options_.corrupt_record_column) +
              " takes the text of malformed records, so it must be a string, not " +
              SqlName(*schema.field(corrupt)->type()) + ".",
          {{"columnName", QuoteIdentifier(options_.corrupt_record_column)},
           {"actualType", "\"" + SqlName(*schema.field(corrupt)->type()) + "\""}});
    }
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
  Result<SchemaPtr> InferSchema(const std::vector<DataFile>& files) const override {
    if (files.empty()) return nullptr;
    JsonInference inference(options_);
    for (const auto& file : files) {
      if (file.size_bytes > 0) ARROW_RETURN_NOT_OK(AddFile(file, &inference));
    }
    return inference.FinishSchema();
  }
  Result<std::unique_ptr<SliceReader>> MakeReader(const ReadTask& task) const override {
    ARROW_ASSIGN_OR_RAISE(auto decoder,
                          JsonDecoder::Make(arrow::struct_(task.columns->fields()), options_));
    return std::make_unique<JsonReader>(task.columns, std::move(decoder), options_.multi_line);
  }

 private:
  Status AddFile(const DataFile& file, JsonInference* inference) const {
    if (options_.multi_line) {
      ARROW_ASSIGN_OR_RAISE(const auto content, ReadContent(file.path));
      return AddRecord(content, inference);
    }
    LineBlocks blocks;
    ARROW_RETURN_NOT_OK(blocks.Open({std::make_shared<DataFile>(file), 0, file.size_bytes}));
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

  const JsonReadOptions options_;
};

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
                                                    "dropfieldifallnull",
                                                    "compression",
                                                    "ignorenullfields",
                                                    "pretty"},
                                                   {{"singlevariantcolumn", {}},
                                                    {"enabledatetimeparsingfallback", {"false"}},
                                                    {"usewarnings", {"false"}}}};
  return *names;
}

Result<std::shared_ptr<const FileFormat>> MakeJsonFormat(const Options& options,
                                                         const ConnectorContext& context) {
  ARROW_RETURN_NOT_OK(CheckOptionNames("json", options, JsonOptionNames()));
  Options given = options;
  if (!given.Has("columnNameOfCorruptRecord")) {
    if (const auto name = context.configuration("spark.sql.columnNameOfCorruptRecord")) {
      given.Set("columnNameOfCorruptRecord", *name);
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto parsed, JsonReadOptions::Parse(given, context.session_zone));
  parsed.array_as_rows = true;
  return std::make_shared<JsonFormat>(std::move(parsed));
}

}  // namespace headrace
