#include "plan/window_operation.h"

#include <functional>
#include <memory>
#include <utility>

#include "plan/tree_text.h"
#include "plan/window_in_python.h"

namespace headrace {
namespace {

using Calls = std::vector<std::shared_ptr<const WindowFunctionCall>>;

void CollectCalls(const ExpressionPtr& expression, Calls* calls) {
  if (auto call = std::dynamic_pointer_cast<const WindowFunctionCall>(expression)) {
    calls->push_back(std::move(call));
    return;
  }
  for (const ExpressionPtr& child : expression->children()) CollectCalls(child, calls);
}

bool SameWindow(const WindowFunctionCall& left, const WindowFunctionCall& right) {
  // Also if what it is over has other values each time, and is equal to nothing.
  if (&left == &right) return true;
  if (left.partitions().size() != right.partitions().size() ||
      left.orders().size() != right.orders().size()) {
    return false;
  }
  for (size_t i = 0; i < left.partitions().size(); ++i) {
    if (!SameExpression(*left.children()[left.partitions()[i]],
                        *right.children()[right.partitions()[i]])) {
      return false;
    }
  }
  for (size_t i = 0; i < left.orders().size(); ++i) {
    const WindowOrder &a = left.orders()[i], &b = right.orders()[i];
    if (a.ascending != b.ascending || a.nulls_first != b.nulls_first ||
        !SameExpression(*left.children()[a.input], *right.children()[b.input])) {
      return false;
    }
  }
  return true;
}

// Python functions of one kind go to a worker together.
bool ComputedTogether(const WindowFunctionCall& left, const WindowFunctionCall& right) {
  if (!SameWindow(left, right)) return false;
  const auto &a = left.function().python, &b = right.function().python;
  if (!a || !b) return !a && !b;
  return a->function()->evaluation == b->function()->evaluation &&
         a->function()->python_version == b->function()->python_version;
}

bool ContainsCall(const WindowFunctionCall& call) {
  Calls inner;
  for (const ExpressionPtr& child : call.children()) CollectCalls(child, &inner);
  return !inner.empty();
}

// Those that hold no others: they are computed first.
Calls InnermostCalls(const std::vector<ExpressionPtr*>& expressions) {
  Calls innermost;
  std::function<void(const ExpressionPtr&)> visit = [&](const ExpressionPtr& expression) {
    auto call = std::dynamic_pointer_cast<const WindowFunctionCall>(expression);
    if (call && !ContainsCall(*call)) {
      innermost.push_back(std::move(call));
      return;
    }
    for (const ExpressionPtr& child : expression->children()) visit(child);
  };
  for (const ExpressionPtr* expression : expressions) visit(*expression);
  return innermost;
}

// A node for calls over one window.
class Node {
 public:
  explicit Node(const Calls& calls) {
    for (const auto& call : calls) Add(*call);
  }

  ResolvedPlanPtr Build(ResolvedPlanPtr child, std::vector<Attribute> results) {
    auto node = std::make_shared<ResolvedPlan>();
    node->kind = ResolvedKind::kWindow;
    node->output = child->output;
    node->output.insert(node->output.end(), results.begin(), results.end());
    node->children = {std::move(child)};
    operation_.input_count = static_cast<int>(inputs_.size());
    node->projections = std::move(inputs_);
    if (operation_.functions[0].python) {
      node->python = std::make_shared<const PythonOperation>(WindowInPython(operation_));
    }
    node->window = std::make_shared<const WindowOperation>(std::move(operation_));
    return node;
  }

 private:
  int Input(const ExpressionPtr& expression) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (SameExpression(*inputs_[i].expression, *expression)) return static_cast<int>(i);
    }
    inputs_.push_back(Computed(expression, "_w" + std::to_string(inputs_.size())));
    return static_cast<int>(inputs_.size()) - 1;
  }

  void Add(const WindowFunctionCall& call) {
    const auto input = [&](int child) { return child < 0 ? -1 : Input(call.children()[child]); };
    if (operation_.functions.empty()) {
      for (int partition : call.partitions()) operation_.partitions.push_back(input(partition));
      for (WindowOrder order : call.orders()) {
        order.input = input(order.input);
        operation_.orders.push_back(order);
      }
    }
    WindowFunction function = call.function();
    for (int& argument : function.arguments) argument = input(argument);
    for (FrameBound* end : {&function.lower, &function.upper}) {
      end->bound = input(end->bound);
      end->order = input(end->order);
    }
    operation_.functions.push_back(std::move(function));
  }

  WindowOperation operation_;
  std::vector<NamedExpression> inputs_;
};

}  // namespace

WindowFunctionCall::WindowFunctionCall(WindowFunction function, std::vector<int> partitions,
                                       std::vector<WindowOrder> orders,
                                       std::vector<ExpressionPtr> children, std::string frame_text)
    : Expression(function.type, function.nullable, std::move(children)),
      function_(std::move(function)),
      partitions_(std::move(partitions)),
      orders_(std::move(orders)),
      frame_text_(std::move(frame_text)) {}

Result<Datum> WindowFunctionCall::Evaluate(const arrow::RecordBatch&,
                                           const EvaluationContext&) const {
  return NotSupported("the window function " + function_.name + "() at this place",
                      "Compute it as a column with withColumn() first.");
}

ExpressionPtr WindowFunctionCall::WithChildren(std::vector<ExpressionPtr> children) const {
  return std::make_shared<WindowFunctionCall>(function_, partitions_, orders_, std::move(children),
                                              frame_text_);
}

std::string WindowFunctionCall::ToString() const {
  const auto text = [&](int child) { return children()[child]->ToString(); };
  std::string name = function_.name + "(" + JoinTexts(function_.arguments, text);
  name += function_.kind == WindowFunctionKind::kTiles ? std::to_string(function_.number) : "";
  name += ")";
  if (function_.ignore_nulls) name += " IGNORE NULLS";
  return name + " OVER (" + frame_text_ + ": " + JoinTexts(partitions_, text) + "; " +
         JoinTexts(orders_,
                   [&](const WindowOrder& order) {
                     return text(order.input) + (order.ascending ? " ASC" : " DESC") +
                            (order.nulls_first ? " NULLS FIRST" : " NULLS LAST");
                   }) +
         ")";
}

ResolvedPlanPtr ExtractWindowFunctions(ResolvedPlanPtr child,
                                       const std::vector<ExpressionPtr*>& expressions) {
  for (Calls calls = InnermostCalls(expressions); !calls.empty();
       calls = InnermostCalls(expressions)) {
    // One window at a time.
    Calls same;
    std::vector<Attribute> results;
    for (const auto& call : calls) {
      if (!ComputedTogether(*calls[0], *call)) continue;
      results.push_back(Computed(call, "_we" + std::to_string(same.size())).attribute);
      same.push_back(call);
    }
    child = Node(same).Build(std::move(child), results);
    for (ExpressionPtr* expression : expressions) {
      *expression = Transform(*expression, [&](const ExpressionPtr& node) -> ExpressionPtr {
        for (size_t i = 0; i < same.size(); ++i) {
          if (same[i] == node) return ToReference(results[i]);
        }
        return nullptr;
      });
    }
  }
  return child;
}

std::string WindowText(const WindowOperation& operation) {
  return "Window [" +
         JoinTexts(operation.functions, [](const WindowFunction& f) { return f.name + "()"; }) +
         "]";
}

}  // namespace headrace
