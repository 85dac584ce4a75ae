#include "connectors/file/csv/csv_inference.h"

#include <algorithm>

#include "connectors/file/csv/csv_records.h"
#include "functions/csv/csv_type_inference.h"

namespace headrace {

namespace {

std::vector<std::string> ColumnNames(const std::vector<std::string>& header,
                                     const CsvOptions& options, size_t count) {
  std::vector<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    const std::string generated = "_c" + std::to_string(i);
    if (!options.header || header[i].empty() || header[i] == options.null_value) {
      names.push_back(generated);
      continue;
    }
    const auto same = std::count_if(header.begin(), header.end(), [&](const auto& other) {
      return EqualsIgnoreCase(other, header[i]);
    });
    names.push_back(same > 1 ? header[i] + std::to_string(i) : header[i]);
  }
  return names;
}

bool IsAbsent(const CsvValue& value, const CsvOptions& options) {
  return value.text.empty() || value.text == options.null_value;
}

}  // namespace

Result<SchemaPtr> InferCsvSchema(const std::vector<DataFile>& files, FileSystem* file_system,
                                 const CsvFileOptions& file_options) {
  const CsvOptions& options = file_options.csv;
  std::vector<std::string> header;
  std::vector<CsvColumnType> columns;
  bool found_first = false;
  const CsvTypeInference inference(options);
  std::vector<CsvValue> values;
  std::string_view raw;
  for (const auto& file : files) {
    if (file.size_bytes == 0) continue;
    CsvRecords records(file_options);
    ARROW_RETURN_NOT_OK(
        records.Open({std::make_shared<DataFile>(file), 0, file.size_bytes, file_system}));
    while (true) {
      values.clear();
      ARROW_ASSIGN_OR_RAISE(const bool more, records.Next(&values, &raw));
      if (!found_first && (more || !records.header().empty())) {
        found_first = true;
        header = records.header();
        columns.resize(options.header ? header.size() : values.size());
      }
      if (!more) {
        if (!records.full()) break;
        ARROW_RETURN_NOT_OK(records.Release());
        continue;
      }
      if (!options.infer_schema) break;
      for (size_t i = 0; i < std::min(values.size(), columns.size()); ++i) {
        if (!IsAbsent(values[i], options)) inference.Add(values[i].text, &columns[i]);
      }
    }
    if (found_first && !options.infer_schema) break;
  }
  if (files.empty()) return nullptr;
  arrow::FieldVector fields;
  const auto names = ColumnNames(header, options, columns.size());
  for (size_t i = 0; i < columns.size(); ++i) {
    fields.push_back(arrow::field(names[i], columns[i].SparkType()));
  }
  return arrow::schema(std::move(fields));
}

}  // namespace headrace
