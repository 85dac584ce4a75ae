#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <parquet/arrow/writer.h>

#include "connectors/file/file_format.h"
#include "connectors/file/file_sink.h"
#include "connectors/file/file_source.h"
#include "connectors/file/file_test_support.h"
#include "expression/cast.h"

namespace headrace {
namespace {

using Shown = std::vector<std::string>;

Status WriteParquet(const std::string& path, const std::shared_ptr<arrow::RecordBatch>& rows,
                    int64_t rows_per_group = 1 << 20) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  ARROW_ASSIGN_OR_RAISE(auto file, arrow::io::FileOutputStream::Open(path));
  ARROW_ASSIGN_OR_RAISE(const auto table, arrow::Table::FromRecordBatches({rows}));
  ARROW_RETURN_NOT_OK(
      parquet::arrow::WriteTable(*table, arrow::default_memory_pool(), file, rows_per_group));
  return file->Close();
}

std::shared_ptr<arrow::Array> Numbers(int64_t first, int64_t count) {
  arrow::Int64Builder builder;
  for (int64_t i = 0; i < count; ++i) EXPECT_TRUE(builder.Append(first + i).ok());
  return *builder.Finish();
}

std::shared_ptr<arrow::RecordBatch> Batch(
    const std::vector<std::pair<std::string, std::shared_ptr<arrow::Array>>>& columns) {
  arrow::FieldVector fields;
  arrow::ArrayVector arrays;
  for (const auto& [name, array] : columns) {
    fields.push_back(arrow::field(name, array->type()));
    arrays.push_back(array);
  }
  return arrow::RecordBatch::Make(arrow::schema(fields), arrays[0]->length(), arrays);
}

Result<std::unique_ptr<BatchScan>> Scan(const std::string& path, const std::string& schema = "",
                                        const Options& options = {}) {
  SourceSpecification source;
  source.format = "parquet";
  source.paths = {path};
  source.options = options;
  if (!schema.empty()) {
    ARROW_ASSIGN_OR_RAISE(source.user_schema, ParseSchema(schema));
  }
  const auto provider = MakeFileSourceProvider();
  const ConnectorContext context;
  ARROW_ASSIGN_OR_RAISE(const auto resolved, provider->ResolveSchema(source, false, context));
  return provider->OpenBatch(source, resolved, context);
}

Result<Shown> RowsOf(const std::string& path, const std::string& schema = "") {
  ARROW_ASSIGN_OR_RAISE(const auto scan, Scan(path, schema));
  return ShownRows(scan->Read(AllColumns(*scan->schema())));
}

// The kernel is never called: filters are only looked at.
ExpressionPtr Compare(const std::string& symbol, ExpressionPtr left, ExpressionPtr right) {
  return std::make_shared<FunctionCall>(
      symbol, arrow::boolean(), true, std::vector{std::move(left), std::move(right)},
      [](const std::vector<Datum>&, int64_t, const EvaluationContext&) -> Result<Datum> {
        return Status::Invalid("not to be evaluated");
      });
}

TEST(ParquetFormat, ReadsOnlyTheColumnsAsked) {
  const ScratchDirectory directory;
  ASSERT_OK(WriteParquet(directory / "t/a.parquet",
                         Batch({{"a", Numbers(1, 2)}, {"b", Numbers(10, 2)}})));
  ASSERT_OK_AND_ASSIGN(const auto scan, Scan(directory / "t"));
  ASSERT_OK_AND_ASSIGN(auto rows, ShownRows(scan->Read({{"b"}, {}})));
  EXPECT_EQ(rows, (Shown{"10", "11"}));
  ASSERT_OK_AND_ASSIGN(rows, ShownRows(scan->Read({{"b", "a"}, {}})));
  EXPECT_EQ(rows, (Shown{"10|1", "11|2"}));
  ASSERT_OK_AND_ASSIGN(rows, ShownRows(scan->Read({{}, {}})));
  EXPECT_EQ(rows.size(), 2u);
}

TEST(ParquetFormat, PassesOverRowGroupsThatCannotMatch) {
  const ScratchDirectory directory;
  ASSERT_OK(WriteParquet(directory / "a.parquet", Batch({{"a", Numbers(0, 30)}}), 10));
  ASSERT_OK_AND_ASSIGN(const auto scan, Scan(directory / "a.parquet"));
  const auto column = std::make_shared<BoundReference>(0, "a", arrow::int64(), true);
  const auto literal = [](int64_t value) {
    return MakeLiteral(std::make_shared<arrow::Int64Scalar>(value));
  };
  const std::vector<std::tuple<std::string, int64_t, size_t>> cases = {
      {"==", 15, 10}, {"==", 99, 0}, {"<", 10, 10}, {"<=", 10, 20}, {">", 19, 10},
      {">=", 19, 20}, {">", 29, 0},  {"<", 0, 0},   {"<=>", 15, 30}};
  for (const auto& [symbol, value, rows] : cases) {
    ASSERT_OK_AND_ASSIGN(const auto read,
                         ShownRows(scan->Read({{"a"}, {Compare(symbol, column, literal(value))}})));
    EXPECT_EQ(read.size(), rows) << symbol << value;
  }
  ASSERT_OK_AND_ASSIGN(const auto mirrored,
                       ShownRows(scan->Read({{"a"}, {Compare("<", literal(19), column)}})));
  EXPECT_EQ(mirrored.size(), 10u);
}

TEST(ParquetFormat, NanIsLargerThanStatisticsTell) {
  const ScratchDirectory directory;
  arrow::DoubleBuilder builder;
  ASSERT_OK(builder.AppendValues({1.0, std::nan("")}));
  ASSERT_OK(WriteParquet(directory / "a.parquet", Batch({{"a", *builder.Finish()}})));
  ASSERT_OK_AND_ASSIGN(const auto scan, Scan(directory / "a.parquet"));
  const auto filter = Compare(">", std::make_shared<BoundReference>(0, "a", arrow::float64(), true),
                              MakeLiteral(std::make_shared<arrow::DoubleScalar>(5.0)));
  ASSERT_OK_AND_ASSIGN(const auto rows, ShownRows(scan->Read({{"a"}, {filter}})));
  EXPECT_EQ(rows.size(), 2u);
}

TEST(ParquetFormat, FilesMayHaveOtherColumns) {
  const ScratchDirectory directory;
  ASSERT_OK(WriteParquet(directory / "a.parquet", Batch({{"A", Numbers(1, 1)}})));
  ASSERT_OK_AND_ASSIGN(const auto rows, RowsOf(directory.path(), "b STRING, a DECIMAL(20,0)"));
  EXPECT_EQ(rows, Shown{"NULL|1"});
  const auto mismatch = RowsOf(directory.path(), "a INT");
  EXPECT_EQ(ConditionOf(mismatch.status()), "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH");
}

TEST(ParquetFormat, MergesSchemasIfAsked) {
  const ScratchDirectory directory;
  ASSERT_OK(WriteParquet(directory / "a.parquet", Batch({{"a", Numbers(1, 1)}})));
  ASSERT_OK(WriteParquet(directory / "b.parquet", Batch({{"b", Numbers(2, 1)}})));
  ASSERT_OK_AND_ASSIGN(auto scan, Scan(directory.path()));
  EXPECT_EQ(scan->schema()->field_names(), Shown{"a"});
  ASSERT_OK_AND_ASSIGN(scan, Scan(directory.path(), "", Given({{"mergeSchema", "true"}})));
  EXPECT_EQ(scan->schema()->field_names(), (Shown{"a", "b"}));
}

TEST(ParquetFormat, ANullStructMayHaveFieldsThatAreNeverNull) {
  const ScratchDirectory directory;
  const auto x = arrow::field("x", arrow::int64(), /*nullable=*/false);
  arrow::StructBuilder builder(arrow::struct_({x}), arrow::default_memory_pool(),
                               {std::make_shared<arrow::Int64Builder>()});
  ASSERT_OK(builder.AppendNull());
  ASSERT_OK(builder.Append());
  ASSERT_OK(static_cast<arrow::Int64Builder*>(builder.field_builder(0))->Append(7));
  SinkSpecification specification;
  specification.format = "parquet";
  specification.path = directory / "out";
  specification.schema = arrow::schema({arrow::field("s", builder.type())});
  const ConnectorContext context;
  ASSERT_OK_AND_ASSIGN(const auto sink, MakeFileSinkProvider()->OpenStream(specification, context));
  ASSERT_OK(sink->Begin(0).status());
  ASSERT_OK_AND_ASSIGN(const auto writer, sink->OpenWriter(0));
  ASSERT_OK(writer->Write(arrow::RecordBatch::Make(specification.schema, 2, {*builder.Finish()})));
  ASSERT_OK(writer->Finish());
  ASSERT_OK(sink->Prepare(0));
  ASSERT_OK(sink->Commit(0));
  ASSERT_OK_AND_ASSIGN(const auto rows, RowsOf(directory / "out"));
  EXPECT_EQ(rows, (Shown{"NULL", "{7}"}));
}

TEST(ParquetFormat, DamagedFilesAreNamed) {
  const ScratchDirectory directory;
  PutFile(directory / "a.parquet", "garbage garbage garbage");
  const auto inferred = RowsOf(directory.path());
  EXPECT_EQ(ConditionOf(inferred.status()), "FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER");
  const auto read = RowsOf(directory.path(), "a INT");
  EXPECT_EQ(ConditionOf(read.status()), "FAILED_READ_FILE.NO_HINT");
  EXPECT_NE(read.status().message().find("a.parquet"), std::string::npos);
  ASSERT_OK_AND_ASSIGN(const auto scan,
                       Scan(directory.path(), "a INT", Given({{"ignoreCorruptFiles", "true"}})));
  ASSERT_OK_AND_ASSIGN(const auto rows, ShownRows(scan->Read(AllColumns(*scan->schema()))));
  EXPECT_EQ(rows, Shown{});
}

TEST(ParquetFormat, RowGroupsOfALargeFileAreReadOnceOverAllSlices) {
  const ScratchDirectory directory;
  ASSERT_OK(WriteParquet(directory / "a.parquet", Batch({{"a", Numbers(0, 1000)}}), 100));
  const int64_t size = static_cast<int64_t>(std::filesystem::file_size(directory / "a.parquet"));
  ASSERT_OK_AND_ASSIGN(const auto format, MakeParquetFormat({}, {}));
  const auto columns = arrow::schema({arrow::field("a", arrow::int64())});
  const auto file = std::make_shared<DataFile>(DataFile{directory / "a.parquet", "", size, 0});
  for (const int64_t step : {size, size / 2 + 1, size / 7 + 1, int64_t{64}}) {
    ASSERT_OK_AND_ASSIGN(const auto reader, format->MakeReader({columns, columns, {}, {}}));
    int64_t rows = 0;
    for (int64_t offset = 0; offset < size; offset += step) {
      ASSERT_OK(reader->Open({file, offset, std::min(step, size - offset)}));
      while (true) {
        ASSERT_OK_AND_ASSIGN(const auto batch, reader->Next());
        if (!batch) break;
        rows += batch->num_rows();
      }
    }
    EXPECT_EQ(rows, 1000) << step;
  }
}

}  // namespace
}  // namespace headrace
