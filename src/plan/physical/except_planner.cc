// EXCEPT of a stream and a table, as other operators: what Spark rewrites it to decides what is
// possible (an aggregation) and what it gives from batch to batch.
#include <utility>

#include "plan/physical/planner.h"

namespace headrace {
namespace {

Result<ExpressionPtr> Call(const std::string& name, std::vector<ExpressionPtr> arguments) {
  return FunctionRegistry::BuiltIn().Call(name, std::move(arguments), BindContext{});
}

// The distinct rows of the stream that have no equal row in the table.
Result<ResolvedPlanPtr> ExceptDistinct(const ResolvedPlan& plan) {
  const ResolvedPlan& left = *plan.children[0];
  const ResolvedPlan& right = *plan.children[1];
  ExpressionPtr equal;
  for (size_t i = 0; i < left.output.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr same,
                          Call("<=>", {ToReference(left.output[i]), ToReference(right.output[i])}));
    equal = equal ? MakeAnd(std::move(equal), std::move(same)) : std::move(same);
  }
  return MakeDistinct(
      MakeJoin(plan.children[0], plan.children[1], JoinType::kLeftAnti, std::move(equal)));
}

// Each row as often as its number says.
BoundGenerator Replicate(ExpressionPtr number) {
  BoundGenerator generator;
  generator.name = "replicate_rows";
  generator.arguments = {std::move(number)};
  generator.generate = [](const std::vector<std::shared_ptr<arrow::Array>>& arguments,
                          int64_t length, bool, std::vector<int64_t>* parent_rows,
                          std::vector<std::shared_ptr<arrow::Array>>*) {
    const auto* numbers = arguments[0]->data()->GetValues<int64_t>(1);
    for (int64_t i = 0; i < length; ++i) {
      parent_rows->insert(parent_rows->end(), static_cast<size_t>(numbers[i]), i);
    }
    return Status::OK();
  };
  return generator;
}

// Rows of the stream count 1, those of the table -1; the table is read in every batch.
Result<ResolvedPlanPtr> ExceptAll(const ResolvedPlan& plan) {
  std::vector<ResolvedPlanPtr> sides;
  for (int64_t weight = 1; weight >= -1; weight -= 2) {
    const ResolvedPlanPtr& side = plan.children[weight > 0 ? 0 : 1];
    std::vector<NamedExpression> columns = PassThrough(side->output);
    columns.push_back(Computed(MakeLiteral(arrow::MakeScalar(weight)), "weight"));
    sides.push_back(MakeProject(side, std::move(columns)));
  }
  const ResolvedPlanPtr both = MakeSetOperation(ResolvedKind::kUnion, std::move(sides), true);
  const std::vector<Attribute> columns(both->output.begin(), both->output.end() - 1);
  NamedAggregate number;
  ARROW_ASSIGN_OR_RAISE(number.aggregate, FunctionRegistry::BuiltIn().FindAggregate("sum")->bind(
                                              {ToReference(both->output.back())}, BindContext{}));
  number.attribute = Computed(ToReference(both->output.back()), "sum").attribute;
  number.attribute.type = number.aggregate.type;
  const ExpressionPtr sum = ToReference(number.attribute);
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr positive,
                        Call(">", {sum, MakeLiteral(arrow::MakeScalar(int64_t{0}))}));
  ResolvedPlanPtr counted = MakeAggregate(both, PassThrough(columns), {std::move(number)});
  ResolvedPlanPtr replicated =
      MakeGenerate(MakeFilter(std::move(counted), std::move(positive)), Replicate(sum), {});
  return MakeProject(std::move(replicated), PassThrough(columns));
}

}  // namespace

Result<Lowered> PhysicalPlanner::LowerStreamingExcept(const ResolvedPlan& plan) {
  ARROW_ASSIGN_OR_RAISE(const ResolvedPlanPtr rewritten,
                        plan.all ? ExceptAll(plan) : ExceptDistinct(plan));
  return Lower(rewritten);
}

}  // namespace headrace
