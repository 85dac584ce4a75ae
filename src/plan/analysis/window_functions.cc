// Functions with over(…): partitions, order and frame, and what runs over the frame.
#include <map>
#include <optional>
#include <utility>

#include "functions/signature.h"
#include "plan/analysis/expression_resolver.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/analysis/within_group.h"
#include "plan/tree_text.h"
#include "plan/window_operation.h"

namespace headrace {
namespace {

// A window while it is resolved: everything that is computed for it, and its text.
struct ResolvedWindow {
  std::vector<ExpressionPtr> children;
  std::vector<int> partitions;
  std::vector<WindowOrder> orders;
  std::vector<std::string> partition_texts, order_texts;

  int Add(ExpressionPtr child) {
    children.push_back(std::move(child));
    return static_cast<int>(children.size()) - 1;
  }

  std::string Text(const std::string& frame) const {
    const auto same = [](const std::string& text) { return text; };
    std::string text;
    if (!partition_texts.empty()) text = "PARTITION BY " + JoinTexts(partition_texts, same) + " ";
    if (!order_texts.empty()) text += "ORDER BY " + JoinTexts(order_texts, same) + " ";
    return " OVER (" + text + frame + ")";
  }
};

Status WrongArguments(const std::string& name, const std::string& expected, size_t actual) {
  return ForUser(WrongNumberOfArguments(name, expected, actual), name);
}

Status NoWindowFunction(const std::string& call) {
  return AnalysisError("UNSUPPORTED_EXPR_FOR_WINDOW",
                       "over(…) is for window and aggregate functions; " + call + " is none.",
                       {{"sqlExpr", "\"" + call + "\""}});
}

Status NeedsOrder(const std::string& call) {
  return AnalysisError("_LEGACY_ERROR_TEMP_1037",
                       "The window function " + call +
                           " looks at rows in their order: add ORDER "
                           "BY to its window, as in " +
                           call + " OVER (PARTITION BY … ORDER BY …).",
                       {{"wf", call}});
}

const char* UnitName(FrameUnit unit) { return unit == FrameUnit::kRows ? "ROWS" : "RANGE"; }

std::string BoundText(FrameBoundKind kind, const std::string& offset) {
  switch (kind) {
    case FrameBoundKind::kUnboundedPreceding:
      return "UNBOUNDED PRECEDING";
    case FrameBoundKind::kPreceding:
      return offset + " PRECEDING";
    case FrameBoundKind::kCurrentRow:
      return "CURRENT ROW";
    case FrameBoundKind::kFollowing:
      return offset + " FOLLOWING";
    case FrameBoundKind::kUnboundedFollowing:
      return "UNBOUNDED FOLLOWING";
  }
  return "";
}

std::string FrameText(FrameUnit unit, const std::string& lower, const std::string& upper) {
  return std::string(UnitName(unit)) + " BETWEEN " + lower + " AND " + upper;
}

std::optional<int64_t> WholeNumber(const Expression& expression) {
  if (!expression.foldable() || !IsIntegral(*expression.type())) return std::nullopt;
  const auto value = Fold(expression);
  if (!value.ok() || !(*value)->is_valid) return std::nullopt;
  const auto number = (*value)->CastTo(arrow::int64());
  if (!number.ok()) return std::nullopt;
  return static_cast<const arrow::Int64Scalar&>(**number).value;
}

const std::map<std::string, WindowFunctionKind>& WindowOnlyFunctions() {
  static const std::map<std::string, WindowFunctionKind> functions = {
      {"row_number", WindowFunctionKind::kRowNumber},
      {"rank", WindowFunctionKind::kRank},
      {"dense_rank", WindowFunctionKind::kDenseRank},
      {"percent_rank", WindowFunctionKind::kPercentRank},
      {"cume_dist", WindowFunctionKind::kCumulativeDistribution},
      {"ntile", WindowFunctionKind::kTiles},
      {"lag", WindowFunctionKind::kShift},
      {"lead", WindowFunctionKind::kShift},
      {"nth_value", WindowFunctionKind::kNth}};
  return functions;
}

// Spark prints some names in upper case.
std::string DisplayName(const std::string& name) {
  if (name == "rank") return "RANK";
  if (name == "dense_rank") return "DENSE_RANK";
  if (name == "percent_rank") return "PERCENT_RANK";
  return name;
}

bool IsFirst(const std::string& name) {
  return name == "first" || name == "first_value" || name == "any_value";
}
bool IsLast(const std::string& name) { return name == "last" || name == "last_value"; }

// lag and lead: value [, rows [, default]].
Result<std::string> BindShift(const std::string& name,
                              const std::vector<TypedExpression>& arguments,
                              const BindContext& bind, ResolvedWindow* window,
                              WindowFunction* function) {
  if (arguments.empty() || arguments.size() > 3) {
    return WrongArguments(name, "[1, 2, 3]", arguments.size());
  }
  int64_t rows = 1;
  if (arguments.size() > 1) {
    const auto number = WholeNumber(*arguments[1].expression);
    if (!number && IsIntegral(*arguments[1].expression->type())) {
      return AnalysisError("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                           "How many rows " + name + "() looks away must be constant, but is " +
                               arguments[1].text + ".",
                           {{"inputExpr", "\"" + arguments[1].text + "\""}});
    }
    if (!number) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1035",
                           "How many rows " + name +
                               "() looks away must be a constant whole "
                               "number, but is " +
                               arguments[1].text + ".",
                           {{"prettyName", name}});
    }
    rows = *number;
  }
  const ExpressionPtr& value = arguments[0].expression;
  ExpressionPtr otherwise = MakeLiteral(arrow::MakeNullScalar(value->type()));
  std::string default_text = "NULL";
  if (arguments.size() > 2) {
    default_text = arguments[2].text;
    ARROW_ASSIGN_OR_RAISE(otherwise, Coerce(name, 2, arguments[2].expression, value->type(), bind));
  }
  function->number = name == "lag" ? -rows : rows;
  function->type = value->type();
  function->nullable = value->nullable() || otherwise->nullable();
  function->arguments = {window->Add(value), window->Add(std::move(otherwise))};
  return name + "(" + arguments[0].text + ", " + std::to_string(rows) + ", " + default_text + ")";
}

// nth_value: value, n.
Result<std::string> BindNth(const std::vector<TypedExpression>& arguments, ResolvedWindow* window,
                            WindowFunction* function) {
  if (arguments.size() != 2) return WrongArguments("nth_value", "[2]", arguments.size());
  const auto number = WholeNumber(*arguments[1].expression);
  if (!number || *number < 1) {
    return AnalysisError(
        "DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
        "nth_value() counts rows from 1, but is asked for row " + arguments[1].text + ".",
        {{"sqlExpr", "\"nth_value(" + arguments[0].text + ", " + arguments[1].text + ")\""},
         {"exprName", "offset"},
         {"valueRange", "(0, 9223372036854775807]"},
         {"currentValue", arguments[1].text + "L"}});
  }
  function->number = *number;
  function->type = arguments[0].expression->type();
  function->arguments = {window->Add(arguments[0].expression)};
  return "nth_value(" + arguments[0].text + ", " + arguments[1].text + ")" +
         (function->ignore_nulls ? " ignore nulls" : "");
}

Result<std::string> BindRank(const std::string& name, const std::vector<TypedExpression>& arguments,
                             WindowFunction* function) {
  const bool tiles = function->kind == WindowFunctionKind::kTiles;
  if (arguments.size() > (tiles ? 1 : 0)) {
    return WrongArguments(name, tiles ? "[0, 1]" : "0", arguments.size());
  }
  const bool share = function->kind == WindowFunctionKind::kPercentRank ||
                     function->kind == WindowFunctionKind::kCumulativeDistribution;
  function->type = share ? arrow::float64() : arrow::int32();
  function->nullable = false;
  if (!tiles) return DisplayName(name) + "()";
  const std::string text = arguments.empty() ? "1" : arguments[0].text;
  const auto number =
      arguments.empty() ? std::optional<int64_t>(1) : WholeNumber(*arguments[0].expression);
  if (!number || *number < 1) {
    return AnalysisError("DATATYPE_MISMATCH.VALUE_OUT_OF_RANGE",
                         "ntile() makes at least one tile, but is asked for " + text + ".",
                         {{"sqlExpr", "\"ntile(" + text + ")\""},
                          {"exprName", "buckets"},
                          {"valueRange", "(0, 2147483647]"},
                          {"currentValue", text}});
  }
  function->number = *number;
  return "ntile(" + text + ")";
}

}  // namespace

bool IsWindowFunction(const std::string& name) { return WindowOnlyFunctions().contains(name); }

class ExpressionResolver::WindowResolution {
 public:
  WindowResolution(ExpressionResolver* resolver, const UnresolvedWindow& specification)
      : resolver_(resolver), bind_(resolver->context_->bind), specification_(specification) {}

  Result<TypedExpression> Run(const UnresolvedExpression& call) {
    ARROW_RETURN_NOT_OK(ResolveRows());
    ARROW_ASSIGN_OR_RAISE(const std::string call_text, BindFunction(call));
    ARROW_ASSIGN_OR_RAISE(const std::string frame_text, ResolveFrame(call_text));
    TypedExpression result;
    result.text = call_text + window_.Text(frame_text);
    result.expression = std::make_shared<WindowFunctionCall>(
        std::move(function_), std::move(window_.partitions), std::move(window_.orders),
        std::move(window_.children), frame_text);
    return result;
  }

 private:
  // Partitions and order.
  Status ResolveRows() {
    ARROW_ASSIGN_OR_RAISE(const auto partitions,
                          resolver_->ResolveArguments(specification_.partitions));
    for (const TypedExpression& partition : partitions) {
      window_.partitions.push_back(window_.Add(partition.expression));
      window_.partition_texts.push_back(partition.text);
    }
    for (const UnresolvedPtr& order : specification_.orders) {
      ARROW_ASSIGN_OR_RAISE(const TypedExpression value, resolver_->Resolve(order));
      WindowOrder resolved;
      if (order->kind == UnresolvedKind::kSortOrder) {
        resolved.ascending = order->ascending;
        resolved.nulls_first = order->nulls_first;
      }
      resolved.input = window_.Add(value.expression);
      window_.orders.push_back(resolved);
      window_.order_texts.push_back(value.text + (resolved.ascending ? " ASC" : " DESC") +
                                    (resolved.nulls_first ? " NULLS FIRST" : " NULLS LAST"));
    }
    return Status::OK();
  }

  // The call's text.
  Result<std::string> BindFunction(const UnresolvedExpression& call) {
    if (call.kind == UnresolvedKind::kPython) return BindPython(call);
    const std::string name = ToLower(call.name);
    function_.name = name;
    function_.ignore_nulls = call.ignore_nulls;
    if (call.kind == UnresolvedKind::kFunction) ARROW_RETURN_NOT_OK(CheckWithinGroup(call));
    const auto own = WindowOnlyFunctions().find(name);
    if (call.kind == UnresolvedKind::kFunction && own != WindowOnlyFunctions().end()) {
      function_.kind = own->second;
      ARROW_ASSIGN_OR_RAISE(const auto arguments, resolver_->ResolveArguments(call.children));
      ARROW_ASSIGN_OR_RAISE(std::string text, BindOwn(name, arguments));
      const bool ordered = function_.kind == WindowFunctionKind::kNth || !window_.orders.empty();
      return ordered ? Result<std::string>(std::move(text)) : NeedsOrder(text);
    }
    const AggregateFunction* aggregate = call.kind == UnresolvedKind::kFunction
                                             ? resolver_->context_->functions->FindAggregate(name)
                                             : nullptr;
    if (!aggregate) {
      ARROW_ASSIGN_OR_RAISE(const TypedExpression value,
                            resolver_->Resolve(std::make_shared<UnresolvedExpression>(call)));
      return NoWindowFunction(value.text);
    }
    if (call.filter) {
      return AnalysisError("_LEGACY_ERROR_TEMP_1030",
                           "FILTER (WHERE …) is not possible in the window function " + name +
                               "(); use " + name + "(CASE WHEN … THEN … END).");
    }
    if (NeedsWholePartition(call) && !CoversPartition()) {
      return AnalysisError("INVALID_WINDOW_SPEC_FOR_AGGREGATION_FUNC",
                           name + "() takes in the whole partition: its window has no ORDER BY " +
                               "and no other frame than ROWS BETWEEN UNBOUNDED PRECEDING AND " +
                               "UNBOUNDED FOLLOWING.",
                           {{"aggFunc", "\"" + call.name + "(…)\""}});
    }
    if (call.distinct) {
      return AnalysisError("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED",
                           "DISTINCT is not possible in a window function; deduplicate the rows "
                           "first, or use collect_set() and size().",
                           {{"windowExpr", "\"" + call.name + "(DISTINCT …)\""}});
    }
    return BindAggregate(*aggregate, name, call);
  }

  // No order, and the frame that there is without one.
  bool CoversPartition() const {
    if (!specification_.orders.empty()) return false;
    const UnresolvedFrame* frame = specification_.frame.get();
    return frame == nullptr || (frame->unit == FrameUnit::kRows &&
                                frame->lower.kind == FrameBoundKind::kUnboundedPreceding &&
                                frame->upper.kind == FrameBoundKind::kUnboundedFollowing);
  }

  Result<std::string> BindOwn(const std::string& name,
                              const std::vector<TypedExpression>& arguments) {
    switch (function_.kind) {
      case WindowFunctionKind::kShift:
        return BindShift(name, arguments, bind_, &window_, &function_);
      case WindowFunctionKind::kNth:
        return BindNth(arguments, &window_, &function_);
      default:
        return BindRank(name, arguments, &function_);
    }
  }

  Result<std::string> BindAggregate(const AggregateFunction& aggregate, const std::string& name,
                                    const UnresolvedExpression& call) {
    ARROW_ASSIGN_OR_RAISE(BoundCall bound, resolver_->BindAggregate(aggregate, call));
    function_.kind = WindowFunctionKind::kAggregate;
    function_.type = bound.aggregate.type;
    function_.nullable = bound.aggregate.nullable;
    if (IsFirst(name) || IsLast(name)) {
      function_.kind = WindowFunctionKind::kNth;
      function_.number = IsFirst(name) ? 1 : -1;
      function_.nullable = true;
      function_.ignore_nulls |= call.children.size() > 1 && IsTrue(*call.children[1]);
      function_.arguments = {window_.Add(bound.aggregate.arguments[0])};
      return bound.text;
    }
    for (const ExpressionPtr& argument : bound.aggregate.arguments) {
      function_.arguments.push_back(window_.Add(argument));
    }
    function_.aggregate = std::move(bound.aggregate);
    return bound.text;
  }

  Result<std::string> BindPython(const UnresolvedExpression& call) {
    const PythonFunction& function = *call.python;
    ARROW_ASSIGN_OR_RAISE(BoundPython bound, resolver_->BindPython(call));
    if (!IsGroupedAggregate(function.evaluation)) return NoWindowFunction(bound.text);
    if (function.evaluation != PythonEvaluation::kGroupedAggregatePandas &&
        function.evaluation != PythonEvaluation::kGroupedAggregateArrow) {
      return NotSupported("the Python function " + function.name + " over windows",
                          "Let it take whole columns in place of an iterator.");
    }
    function_.kind = WindowFunctionKind::kPython;
    function_.name = function.name;
    function_.type = bound.call->type();
    for (const ExpressionPtr& argument : bound.call->children()) {
      function_.arguments.push_back(window_.Add(argument));
    }
    function_.python = std::move(bound.call);
    return bound.text;
  }

  static bool IsTrue(const UnresolvedExpression& expression) {
    return expression.literal && expression.literal->is_valid &&
           expression.literal->type->id() == arrow::Type::BOOL &&
           static_cast<const arrow::BooleanScalar&>(*expression.literal).value;
  }

  // The frame's text. Functions other than aggregates have frames of their own.
  Result<std::string> ResolveFrame(const std::string& call_text) {
    const UnresolvedFrame* frame = specification_.frame.get();
    const bool chosen = function_.kind == WindowFunctionKind::kAggregate ||
                        function_.kind == WindowFunctionKind::kNth ||
                        function_.kind == WindowFunctionKind::kPython;
    if (!chosen) return OwnFrame(frame, call_text);
    if (!frame) {
      const bool ordered = !window_.orders.empty();
      function_.unit = ordered ? FrameUnit::kRange : FrameUnit::kRows;
      function_.lower.kind = FrameBoundKind::kUnboundedPreceding;
      function_.upper.kind =
          ordered ? FrameBoundKind::kCurrentRow : FrameBoundKind::kUnboundedFollowing;
      return FrameText(function_.unit, BoundText(function_.lower.kind, ""),
                       BoundText(function_.upper.kind, ""));
    }
    function_.unit = frame->unit;
    ARROW_ASSIGN_OR_RAISE(const std::string lower, ResolveBound(frame->lower, &function_.lower));
    ARROW_ASSIGN_OR_RAISE(const std::string upper, ResolveBound(frame->upper, &function_.upper));
    const std::string text = FrameText(function_.unit, lower, upper);
    ARROW_RETURN_NOT_OK(CheckFrame(*frame, text, lower, upper));
    return text;
  }

  Result<std::string> OwnFrame(const UnresolvedFrame* frame, const std::string& call_text) {
    std::string text;
    if (function_.kind == WindowFunctionKind::kShift) {
      const std::string bound = std::to_string(function_.number) + " FOLLOWING";
      text = FrameText(FrameUnit::kRows, bound, bound);
    } else {
      text = FrameText(function_.kind == WindowFunctionKind::kCumulativeDistribution
                           ? FrameUnit::kRange
                           : FrameUnit::kRows,
                       "UNBOUNDED PRECEDING", "CURRENT ROW");
    }
    if (!frame) return text;
    FrameBound ignored;
    FrameUnit unit = function_.unit;
    function_.unit = frame->unit;
    ARROW_ASSIGN_OR_RAISE(const std::string lower, ResolveBound(frame->lower, &ignored));
    ARROW_ASSIGN_OR_RAISE(const std::string upper, ResolveBound(frame->upper, &ignored));
    function_.unit = unit;
    const std::string given = FrameText(frame->unit, lower, upper);
    if (given == text) return text;
    return AnalysisError("_LEGACY_ERROR_TEMP_1036",
                         "The frame of " + call_text + " is always " + text + ", not " + given +
                             ". Leave the frame out.",
                         {{"wf", given}, {"required", text}});
  }

  Result<std::string> ResolveBound(const UnresolvedFrameBound& unresolved, FrameBound* bound) {
    bound->kind = unresolved.kind;
    if (!unresolved.offset) return BoundText(unresolved.kind, "");
    ARROW_ASSIGN_OR_RAISE(const TypedExpression offset, resolver_->Resolve(unresolved.offset));
    const std::string text = BoundText(unresolved.kind, offset.text);
    if (!offset.expression->foldable()) {
      return AnalysisError("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE",
                           "The frame's bound " + text + " must be a constant.",
                           {{"sqlExpr", "\"" + text + "\""},
                            {"location", "lower"},
                            {"expression", "\"" + offset.text + "\""}});
    }
    if (function_.unit == FrameUnit::kRows) {
      const auto rows = WholeNumber(*offset.expression);
      if (!rows) {
        return AnalysisError(
            "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
            "Rows are counted in whole numbers, but the frame's bound is " + text + ".",
            {{"sqlExpr", "\"" + text + "\""},
             {"location", "lower"},
             {"exprType", "\"" + SqlName(*offset.expression->type()) + "\""},
             {"expectedType", "\"INT\""}});
      }
      bound->rows = *rows;
      return text;
    }
    if (window_.orders.size() != 1) {
      const bool none = window_.orders.empty();
      return AnalysisError(none ? "DATATYPE_MISMATCH.RANGE_FRAME_WITHOUT_ORDER"
                                : "DATATYPE_MISMATCH.RANGE_FRAME_MULTI_ORDER",
                           "A RANGE frame with a distance such as " + text +
                               " measures one ORDER BY expression; this window has " +
                               std::to_string(window_.orders.size()) +
                               ". Use ROWS, or order by one expression.",
                           {{"sqlExpr", "\"" + window_.Text("").substr(6) + "\""}});
    }
    const WindowOrder order = window_.orders[0];
    const bool away = (unresolved.kind == FrameBoundKind::kFollowing) == order.ascending;
    const ExpressionPtr value = window_.children[order.input];
    auto moved =
        resolver_->context_->functions->Call(away ? "+" : "-", {value, offset.expression}, bind_);
    if (!moved.ok() || !CanCoerce(*(*moved)->type(), *value->type()) ||
        value->type()->id() == arrow::Type::STRING) {
      return AnalysisError(
          "DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE",
          "The distance " + text + " of type " + SqlName(*offset.expression->type()) +
              " cannot be measured along an order of type " + SqlName(*value->type()) + ".",
          {{"exprType", "\"" + SqlName(*value->type()) + "\""},
           {"sqlExpr", "\"" + text + "\""},
           {"expectedType",
            "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or "
            "\"INTERVAL\")"},
           {"location", "lower"}});
    }
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr measured,
                          MakeCast(value, (*moved)->type(), bind_.cast_options()));
    bound->order = window_.Add(std::move(measured));
    bound->bound = window_.Add(*moved);
    return text;
  }

  Status CheckFrame(const UnresolvedFrame& frame, const std::string& text, const std::string& lower,
                    const std::string& upper) const {
    const auto sign = [](const FrameBound& bound) {
      switch (bound.kind) {
        case FrameBoundKind::kUnboundedPreceding:
          return -2;
        case FrameBoundKind::kPreceding:
          return -1;
        case FrameBoundKind::kCurrentRow:
          return 0;
        case FrameBoundKind::kFollowing:
          return 1;
        case FrameBoundKind::kUnboundedFollowing:
          return 2;
      }
      return 0;
    };
    const auto row = [&](const FrameBound& bound) {
      return bound.kind == FrameBoundKind::kPreceding ? -bound.rows : bound.rows;
    };
    const int low = sign(function_.lower), high = sign(function_.upper);
    if (low == 2 || high == -2) {
      return AnalysisError("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_INVALID_BOUND",
                           "The frame " + text + " ends before it begins.",
                           {{"sqlExpr", "\"" + text + "\""},
                            {"lower", "\"" + lower + "\""},
                            {"upper", "\"" + upper + "\""}});
    }
    bool wrong = false;
    if (frame.unit == FrameUnit::kRows && std::abs(low) < 2 && std::abs(high) < 2) {
      wrong |= row(function_.lower) > row(function_.upper);
    } else if (frame.lower.offset && frame.upper.offset && low != high) {
      wrong |= low > high;
    }
    if (!wrong) return Status::OK();
    return AnalysisError("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON",
                         "The frame " + text + " ends before it begins.",
                         {{"sqlExpr", "\"" + text + "\""}, {"comparison", "less than or equal"}});
  }

  ExpressionResolver* resolver_;
  const BindContext& bind_;
  const UnresolvedWindow& specification_;
  ResolvedWindow window_;
  WindowFunction function_;
};

Result<TypedExpression> ExpressionResolver::ResolveWindow(const UnresolvedExpression& expression) {
  if (inside_aggregate_) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1031",
                         "A window function stands inside an aggregate function. Compute it in an "
                         "inner query first.");
  }
  if (!window_clause.empty()) {
    return AnalysisError("_LEGACY_ERROR_TEMP_1034",
                         "Window functions are not possible in " + window_clause +
                             ", which is looked at before windows are. Compute it as a column in "
                             "an inner query and filter by that.",
                         {{"clauseName", window_clause}});
  }
  if (!expression.window->name.empty()) {
    const std::string& name = expression.window->name;
    return AnalysisError("MISSING_WINDOW_SPECIFICATION",
                         "OVER " + name + " needs WINDOW " + name + " AS (…) in the same query.",
                         {{"windowName", name}, {"docroot", ""}});
  }
  ARROW_ASSIGN_OR_RAISE(TypedExpression result,
                        WindowResolution(this, *expression.window).Run(*expression.children[0]));
  if (windows_allowed) return result;
  return AnalysisError("UNSUPPORTED_EXPR_FOR_OPERATOR",
                       "The window function " + result.text +
                           " is not possible here; compute it as a column with withColumn() first.",
                       {{"invalidExprSqls", "\"" + result.text + "\""}});
}

}  // namespace headrace
