#include "plan/analysis/grouping_sets.h"

#include <algorithm>
#include <utility>

#include <arrow/array/builder_primitive.h>
#include <arrow/compute/api.h>

namespace headrace {
namespace {

int64_t GroupingId(const std::vector<int>& set, int keys) {
  int64_t id = (int64_t{1} << keys) - 1;
  for (int key : set) id &= ~(int64_t{1} << (keys - 1 - key));
  return id;
}

// Positions that take row i for each set that has the key, null for the others.
Result<std::shared_ptr<arrow::Array>> KeyPositions(int key, int64_t length,
                                                   const std::vector<std::vector<int>>& sets) {
  arrow::Int64Builder positions;
  ARROW_RETURN_NOT_OK(positions.Reserve(length * static_cast<int64_t>(sets.size())));
  std::vector<bool> has_key;
  for (const std::vector<int>& set : sets) {
    has_key.push_back(std::find(set.begin(), set.end(), key) != set.end());
  }
  for (int64_t row = 0; row < length; ++row) {
    for (const bool present : has_key) {
      if (present) {
        positions.UnsafeAppend(row);
      } else {
        positions.UnsafeAppendNull();
      }
    }
  }
  return positions.Finish();
}

Status Expand(const std::vector<std::shared_ptr<arrow::Array>>& keys, int64_t length,
              const std::vector<std::vector<int>>& sets, std::vector<int64_t>* parent_rows,
              std::vector<std::shared_ptr<arrow::Array>>* columns) {
  for (int64_t row = 0; row < length; ++row) {
    parent_rows->insert(parent_rows->end(), sets.size(), row);
  }
  const int count = static_cast<int>(keys.size());
  for (int key = 0; key < count; ++key) {
    ARROW_ASSIGN_OR_RAISE(auto positions, KeyPositions(key, length, sets));
    ARROW_ASSIGN_OR_RAISE(
        auto column,
        arrow::compute::Take(*keys[key], *positions, arrow::compute::TakeOptions::NoBoundsCheck()));
    columns->push_back(std::move(column));
  }
  arrow::Int64Builder ids;
  ARROW_RETURN_NOT_OK(ids.Reserve(length * static_cast<int64_t>(sets.size())));
  for (int64_t row = 0; row < length; ++row) {
    for (const std::vector<int>& set : sets) ids.UnsafeAppend(GroupingId(set, count));
  }
  ARROW_ASSIGN_OR_RAISE(auto id_column, ids.Finish());
  columns->push_back(std::move(id_column));
  return Status::OK();
}

}  // namespace

std::vector<std::vector<int>> RollupSets(int keys) {
  std::vector<std::vector<int>> sets;
  for (int size = keys; size >= 0; --size) {
    std::vector<int> set;
    for (int key = 0; key < size; ++key) set.push_back(key);
    sets.push_back(std::move(set));
  }
  return sets;
}

std::vector<std::vector<int>> CubeSets(int keys) {
  std::vector<std::vector<int>> sets;
  for (int64_t left_out = 0; left_out < (int64_t{1} << keys); ++left_out) {
    std::vector<int> set;
    for (int key = 0; key < keys; ++key) {
      if (!(left_out >> (keys - 1 - key) & 1)) set.push_back(key);
    }
    sets.push_back(std::move(set));
  }
  return sets;
}

ExpandedGroups ExpandGroups(const std::vector<NamedExpression>& groupings,
                            const std::vector<std::vector<int>>& sets) {
  ExpandedGroups expanded;
  expanded.generator.name = "grouping_sets";
  for (size_t i = 0; i < groupings.size(); ++i) {
    Attribute key = groupings[i].attribute;
    key.id = NextAttributeId();
    for (const std::vector<int>& set : sets) {
      const bool present = std::find(set.begin(), set.end(), static_cast<int>(i)) != set.end();
      key.nullable |= !present;
    }
    expanded.generator.arguments.push_back(groupings[i].expression);
    expanded.generator.output.push_back(arrow::field(key.name, key.type, key.nullable));
    expanded.keys.push_back(std::move(key));
  }
  expanded.grouping_id.id = NextAttributeId();
  expanded.grouping_id.name = "spark_grouping_id";
  expanded.grouping_id.type = arrow::int64();
  expanded.grouping_id.nullable = false;
  expanded.generator.output.push_back(arrow::field("spark_grouping_id", arrow::int64(), false));
  expanded.generator.generate = [sets](const std::vector<std::shared_ptr<arrow::Array>>& keys,
                                       int64_t length, bool, std::vector<int64_t>* parent_rows,
                                       std::vector<std::shared_ptr<arrow::Array>>* columns) {
    return Expand(keys, length, sets, parent_rows, columns);
  };
  return expanded;
}

ExpressionPtr GroupingBit(const Attribute& grouping_id, int key, int keys) {
  const int shift = keys - 1 - key;
  return std::make_shared<FunctionCall>(
      "grouping", arrow::int8(), false, std::vector<ExpressionPtr>{ToReference(grouping_id)},
      [shift](const std::vector<Datum>& arguments, int64_t,
              const EvaluationContext&) -> Result<Datum> {
        if (arguments[0].is_scalar()) {
          const int64_t id = arguments[0].scalar_as<arrow::Int64Scalar>().value;
          return Datum(std::make_shared<arrow::Int8Scalar>(static_cast<int8_t>(id >> shift & 1)));
        }
        const auto ids = arguments[0].array_as<arrow::Int64Array>();
        arrow::Int8Builder bits;
        ARROW_RETURN_NOT_OK(bits.Reserve(ids->length()));
        for (int64_t i = 0; i < ids->length(); ++i) {
          bits.UnsafeAppend(static_cast<int8_t>(ids->Value(i) >> shift & 1));
        }
        ARROW_ASSIGN_OR_RAISE(auto array, bits.Finish());
        return Datum(std::move(array));
      });
}

}  // namespace headrace
