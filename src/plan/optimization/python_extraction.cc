// Python functions leave the expressions that they stand in: an operator below computes them as
// columns. One operator serves all calls of one kind; a call whose only argument is a call of its
// own kind goes to the worker as a chain.
#include <map>
#include <utility>

#include "plan/optimization/rules.h"
#include "plan/python_operation.h"

namespace headrace {
namespace {

using Calls = std::vector<std::shared_ptr<const PythonFunctionCall>>;

std::shared_ptr<const PythonFunctionCall> AsCall(const ExpressionPtr& expression) {
  return std::dynamic_pointer_cast<const PythonFunctionCall>(expression);
}

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

Result<ResolvedPlanPtr> ExtractFrom(const ResolvedPlanPtr& plan) {
  Calls calls;
  VisitExpressions(*plan,
                   [&](const ExpressionPtr& expression) { CollectCalls(expression, &calls); });
  if (calls.empty()) return plan;
  if (plan->children.size() != 1) {
    return AnalysisError("UNSUPPORTED_FEATURE.PYTHON_UDF_IN_ON_CLAUSE",
                         "The Python function " + calls[0]->function()->name +
                             " stands in the condition of a join. Compute it as a column of one "
                             "side with withColumn() first.",
                         {{"joinType", "JOIN"}});
  }
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
