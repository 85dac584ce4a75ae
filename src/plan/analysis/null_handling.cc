// DataFrame.na: fill, drop, replace.
#include <utility>

#include "plan/analysis/relation_resolver.h"

namespace headrace {
namespace {

// fill() touches only the columns that the value's type fits.
bool Fills(const DataType& value, const DataType& column) {
  if (IsNumeric(value)) return IsNumeric(column);
  return value.id() == column.id();
}

std::shared_ptr<arrow::Scalar> LiteralValue(const UnresolvedPtr& expression) {
  return expression->kind == UnresolvedKind::kLiteral ? expression->literal : nullptr;
}

bool Contains(const std::vector<Attribute>& columns, int64_t id) {
  return FindAttribute(columns, id) != nullptr;
}

// The new value under the old name; nullability as computed.
NamedExpression Replaced(const Attribute& column, ExpressionPtr value) {
  return Computed(std::move(value), column.name);
}

}  // namespace

Result<Relation> RelationResolver::ResolveFillNa(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  const bool one_value = plan.expressions.size() == 1;
  ARROW_ASSIGN_OR_RAISE(auto targets, ColumnsNamed(plan.names, child.output()));
  std::vector<NamedExpression> columns;
  for (const Attribute& column : child.output()) {
    std::shared_ptr<arrow::Scalar> value;
    if (one_value) {
      if (Contains(targets, column.id)) value = LiteralValue(plan.expressions[0]);
    } else {
      for (size_t i = 0; i < plan.names.size() && i < plan.expressions.size(); ++i) {
        if (SameName(plan.names[i], column.name, context_->case_sensitive)) {
          value = LiteralValue(plan.expressions[i]);
        }
      }
    }
    if (!value || !Fills(*value->type, *column.type)) {
      columns.push_back(PassThrough(column));
      continue;
    }
    ExpressionPtr current = ToReference(column);
    if (column.type->id() == arrow::Type::FLOAT || column.type->id() == arrow::Type::DOUBLE) {
      // NaN counts as missing.
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr null,
                            MakeCast(MakeLiteral(std::make_shared<arrow::NullScalar>()),
                                     column.type, context_->bind.cast_options()));
      ARROW_ASSIGN_OR_RAISE(current,
                            context_->functions->Call("nanvl", {current, null}, context_->bind));
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr filling,
                          MakeCast(MakeLiteral(value), column.type, context_->bind.cast_options()));
    ARROW_ASSIGN_OR_RAISE(
        ExpressionPtr filled,
        context_->functions->Call("coalesce", {current, filling}, context_->bind));
    columns.push_back(Replaced(column, std::move(filled)));
  }
  return Above(child, MakeProject(child.plan, std::move(columns)));
}

Result<Relation> RelationResolver::ResolveDropNa(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ARROW_ASSIGN_OR_RAISE(auto targets, ColumnsNamed(plan.names, child.output()));
  const FunctionRegistry& functions = *context_->functions;
  const int64_t wanted = plan.number < 0 ? static_cast<int64_t>(targets.size()) : plan.number;
  ExpressionPtr count;
  for (const Attribute& column : targets) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr present,
                          functions.Call("isnotnull", {ToReference(column)}, context_->bind));
    if (column.type->id() == arrow::Type::FLOAT || column.type->id() == arrow::Type::DOUBLE) {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr nan,
                            functions.Call("isnan", {ToReference(column)}, context_->bind));
      ARROW_ASSIGN_OR_RAISE(nan, functions.Call("not", {nan}, context_->bind));
      present = MakeAnd(present, nan);
    }
    ExpressionPtr one = MakeCaseWhen({present, MakeLiteral(std::make_shared<arrow::Int64Scalar>(1)),
                                      MakeLiteral(std::make_shared<arrow::Int64Scalar>(0))},
                                     arrow::int64());
    if (!count) {
      count = std::move(one);
    } else {
      ARROW_ASSIGN_OR_RAISE(count, functions.Call("+", {count, one}, context_->bind));
    }
  }
  if (!count) return Passing(child, child.plan);
  ARROW_ASSIGN_OR_RAISE(
      ExpressionPtr enough,
      functions.Call(">=", {count, MakeLiteral(std::make_shared<arrow::Int64Scalar>(wanted))},
                     context_->bind));
  return Passing(child, MakeFilter(child.plan, std::move(enough)));
}

Result<Relation> RelationResolver::ResolveReplaceNa(const LogicalPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(Relation child, ResolveChild(plan));
  ARROW_ASSIGN_OR_RAISE(auto targets, ColumnsNamed(plan.names, child.output()));
  const FunctionRegistry& functions = *context_->functions;
  const CastOptions options = context_->bind.cast_options();
  std::vector<NamedExpression> columns;
  for (const Attribute& column : child.output()) {
    std::vector<ExpressionPtr> branches;
    for (size_t i = 0; i + 1 < plan.expressions.size(); i += 2) {
      const auto from = LiteralValue(plan.expressions[i]);
      const auto to = LiteralValue(plan.expressions[i + 1]);
      if (!from || !to || !Contains(targets, column.id)) continue;
      const DataType& known = from->is_valid ? *from->type : *to->type;
      if (!Fills(known, *column.type)) continue;
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr old_value,
                            MakeCast(MakeLiteral(from), column.type, options));
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr new_value,
                            MakeCast(MakeLiteral(to), column.type, options));
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr equal,
                            functions.Call("=", {ToReference(column), old_value}, context_->bind));
      branches.push_back(std::move(equal));
      branches.push_back(std::move(new_value));
    }
    if (branches.empty()) {
      columns.push_back(PassThrough(column));
      continue;
    }
    branches.push_back(ToReference(column));
    columns.push_back(Replaced(column, MakeCaseWhen(std::move(branches), column.type)));
  }
  return Above(child, MakeProject(child.plan, std::move(columns)));
}

}  // namespace headrace
