// What may follow a relation in FROM: TABLESAMPLE, WATERMARK, PIVOT.

#include <charconv>
#include <utility>

#include <arrow/scalar.h>

#include "sql/expression_parser.h"

namespace headrace {

Result<LogicalPlanPtr> SqlParser::Sampled(LogicalPlanPtr relation) {
  if (!tokens_.MatchWord("tablesample")) return relation;
  if (tokens_.IsWord("system")) return NotSupported("TABLESAMPLE SYSTEM");
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  if (tokens_.Peek().kind != TokenKind::kNumber) {
    return NotSupported("TABLESAMPLE with anything but a number of rows or percent");
  }
  const std::string text = tokens_.Take().text;
  double amount = 0;
  std::from_chars(text.data(), text.data() + text.size(), amount);
  std::shared_ptr<LogicalPlan> sampled;
  if (tokens_.MatchWord("rows")) {
    sampled = NewLogicalPlan(LogicalKind::kLimit, {std::move(relation)});
    sampled->number = static_cast<int64_t>(amount);
  } else if (tokens_.MatchWord("percent")) {
    if (amount > 100) {
      return MakeError(ErrorKind::kParse, "_LEGACY_ERROR_TEMP_0064",
                       "A sample has 0 to 100 percent of the rows, not " + text,
                       {{"msg", "Sampling fraction (" + text + ") must be on interval [0, 1]"}});
    }
    sampled = NewLogicalPlan(LogicalKind::kSample, {std::move(relation)});
    sampled->upper = amount / 100;
  } else {
    return NotSupported("TABLESAMPLE by buckets or bytes", "say PERCENT or ROWS");
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  if (tokens_.MatchWord("repeatable")) {
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
    const std::string seed = tokens_.Take().text;
    std::from_chars(seed.data(), seed.data() + seed.size(), sampled->seed);
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  }
  return LogicalPlanPtr(std::move(sampled));
}

Result<LogicalPlanPtr> SqlParser::Watermarked(LogicalPlanPtr relation) {
  if (!tokens_.IsWord("watermark") || tokens_.IsWord("as", 1)) return relation;
  tokens_.Take();
  auto watermark = NewLogicalPlan(LogicalKind::kWatermark, {std::move(relation)});
  ARROW_ASSIGN_OR_RAISE(watermark->name, Identifier("a column of event times"));
  if (!tokens_.IsWord("delay")) {
    return NotSupported("WATERMARK over an expression", "use the DataFrame method withWatermark()");
  }
  for (const char* word : {"delay", "of", "interval"}) {
    ARROW_RETURN_NOT_OK(tokens_.ExpectWord(word));
  }
  // `10 MINUTES`, `'10' MINUTES`, `'10 minutes'`
  watermark->delay = IsStringToken() ? StringContent(tokens_.Take()) : tokens_.Take().text;
  if (tokens_.IsName() && ParseInterval("1 " + tokens_.Peek().text).ok()) {
    watermark->delay += " " + tokens_.Take().text;
  }
  return LogicalPlanPtr(std::move(watermark));
}

// PIVOT (sum(a) AS s, … FOR column IN (1 AS one, 2)): the other columns make the groups.
Result<LogicalPlanPtr> SqlParser::Pivot(LogicalPlanPtr relation) {
  tokens_.Take();
  auto pivot = NewLogicalPlan(LogicalKind::kAggregate, {std::move(relation)});
  pivot->group_type = GroupType::kPivot;
  pivot->name = "REST";
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  do {
    // `FOR` would be taken for a name.
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr aggregate, Expression());
    const bool as = tokens_.MatchWord("as");
    if (as || (IsImplicitAlias() && !tokens_.IsWord("for"))) {
      ARROW_ASSIGN_OR_RAISE(std::string name, Identifier("an alias"));
      aggregate = UnresolvedAlias(aggregate, {std::move(name)});
    }
    pivot->expressions.push_back(std::move(aggregate));
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("for"));
  if (tokens_.IsOperator("(")) return NotSupported("PIVOT for several columns");
  ARROW_ASSIGN_OR_RAISE(auto column, MultipartName());
  pivot->pivot_column = UnresolvedAttribute(std::move(column));
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("in"));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  do {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr value, NamedExpression());
    pivot->pivot_values.push_back(std::move(value));
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return LogicalPlanPtr(std::move(pivot));
}

}  // namespace headrace
