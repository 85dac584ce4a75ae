// What Apache Spark does with the same files (tests/conformance/record_files.py).
#include <algorithm>

#include <arrow/builder.h>
#include <nlohmann/json.hpp>

#include "connectors/file/charset.h"
#include "connectors/file/file_sink.h"
#include "connectors/file/file_source.h"
#include "connectors/file/file_test_support.h"
#include "expression/cast.h"

namespace headrace {
namespace {

using Json = nlohmann::json;

std::vector<Json> RecordedCases(const std::string& name) {
  std::ifstream file(std::string(HEADRACE_SOURCE_DIRECTORY) +
                     "/tests/conformance/answers/spark-4.1/" + name + ".jsonl");
  std::vector<Json> cases;
  std::string line;
  while (std::getline(file, line)) cases.push_back(Json::parse(line));
  return cases;
}

Options OptionsOf(const Json& recorded, const std::string& root) {
  Options options;
  for (const auto& [key, value] : recorded["options"].items()) {
    std::string text = value.is_string() ? value.get<std::string>() : value.dump();
    options.Set(key, text == "<root>" ? root : text);
  }
  return options;
}

Json AnswerOf(const arrow::Schema& schema, const std::vector<TextRow>& rows) {
  Json shown = Json::array();
  for (const auto& row : rows) {
    Json values = Json::array();
    for (const auto& value : row) values.push_back(value ? Json(*value) : Json());
    shown.push_back(values);
  }
  return {{"schema", SimpleString(*arrow::struct_(schema.fields()))}, {"rows", shown}};
}

Result<Json> Read(const Json& recorded, const std::string& path, const std::string& root) {
  SourceSpecification source;
  source.format = recorded.value("format", "json");
  source.options = OptionsOf(recorded, root);
  source.paths = {path};
  if (recorded["schema"].is_string()) {
    ARROW_ASSIGN_OR_RAISE(source.user_schema, ParseSchema(recorded["schema"].get<std::string>()));
  }
  const ConnectorContext context;
  const auto provider = MakeFileSourceProvider();
  ARROW_ASSIGN_OR_RAISE(const auto schema, provider->ResolveSchema(source, false, context));
  ARROW_ASSIGN_OR_RAISE(const auto scan, provider->OpenBatch(source, schema, context));
  ScanRequest request = AllColumns(*schema);
  SchemaPtr result = schema;
  if (recorded.contains("columns") && recorded["columns"].is_array()) {
    request.columns = recorded["columns"].get<std::vector<std::string>>();
    arrow::FieldVector fields;
    for (const auto& name : request.columns) fields.push_back(schema->GetFieldByName(name));
    result = arrow::schema(std::move(fields));
  }
  ARROW_ASSIGN_OR_RAISE(auto readers, scan->Read(request));
  ARROW_ASSIGN_OR_RAISE(auto rows, TextRows(std::move(readers)));
  if (recorded.contains("directories")) {
    std::sort(rows.begin(), rows.end(),
              [](const auto& a, const auto& b) { return ShowRow(a) < ShowRow(b); });
  }
  return AnswerOf(*result, rows);
}

// The condition or, where Spark names none, the exception's class.
std::string ErrorOf(const Status& status) {
  const auto* detail = ErrorDetail::Get(status);
  if (detail == nullptr) return status.ToString();
  const std::string& condition = detail->condition();
  if (!condition.empty() && !condition.starts_with("_LEGACY")) return condition;
  if (detail->kind() == ErrorKind::kAnalysis) return "AnalysisException";
  if (detail->kind() == ErrorKind::kIllegalArgument) return "IllegalArgumentException";
  return detail->kind() == ErrorKind::kRuntime ? "SparkRuntimeException" : "SparkException";
}

Json OrError(const Result<Json>& result) {
  return result.ok() ? *result : Json{{"error", ErrorOf(result.status())}};
}

TEST(RecordedFiles, Read) {
  const auto cases = RecordedCases("files_read");
  ASSERT_GT(cases.size(), 200u);
  for (const auto& recorded : cases) {
    const ScratchDirectory directory;
    PutFile(directory / "file.txt", recorded["text"].get<std::string>());
    const Json answer = OrError(Read(recorded, directory.path(), directory.path()));
    EXPECT_EQ(answer.dump(), recorded["answer"].dump()) << recorded.dump();
  }
}

TEST(RecordedFiles, Options) {
  const auto cases = RecordedCases("files_options");
  ASSERT_GT(cases.size(), 130u);
  for (const auto& recorded : cases) {
    const ScratchDirectory directory;
    const auto charset = recorded["charset"].get<std::string>();
    // Python writes a byte order mark where the name tells no order.
    const std::string mark = charset == "UTF-16" || charset == "UTF-32" ? "\xEF\xBB\xBF" : "";
    const auto bytes = EncodeText(mark + recorded["text"].get<std::string>(), charset);
    ASSERT_TRUE(bytes.ok());
    PutFile(directory / "file.txt", *bytes);
    const Json answer = OrError(Read(recorded, directory.path(), directory.path()));
    EXPECT_EQ(answer.dump(), recorded["answer"].dump()) << recorded.dump();
  }
}

TEST(RecordedFiles, AvroAndOrcOfSpark) {
  for (const char* name : {"files_avro", "files_orc"}) {
    const auto cases = RecordedCases(name);
    ASSERT_GT(cases.size(), 10u);
    for (const Json& recorded : cases) {
      const std::string path = std::string(HEADRACE_SOURCE_DIRECTORY) +
                               "/tests/conformance/answers/spark-4.1/" +
                               recorded["file"].get<std::string>();
      const Json answer = OrError(Read(recorded, path, path));
      EXPECT_EQ(answer.dump(), recorded["answer"].dump()) << recorded.dump();
    }
  }
}

TEST(RecordedFiles, Partitions) {
  const auto cases = RecordedCases("files_partitions");
  ASSERT_GT(cases.size(), 40u);
  for (const auto& recorded : cases) {
    const ScratchDirectory directory;
    int64_t i = 0;
    for (const auto& name : recorded["directories"]) {
      PutFile(directory / name.get<std::string>() + "/file.json",
              "{\"x\":" + std::to_string(i++) + "}\n");
    }
    const std::string path = directory.path() + recorded["below"].get<std::string>();
    const Json answer = OrError(Read(recorded, path, directory.path()));
    EXPECT_EQ(answer.dump(), recorded["answer"].dump()) << recorded.dump();
  }
}

TEST(RecordedFiles, ParquetOfSpark) {
  const auto cases = RecordedCases("files_parquet");
  ASSERT_EQ(cases.size(), 3u);
  for (Json recorded : cases) {
    recorded["format"] = "parquet";
    recorded["options"] = Json::object();
    recorded["schema"] = nullptr;
    const std::string path = std::string(HEADRACE_SOURCE_DIRECTORY) +
                             "/tests/conformance/answers/spark-4.1/" +
                             recorded["file"].get<std::string>();
    const Json answer = OrError(Read(recorded, path, path));
    EXPECT_EQ(answer.dump(), recorded["answer"].dump()) << recorded.dump();
  }
}

Result<std::shared_ptr<arrow::RecordBatch>> RowsOf(const Json& recorded, const SchemaPtr& schema) {
  arrow::ArrayVector columns;
  for (int i = 0; i < schema->num_fields(); ++i) {
    arrow::StringBuilder builder;
    for (const auto& row : recorded["rows"]) {
      ARROW_RETURN_NOT_OK(row[i].is_null() ? builder.AppendNull()
                                           : builder.Append(row[i].get<std::string>()));
    }
    ARROW_ASSIGN_OR_RAISE(const auto texts, builder.Finish());
    ARROW_ASSIGN_OR_RAISE(const auto values,
                          CastValues(Datum(texts), schema->field(i)->type(), CastOptions{}));
    columns.push_back(values.make_array());
  }
  return arrow::RecordBatch::Make(schema, static_cast<int64_t>(recorded["rows"].size()), columns);
}

Result<std::string> Write(const Json& recorded, const std::string& target) {
  SinkSpecification sink;
  sink.format = recorded["format"].get<std::string>();
  sink.options = OptionsOf(recorded, target);
  sink.path = target;
  ARROW_ASSIGN_OR_RAISE(sink.schema, ParseSchema(recorded["schema"].get<std::string>()));
  ARROW_ASSIGN_OR_RAISE(const auto rows, RowsOf(recorded, sink.schema));
  const ConnectorContext context;
  ARROW_ASSIGN_OR_RAISE(const auto opened,
                        MakeFileSinkProvider()->OpenBatch(sink, SaveMode::kErrorIfExists, context));
  ARROW_RETURN_NOT_OK(opened->Begin(0).status());
  ARROW_ASSIGN_OR_RAISE(auto writer, opened->OpenWriter(0));
  ARROW_RETURN_NOT_OK(writer->Write(rows));
  ARROW_RETURN_NOT_OK(writer->Finish());
  ARROW_RETURN_NOT_OK(opened->Prepare(0));
  ARROW_RETURN_NOT_OK(opened->Commit(0));
  std::string text;
  for (const auto& entry : std::filesystem::directory_iterator(target)) {
    if (entry.path().filename().string().starts_with("part-")) text += ContentOf(entry.path());
  }
  return text;
}

TEST(RecordedFiles, Write) {
  const auto cases = RecordedCases("files_write");
  ASSERT_GT(cases.size(), 40u);
  for (const auto& recorded : cases) {
    const ScratchDirectory directory;
    const auto text = Write(recorded, directory / "out");
    ASSERT_TRUE(text.ok()) << text.status().ToString() << recorded.dump();
    EXPECT_EQ(*text, recorded["answer"]["text"].get<std::string>()) << recorded.dump();
  }
}

}  // namespace
}  // namespace headrace
