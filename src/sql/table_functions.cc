// Calls of registered table functions: FROM f(…), LATERAL f(…), TABLE arguments.
#include "sql/expression_parser.h"

namespace headrace {

Result<UnresolvedPtr> SqlParser::TableFunctionCall(std::shared_ptr<const PythonFunction> function) {
  auto call = std::make_shared<UnresolvedExpression>();
  call->kind = UnresolvedKind::kPython;
  call->python = std::move(function);
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  if (tokens_.MatchOperator(")")) return call;
  do {
    std::string name;
    if (tokens_.IsName() && tokens_.IsOperator("=>", 1)) {
      name = tokens_.Take().text;
      tokens_.Take();
    }
    UnresolvedPtr argument;
    if (tokens_.IsWord("table") && (tokens_.IsName(1) || tokens_.IsOperator("(", 1))) {
      ARROW_ASSIGN_OR_RAISE(argument, TableArgument());
    } else {
      ARROW_ASSIGN_OR_RAISE(argument, Expression());
    }
    call->children.push_back(name.empty() ? argument : NamedArgument(name, argument));
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return call;
}

// TABLE t, TABLE(t), TABLE(query), each with a partitioning: the rows are repartitioned, and sorted
// within the partitions.
Result<UnresolvedPtr> SqlParser::TableArgument() {
  tokens_.Take();
  LogicalPlanPtr table;
  const bool bracket = tokens_.MatchOperator("(");
  if (bracket && BeginsQuery()) {
    ARROW_ASSIGN_OR_RAISE(table, Query());
  } else {
    auto named = NewLogicalPlan(LogicalKind::kNamedTable);
    ARROW_ASSIGN_OR_RAISE(named->name_parts, MultipartName());
    table = CommonTable(*named);
    if (table == nullptr) table = std::move(named);
  }
  if (bracket) ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));

  auto partitions = NewLogicalPlan(LogicalKind::kRepartition, {table});
  const bool single = tokens_.MatchWords({"with", "single", "partition"});
  if (single) {
    partitions->number = 1;
  } else if (tokens_.MatchWords({"partition", "by"}) || tokens_.MatchWords({"distribute", "by"})) {
    ARROW_ASSIGN_OR_RAISE(partitions->expressions, TableArrangement("PARTITION BY"));
  }
  auto argument = std::make_shared<UnresolvedExpression>();
  argument->kind = UnresolvedKind::kSubquery;
  argument->name = "TABLE";
  if (single || !partitions->expressions.empty()) {
    LogicalPlanPtr rows = partitions;
    if (tokens_.MatchWords({"order", "by"}) || tokens_.MatchWords({"sort", "by"})) {
      auto sort = NewLogicalPlan(LogicalKind::kSort, {rows});
      sort->global = false;
      ARROW_ASSIGN_OR_RAISE(sort->expressions, TableArrangement("ORDER BY"));
      rows = sort;
    }
    table = rows;
  }
  argument->subquery = std::move(table);
  return argument;
}

// One item, or several in brackets: a comma without them would part the function's arguments.
Result<std::vector<UnresolvedPtr>> SqlParser::TableArrangement(const std::string& clause) {
  std::vector<UnresolvedPtr> items;
  const size_t begin = tokens_.position();
  const bool brackets = tokens_.MatchOperator("(");
  do {
    ARROW_ASSIGN_OR_RAISE(items.emplace_back(), SortItem());
  } while (brackets && tokens_.MatchOperator(","));
  if (brackets) ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  const bool ends = tokens_.IsOperator(")") || tokens_.IsWord("order") || tokens_.IsWord("sort");
  if (ends ||
      (tokens_.IsOperator(",") && (tokens_.IsWord("table", 1) || tokens_.IsOperator("=>", 2)))) {
    return items;
  }
  if (brackets) {  // the bracket was only a part: PARTITION BY (a) + b
    tokens_.Rewind(begin);
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr item, SortItem());
    return std::vector{std::move(item)};
  }
  return MakeError(ErrorKind::kParse, "_LEGACY_ERROR_TEMP_0064",
                   "The " + clause +
                       " of a table argument has several expressions; put them in "
                       "brackets: " +
                       clause + " (a, b).",
                   {{"msg", clause}});
}

// LATERAL f(…) or LATERAL (SELECT …) above `left`, whose columns they may name.
Result<LogicalPlanPtr> SqlParser::LateralRelation(LogicalPlanPtr left, JoinType type) {
  tokens_.Take();
  if (type != JoinType::kInner && type != JoinType::kCross && type != JoinType::kLeftOuter) {
    const std::string name = type == JoinType::kRightOuter  ? "RIGHT OUTER"
                             : type == JoinType::kFullOuter ? "FULL OUTER"
                             : type == JoinType::kLeftSemi  ? "LEFT SEMI"
                                                            : "LEFT ANTI";
    return MakeError(
        ErrorKind::kParse, "INVALID_LATERAL_JOIN_TYPE",
        "A " + name + " JOIN cannot be LATERAL: use JOIN LATERAL or LEFT JOIN LATERAL.",
        {{"joinType", name}});
  }
  if (tokens_.MatchOperator("(")) {
    ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr query, Query());
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    ARROW_ASSIGN_OR_RAISE(query, RelationAlias(std::move(query)));
    auto join = NewLogicalPlan(LogicalKind::kJoin, {std::move(left), std::move(query)});
    join->name = "LATERAL";
    join->join_type = type;
    if (tokens_.MatchWord("on")) {
      ARROW_ASSIGN_OR_RAISE(join->expressions.emplace_back(), Expression());
    }
    return LogicalPlanPtr(std::move(join));
  }
  auto lateral = NewLogicalPlan(LogicalKind::kLateralView, {std::move(left)});
  lateral->outer = type == JoinType::kLeftOuter;
  const std::string name = tokens_.Take().text;
  if (auto function = options_.registered_table(name)) {
    ARROW_ASSIGN_OR_RAISE(auto call, TableFunctionCall(std::move(function)));
    lateral->expressions = {std::move(call)};
  } else {
    ARROW_ASSIGN_OR_RAISE(auto call, Call({name}));
    lateral->expressions = {std::move(call)};
  }
  return FunctionAlias(std::move(lateral));
}

// AS t(a, b): the function itself is told, which knows how many columns it makes.
Result<LogicalPlanPtr> SqlParser::FunctionAlias(std::shared_ptr<LogicalPlan> function) {
  if (tokens_.MatchWord("as") || IsImplicitAlias()) {
    ARROW_ASSIGN_OR_RAISE(function->name, Identifier("a table alias"));
    if (tokens_.MatchOperator("(")) {
      do {
        ARROW_ASSIGN_OR_RAISE(std::string column, Identifier("a column name"));
        function->names.push_back(std::move(column));
      } while (tokens_.MatchOperator(","));
      ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    }
  }
  return LogicalPlanPtr(function);
}

}  // namespace headrace
