#include "functions/csv/csv_row_writer.h"

#include <arrow/builder.h>

#include "functions/csv/csv_tokenizer.h"
#include "types/value_text.h"

namespace headrace {

CsvRowWriter::CsvRowWriter(CsvWriteOptions options) : options_(std::move(options)) {
  for (const char c : {'\n', '\r', options_.separator.front(), options_.quote}) {
    special_[static_cast<unsigned char>(c)] = true;
  }
}

Result<std::shared_ptr<arrow::StringArray>> CsvRowWriter::TextOf(
    const std::shared_ptr<arrow::Array>& column) const {
  const auto id = column->type_id();
  if (id == arrow::Type::STRING) return std::static_pointer_cast<arrow::StringArray>(column);
  const DateTimePattern* pattern = nullptr;
  int64_t factor = 1;
  if (id == arrow::Type::TIMESTAMP) {
    pattern = IsTimestampNtz(*column->type()) ? options_.timestamp_ntz_pattern.get()
                                              : options_.timestamp_pattern.get();
  } else if (id == arrow::Type::DATE32) {
    pattern = options_.date_pattern.get();
    factor = int64_t{86400} * 1000000;
  }
  if (!pattern && id != arrow::Type::BINARY) return CastToString(*column, *options_.zone);

  arrow::StringBuilder builder;
  const bool local = factor > 1 || IsTimestampNtz(*column->type());
  const TimeZone& zone = local ? *TimeZone::Utc() : *options_.zone;
  std::string text;
  for (int64_t i = 0; i < column->length(); ++i) {
    if (column->IsNull(i)) {
      ARROW_RETURN_NOT_OK(builder.AppendNull());
      continue;
    }
    text.clear();
    if (!pattern) {
      AppendValue(*column, i, *options_.zone, TextStyle::kShow, &text);
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

Result<std::vector<std::shared_ptr<arrow::StringArray>>> CsvRowWriter::TextOf(
    const arrow::ArrayVector& columns) const {
  std::vector<std::shared_ptr<arrow::StringArray>> texts;
  for (const auto& column : columns) {
    ARROW_ASSIGN_OR_RAISE(auto text, TextOf(column));
    texts.push_back(std::move(text));
  }
  return texts;
}

void CsvRowWriter::AppendRow(const std::vector<std::shared_ptr<arrow::StringArray>>& columns,
                             int64_t row, std::string* out) const {
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) *out += options_.separator;
    if (columns[i]->IsNull(row)) {
      AppendNull(out);
    } else {
      AppendText(columns[i]->GetView(row), i == 0, out);
    }
  }
}

void CsvRowWriter::AppendHeader(const arrow::Schema& schema, std::string* out) const {
  for (int i = 0; i < schema.num_fields(); ++i) {
    if (i > 0) *out += options_.separator;
    AppendText(schema.field(i)->name(), i == 0, out);
  }
}

void CsvRowWriter::AppendNull(std::string* out) const {
  if (options_.quote_all) {
    AppendQuoted(options_.null_value, out);
  } else {
    *out += options_.null_value;
  }
}

void CsvRowWriter::AppendText(std::string_view text, bool first, std::string* out) const {
  while (options_.ignore_leading_space && !text.empty() && IsCsvSpace(text.front())) {
    text.remove_prefix(1);
  }
  while (options_.ignore_trailing_space && !text.empty() && IsCsvSpace(text.back())) {
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

bool CsvRowWriter::NeedsQuotes(std::string_view text, bool first) const {
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

void CsvRowWriter::AppendQuoted(std::string_view text, std::string* out) const {
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

}  // namespace headrace
