#include "plan/analysis/subqueries.h"

#include <utility>

#include <arrow/array.h>
#include <arrow/scalar.h>

#include "plan/analysis/outer_reference.h"
#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/conjuncts.h"
#include "plan/existence_join.h"
#include "plan/tree_text.h"

namespace headrace {
namespace {

ExpressionPtr BooleanValue(bool value) {
  return MakeLiteral(std::make_shared<arrow::BooleanScalar>(value));
}

void SplitUnresolved(const UnresolvedPtr& condition, std::vector<UnresolvedPtr>* conjuncts) {
  if (condition->kind == UnresolvedKind::kFunction && condition->name == "and") {
    for (const UnresolvedPtr& child : condition->children) SplitUnresolved(child, conjuncts);
    return;
  }
  conjuncts->push_back(condition);
}

UnresolvedPtr Conjunction(const std::vector<UnresolvedPtr>& conjuncts) {
  UnresolvedPtr all;
  for (const UnresolvedPtr& each : conjuncts) all = all ? UnresolvedCall("and", {all, each}) : each;
  return all;
}

bool IsCall(const UnresolvedExpression& expression, const char* name) {
  return expression.kind == UnresolvedKind::kFunction && expression.name == name;
}

// Whoever calls not() with no argument, or with two, is told so where calls are bound.
bool IsNot(const UnresolvedExpression& expression) {
  return IsCall(expression, "not") && expression.children.size() == 1;
}

bool IsPredicate(const UnresolvedExpression& expression) {
  return expression.kind == UnresolvedKind::kSubquery && expression.name != "scalar";
}

bool ContainsPredicate(const UnresolvedExpression& expression) {
  if (IsPredicate(expression)) return true;
  for (const UnresolvedPtr& child : expression.children) {
    if (ContainsPredicate(*child)) return true;
  }
  return false;
}

// The value of the only row; SCALAR_SUBQUERY_TOO_MANY_ROWS if there were more.
class OnlyRow final : public Expression {
 public:
  // `failure`: SparkException where the subquery runs once, SparkRuntimeException where by rows.
  OnlyRow(ExpressionPtr value, ExpressionPtr rows, ErrorKind failure)
      : Expression(value->type(), true, {value, rows}), failure_(failure) {}

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override {
    ARROW_ASSIGN_OR_RAISE(const Datum rows, children()[1]->Evaluate(input, context));
    const auto too_many = [](const arrow::Array& counts) {
      const auto& numbers = static_cast<const arrow::Int64Array&>(counts);
      for (int64_t i = 0; i < numbers.length(); ++i) {
        if (numbers.IsValid(i) && numbers.Value(i) > 1) return true;
      }
      return false;
    };
    std::shared_ptr<arrow::Array> counts;
    if (rows.is_array()) {
      counts = rows.make_array();
    } else {
      ARROW_ASSIGN_OR_RAISE(counts, arrow::MakeArrayFromScalar(*rows.scalar(), 1));
    }
    if (too_many(*counts)) {
      return MakeError(failure_, "SCALAR_SUBQUERY_TOO_MANY_ROWS",
                       "A subquery used as a value gave more than one row; aggregate it, or add "
                       "LIMIT 1");
    }
    return children()[0]->Evaluate(input, context);
  }
  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override {
    return std::make_shared<OnlyRow>(children[0], children[1], failure_);
  }
  std::string ToString() const override { return "only_row(" + children()[0]->ToString() + ")"; }

 private:
  ErrorKind failure_;
};

Result<NamedAggregate> Aggregated(const std::string& function, ExpressionPtr argument,
                                  const AnalyzerContext& context) {
  NamedAggregate aggregate;
  const AggregateFunction* found = context.functions->FindAggregate(function);
  ARROW_ASSIGN_OR_RAISE(aggregate.aggregate, found->bind({std::move(argument)}, context.bind));
  aggregate.attribute.id = NextAttributeId();
  aggregate.attribute.name = function;
  aggregate.attribute.type = aggregate.aggregate.type;
  aggregate.attribute.nullable = aggregate.aggregate.nullable;
  return aggregate;
}

Result<NamedAggregate> RowCount(const AnalyzerContext& context) {
  return Aggregated("count", MakeLiteral(std::make_shared<arrow::Int32Scalar>(1)), context);
}

// Folded, if it has one value.
ExpressionPtr Folded(const ExpressionPtr& expression) {
  if (!expression->foldable()) return expression;
  auto value = Fold(*expression);
  return value.ok() ? MakeLiteral(std::move(*value)) : expression;
}

bool IsNull(const ExpressionPtr& expression) {
  const auto* literal = dynamic_cast<const Literal*>(expression.get());
  return literal && !literal->value()->is_valid;
}

ResolvedPlanPtr FirstRow(ResolvedPlanPtr plan) {
  return MakeCounted(ResolvedKind::kLimit, std::move(plan), 1);
}

ExpressionPtr JoinCondition(const std::vector<ExpressionPtr>& conditions) {
  const ExpressionPtr all = JoinConjuncts(conditions);
  return all ? FromOutside(all) : nullptr;
}

// (a, b) IN (…) compares columns; a struct that is one value is compared as a whole.
std::vector<UnresolvedPtr> ComparedValues(const UnresolvedExpression& in,
                                          const std::vector<Attribute>& columns) {
  const UnresolvedPtr& only = in.children[0];
  if (in.children.size() != 1 || !IsCall(*only, "struct")) return in.children;
  const bool whole = columns.size() == 1 && columns[0].type->id() == arrow::Type::STRUCT;
  return whole ? in.children : only->children;
}

std::string InText(const std::vector<TypedExpression>& values, const std::string& outer_names) {
  std::string value = values[0].text;
  if (values.size() > 1) {
    value = "named_struct(" +
            JoinTexts(values, [](const auto& each) { return each.text + ", " + each.text; }) + ")";
  }
  return "(" + value + " IN (listquery(" + outer_names + ")))";
}

}  // namespace

ResolvedPlanPtr ApplyJoins(ResolvedPlanPtr input, const std::vector<SubqueryJoin>& joins) {
  for (const SubqueryJoin& join : joins) {
    input = join.exists
                ? MakeExistenceJoin(std::move(input), join.plan, join.condition, *join.exists)
                : MakeJoin(std::move(input), join.plan, join.type, join.condition);
  }
  return input;
}

AttributeSet ColumnsOf(const std::vector<SubqueryJoin>& joins) {
  AttributeSet columns;
  for (const SubqueryJoin& join : joins) {
    columns.merge(IdsOf(join.plan->output));
    if (join.exists) columns.insert(join.exists->id);
  }
  return columns;
}

AttributeSet ReferencesOf(const std::vector<SubqueryJoin>& joins) {
  AttributeSet references;
  for (const SubqueryJoin& join : joins) CollectReferences(join.condition, &references);
  for (const int64_t id : ColumnsOf(joins)) references.erase(id);
  return references;
}

UnresolvedPtr WithNegationsAtSubqueries(const UnresolvedPtr& condition) {
  if (condition->kind != UnresolvedKind::kFunction || !ContainsPredicate(*condition)) {
    return condition;
  }
  const auto rewritten = [&](const char* name, bool negate) {
    std::vector<UnresolvedPtr> children;
    const auto& from = negate ? condition->children[0]->children : condition->children;
    for (const UnresolvedPtr& child : from) {
      children.push_back(
          WithNegationsAtSubqueries(negate ? UnresolvedCall("not", {child}) : child));
    }
    return WithContext(UnresolvedCall(name, std::move(children)), condition->query_context);
  };
  if (condition->name == "and") return rewritten("and", false);
  if (condition->name == "or") return rewritten("or", false);
  if (!IsNot(*condition)) return condition;
  const UnresolvedPtr& below = condition->children[0];
  if (IsNot(*below)) return WithNegationsAtSubqueries(below->children[0]);
  if (IsCall(*below, "and")) return rewritten("or", true);
  if (IsCall(*below, "or")) return rewritten("and", true);
  return condition;
}

Result<Subqueries::Inner> Subqueries::ResolveInner(const UnresolvedExpression& subquery) const {
  RelationResolver resolver(context_);
  if (rules_.correlated) resolver.LookOutside(outer_);
  Inner inner;
  ARROW_ASSIGN_OR_RAISE(inner.relation, resolver.Resolve(subquery.subquery));
  const ResolvedPlanPtr& plan = inner.relation.plan;
  if (IsStreaming(*plan)) {
    return AnalysisError("INVALID_SUBQUERY_EXPRESSION.STREAMING_QUERY",
                         "A subquery in an expression reads a stream, whose rows have no end to "
                         "wait for. Join the streams instead.");
  }
  inner.outer_names =
      JoinTexts(OuterColumns(*plan), [](const Attribute& column) { return column.name; });
  // Whether a row exists does not depend on a limit.
  const bool limited =
      subquery.name == "exists" && plan->kind == ResolvedKind::kLimit && plan->number > 0;
  ARROW_ASSIGN_OR_RAISE(inner.part,
                        Decorrelation(context_, outer_)
                            .Run(limited && !inner.outer_names.empty() ? plan->children[0] : plan));
  return inner;
}

const TypedExpression* Subqueries::Known(const UnresolvedExpression& subquery, bool negated) const {
  const std::string text = subquery.query_context ? subquery.query_context->fragment() : "";
  for (const Added& added : added_) {
    const bool same = added.subquery == &subquery || (!text.empty() && added.text == text);
    if (same && added.negated == negated) return &added.value;
  }
  return others_ ? others_->Known(subquery, negated) : nullptr;
}

Result<TypedExpression> Subqueries::Add(const UnresolvedPtr& subquery, bool negated,
                                        ExpressionResolver* resolver) {
  if (const TypedExpression* known = Known(*subquery, negated)) return *known;
  ARROW_ASSIGN_OR_RAISE(TypedExpression value, AddNew(*subquery, negated, resolver));
  const bool sql = subquery->query_context && subquery->query_context->is_sql();
  added_.push_back(
      {subquery.get(), sql ? subquery->query_context->fragment() : "", negated, value});
  return value;
}

Result<TypedExpression> Subqueries::AddNew(const UnresolvedExpression& subquery, bool negated,
                                           ExpressionResolver* resolver) {
  if (subquery.name == "scalar") return AddScalar(subquery);
  if (subquery.name != "exists" && subquery.name != "in") {
    return NotSupported("a table argument outside of a call of a table function");
  }
  if (!rules_.predicates) {
    ARROW_RETURN_NOT_OK(ResolveInner(subquery).status());
    return AnalysisError("UNSUPPORTED_SUBQUERY_EXPRESSION_CATEGORY.UNSUPPORTED_IN_EXISTS_SUBQUERY",
                         "IN and EXISTS with a subquery are not possible in ORDER BY; compute them "
                         "as a column of the select list.",
                         {{"treeNode", "Sort"}});
  }
  return subquery.name == "in" ? AddIn(subquery, negated, resolver) : AddExists(subquery, negated);
}

Result<TypedExpression> Subqueries::AddExistence(SubqueryJoin join, bool negated,
                                                 std::string text) {
  Attribute exists;
  exists.id = NextAttributeId();
  exists.name = "exists";
  exists.type = arrow::boolean();
  exists.nullable = false;
  TypedExpression result{ToReference(exists), std::move(text)};
  join.exists = std::move(exists);
  joins_.push_back(std::move(join));
  if (!negated) return result;
  result.text = "(NOT " + result.text + ")";
  ARROW_ASSIGN_OR_RAISE(result.expression,
                        context_->functions->Call("not", {result.expression}, context_->bind));
  return result;
}

Result<TypedExpression> Subqueries::AddExists(const UnresolvedExpression& subquery, bool negated) {
  ARROW_ASSIGN_OR_RAISE(const Inner inner, ResolveInner(subquery));
  std::string text = "exists(" + inner.outer_names + ")";
  if (inner.part.of_nothing) {
    return TypedExpression{BooleanValue(!negated), negated ? "(NOT " + text + ")" : text};
  }
  SubqueryJoin join;
  join.condition = JoinCondition(inner.part.conditions);
  join.plan = join.condition ? inner.part.plan : FirstRow(inner.part.plan);
  return AddExistence(std::move(join), negated, std::move(text));
}

Result<ExpressionPtr> Subqueries::InCondition(const Inner& inner,
                                              const std::vector<TypedExpression>& values,
                                              bool negated) const {
  const std::vector<Attribute>& columns = inner.relation.output();
  const std::string text = "\"" + InText(values, inner.outer_names) + "\"";
  if (values.size() != columns.size()) {
    return AnalysisError("DATATYPE_MISMATCH.IN_SUBQUERY_LENGTH_MISMATCH",
                         "IN compares " + std::to_string(values.size()) +
                             " values with the columns of a subquery, which has " +
                             std::to_string(columns.size()) + ".",
                         {{"sqlExpr", text},
                          {"leftLength", std::to_string(values.size())},
                          {"rightLength", std::to_string(columns.size())}});
  }
  ExpressionPtr all;
  for (size_t i = 0; i < columns.size(); ++i) {
    auto equal = context_->functions->Call(
        "=", {values[i].expression, inner.part.Column(columns[i])}, context_->bind);
    if (!equal.ok()) {
      const std::string left = SqlName(*values[i].expression->type());
      const std::string right = SqlName(*columns[i].type);
      return AnalysisError("DATATYPE_MISMATCH.IN_SUBQUERY_DATA_TYPE_MISMATCH",
                           "IN compares a value of type " + left +
                               " with a column of a subquery of type " + right + ".",
                           {{"sqlExpr", text},
                            {"leftType", "\"" + left + "\""},
                            {"rightType", "\"" + right + "\""}});
    }
    all = all ? MakeAnd(all, *equal) : *equal;
  }
  // NOT IN is true only if no comparison is true or unknown.
  if (negated && all->nullable()) {
    ARROW_ASSIGN_OR_RAISE(
        all, context_->functions->Call("coalesce", {all, BooleanValue(true)}, context_->bind));
  }
  std::vector<ExpressionPtr> conditions = SplitConjuncts(all);
  conditions.insert(conditions.end(), inner.part.conditions.begin(), inner.part.conditions.end());
  return JoinCondition(conditions);
}

// A null is in no list of none; whether it is in any other is unknown.
Result<TypedExpression> Subqueries::NullIn(const Inner& inner, bool negated, std::string text) {
  const ExpressionPtr unknown = MakeLiteral(arrow::MakeNullScalar(arrow::boolean()));
  if (inner.part.of_nothing) return TypedExpression{unknown, std::move(text)};
  SubqueryJoin join;
  join.plan = FirstRow(inner.part.plan);
  ARROW_ASSIGN_OR_RAISE(TypedExpression result,
                        AddExistence(std::move(join), /*negated=*/false, std::move(text)));
  result.expression =
      MakeCaseWhen({result.expression, unknown, BooleanValue(negated)}, arrow::boolean());
  return result;
}

Result<TypedExpression> Subqueries::AddIn(const UnresolvedExpression& subquery, bool negated,
                                          ExpressionResolver* resolver) {
  ARROW_ASSIGN_OR_RAISE(Inner inner, ResolveInner(subquery));
  ARROW_ASSIGN_OR_RAISE(const auto values, resolver->ResolveArguments(
                                               ComparedValues(subquery, inner.relation.output())));
  std::string text = InText(values, inner.outer_names);
  if (values.size() == 1 && IsNull(values[0].expression) && inner.outer_names.empty()) {
    return NullIn(inner, negated, negated ? "(NOT " + text + ")" : text);
  }
  SubqueryJoin join;
  ARROW_ASSIGN_OR_RAISE(join.condition, InCondition(inner, values, negated));
  join.plan = inner.part.plan;
  if (!inner.part.of_nothing) return AddExistence(std::move(join), negated, std::move(text));
  // The only row of an aggregate without groups is there for every row around.
  ARROW_ASSIGN_OR_RAISE(const ExpressionPtr value, ScalarValue(std::move(inner)));
  TypedExpression result{nullptr, negated ? "(NOT " + text + ")" : text};
  ARROW_ASSIGN_OR_RAISE(result.expression, context_->functions->Call(
                                               "=", {values[0].expression, value}, context_->bind));
  if (negated) {
    ARROW_ASSIGN_OR_RAISE(result.expression,
                          context_->functions->Call("not", {result.expression}, context_->bind));
  }
  return result;
}

Result<std::optional<SubqueryJoin>> Subqueries::Deciding(const UnresolvedExpression& subquery,
                                                         bool negated,
                                                         ExpressionResolver* resolver) const {
  ARROW_ASSIGN_OR_RAISE(const Inner inner, ResolveInner(subquery));
  if (inner.part.of_nothing) return std::nullopt;
  SubqueryJoin join;
  join.type = negated ? JoinType::kLeftAnti : JoinType::kLeftSemi;
  join.plan = inner.part.plan;
  if (subquery.name == "exists") {
    join.condition = JoinCondition(inner.part.conditions);
    if (!join.condition) join.plan = FirstRow(join.plan);
    return join;
  }
  ARROW_ASSIGN_OR_RAISE(const auto values, resolver->ResolveArguments(
                                               ComparedValues(subquery, inner.relation.output())));
  ARROW_ASSIGN_OR_RAISE(join.condition, InCondition(inner, values, negated));
  return join;
}

Result<UnresolvedPtr> Subqueries::TakeConjuncts(const UnresolvedPtr& condition,
                                                ExpressionResolver* resolver) {
  std::vector<UnresolvedPtr> conjuncts, rest;
  SplitUnresolved(WithNegationsAtSubqueries(condition), &conjuncts);
  for (const UnresolvedPtr& conjunct : conjuncts) {
    const bool negated = IsNot(*conjunct) && IsPredicate(*conjunct->children[0]);
    const UnresolvedPtr& inner = negated ? conjunct->children[0] : conjunct;
    if (IsPredicate(*inner) && inner->name != "TABLE") {
      auto join = Deciding(*inner, negated, resolver);
      if (!join.ok()) return WithContext(join.status(), inner->query_context);
      if (*join) {
        joins_.push_back(std::move(**join));
        continue;
      }
    }
    rest.push_back(conjunct);
  }
  return rest.size() == conjuncts.size() ? condition : Conjunction(rest);
}

Result<TypedExpression> Subqueries::AddScalar(const UnresolvedExpression& subquery) {
  ARROW_ASSIGN_OR_RAISE(Inner inner, ResolveInner(subquery));
  if (inner.relation.output().size() != 1) {
    const std::string columns = std::to_string(inner.relation.output().size());
    return AnalysisError(
        "INVALID_SUBQUERY_EXPRESSION.SCALAR_SUBQUERY_RETURN_MORE_THAN_ONE_OUTPUT_COLUMN",
        "A subquery used as a value has one column; this one has " + columns,
        {{"number", columns}});
  }
  TypedExpression result{nullptr, "scalarsubquery(" + inner.outer_names + ")"};
  if (inner.outer_names.empty()) {
    ARROW_ASSIGN_OR_RAISE(result.expression, UncorrelatedValue(inner));
    return result;
  }
  if (!rules_.correlated_scalar) {
    return AnalysisError("SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION",
                         "The subquery " + result.text +
                             " looks at rows that are grouped here. Group by it, or put it into an "
                             "aggregate function such as first().",
                         {{"sqlExpr", "\"" + result.text + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(result.expression, ScalarValue(std::move(inner)));
  return result;
}

Result<ExpressionPtr> Subqueries::UncorrelatedValue(const Inner& inner) {
  const Attribute& column = inner.relation.output()[0];
  ARROW_ASSIGN_OR_RAISE(NamedAggregate value, Aggregated("first", ToReference(column), *context_));
  ARROW_ASSIGN_OR_RAISE(NamedAggregate rows, RowCount(*context_));
  NamedExpression only =
      Computed(std::make_shared<OnlyRow>(ToReference(value.attribute), ToReference(rows.attribute),
                                         ErrorKind::kSpark),
               column.name);
  const ExpressionPtr reference = ToReference(only.attribute);
  std::vector<NamedAggregate> aggregates;
  aggregates.push_back(std::move(value));
  aggregates.push_back(std::move(rows));
  SubqueryJoin join;
  join.plan = MakeProject(MakeAggregate(inner.part.plan, {}, std::move(aggregates)), {only});
  joins_.push_back(std::move(join));
  return reference;
}

Result<ExpressionPtr> Subqueries::ScalarValue(Inner inner) {
  const Attribute& column = inner.relation.output()[0];
  Decorrelated& part = inner.part;
  SubqueryJoin join;
  join.type = JoinType::kLeftOuter;
  if (part.of_nothing) {
    Attribute value = column;
    value.nullable = true;
    const ExpressionPtr found = part.computed.contains(column.id)
                                    ? FromOutside(part.computed.at(column.id))
                                    : ToReference(value);
    const ExpressionPtr nothing = FromOutside(Folded(part.of_nothing->at(column.id)));
    std::vector<NamedExpression> columns = PassThrough(part.plan->output);
    NamedExpression matched = Computed(BooleanValue(true), "matched");
    matched.attribute.nullable = true;  // behind the join
    const ExpressionPtr marker = ToReference(matched.attribute);
    columns.push_back(std::move(matched));
    join.condition = JoinCondition(part.conditions);
    join.plan = IsNull(nothing) ? part.plan : MakeProject(part.plan, std::move(columns));
    joins_.push_back(std::move(join));
    if (IsNull(nothing)) return found;
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr present,
                          context_->functions->Call("isnotnull", {marker}, context_->bind));
    return MakeCaseWhen({std::move(present), found, nothing}, column.type);
  }
  // One row for each key, which tells how many there were.
  ARROW_RETURN_NOT_OK(Decorrelation(context_, outer_).OnlyKeys(&part));
  std::vector<NamedExpression> groupings;
  for (ExpressionPtr& condition : part.conditions) {
    const ExpressionPtr key = KeyOf(condition);
    if (!key) continue;
    groupings.push_back(Computed(key, "key"));
    std::vector<ExpressionPtr> sides = condition->children();
    (sides[0] == key ? sides[0] : sides[1]) = ToReference(groupings.back().attribute);
    condition = condition->WithChildren(std::move(sides));
  }
  ARROW_ASSIGN_OR_RAISE(NamedAggregate value, Aggregated("first", ToReference(column), *context_));
  ARROW_ASSIGN_OR_RAISE(NamedAggregate rows, RowCount(*context_));
  value.attribute.nullable = rows.attribute.nullable = true;  // behind the join
  ExpressionPtr only = std::make_shared<OnlyRow>(ToReference(value.attribute),
                                                 ToReference(rows.attribute), ErrorKind::kRuntime);
  std::vector<NamedAggregate> aggregates;
  aggregates.push_back(std::move(value));
  aggregates.push_back(std::move(rows));
  join.condition = JoinCondition(part.conditions);
  join.plan = MakeAggregate(part.plan, std::move(groupings), std::move(aggregates));
  joins_.push_back(std::move(join));
  return only;
}

}  // namespace headrace
