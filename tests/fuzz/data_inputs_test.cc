// Data of users: JSON, CSV and Parquet files, texts for from_json, rows that clients send.
#include <filesystem>
#include <fstream>

#include <arrow/array/validate.h>
#include <arrow/util/utf8.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "connect/arrow_streams.h"
#include "connectors/file/file_source.h"
#include "functions/json/json_decoder.h"
#include "functions/json/json_inference.h"
#include "fuzzer.h"

namespace headrace::fuzz {
namespace {

using Texts = std::vector<std::string>;

// Files that Apache Spark was asked to read, of one format.
Texts RecordedFiles(const std::string& format) {
  Texts texts;
  std::ifstream file(HEADRACE_CONFORMANCE_ANSWERS "/files_read.jsonl");
  for (std::string line; std::getline(file, line);) {
    const auto recorded = nlohmann::json::parse(line);
    if (recorded.value("format", "json") == format && recorded.contains("text")) {
      texts.push_back(recorded["text"].get<std::string>());
    }
  }
  return texts;
}

// Columns hold what their types say. Bytes that are no UTF-8 may come through as they are, as in
// Spark; of other inputs texts are UTF-8.
template <typename Column>
Status CheckColumn(const Column& column, const std::string& input) {
  arrow::util::InitializeUTF8();
  return arrow::util::ValidateUTF8(input) ? column.ValidateFull() : column.Validate();
}

Outcome OfArray(const Result<std::shared_ptr<arrow::Array>>& array, const std::string& input) {
  if (!array.ok()) return OfStatus(array.status());
  const Status valid = CheckColumn(**array, input);
  if (!valid.ok()) return {"", "not a valid column: " + valid.ToString()};
  return {std::to_string((*array)->length()), ""};
}

const Texts kJsonWords = {
    "{",    "}",   "[",       "]",       ":",  ",",    "\"",           "null",
    "true", "\\u", "\\ud800", "\\udc00", "1e", "-",    "//",           "/*",
    "'",    "NaN", "\"a\":",  "\"s\":",  "\n", "\r\n", "\xEF\xBB\xBF", "\xFF"};
const char kJsonSchema[] =
    "a INT, s STRING, d DECIMAL(10,3), t TIMESTAMP, l ARRAY<STRUCT<x: DOUBLE, y: STRING>>, m "
    "MAP<STRING, BIGINT>, "
    "b BINARY, o BOOLEAN, j DATE, _corrupt_record STRING";

Texts JsonLines() {
  Texts corpus = RecordedFiles("json");
  corpus.insert(
      corpus.end(),
      {R"({"a": 1, "s": "x\ny\u00e9\ud83d\ude00", "d": 1.25, "t": "2024-01-01T00:00:00Z", "l": [{"x": 1e3}], "m": {"k": 2}})",
       R"({"a": "bad", "b": "aGk=", "o": true, "j": "2024-02-29", "l": [], "m": null})"
       "\n[{\"a\": 1}, {\"a\": 2}]\n\n{\"a\": 3",
       // These once crashed, or got through.
       "{\"s\": \"a\\u", "{\"s\": \"a\\ud800\\u", "{\"s\": \"a\\", "{\"s\": \"\xC3(\"}",
       "{\xFF broken", "{\"a\": \xED\xA0\x80}"});
  return corpus;
}

class JsonTest : public ::testing::TestWithParam<JsonMode> {
 protected:
  JsonTest() {
    options_.mode = GetParam();
    options_.array_as_rows = true;
    const auto schema = ParseSchema(kJsonSchema);
    target_ = {
        .name = "JSON", .corpus = JsonLines(), .words = kJsonWords, .run = {}, .runs = 2'000};
    type_ = arrow::struct_((*schema)->fields());
  }

  JsonReadOptions options_;
  DataTypePtr type_;
  Target target_;
};

TEST_P(JsonTest, Lines) {
  const auto decoder = *JsonDecoder::Make(type_, options_);
  target_.run = [&](const std::string& input) {
    const std::string padded = input + std::string(kJsonPadding, '\0');
    const Status appended = decoder->AppendLines(std::string_view(padded).substr(0, input.size()));
    const auto rows = decoder->Finish();
    return appended.ok() ? OfArray(rows, input) : OfStatus(appended);
  };
  EXPECT_EQ(Fuzz(target_), std::nullopt);
}

TEST_P(JsonTest, Documents) {
  const auto decoder = *JsonDecoder::Make(type_, options_);
  target_.seed = 2;
  target_.run = [&](const std::string& input) {
    const Status appended = decoder->AppendDocument(input);
    const auto rows = decoder->Finish();
    return appended.ok() ? OfArray(rows, input) : OfStatus(appended);
  };
  EXPECT_EQ(Fuzz(target_), std::nullopt);
}

TEST_P(JsonTest, ValuesOfFromJson) {
  if (GetParam() == JsonMode::kDropMalformed) GTEST_SKIP() << "from_json has no such mode";
  options_.array_as_rows = false;
  options_.allow_comments = options_.allow_unquoted_field_names =
      options_.allow_numeric_leading_zeros = true;
  const auto decoder = *JsonDecoder::Make(type_, options_);
  target_.seed = 3;
  target_.run = [&](const std::string& input) -> Outcome {
    const auto texts = arrow::MakeArrayFromScalar(arrow::StringScalar(input), 2);
    // Values of a column are UTF-8.
    if (!(*texts)->ValidateFull().ok()) return {"no text", ""};
    return OfArray(decoder->DecodeStrings(static_cast<const arrow::StringArray&>(**texts)), input);
  };
  EXPECT_EQ(Fuzz(target_), std::nullopt);
}

INSTANTIATE_TEST_SUITE_P(Modes, JsonTest,
                         ::testing::Values(JsonMode::kPermissive, JsonMode::kDropMalformed,
                                           JsonMode::kFailFast));

TEST(JsonInferenceTest, Documents) {
  Target target{.name = "JSON inference", .corpus = JsonLines(), .words = kJsonWords};
  target.run = [](const std::string& input) -> Outcome {
    JsonInference inference{JsonReadOptions()};
    inference.Add(input);
    const DataTypePtr type = inference.Finish();
    return {SimpleString(*type), ""};
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

// A file of the given content, read with and without a schema.
class FileTest : public ::testing::Test {
 protected:
  FileTest() : provider_(MakeFileSourceProvider()) {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "headrace-fuzz-XXXXXX").string();
    directory_ = mkdtemp(pattern.data());
  }
  ~FileTest() override { std::filesystem::remove_all(directory_); }

  Outcome Read(const std::string& format, const std::string& content, const Options& options,
               const SchemaPtr& schema) {
    const std::string path = directory_ + "/file";
    std::ofstream(path, std::ios::binary) << content;
    SourceSpecification source;
    source.format = format;
    source.options = options;
    source.paths = {path};
    source.user_schema = schema;
    std::string kind;
    const Status read = [&]() -> Status {
      const ConnectorContext context;
      ARROW_ASSIGN_OR_RAISE(const auto resolved, provider_->ResolveSchema(source, false, context));
      ARROW_ASSIGN_OR_RAISE(const auto scan, provider_->OpenBatch(source, resolved, context));
      ARROW_ASSIGN_OR_RAISE(auto readers, scan->Read({resolved->field_names(), {}}));
      for (const auto& reader : readers) {
        while (true) {
          ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
          if (batch == nullptr) break;
          kind += std::to_string(batch->num_rows()) + " ";
          const Status valid = CheckColumn(*batch, content);
          if (!valid.ok()) kind = "broken: " + valid.ToString();
        }
      }
      return Status::OK();
    }();
    if (kind.starts_with("broken")) return {"", kind};
    return read.ok() ? Outcome{kind, ""} : OfStatus(read);
  }

  const std::shared_ptr<SourceProvider> provider_;
  std::string directory_;
};

TEST_F(FileTest, Json) {
  const auto schema = ParseSchema(kJsonSchema);
  Target target{
      .name = "JSON file", .corpus = JsonLines(), .words = kJsonWords, .run = {}, .runs = 1'000};
  target.run = [&](const std::string& input) -> Outcome {
    const Outcome typed = Read("json", input, {}, *schema);
    return typed.broken.empty() ? Read("json", input, {}, nullptr) : typed;
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

TEST_F(FileTest, Csv) {
  const auto schema = ParseSchema(
      "a INT, b STRING, c TIMESTAMP, d DECIMAL(8,2), e DOUBLE, f BOOLEAN, _corrupt_record STRING");
  Target target{.name = "CSV file", .corpus = RecordedFiles("csv"), .run = {}, .runs = 1'000};
  target.words = {",", "\"",   "\"\"",       "\\",  "\n",   "\r\n", "\r",
                  "1", "true", "2024-01-01", "NaN", "\xFF", "#"};
  target.corpus.insert(target.corpus.end(),
                       {"1,\"x \"\"y\"\" z\",2024-01-01 00:00:00,1.25,1e3,true\n2,\"a\nb\",,,,\n",
                        "a,b\n\"unclosed\n3,4",
                        // More digits than any decimal has: this once ended the process.
                        "n\n21474836499999999999999999999999999999999999999999\n",
                        "\xEF\xBB\xBF"
                        "1,\xFF,\n"});
  Options header;
  header.Set("header", "true");
  header.Set("inferSchema", "true");
  header.Set("multiLine", "true");
  target.run = [&](const std::string& input) -> Outcome {
    const Outcome typed = Read("csv", input, {}, *schema);
    return typed.broken.empty() ? Read("csv", input, header, nullptr) : typed;
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

TEST_F(FileTest, Text) {
  Target target{.name = "text file",
                .corpus = {"a\nb\r\nc\r\rd", "\xFF\n\xC3(", ""},
                .run = {},
                .runs = 1'000};
  target.words = {"\n", "\r", "\xFF", "\xF0\x9F"};
  target.run = [&](const std::string& input) { return Read("text", input, {}, nullptr); };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

// Rows that a client sends with its plan.
TEST(ArrowStreamTest, Rows) {
  const auto schema =
      arrow::schema({arrow::field("a", arrow::int32()), arrow::field("s", arrow::utf8()),
                     arrow::field("l", arrow::list(arrow::float64()))});
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (const auto& field : schema->fields())
    columns.push_back(*arrow::MakeArrayOfNull(field->type(), 3));
  Target target{.name = "Arrow stream", .run = {}};
  target.corpus = {*WriteArrowStream(*arrow::RecordBatch::Make(schema, 3, columns)),
                   *WriteArrowStream(**arrow::RecordBatch::MakeEmpty(schema))};
  target.run = [](const std::string& input) -> Outcome {
    const auto rows = ReadArrowStream(input);
    // Arrow says what is wrong with its format; the border makes an internal error of it.
    if (!rows.ok()) return {rows.status().message().substr(0, 40), ""};
    for (const auto& batch : rows->batches) {
      const Status valid = batch->ValidateFull();
      if (!valid.ok()) return {"", valid.ToString()};
    }
    return {"ok", ""};
  };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

}  // namespace
}  // namespace headrace::fuzz
