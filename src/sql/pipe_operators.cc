// Queries in the order in which they run: FROM t |> WHERE a > 1 |> SELECT a.
#include <utility>

#include "plan/analysis/expression_resolver.h"
#include "sql/expression_parser.h"

namespace headrace {
namespace {

constexpr int kMaximumOperators = 1000;

std::string TextOf(const UnresolvedExpression& expression) {
  return expression.query_context ? expression.query_context->fragment() : "";
}

bool Aggregates(const UnresolvedExpression& expression) {
  return ContainsAggregate(expression, FunctionRegistry::BuiltIn());
}

// Only AGGREGATE may aggregate.
Status CheckNoAggregate(const std::vector<UnresolvedPtr>& expressions, const std::string& clause) {
  for (const UnresolvedPtr& expression : expressions) {
    if (!Aggregates(*expression)) continue;
    return WithContext(AnalysisError("PIPE_OPERATOR_CONTAINS_AGGREGATE_FUNCTION",
                                     "|> " + clause + " has the aggregate function " +
                                         TextOf(*expression) + ". Use |> AGGREGATE instead.",
                                     {{"clause", clause}, {"expr", TextOf(*expression)}}),
                       expression->query_context);
  }
  return Status::OK();
}

}  // namespace

Result<LogicalPlanPtr> SqlParser::Piped(LogicalPlanPtr input) {
  for (int operators = 0; tokens_.MatchOperator("|>"); ++operators) {
    if (operators == kMaximumOperators)
      return tokens_.Unexpected("there are too many |> operators");
    ARROW_ASSIGN_OR_RAISE(input, PipeOperator(std::move(input)));
  }
  return input;
}

Result<LogicalPlanPtr> SqlParser::PipeOperator(LogicalPlanPtr input) {
  if (tokens_.MatchWord("select")) return PipeSelect(std::move(input));
  if (tokens_.MatchWord("extend")) return PipeExtend(std::move(input));
  if (tokens_.MatchWord("set")) return PipeSet(std::move(input));
  if (tokens_.MatchWord("drop")) return PipeDrop(std::move(input));
  if (tokens_.MatchWord("aggregate")) return PipeAggregate(std::move(input));
  if (tokens_.MatchWord("where")) {
    auto filter = NewLogicalPlan(LogicalKind::kFilter, {std::move(input)});
    ARROW_ASSIGN_OR_RAISE(filter->expressions.emplace_back(), Expression());
    return LogicalPlanPtr(std::move(filter));
  }
  if (tokens_.MatchWord("as")) {
    auto alias = NewLogicalPlan(LogicalKind::kSubqueryAlias, {std::move(input)});
    ARROW_ASSIGN_OR_RAISE(alias->name, Identifier("a table alias"));
    return LogicalPlanPtr(std::move(alias));
  }
  if (tokens_.IsWord("tablesample")) return Sampled(std::move(input));
  if (const auto kind = SetOperator()) {
    tokens_.Take();
    return SetOperation(*kind, std::move(input), [&] { return QueryPrimary(); });
  }
  const LogicalPlan* before = input.get();
  ARROW_ASSIGN_OR_RAISE(input, Joins(std::move(input)));
  return input.get() == before ? OrderAndLimit(std::move(input)) : input;
}

Result<LogicalPlanPtr> SqlParser::PipeSelect(LogicalPlanPtr input) {
  const bool distinct = tokens_.MatchWord("distinct");
  auto outer_windows = std::exchange(named_windows_, {});
  auto project = NewLogicalPlan(LogicalKind::kProject, {std::move(input)});
  do {
    ARROW_ASSIGN_OR_RAISE(project->expressions.emplace_back(), NamedExpression());
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(WindowClause());
  named_windows_ = std::move(outer_windows);
  ARROW_RETURN_NOT_OK(CheckNoAggregate(project->expressions, "SELECT"));
  if (!distinct) return LogicalPlanPtr(std::move(project));
  auto deduplicate = NewLogicalPlan(LogicalKind::kDeduplicate, {std::move(project)});
  deduplicate->name = "DISTINCT";
  return LogicalPlanPtr(std::move(deduplicate));
}

Result<LogicalPlanPtr> SqlParser::PipeExtend(LogicalPlanPtr input) {
  auto project = NewLogicalPlan(LogicalKind::kProject, {std::move(input)});
  do {
    ARROW_ASSIGN_OR_RAISE(project->expressions.emplace_back(), NamedExpression());
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(CheckNoAggregate(project->expressions, "EXTEND"));
  project->expressions.insert(project->expressions.begin(), UnresolvedStar());
  return LogicalPlanPtr(std::move(project));
}

// Each assignment sees what those before it have set.
Result<LogicalPlanPtr> SqlParser::PipeSet(LogicalPlanPtr input) {
  do {
    auto set = NewLogicalPlan(LogicalKind::kWithColumns, {std::move(input)});
    set->name = "SET";
    ARROW_ASSIGN_OR_RAISE(std::string column, Identifier("a column name"));
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("="));
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr value, Expression());
    set->expressions = {UnresolvedAlias(std::move(value), {std::move(column)})};
    ARROW_RETURN_NOT_OK(CheckNoAggregate(set->expressions, "SET"));
    input = std::move(set);
  } while (tokens_.MatchOperator(","));
  return input;
}

Result<LogicalPlanPtr> SqlParser::PipeDrop(LogicalPlanPtr input) {
  auto drop = NewLogicalPlan(LogicalKind::kDrop, {std::move(input)});
  drop->name = "DROP";
  do {
    const size_t begin = tokens_.position();
    ARROW_ASSIGN_OR_RAISE(auto name, MultipartName());
    drop->expressions.push_back(Placed(begin, UnresolvedAttribute(std::move(name))));
  } while (tokens_.MatchOperator(","));
  return LogicalPlanPtr(std::move(drop));
}

// The columns are the keys, then the aggregates.
Result<LogicalPlanPtr> SqlParser::PipeAggregate(LogicalPlanPtr input) {
  auto aggregate = NewLogicalPlan(LogicalKind::kAggregate, {std::move(input)});
  while (!(tokens_.IsWord("group") && tokens_.IsWord("by", 1))) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr value, NamedExpression());
    if (!Aggregates(*value)) {
      return WithContext(
          AnalysisError("PIPE_OPERATOR_AGGREGATE_EXPRESSION_CONTAINS_NO_AGGREGATE_FUNCTION",
                        "The expression " + TextOf(*value) +
                            " of |> AGGREGATE aggregates nothing. Group by it, or put it into an "
                            "aggregate function.",
                        {{"expr", TextOf(*value)}}),
          value->query_context);
    }
    aggregate->expressions.push_back(std::move(value));
    if (!tokens_.MatchOperator(",")) break;
  }
  if (!tokens_.MatchWords({"group", "by"})) return LogicalPlanPtr(std::move(aggregate));
  for (const char* word : {"rollup", "cube", "grouping", "all"}) {
    if (tokens_.IsWord(word) && !tokens_.IsOperator(",", 1)) {
      return NotSupported("|> AGGREGATE … GROUP BY " + std::string(word),
                          "Write it as SELECT … GROUP BY.");
    }
  }
  do {
    ARROW_ASSIGN_OR_RAISE(aggregate->groupings.emplace_back(), NamedExpression());
  } while (tokens_.MatchOperator(","));
  return LogicalPlanPtr(std::move(aggregate));
}

}  // namespace headrace
