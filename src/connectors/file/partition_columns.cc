#include "connectors/file/partition_columns.h"

#include <map>
#include <set>

#include "connectors/file/file_path.h"
#include "expression/cast.h"
#include "functions/csv/java_number.h"

namespace headrace {

namespace {

// An integer too large for a bigint, as decimal(precision, 0).
DataTypePtr DecimalOf(std::string_view text) {
  if (text.starts_with('+') || text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return nullptr;
  }
  text.remove_prefix(std::min(text.find_first_not_of('0'), text.size() - 1));
  if (text.size() > 38) return nullptr;
  return arrow::decimal128(static_cast<int32_t>(text.size()), 0);
}

template <typename Integer>
bool IsInteger(std::string_view text) {
  Integer value;
  return ParseJavaInteger(text, &value);
}

bool IsDouble(std::string_view text) {
  double value;
  return ParseJavaDouble(text, &value);
}

// Only whole forms count here, not the short ones that a cast takes (`2026` is a number anyhow).
bool LooksLikeDate(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && ParseDate(text).has_value();
}

bool LooksLikeTimestamp(std::string_view text, const TimeZone& zone) {
  return text.size() >= 19 && text[4] == '-' && text[10] == ' ' && text[13] == ':' &&
         text.find_first_not_of("0123456789-: .") == std::string_view::npos &&
         ParseTimestamp(text, zone).has_value();
}

DataTypePtr InferType(std::string_view text, const TimeZone& zone) {
  if (IsInteger<int32_t>(text)) return arrow::int32();
  if (IsInteger<int64_t>(text)) return arrow::int64();
  if (auto decimal = DecimalOf(text)) return decimal;
  if (IsDouble(text)) return arrow::float64();
  if (LooksLikeTimestamp(text, zone)) return TimestampType();
  if (LooksLikeDate(text)) return arrow::date32();
  return arrow::utf8();
}

DataTypePtr Widen(const DataTypePtr& left, const DataTypePtr& right) {
  if (left->Equals(*right)) return left;
  const auto is = [&](arrow::Type::type a, arrow::Type::type b) {
    return (left->id() == a && right->id() == b) || (left->id() == b && right->id() == a);
  };
  // Digits would be lost.
  if (is(arrow::Type::DOUBLE, arrow::Type::DECIMAL128) ||
      is(arrow::Type::DOUBLE, arrow::Type::INT64)) {
    return arrow::utf8();
  }
  const auto common = CommonType(left, right, /*ansi=*/false);
  return common ? common : arrow::utf8();
}

std::string JoinNames(const PartitionPath& path) {
  std::string names;
  for (const auto& [name, value] : path) names += (names.empty() ? "" : ", ") + name;
  return names;
}

Status CheckNames(const std::map<std::string, PartitionPath>& directories) {
  std::map<std::string, std::string> example_by_names;
  for (const auto& [directory, path] : directories) {
    example_by_names.emplace(JoinNames(path), directory);
  }
  if (example_by_names.size() < 2) return Status::OK();
  std::string lists;
  std::string examples;
  for (const auto& [names, example] : example_by_names) {
    lists += "\n\t" + names;
    examples += "\n\t" + QualifiedPath(example);
  }
  return MakeError(ErrorKind::kSpark, "CONFLICTING_PARTITION_COLUMN_NAMES",
                   "The directories of a partitioned table must all name the same columns, in one "
                   "order. Found:" +
                       lists + "\nfor example in:" + examples,
                   {{"distinctPartColLists", lists}, {"suspiciousPaths", examples}});
}

}  // namespace

PartitionPath ParsePartitionPath(const std::string& directory, const std::string& base_path) {
  PartitionPath reversed;
  std::string current = directory;
  while (current != base_path && current.size() > base_path.size() && current != "/") {
    const std::string name = BaseName(current);
    if (ToLower(name) == "_temporary") return {};
    const size_t equals = name.find('=');
    if (equals == std::string::npos || equals == 0) {
      // A plain directory above partition directories is part of the table's path.
      if (!reversed.empty()) break;
    } else {
      const std::string value = UnescapePartitionText(name.substr(equals + 1));
      reversed.emplace_back(UnescapePartitionText(name.substr(0, equals)),
                            value == kNullPartition ? std::nullopt : std::optional(value));
    }
    current = DirectoryName(current);
  }
  return {reversed.rbegin(), reversed.rend()};
}

Result<arrow::FieldVector> FindPartitionColumns(const std::vector<DataFile>& files,
                                                const SchemaPtr& user_schema, bool infer_types,
                                                const std::shared_ptr<const TimeZone>& zone) {
  std::map<std::string, PartitionPath> directories;
  for (const auto& file : files) {
    const std::string directory = DirectoryName(file.path);
    if (directories.contains(directory)) continue;
    auto path = ParsePartitionPath(directory, file.base_path);
    if (!path.empty()) directories.emplace(directory, std::move(path));
  }
  if (directories.empty()) return arrow::FieldVector{};
  ARROW_RETURN_NOT_OK(CheckNames(directories));

  arrow::FieldVector columns;
  const PartitionPath& first = directories.begin()->second;
  for (size_t i = 0; i < first.size(); ++i) {
    const std::string& name = first[i].first;
    const int given = user_schema ? FindField(*user_schema, name) : -1;
    if (given >= 0) {
      columns.push_back(AsNullable(arrow::schema({user_schema->field(given)}))->field(0));
      continue;
    }
    DataTypePtr type;
    for (const auto& [directory, path] : directories) {
      if (!path[i].second) continue;
      auto one = infer_types ? InferType(*path[i].second, *zone) : arrow::utf8();
      type = type ? Widen(type, one) : one;
    }
    columns.push_back(arrow::field(name, type ? type : arrow::null()));
  }
  return columns;
}

Result<std::vector<std::shared_ptr<arrow::Scalar>>> PartitionValues(
    const DataFile& file, const arrow::FieldVector& columns,
    const std::shared_ptr<const TimeZone>& zone) {
  const PartitionPath path = ParsePartitionPath(DirectoryName(file.path), file.base_path);
  std::vector<std::shared_ptr<arrow::Scalar>> values;
  for (const auto& column : columns) {
    std::optional<std::string> text;
    for (const auto& [name, value] : path) {
      if (EqualsIgnoreCase(name, column->name())) text = value;
    }
    if (!text) {
      values.push_back(arrow::MakeNullScalar(column->type()));
      continue;
    }
    const Datum given(std::make_shared<arrow::StringScalar>(*text));
    ARROW_ASSIGN_OR_RAISE(auto cast,
                          IsString(*column->type())
                              ? Result<Datum>(given)
                              : CastValues(given, column->type(), {CastMode::kTry, zone}));
    if (!cast.scalar()->is_valid) {
      return MakeError(ErrorKind::kRuntime, "INVALID_PARTITION_VALUE",
                       "The directory of " + QualifiedPath(file.path) + " gives the column " +
                           QuoteIdentifier(column->name()) + " the value '" + *text +
                           "', which is no " + SqlName(*column->type()) +
                           ". Change the schema or the directory's name.",
                       {{"value", "'" + *text + "'"},
                        {"dataType", "\"" + SqlName(*column->type()) + "\""},
                        {"columnName", QuoteIdentifier(column->name())}});
    }
    values.push_back(cast.scalar());
  }
  return values;
}

}  // namespace headrace
