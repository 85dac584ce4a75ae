#include "plan/canonical_text.h"

#include <algorithm>
#include <functional>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include <arrow/ipc/writer.h>

#include "plan/group_function.h"
#include "plan/python_operation.h"
#include "plan/tree_text.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

bool IsCommutative(const std::string& function) {
  static const std::unordered_set<std::string> names = {"+", "*", "==", "=", "<=>"};
  return names.contains(function);
}

// Aggregates and generators that are told by their arguments alone. Others were bound to settings
// too (a percentage, the names of columns), which are seen no more.
bool IsToldByArguments(const std::string& name) {
  static const std::unordered_set<std::string> names = {
      "count",         "sum",          "avg",         "mean",      "min",
      "max",           "stddev",       "std",         "variance",  "stddev_samp",
      "stddev_pop",    "var_samp",     "var_pop",     "corr",      "skewness",
      "kurtosis",      "covar_samp",   "covar_pop",   "bool_and",  "bool_or",
      "every",         "some",         "any",         "count_if",  "max_by",
      "min_by",        "explode",      "posexplode",  "inline",    "stack",
      "json_tuple",    "bit_and",      "bit_or",      "bit_xor",   "product",
      "explode_outer", "collect_list", "collect_set", "array_agg", "posexplode_outer",
      "inline_outer"};
  return names.contains(ToLower(name));
}

// a > b is b < a.
std::string Turned(const std::string& function) {
  return function == ">" ? "<" : function == ">=" ? "<=" : "";
}

std::string Joined(const std::vector<std::string>& texts) {
  return "(" + JoinTexts(texts, [](const std::string& text) { return text; }) + ")";
}

// Never the same in another plan: of what has no text that tells all of it.
std::string Unlike(const Attribute& column) { return "@" + std::to_string(column.id); }

Result<std::string> RowsText(const arrow::RecordBatchVector& batches) {
  std::string text;
  for (const auto& batch : batches) {
    ARROW_ASSIGN_OR_RAISE(const auto bytes, arrow::ipc::SerializeRecordBatch(
                                                *batch, arrow::ipc::IpcWriteOptions::Defaults()));
    const std::string_view view(*bytes);
    text += " " + std::to_string(batch->num_rows()) + ":" +
            std::to_string(std::hash<std::string_view>{}(view));
  }
  return text;
}

class Canonicalizer {
 public:
  Result<std::string> Text(const ResolvedPlan& plan) {
    std::string text;
    // First, so that the columns of the children have their numbers.
    for (const ResolvedPlanPtr& child : plan.children) {
      ARROW_ASSIGN_OR_RAISE(const std::string below, Text(*child));
      text += below;
    }
    ARROW_ASSIGN_OR_RAISE(const std::string leaf, Leaf(plan));
    text += std::to_string(static_cast<int>(plan.kind)) + leaf + Settings(plan);
    for (const NamedExpression& named : plan.projections) text += " " + Define(named);
    if (plan.condition) text += " where " + Text(plan.condition);
    for (const NamedExpression& named : plan.groupings) text += " by " + Define(named);
    for (const NamedAggregate& named : plan.aggregates) text += " " + Aggregate(named);
    if (plan.kind == ResolvedKind::kGenerate) {
      text += " " + plan.generator.name + Texts(plan.generator.arguments) +
              (plan.generator.outer ? " outer" : "");
      if (!IsToldByArguments(plan.generator.name)) text += Unlike(plan.output.back());
    }
    for (const SortOrder& order : plan.orders) {
      text += " order " + Text(order.expression) + (order.ascending ? " up" : " down") +
              (order.nulls_first ? " first" : " last");
    }
    for (const int64_t key : plan.keys) text += " key " + Number(key);
    for (const int64_t key : plan.initial_keys) text += " initial " + Number(key);
    for (const Attribute& column : plan.output) Number(column.id);
    return text + "\n";
  }

 private:
  std::string Number(int64_t id) {
    const auto [it, added] = numbers_.try_emplace(id, numbers_.size());
    return "#" + std::to_string(it->second);
  }

  Result<std::string> Leaf(const ResolvedPlan& plan) {
    if (plan.kind == ResolvedKind::kLocalData) {
      ARROW_ASSIGN_OR_RAISE(std::string rows, RowsText(plan.batches));
      for (const Attribute& column : plan.output) rows += " " + column.type->ToString();
      return rows;
    }
    if (plan.kind == ResolvedKind::kRange) {
      return " " + std::to_string(plan.start) + " " + std::to_string(plan.end) + " " +
             std::to_string(plan.step);
    }
    if (plan.kind != ResolvedKind::kScan) return std::string();
    const SourceSpecification& source = plan.specification;
    std::string text = (plan.streaming ? " stream " : " scan ") + ToLower(source.format);
    for (const std::string& path : source.paths) text += " " + path;
    for (const auto& [key, value] : source.options.values()) text += " " + key + "=" + value;
    // Rows that somebody keeps, in one object for all plans.
    if (plan.batch_scan) {
      text += " @" + std::to_string(reinterpret_cast<uintptr_t>(plan.batch_scan.get()));
    }
    for (const Attribute& column : plan.output) text += " " + column.name + column.type->ToString();
    return text;
  }

  std::string Settings(const ResolvedPlan& plan) {
    std::string text = " " + std::to_string(plan.number) + (plan.all ? " all" : "") +
                       (plan.global_sort ? " global" : "") +
                       (plan.within_watermark ? " within" : "") + " " +
                       std::to_string(static_cast<int>(plan.join_type));
    if (plan.kind == ResolvedKind::kSample) {
      text += " " + std::to_string(plan.lower) + " " + std::to_string(plan.upper) + " " +
              std::to_string(plan.seed) + (plan.with_replacement ? " replaced" : "");
    }
    if (plan.kind == ResolvedKind::kWatermark) {
      text += " " + Number(plan.event_time) + " " + std::to_string(plan.delay_us);
    }
    if (plan.window) {
      text += " " + Window(*plan.window);
      for (const WindowFunction& function : plan.window->functions) {
        const bool aggregate = function.kind == WindowFunctionKind::kAggregate;
        if (aggregate && !IsToldByArguments(function.name)) text += Unlike(plan.output.back());
      }
    }
    if (plan.python) {
      text += " " + PythonText(*plan.python);
      for (const PythonCall& call : plan.python->task.calls) {
        for (const std::string& command : call.commands) text += " " + command;
      }
    }
    if (plan.group_function) text += Unlike(plan.output.front());
    return text + plan.metrics_name;
  }

  static std::string Bound(const FrameBound& bound) {
    return " " + std::to_string(static_cast<int>(bound.kind)) + " " + std::to_string(bound.rows) +
           " " + std::to_string(bound.bound);
  }

  static std::string Window(const WindowOperation& window) {
    std::string text = "window";
    for (const int input : window.partitions) text += " " + std::to_string(input);
    for (const WindowOrder& order : window.orders) {
      text += " order " + std::to_string(order.input) + (order.ascending ? " up" : " down") +
              (order.nulls_first ? " first" : " last");
    }
    for (const WindowFunction& function : window.functions) {
      text += " " + function.name + " " + std::to_string(function.number) +
              (function.ignore_nulls ? " ignore" : "") +
              (function.unit == FrameUnit::kRows ? " rows" : " range") + Bound(function.lower) +
              Bound(function.upper);
      for (const int argument : function.arguments) text += " " + std::to_string(argument);
    }
    return text;
  }

  std::string Define(const NamedExpression& named) {
    std::string text = Text(named.expression);
    Number(named.attribute.id);
    return text;
  }

  std::string Aggregate(const NamedAggregate& named) {
    std::string text = named.aggregate.name + (named.distinct ? " distinct" : "") +
                       Texts(named.aggregate.arguments);
    if (!IsToldByArguments(named.aggregate.name)) text += Unlike(named.attribute);
    if (named.filter) text += " filter " + Text(named.filter);
    Number(named.attribute.id);
    return text;
  }

  std::string Texts(const std::vector<ExpressionPtr>& expressions) {
    std::vector<std::string> texts;
    for (const ExpressionPtr& expression : expressions) texts.push_back(Text(expression));
    return Joined(texts);
  }

  std::string Text(const ExpressionPtr& expression) {
    if (const auto* column = dynamic_cast<const AttributeReference*>(expression.get())) {
      return Number(column->id());
    }
    if (expression->children().empty()) {
      return expression->ToString() + ":" + expression->type()->ToString();
    }
    std::vector<std::string> texts;
    for (const ExpressionPtr& child : expression->children()) texts.push_back(Text(child));
    if (IsAnd(*expression)) {
      std::sort(texts.begin(), texts.end());
      return "and" + Joined(texts);
    }
    if (const auto* call = dynamic_cast<const FunctionCall*>(expression.get())) {
      if (IsCommutative(call->name())) std::sort(texts.begin(), texts.end());
      const std::string turned = Turned(call->name());
      if (!turned.empty()) std::reverse(texts.begin(), texts.end());
      return (turned.empty() ? call->name() : turned) + ":" + call->type()->ToString() +
             Joined(texts);
    }
    std::string function;
    if (const auto* python = dynamic_cast<const PythonFunctionCall*>(expression.get())) {
      function = python->function()->command;
    }
    // Of others the own text tells what they do; the children stand in it by their texts.
    std::vector<ExpressionPtr> children;
    for (size_t i = 0; i < texts.size(); ++i) {
      const ExpressionPtr& child = expression->children()[i];
      children.push_back(std::make_shared<AttributeReference>(0, std::move(texts[i]), child->type(),
                                                              child->nullable()));
    }
    return function + expression->WithChildren(std::move(children))->ToString();
  }

  std::unordered_map<int64_t, size_t> numbers_;
};

}  // namespace

Result<std::string> CanonicalText(const ResolvedPlan& plan) { return Canonicalizer().Text(plan); }

}  // namespace headrace
