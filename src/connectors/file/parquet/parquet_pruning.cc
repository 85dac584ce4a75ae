#include "connectors/file/parquet/parquet_pruning.h"

#include <map>

#include <arrow/compute/api.h>
#include <parquet/arrow/reader.h>
#include <parquet/statistics.h>

namespace headrace {

namespace {

const std::map<std::string, std::string>& MirroredSymbols() {
  static const auto* symbols = new std::map<std::string, std::string>{
      {"==", "=="}, {"<", ">"}, {"<=", ">="}, {">", "<"}, {">=", "<="}};
  return *symbols;
}

// No value: the two cannot be compared.
std::optional<bool> Compare(const char* function, const std::shared_ptr<arrow::Scalar>& left,
                            const std::shared_ptr<arrow::Scalar>& right) {
  if (!left->type->Equals(*right->type)) return std::nullopt;
  const auto result = arrow::compute::CallFunction(function, {left, right});
  if (!result.ok() || !result->scalar()->is_valid) return std::nullopt;
  return static_cast<const arrow::BooleanScalar&>(*result->scalar()).value;
}

const parquet::arrow::SchemaField* FindLeaf(const parquet::arrow::SchemaManifest& manifest,
                                            const std::string& column) {
  for (const auto& field : manifest.schema_fields) {
    if (field.is_leaf() && EqualsIgnoreCase(field.field->name(), column)) return &field;
  }
  return nullptr;
}

}  // namespace

RowGroupFilter::RowGroupFilter(const std::vector<ExpressionPtr>& filters,
                               const std::vector<std::string>& filter_columns) {
  for (const auto& filter : filters) Add(*filter, filter_columns);
}

void RowGroupFilter::Add(const Expression& filter, const std::vector<std::string>& filter_columns) {
  const auto* call = dynamic_cast<const FunctionCall*>(&filter);
  if (!call || call->children().size() != 2) return;
  const auto mirrored = MirroredSymbols().find(call->name());
  if (mirrored == MirroredSymbols().end()) return;
  const Expression* left = call->children()[0].get();
  const Expression* right = call->children()[1].get();
  std::string symbol = call->name();
  if (dynamic_cast<const Literal*>(left)) {
    std::swap(left, right);
    symbol = mirrored->second;
  }
  const auto* column = dynamic_cast<const BoundReference*>(left);
  const auto* literal = dynamic_cast<const Literal*>(right);
  if (!column || !literal || !literal->value()->is_valid) return;
  if (column->index() < 0 || column->index() >= static_cast<int>(filter_columns.size())) return;
  // NaN is larger than every number, but no statistics tell of it.
  const auto id = column->type()->id();
  const bool may_be_nan = id == arrow::Type::DOUBLE || id == arrow::Type::FLOAT;
  if (may_be_nan && symbol != "<" && symbol != "<=") return;
  comparisons_.push_back({filter_columns[column->index()], symbol, literal->value()});
}

bool RowGroupFilter::MayMatch(const parquet::RowGroupMetaData& row_group,
                              const parquet::arrow::SchemaManifest& manifest) const {
  for (const auto& comparison : comparisons_) {
    const auto* leaf = FindLeaf(manifest, comparison.column);
    if (!leaf) continue;
    const auto statistics = row_group.ColumnChunk(leaf->column_index)->statistics();
    if (!statistics || !statistics->HasMinMax()) continue;
    std::shared_ptr<arrow::Scalar> min;
    std::shared_ptr<arrow::Scalar> max;
    if (!parquet::arrow::StatisticsAsScalars(*statistics, &min, &max).ok()) continue;
    const auto& value = comparison.value;
    std::optional<bool> possible;
    if (comparison.symbol == "<") {
      possible = Compare("less", min, value);
    } else if (comparison.symbol == "<=") {
      possible = Compare("less_equal", min, value);
    } else if (comparison.symbol == ">") {
      possible = Compare("greater", max, value);
    } else if (comparison.symbol == ">=") {
      possible = Compare("greater_equal", max, value);
    } else {
      const auto above = Compare("less_equal", min, value);
      const auto below = Compare("greater_equal", max, value);
      if (above && below) possible = *above && *below;
    }
    if (possible.has_value() && !*possible) return false;
  }
  return true;
}

}  // namespace headrace
