// What may follow a relation in FROM: TABLESAMPLE, WATERMARK, PIVOT, UNPIVOT.

#include <charconv>
#include <utility>

#include <arrow/scalar.h>

#include "sql/expression_parser.h"

namespace headrace {

namespace {

// A sample's share of the rows.
Result<std::shared_ptr<LogicalPlan>> SampleOf(LogicalPlanPtr relation, double fraction) {
  if (!(fraction >= 0 && fraction <= 1)) {  // nor 0 of 0
    const std::string text = std::to_string(fraction);
    return MakeError(ErrorKind::kParse, "_LEGACY_ERROR_TEMP_0064",
                     "A sample has 0 to 100 percent of the rows, not the fraction " + text,
                     {{"msg", "Sampling fraction (" + text + ") must be on interval [0, 1]"}});
  }
  auto sampled = NewLogicalPlan(LogicalKind::kSample, {std::move(relation)});
  sampled->upper = fraction;
  return sampled;
}

double NumberIn(const std::string& text) {
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

bool IsWholeNumber(const Token& token) {
  return token.kind == TokenKind::kNumber &&
         token.text.find_first_not_of("0123456789") == std::string::npos;
}

}  // namespace

Result<LogicalPlanPtr> SqlParser::Sampled(LogicalPlanPtr relation) {
  if (!tokens_.MatchWord("tablesample")) return relation;
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  std::shared_ptr<LogicalPlan> sampled;
  if (tokens_.MatchWord("bucket")) {
    if (!IsWholeNumber(tokens_.Peek())) return tokens_.Unexpected("expected a whole number");
    const double bucket = NumberIn(tokens_.Take().text);
    for (const char* word : {"out", "of"}) ARROW_RETURN_NOT_OK(tokens_.ExpectWord(word));
    if (!IsWholeNumber(tokens_.Peek())) return tokens_.Unexpected("expected a whole number");
    const double buckets = NumberIn(tokens_.Take().text);
    if (tokens_.IsWord("on")) {
      return MakeError(ErrorKind::kParse, "_LEGACY_ERROR_TEMP_0015",
                       "A sample of buckets is of all columns; leave out ON",
                       {{"description", "BUCKET x OUT OF y ON colname"}});
    }
    ARROW_ASSIGN_OR_RAISE(sampled, SampleOf(std::move(relation), bucket / buckets));
  } else {
    const bool negative = tokens_.MatchOperator("-");
    if (tokens_.Peek().kind != TokenKind::kNumber) {
      return NotSupported("TABLESAMPLE with anything but a number of rows, percent or buckets");
    }
    const double amount = NumberIn(tokens_.Take().text) * (negative ? -1 : 1);
    if (!negative && tokens_.MatchWord("rows")) {
      sampled = NewLogicalPlan(LogicalKind::kLimit, {std::move(relation)});
      sampled->number = static_cast<int64_t>(amount);
    } else {
      ARROW_RETURN_NOT_OK(tokens_.ExpectWord("percent"));
      ARROW_ASSIGN_OR_RAISE(sampled, SampleOf(std::move(relation), amount / 100));
    }
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

Result<UnresolvedPtr> SqlParser::ColumnNames() {
  std::vector<UnresolvedPtr> columns;
  const bool brackets = tokens_.MatchOperator("(");
  do {
    ARROW_ASSIGN_OR_RAISE(auto name, MultipartName());
    columns.push_back(UnresolvedAttribute(std::move(name)));
  } while (brackets && tokens_.MatchOperator(","));
  if (brackets) ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return columns.size() == 1 ? columns[0] : UnresolvedCall("struct", std::move(columns));
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
  ARROW_ASSIGN_OR_RAISE(pivot->pivot_column, ColumnNames());
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

// UNPIVOT [INCLUDE NULLS] (value FOR name IN (a AS one, b)), or ((v, w) FOR name IN ((a, b), (c,
// d))): the other columns come with each row.
Result<LogicalPlanPtr> SqlParser::Unpivot(LogicalPlanPtr relation) {
  auto unpivot = NewLogicalPlan(LogicalKind::kUnpivot, {std::move(relation)});
  unpivot->name = "REST";
  unpivot->all = tokens_.MatchWords({"include", "nulls"});
  if (!unpivot->all) tokens_.MatchWords({"exclude", "nulls"});
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  std::vector<std::string> values;
  const bool several = tokens_.IsOperator("(");
  if (several) {
    ARROW_ASSIGN_OR_RAISE(values, ParenthesisedNames("the name of a value column"));
  } else {
    ARROW_ASSIGN_OR_RAISE(values.emplace_back(), Identifier("the name of the value column"));
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("for"));
  ARROW_ASSIGN_OR_RAISE(unpivot->names.emplace_back(), Identifier("the name of the name column"));
  unpivot->names.insert(unpivot->names.end(), values.begin(), values.end());
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("in"));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  do {
    if (several != tokens_.IsOperator("(")) return tokens_.Unexpected();
    const size_t begin = tokens_.position();
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr column, ColumnNames());
    column = Placed(begin, std::move(column));
    if (tokens_.MatchWord("as") || IsImplicitAlias()) {
      ARROW_ASSIGN_OR_RAISE(std::string name, Identifier("an alias"));
      column = UnresolvedAlias(std::move(column), {std::move(name)});
    }
    unpivot->expressions.push_back(std::move(column));
  } while (tokens_.MatchOperator(","));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return RelationAlias(std::move(unpivot));
}

}  // namespace headrace
