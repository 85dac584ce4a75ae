// transpose(): rows become columns, named by the values of an index column. A query finds the rows.
#include <utility>

#include <arrow/builder.h>

#include "plan/analysis/analysis_queries.h"
#include "plan/analysis/relation_resolver.h"

namespace headrace {
namespace {

constexpr char kTransposeMaxValues[] = "spark.sql.transposeMaxValues";

Status InvalidIndex(const std::string& reason) {
  return AnalysisError("TRANSPOSE_INVALID_INDEX_COLUMN",
                       "transpose() names the new columns by an index column: " + reason + ".",
                       {{"reason", reason}});
}

// The type of both without turning values into text or losing digits; null: there is none.
DataTypePtr TransposedType(const DataTypePtr& left, const DataTypePtr& right, bool ansi) {
  if (left->id() == arrow::Type::NA) return right;
  if (right->id() == arrow::Type::NA || SameType(*left, *right)) return left;
  if (IsString(*left) || IsString(*right)) return nullptr;
  const DataTypePtr common = CommonType(left, right, ansi);
  if (!common || SameType(*common, *left) || SameType(*common, *right)) return common;
  const bool decimal = arrow::is_decimal(left->id()) || arrow::is_decimal(right->id());
  return IsNumeric(*common) && !decimal ? common : nullptr;
}

// The values of one row beside each other below each other.
Result<std::shared_ptr<arrow::Array>> Turned(const arrow::RecordBatch& rows, int64_t row,
                                             const DataTypePtr& type) {
  ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(type));
  for (int column = 1; column < rows.num_columns(); ++column) {
    ARROW_RETURN_NOT_OK(
        builder->AppendArraySlice(arrow::ArraySpan(*rows.column(column)->data()), row, 1));
  }
  return builder->Finish();
}

}  // namespace

Result<Relation> RelationResolver::ResolveTranspose(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const Relation child, ResolveChild(plan));
  auto transposed = NewLogicalPlan(LogicalKind::kLocalData);
  if (child.output().empty()) {
    transposed->schema = arrow::schema({});
    return ResolveLocalData(*transposed);
  }
  Attribute index = child.output()[0];
  if (!plan.expressions.empty()) {
    ExpressionResolver resolver(context_, {&child});
    ARROW_ASSIGN_OR_RAISE(const TypedExpression chosen, resolver.Resolve(plan.expressions[0]));
    const auto* reference = dynamic_cast<const AttributeReference*>(chosen.expression.get());
    const Attribute* found =
        reference == nullptr ? nullptr : FindAttribute(child.output(), reference->id());
    if (found == nullptr || plan.expressions.size() > 1) {
      return InvalidIndex("it has to be one plain column");
    }
    index = *found;
  }
  if (arrow::is_nested(index.type->id())) {
    return InvalidIndex("it cannot be of the type " + SqlName(*index.type));
  }

  const CastOptions options = context_->bind.cast_options();
  std::vector<Attribute> others;
  DataTypePtr type = arrow::null();
  for (const Attribute& column : child.output()) {
    if (column.id == index.id) continue;
    const DataTypePtr common = TransposedType(type, column.type, context_->bind.ansi);
    if (!common) {
      return AnalysisError(
          "TRANSPOSE_NO_LEAST_COMMON_TYPE",
          "The columns that transpose() puts below each other have no common "
          "type: there are " +
              SqlName(*type) + " and " + SqlName(*column.type) + ". Cast them.",
          {{"dt1", "\"" + SqlName(*type) + "\""}, {"dt2", "\"" + SqlName(*column.type) + "\""}});
    }
    type = common;
    others.push_back(column);
  }
  if (others.empty()) type = arrow::utf8();

  ARROW_ASSIGN_OR_RAISE(
      ExpressionPtr known,
      context_->functions->Call("isnotnull", {ToReference(index)}, context_->bind));
  ResolvedPlanPtr query = MakeFilter(child.plan, std::move(known));
  query = MakeSort(std::move(query), {{ToReference(index), true, true}}, /*global=*/true);
  const int64_t most = LimitOf(kTransposeMaxValues, *context_);
  query = MakeCounted(ResolvedKind::kLimit, std::move(query), most + 1);
  std::vector<NamedExpression> columns;
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr name, MakeCast(ToReference(index), arrow::utf8(), options));
  columns.push_back(Computed(std::move(name), index.name));
  for (const Attribute& other : others) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr value, MakeCast(ToReference(other), type, options));
    columns.push_back(Computed(std::move(value), other.name));
  }
  query = MakeProject(std::move(query), std::move(columns));
  ARROW_ASSIGN_OR_RAISE(const auto rows, RowsOf(query, *context_));
  if (rows->num_rows() > most) {
    return AnalysisError("TRANSPOSE_EXCEED_ROW_LIMIT",
                         "transpose() would make a column of each row, and there are more than " +
                             std::to_string(most) + " rows. Take fewer, or raise " +
                             kTransposeMaxValues + ".",
                         {{"maxValues", std::to_string(most)}, {"config", kTransposeMaxValues}});
  }

  arrow::StringBuilder keys;
  for (const Attribute& other : others) ARROW_RETURN_NOT_OK(keys.Append(other.name));
  arrow::FieldVector fields = {arrow::field("key", arrow::utf8(), /*nullable=*/false)};
  arrow::ArrayVector arrays;
  ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), keys.Finish());
  for (int64_t row = 0; row < rows->num_rows(); ++row) {
    ARROW_ASSIGN_OR_RAISE(const auto header, rows->column(0)->GetScalar(row));
    fields.push_back(arrow::field(header->ToString(), type));
    ARROW_ASSIGN_OR_RAISE(arrays.emplace_back(), Turned(*rows, row, type));
  }
  transposed->schema = arrow::schema(std::move(fields));
  transposed->batches = {arrow::RecordBatch::Make(
      transposed->schema, static_cast<int64_t>(others.size()), std::move(arrays))};
  return ResolveLocalData(*transposed);
}

}  // namespace headrace
