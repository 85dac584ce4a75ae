// Queries: WITH, set operations, SELECT, FROM, GROUP BY, ORDER BY, LIMIT.

#include <algorithm>
#include <utility>

#include <arrow/scalar.h>

#include "plan/tree_text.h"
#include "sql/expression_parser.h"

namespace headrace {
namespace {

LogicalPlanPtr Aliased(LogicalPlanPtr plan, const std::string& name) {
  auto alias = NewLogicalPlan(LogicalKind::kSubqueryAlias, {std::move(plan)});
  alias->name = name;
  return alias;
}

LogicalPlanPtr Renamed(LogicalPlanPtr plan, std::vector<std::string> names) {
  auto renamed = NewLogicalPlan(LogicalKind::kToDf, {std::move(plan)});
  renamed->names = std::move(names);
  return renamed;
}

Result<int64_t> WholeLiteral(const UnresolvedPtr& expression, const std::string& clause) {
  if (expression->kind == UnresolvedKind::kLiteral && expression->literal->is_valid &&
      IsIntegral(*expression->literal->type)) {
    ARROW_ASSIGN_OR_RAISE(auto value, expression->literal->CastTo(arrow::int64()));
    return static_cast<const arrow::Int64Scalar&>(*value).value;
  }
  if (expression->kind == UnresolvedKind::kSubquery ||
      expression->kind == UnresolvedKind::kAttribute) {
    const std::string text =
        expression->kind == UnresolvedKind::kAttribute
            ? JoinTexts(
                  expression->name_parts, [](const auto& part) { return part; }, ".")
            : "scalarsubquery()";
    return AnalysisError("INVALID_LIMIT_LIKE_EXPRESSION.IS_UNFOLDABLE",
                         "The expression of " + clause + " must be a constant, not " + text,
                         {{"name", clause}, {"expr", "\"" + text + "\""}});
  }
  return AnalysisError("INVALID_LIMIT_LIKE_EXPRESSION.DATA_TYPE",
                       "The expression of " + clause + " must be a whole number",
                       {{"name", clause}});
}

}  // namespace

Result<LogicalPlanPtr> SqlParser::Query() {
  DepthGuard guard(this);
  ARROW_RETURN_NOT_OK(guard.Check());
  const size_t scopes = common_tables_.size();
  if (tokens_.MatchWord("with")) ARROW_RETURN_NOT_OK(CommonTables());
  ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr plan, SetOperations(0));
  ARROW_ASSIGN_OR_RAISE(plan, Piped(std::move(plan)));
  ARROW_ASSIGN_OR_RAISE(plan, OrderAndLimit(plan));
  common_tables_.resize(scopes);
  return plan;
}

// Opens a scope, which the caller closes.
Status SqlParser::CommonTables() {
  if (tokens_.IsWord("recursive")) return NotSupported("WITH RECURSIVE");
  common_tables_.emplace_back();
  do {
    ARROW_ASSIGN_OR_RAISE(const std::string name,
                          Identifier("the name of a common table expression"));
    std::vector<std::string> columns;
    if (tokens_.IsOperator("(")) {
      ARROW_ASSIGN_OR_RAISE(columns, ParenthesisedNames("a column name"));
    }
    tokens_.MatchWord("as");
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
    ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr table, Query());
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    if (!columns.empty()) table = Renamed(table, std::move(columns));
    common_tables_.back()[ToLower(name)] = std::move(table);
  } while (tokens_.MatchOperator(","));
  return Status::OK();
}

std::optional<LogicalKind> SqlParser::SetOperator() const {
  if (tokens_.IsWord("union")) return LogicalKind::kUnion;
  if (tokens_.IsWord("except") || tokens_.IsWord("minus")) return LogicalKind::kExcept;
  if (tokens_.IsWord("intersect")) return LogicalKind::kIntersect;
  return std::nullopt;
}

Result<LogicalPlanPtr> SqlParser::SetOperation(
    LogicalKind kind, LogicalPlanPtr left,
    const std::function<Result<LogicalPlanPtr>()>& parse_right) {
  const bool all = tokens_.MatchWord("all");
  if (!all) tokens_.MatchWord("distinct");
  ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr right, parse_right());
  auto operation = NewLogicalPlan(kind, {std::move(left), std::move(right)});
  operation->all = all || kind == LogicalKind::kUnion;
  if (kind != LogicalKind::kUnion || all) return LogicalPlanPtr(std::move(operation));
  auto distinct = NewLogicalPlan(LogicalKind::kDeduplicate, {std::move(operation)});
  distinct->name = "DISTINCT";
  return LogicalPlanPtr(std::move(distinct));
}

// INTERSECT binds tighter than UNION and EXCEPT, which go from left to right.
Result<LogicalPlanPtr> SqlParser::SetOperations(int minimum_precedence) {
  ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr left, QueryPrimary());
  while (const auto kind = SetOperator()) {
    const int precedence = *kind == LogicalKind::kIntersect ? 2 : 1;
    if (precedence <= minimum_precedence) return left;
    tokens_.Take();
    ARROW_ASSIGN_OR_RAISE(
        left, SetOperation(*kind, std::move(left), [&] { return SetOperations(precedence); }));
  }
  return left;
}

Result<LogicalPlanPtr> SqlParser::QueryPrimary() {
  if (tokens_.MatchOperator("(")) {
    ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr plan, Query());
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    return plan;
  }
  if (tokens_.IsWord("values")) return Values();
  if (tokens_.MatchWord("table")) {
    auto table = NewLogicalPlan(LogicalKind::kNamedTable);
    const size_t begin = tokens_.position();
    ARROW_ASSIGN_OR_RAISE(table->name_parts, MultipartName());
    table->query_context = tokens_.TakenSince(begin);
    return LogicalPlanPtr(table);
  }
  LogicalPlanPtr from;
  if (tokens_.MatchWord("from")) {
    ARROW_ASSIGN_OR_RAISE(from, FromClause());
    if (!tokens_.IsWord("select")) return from;
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("select"));
  const bool from_first = from != nullptr;
  ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr query, Select(std::move(from)));
  if (from_first && tokens_.IsWord("select")) {
    return NotSupported("FROM … with several SELECT", "Write it with UNION ALL.");
  }
  return query;
}

Result<LogicalPlanPtr> SqlParser::Select(LogicalPlanPtr from) {
  const bool distinct = tokens_.MatchWord("distinct");
  if (!distinct) tokens_.MatchWord("all");
  auto outer_windows = std::exchange(named_windows_, {});
  std::vector<UnresolvedPtr> select_list;
  do {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr item, NamedExpression());
    select_list.push_back(std::move(item));
  } while (tokens_.MatchOperator(","));

  LogicalPlanPtr input = std::move(from);
  if (!input && tokens_.MatchWord("from")) {
    ARROW_ASSIGN_OR_RAISE(input, FromClause());
  }
  if (tokens_.MatchWord("where")) {
    auto filter = NewLogicalPlan(LogicalKind::kFilter,
                                 input ? std::vector{input} : std::vector<LogicalPlanPtr>{});
    if (!input) filter->children = {NewLogicalPlan(LogicalKind::kProject)};
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr condition, Expression());
    filter->expressions = {condition};
    input = filter;
  }
  LogicalPlanPtr plan;
  if (tokens_.IsWord("group") || tokens_.IsWord("having")) {
    ARROW_ASSIGN_OR_RAISE(plan, GroupBy(input, std::move(select_list)));
  } else {
    auto project = NewLogicalPlan(LogicalKind::kProject,
                                  input ? std::vector{input} : std::vector<LogicalPlanPtr>{});
    project->expressions = std::move(select_list);
    plan = project;
  }
  ARROW_RETURN_NOT_OK(WindowClause());
  named_windows_ = std::move(outer_windows);
  if (distinct) {
    auto deduplicate = NewLogicalPlan(LogicalKind::kDeduplicate, {plan});
    deduplicate->name = "DISTINCT";
    plan = deduplicate;
  }
  return plan;
}

Result<LogicalPlanPtr> SqlParser::Values() {
  tokens_.Take();
  LogicalPlanPtr rows;
  size_t width = 0;
  do {
    std::vector<UnresolvedPtr> row;
    if (tokens_.MatchOperator("(")) {
      ARROW_ASSIGN_OR_RAISE(row, ExpressionList());
      ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    } else {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr single, Expression());
      row.push_back(single);
    }
    if (rows && row.size() != width) {
      return AnalysisError("INVALID_INLINE_TABLE.NUM_COLUMNS_MISMATCH",
                           "The rows of VALUES have different numbers of columns: " +
                               std::to_string(width) + " and " + std::to_string(row.size()));
    }
    width = row.size();
    auto project = NewLogicalPlan(LogicalKind::kProject);
    for (size_t i = 0; i < row.size(); ++i)
      project->expressions.push_back(UnresolvedAlias(row[i], {"col" + std::to_string(i + 1)}));
    rows = rows ? LogicalPlanPtr(NewLogicalPlan(LogicalKind::kUnion, {rows, project}))
                : LogicalPlanPtr(project);
  } while (tokens_.MatchOperator(","));
  return RelationAlias(rows);
}

Result<LogicalPlanPtr> SqlParser::FromClause() {
  ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr input, CommaJoins());
  while (tokens_.MatchWords({"lateral", "view"})) {
    ARROW_ASSIGN_OR_RAISE(input, LateralView(input));
  }
  return input;
}

Result<LogicalPlanPtr> SqlParser::CommaJoins() {
  ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr left, JoinedRelation());
  while (tokens_.MatchOperator(",")) {
    if (tokens_.IsWord("lateral")) {
      ARROW_ASSIGN_OR_RAISE(left, LateralRelation(std::move(left), JoinType::kInner));
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr right, JoinedRelation());
    auto cross = NewLogicalPlan(LogicalKind::kJoin, {left, right});
    cross->join_type = JoinType::kCross;
    left = cross;
  }
  return left;
}

Result<LogicalPlanPtr> SqlParser::JoinedRelation() {
  ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr left, Relation());
  return Joins(std::move(left));
}

Result<LogicalPlanPtr> SqlParser::Joins(LogicalPlanPtr left) {
  while (true) {
    if (tokens_.IsWord("pivot") && tokens_.IsOperator("(", 1)) {
      ARROW_ASSIGN_OR_RAISE(left, Pivot(left));
      continue;
    }
    if (tokens_.MatchWord("unpivot")) {
      ARROW_ASSIGN_OR_RAISE(left, Unpivot(left));
      continue;
    }
    JoinType type = JoinType::kInner;
    const size_t before = tokens_.position();
    const bool natural = tokens_.MatchWord("natural");
    if (tokens_.MatchWord("cross"))
      type = JoinType::kCross;
    else if (tokens_.MatchWord("inner"))
      type = JoinType::kInner;
    else if (tokens_.MatchWord("left")) {
      type = JoinType::kLeftOuter;
      if (tokens_.MatchWord("semi"))
        type = JoinType::kLeftSemi;
      else if (tokens_.MatchWord("anti"))
        type = JoinType::kLeftAnti;
      else
        tokens_.MatchWord("outer");
    } else if (tokens_.MatchWord("right")) {
      type = JoinType::kRightOuter;
      tokens_.MatchWord("outer");
    } else if (tokens_.MatchWord("full")) {
      type = JoinType::kFullOuter;
      tokens_.MatchWord("outer");
    } else if (tokens_.MatchWord("semi")) {
      type = JoinType::kLeftSemi;
    } else if (tokens_.MatchWord("anti")) {
      type = JoinType::kLeftAnti;
    }
    if (!tokens_.MatchWord("join")) {
      tokens_.Rewind(before);
      return left;
    }
    if (tokens_.IsWord("lateral")) {
      ARROW_ASSIGN_OR_RAISE(left, LateralRelation(std::move(left), type));
      if (tokens_.MatchWord("on") && !tokens_.MatchWord("true")) {
        return NotSupported("JOIN LATERAL of a function with a condition", "filter with WHERE");
      }
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr right, Relation());
    auto join = NewLogicalPlan(LogicalKind::kJoin, {left, right});
    join->join_type = type;
    if (natural) {
      join->name = "NATURAL";
    } else if (tokens_.MatchWord("on")) {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr condition, Expression());
      join->expressions = {condition};
    } else if (tokens_.MatchWord("using")) {
      ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
      do {
        ARROW_ASSIGN_OR_RAISE(std::string column, Identifier("a column name"));
        join->names.push_back(std::move(column));
      } while (tokens_.MatchOperator(","));
      ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    }
    left = join;
  }
}

Result<LogicalPlanPtr> SqlParser::Relation() {
  DepthGuard guard(this);
  ARROW_RETURN_NOT_OK(guard.Check());
  if (tokens_.IsWord("values")) return Values();
  if (tokens_.IsWord("lateral"))
    return NotSupported("LATERAL in FROM", "use LATERAL VIEW or explode in the select list");
  if (tokens_.MatchOperator("(")) {
    LogicalPlanPtr inner;
    if (BeginsQuery()) {
      ARROW_ASSIGN_OR_RAISE(inner, Query());
    } else {
      ARROW_ASSIGN_OR_RAISE(inner, FromClause());
    }
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    ARROW_ASSIGN_OR_RAISE(inner, Sampled(inner));
    return RelationAlias(inner);
  }
  auto table = NewLogicalPlan(LogicalKind::kNamedTable);
  if (tokens_.IsWord("stream") && (tokens_.IsName(1) || tokens_.IsOperator("(", 1)) &&
      !tokens_.IsWord("where", 1)) {
    tokens_.Take();
    const bool bracket = tokens_.MatchOperator("(");
    ARROW_ASSIGN_OR_RAISE(table->name_parts, MultipartName());
    if (bracket) ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    table->streaming = true;
    if (tokens_.IsWord("with") && tokens_.IsOperator("(", 1)) {
      tokens_.Take();
      ARROW_ASSIGN_OR_RAISE(const auto options, PropertyList());
      table->options = Options(options);
    }
    ARROW_ASSIGN_OR_RAISE(const LogicalPlanPtr watermarked, Watermarked(table));
    return RelationAlias(watermarked);
  }
  if (tokens_.IsName() && tokens_.IsOperator("(", 1) && !tokens_.IsWord("identifier")) {
    return TableFunction(tokens_.Take().text);
  }
  const size_t begin = tokens_.position();
  ARROW_ASSIGN_OR_RAISE(table->name_parts, MultipartName());
  table->query_context = tokens_.TakenSince(begin);
  if (auto common = CommonTable(*table)) return RelationAlias(std::move(common));
  ARROW_ASSIGN_OR_RAISE(const LogicalPlanPtr sampled, Sampled(table));
  return RelationAlias(sampled);
}

LogicalPlanPtr SqlParser::CommonTable(const LogicalPlan& named) const {
  if (named.name_parts.size() != 1) return nullptr;
  for (auto scope = common_tables_.rbegin(); scope != common_tables_.rend(); ++scope) {
    const auto found = scope->find(ToLower(named.name_parts[0]));
    if (found != scope->end()) return Aliased(found->second, named.name_parts[0]);
  }
  return nullptr;
}

Result<LogicalPlanPtr> SqlParser::RelationAlias(LogicalPlanPtr relation) {
  const bool as = tokens_.MatchWord("as");
  if (!as && !IsImplicitAlias()) return relation;
  ARROW_ASSIGN_OR_RAISE(const std::string name, Identifier("a table alias"));
  if (tokens_.MatchOperator("(")) {
    std::vector<std::string> columns;
    do {
      ARROW_ASSIGN_OR_RAISE(std::string column, Identifier("a column name"));
      columns.push_back(std::move(column));
    } while (tokens_.MatchOperator(","));
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    relation = Renamed(relation, std::move(columns));
  }
  return Aliased(relation, name);
}

Result<LogicalPlanPtr> SqlParser::TableFunction(const std::string& name) {
  if (auto function = options_.registered_table(name)) {
    auto table = NewLogicalPlan(LogicalKind::kLateralView);
    ARROW_ASSIGN_OR_RAISE(auto call, TableFunctionCall(std::move(function)));
    table->expressions = {std::move(call)};
    return FunctionAlias(std::move(table));
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  std::vector<UnresolvedPtr> arguments;
  if (!tokens_.IsOperator(")")) {
    ARROW_ASSIGN_OR_RAISE(arguments, ExpressionList());
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  if (EqualsIgnoreCase(name, "range")) {
    std::vector<int64_t> numbers;
    for (const auto& argument : arguments) {
      ARROW_ASSIGN_OR_RAISE(const int64_t number, WholeLiteral(argument, "range"));
      numbers.push_back(number);
    }
    if (numbers.empty() || numbers.size() > 4) {
      return AnalysisError("WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
                           "range takes 1 to 4 arguments: [start,] end [, step [, partitions]]",
                           {{"functionName", "`range`"},
                            {"expectedNum", "[1, 2, 3, 4]"},
                            {"actualNum", std::to_string(numbers.size())}});
    }
    auto range = NewLogicalPlan(LogicalKind::kRange);
    range->start = numbers.size() > 1 ? numbers[0] : 0;
    range->end = numbers.size() > 1 ? numbers[1] : numbers[0];
    if (numbers.size() > 2) range->step = numbers[2];
    if (numbers.size() > 3) range->partitions = static_cast<int32_t>(numbers[3]);
    return RelationAlias(range);
  }
  // explode(…) and the like.
  auto generated = NewLogicalPlan(LogicalKind::kLateralView);
  generated->expressions = {UnresolvedCall(name, std::move(arguments))};
  return RelationAlias(generated);
}

Result<LogicalPlanPtr> SqlParser::LateralView(LogicalPlanPtr input) {
  auto view = NewLogicalPlan(LogicalKind::kLateralView, {std::move(input)});
  view->outer = tokens_.MatchWord("outer");
  ARROW_ASSIGN_OR_RAISE(auto name, MultipartName());
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr call, Call(name));
  view->expressions = {call};
  ARROW_ASSIGN_OR_RAISE(view->name, Identifier("the name of the lateral view"));
  if (tokens_.MatchWord("as") || IsImplicitAlias()) {
    do {
      ARROW_ASSIGN_OR_RAISE(std::string column, Identifier("a column name"));
      view->names.push_back(std::move(column));
    } while (tokens_.MatchOperator(","));
  }
  return LogicalPlanPtr(view);
}

Result<LogicalPlanPtr> SqlParser::OrderAndLimit(LogicalPlanPtr plan) {
  const bool order = tokens_.MatchWords({"order", "by"});
  if (order || tokens_.MatchWords({"sort", "by"})) {
    auto sort = NewLogicalPlan(LogicalKind::kSort, {plan});
    sort->global = order;
    if (tokens_.IsWord("all") && !tokens_.IsOperator(".", 1) && !tokens_.IsOperator("(", 1)) {
      sort->name = "ALL";
    }
    do {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr item, SortItem());
      sort->expressions.push_back(std::move(item));
    } while (tokens_.MatchOperator(","));
    plan = sort;
  }
  // How rows lie in partitions changes no result.
  if (tokens_.MatchWords({"distribute", "by"})) {
    ARROW_RETURN_NOT_OK(ExpressionList().status());
    if (tokens_.IsWord("sort") && tokens_.IsWord("by", 1)) return OrderAndLimit(plan);
  } else if (tokens_.MatchWords({"cluster", "by"})) {
    auto sort = NewLogicalPlan(LogicalKind::kSort, {plan});
    sort->global = false;
    ARROW_ASSIGN_OR_RAISE(sort->expressions, ExpressionList());
    plan = sort;
  }
  std::optional<int64_t> limit, offset;
  while (true) {
    if (!limit && tokens_.MatchWord("limit")) {
      if (tokens_.MatchWord("all")) continue;
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr number, Expression());
      ARROW_ASSIGN_OR_RAISE(limit, WholeLiteral(number, "limit"));
    } else if (!offset && tokens_.MatchWord("offset")) {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr number, Expression());
      ARROW_ASSIGN_OR_RAISE(offset, WholeLiteral(number, "offset"));
    } else {
      break;
    }
  }
  for (const auto& [number, kind] :
       {std::pair{offset, LogicalKind::kOffset}, std::pair{limit, LogicalKind::kLimit}}) {
    if (!number) continue;
    auto node = NewLogicalPlan(kind, {plan});
    node->number = *number;
    plan = node;
  }
  return plan;
}

}  // namespace headrace
