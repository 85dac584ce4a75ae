// Python functions leave the expressions that they stand in: an operator below computes them as
// columns. One operator serves all calls of one kind; a call whose only argument is a call of its
// own kind goes to the worker as a chain.
#include <algorithm>
#include <map>
#include <utility>

#include "plan/conjuncts.h"
#include "plan/optimization/rules.h"
#include "plan/python_operation.h"

namespace headrace {
namespace {

using Calls = std::vector<std::shared_ptr<const PythonFunctionCall>>;

std::shared_ptr<const PythonFunctionCall> AsCall(const ExpressionPtr& expression) {
  return std::dynamic_pointer_cast<const PythonFunctionCall>(expression);
}

Result<ResolvedPlanPtr> ExtractFrom(const ResolvedPlanPtr& plan);

// The outermost calls.
void CollectCalls(const ExpressionPtr& expression, Calls* calls) {
  if (auto call = AsCall(expression)) {
    calls->push_back(std::move(call));
    return;
  }
  for (const ExpressionPtr& child : expression->children()) CollectCalls(child, calls);
}

// The inner call of f(g(…)) that the worker can do at once; null: none.
std::shared_ptr<const PythonFunctionCall> Chained(const PythonFunctionCall& call) {
  if (call.children().size() != 1 || !call.keywords()[0].empty()) return nullptr;
  auto inner = AsCall(call.children()[0]);
  const bool same = inner && inner->function()->evaluation == call.function()->evaluation &&
                    inner->function()->deterministic && call.function()->deterministic;
  return same ? inner : nullptr;
}

// Replaces calls by columns. Calls are told apart by identity: equal ones are computed once only if
// they are one object.
class Extraction {
 public:
  explicit Extraction(ResolvedPlanPtr input) : plan_(std::move(input)) {}

  const ResolvedPlanPtr& plan() const { return plan_; }

  void Compute(const Calls& calls) {
    // Arguments first: their own calls run in operators below.
    Calls inner;
    for (const auto& call : calls) {
      for (const ExpressionPtr& argument : InnermostArguments(*call))
        CollectCalls(argument, &inner);
    }
    if (!inner.empty()) Compute(inner);
    std::map<std::pair<int, std::string>, Calls> by_kind;
    for (const auto& call : calls) {
      if (columns_.contains(call.get())) continue;
      const PythonFunction& function = *call->function();
      by_kind[{static_cast<int>(function.evaluation), function.python_version}].push_back(call);
    }
    for (const auto& [kind, same_kind] : by_kind) AddOperator(same_kind);
  }

  ExpressionPtr Replace(const ExpressionPtr& expression) const {
    if (auto call = AsCall(expression)) {
      const auto found = columns_.find(call.get());
      return found == columns_.end() ? expression : ToReference(found->second);
    }
    std::vector<ExpressionPtr> children;
    bool changed = false;
    for (const ExpressionPtr& child : expression->children()) {
      children.push_back(Replace(child));
      changed |= children.back() != child;
    }
    return changed ? expression->WithChildren(std::move(children)) : expression;
  }

 private:
  static const std::vector<ExpressionPtr>& InnermostArguments(const PythonFunctionCall& call) {
    auto inner = Chained(call);
    return inner ? InnermostArguments(*inner) : call.children();
  }

  void AddOperator(const Calls& calls) {
    PythonOperation operation;
    operation.shape = PythonOperation::Shape::kColumns;
    operation.context = calls[0]->context();
    operation.task = TaskOf(*calls[0]->function(), *operation.context);
    auto node = std::make_shared<ResolvedPlan>();
    node->kind = ResolvedKind::kPython;
    node->output = plan_->output;
    arrow::FieldVector fields;
    for (const auto& call : calls) {
      if (!operation.name.empty()) operation.name += ", ";
      operation.name += call->ToString();
      operation.results.push_back(call->type());
      operation.task.calls.push_back(Flatten(*call, &node->projections));
      NamedExpression column = Computed(call, "python_" + call->function()->name);
      node->output.push_back(column.attribute);
      columns_[call.get()] = column.attribute;
      kept_.push_back(call);
    }
    for (const NamedExpression& input : node->projections) {
      fields.push_back(arrow::field(input.attribute.name, input.attribute.type));
    }
    operation.task.input_schema = SchemaToJson(*arrow::schema(std::move(fields)));
    node->python = std::make_shared<const PythonOperation>(std::move(operation));
    node->children = {plan_};
    plan_ = std::move(node);
  }

  PythonCall Flatten(const PythonFunctionCall& call, std::vector<NamedExpression>* inputs) {
    if (auto inner = Chained(call)) {
      PythonCall chain = Flatten(*inner, inputs);
      chain.commands.push_back(call.function()->command);
      return chain;
    }
    PythonCall flat;
    flat.commands = {call.function()->command};
    for (size_t i = 0; i < call.children().size(); ++i) {
      const ExpressionPtr argument = Replace(call.children()[i]);
      int column = -1;
      for (size_t k = 0; k < inputs->size(); ++k) {
        if (SameExpression(*(*inputs)[k].expression, *argument)) column = static_cast<int>(k);
      }
      if (column < 0) {
        column = static_cast<int>(inputs->size());
        inputs->push_back(Computed(argument, "_" + std::to_string(column)));
      }
      flat.arguments.push_back({column, call.keywords()[i]});
    }
    return flat;
  }

  ResolvedPlanPtr plan_;
  std::map<const PythonFunctionCall*, Attribute> columns_;
  Calls kept_;
};

bool Needs(const ExpressionPtr& expression, const Calls& calls) {
  Calls found;
  CollectCalls(expression, &found);
  return std::any_of(found.begin(), found.end(), [&](const auto& call) {
    return std::find(calls.begin(), calls.end(), call) != calls.end();
  });
}

// Calls over one side become columns of it; what needs both sides filters the joined rows.
Result<ResolvedPlanPtr> ExtractFromJoin(const ResolvedPlanPtr& join, const Calls& calls) {
  Extraction left(join->children[0]), right(join->children[1]);
  Calls of_left, of_right, of_both;
  for (const auto& call : calls) {
    const AttributeSet used = ReferencesOf(call);
    if (IsSubset(used, IdsOf(left.plan()->output))) {
      of_left.push_back(call);
    } else if (IsSubset(used, IdsOf(right.plan()->output))) {
      of_right.push_back(call);
    } else {
      of_both.push_back(call);
    }
  }
  const bool inner = join->join_type == JoinType::kInner || join->join_type == JoinType::kCross;
  if (!of_both.empty() && !inner) {
    return AnalysisError("UNSUPPORTED_FEATURE.PYTHON_UDF_IN_ON_CLAUSE",
                         "The Python function " + of_both[0]->function()->name +
                             " needs columns of both sides of an outer join in its condition. "
                             "Compute what it tells with withColumn() first.",
                         {{"joinType", "OUTER JOIN"}});
  }
  std::vector<ExpressionPtr> conditions, filters;
  for (const ExpressionPtr& conjunct : SplitConjuncts(join->condition)) {
    (Needs(conjunct, of_both) ? filters : conditions).push_back(conjunct);
  }
  left.Compute(of_left);
  right.Compute(of_right);
  for (ExpressionPtr& condition : conditions) condition = right.Replace(left.Replace(condition));
  ResolvedPlanPtr joined = MakeJoin(left.plan(), right.plan(), join->join_type,
                                    conditions.empty() ? nullptr : JoinConjuncts(conditions));
  if (!filters.empty()) {
    for (ExpressionPtr& filter : filters) filter = right.Replace(left.Replace(filter));
    ARROW_ASSIGN_OR_RAISE(joined,
                          ExtractFrom(MakeFilter(std::move(joined), JoinConjuncts(filters))));
  }
  if (joined->output.size() == join->output.size()) return joined;
  return MakeProject(std::move(joined), PassThrough(join->output));
}

Result<ResolvedPlanPtr> ExtractFrom(const ResolvedPlanPtr& plan) {
  Calls calls;
  VisitExpressions(*plan,
                   [&](const ExpressionPtr& expression) { CollectCalls(expression, &calls); });
  if (calls.empty()) return plan;
  if (plan->kind == ResolvedKind::kJoin) return ExtractFromJoin(plan, calls);
  Extraction extraction(plan->children[0]);
  extraction.Compute(calls);
  ResolvedPlanPtr replaced =
      WithChildren(MapExpressions(plan,
                                  [&](const ExpressionPtr& expression) {
                                    return expression ? extraction.Replace(expression) : expression;
                                  }),
                   {extraction.plan()});
  if (replaced->output.size() == plan->output.size()) return replaced;
  return MakeProject(std::move(replaced), PassThrough(plan->output));
}

}  // namespace

Result<ResolvedPlanPtr> ExtractPythonFunctions(const ResolvedPlanPtr& plan) {
  Status status;
  ResolvedPlanPtr extracted =
      RewriteBottomUp(plan, [&](const ResolvedPlanPtr& node) -> ResolvedPlanPtr {
        if (!status.ok()) return node;
        auto result = ExtractFrom(node);
        if (result.ok()) return *result;
        status = result.status();
        return node;
      });
  ARROW_RETURN_NOT_OK(status);
  return extracted;
}

}  // namespace headrace
