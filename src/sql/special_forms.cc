// Expressions that begin with a word of their own: literals, CASE, CAST, intervals, calls.

#include <algorithm>
#include <utility>

#include <arrow/scalar.h>

#include "sql/expression_parser.h"
#include "sql/literals.h"

namespace headrace {
Result<UnresolvedPtr> SqlParser::SpecialForm() {
  if (tokens_.MatchWord("null")) return UnresolvedLiteral(std::make_shared<arrow::NullScalar>());
  if (tokens_.MatchWord("true"))
    return UnresolvedLiteral(std::make_shared<arrow::BooleanScalar>(true));
  if (tokens_.MatchWord("false"))
    return UnresolvedLiteral(std::make_shared<arrow::BooleanScalar>(false));
  if (tokens_.IsWord("case") && !tokens_.IsOperator(".", 1)) {
    tokens_.Take();
    return Case();
  }
  if (IsStringToken(1)) {
    const std::string word = tokens_.Peek().text;
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr typed,
                          TypedLiteral(word, StringContent(tokens_.Peek(1)), options_));
    if (typed) {
      tokens_.Take();
      tokens_.Take();
      return typed;
    }
  }
  if (tokens_.IsWord("interval") &&
      (IsStringToken(1) || tokens_.Peek(1).kind == TokenKind::kNumber ||
       tokens_.IsOperator("-", 1) || tokens_.IsOperator("+", 1))) {
    tokens_.Take();
    return Interval();
  }
  for (const char* name : {"current_date", "current_timestamp", "current_user", "localtimestamp",
                           "current_time", "session_user"}) {
    if (tokens_.IsWord(name) && !tokens_.IsOperator("(", 1) && !tokens_.IsOperator(".", 1)) {
      tokens_.Take();
      return UnresolvedCall(name, {});
    }
  }
  if (!tokens_.IsOperator("(", 1)) return UnresolvedPtr();

  auto begins = [&](const char* word) {
    return tokens_.MatchWords({word}) && tokens_.MatchOperator("(");
  };
  if (begins("cast")) return Cast(false);
  if (begins("try_cast")) return Cast(true);
  if (tokens_.IsWord("exists") && BeginsQuery(2)) {
    tokens_.Take();
    tokens_.Take();
    return Subquery("exists", {});
  }
  return CallForm();
}

Result<UnresolvedPtr> SqlParser::Case() {
  UnresolvedPtr subject;
  if (!tokens_.IsWord("when")) {
    ARROW_ASSIGN_OR_RAISE(subject, Expression());
  }
  std::vector<UnresolvedPtr> branches;
  while (tokens_.MatchWord("when")) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr condition, Expression());
    ARROW_RETURN_NOT_OK(tokens_.ExpectWord("then"));
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr value, Expression());
    branches.push_back(subject ? UnresolvedCall("==", {subject, condition}) : condition);
    branches.push_back(value);
  }
  if (branches.empty()) return tokens_.Unexpected("expected WHEN");
  if (tokens_.MatchWord("else")) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr value, Expression());
    branches.push_back(value);
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("end"));
  return UnresolvedCall("when", std::move(branches));
}

Result<UnresolvedPtr> SqlParser::Cast(bool try_cast) {
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr value, Expression());
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("as"));
  ARROW_ASSIGN_OR_RAISE(DataTypePtr type, Type());
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return UnresolvedCast(value, type, try_cast);
}

Result<UnresolvedPtr> SqlParser::Interval() {
  // INTERVAL '1 day 2 hours', INTERVAL '1-2' YEAR TO MONTH
  if (IsStringToken()) {
    const bool has_unit = tokens_.Peek(1).kind == TokenKind::kIdentifier &&
                          ParseInterval("1 " + tokens_.Peek(1).text).ok();
    if (!has_unit) return IntervalTextLiteral(StringContent(tokens_.Take()));
    if (tokens_.IsWord("to", 2)) {
      const std::string text = StringContent(tokens_.Take());
      const std::string from = tokens_.Take().text;
      tokens_.Take();
      ARROW_ASSIGN_OR_RAISE(const std::string to, Identifier("a unit"));
      return IntervalRangeLiteral(text, from, to);
    }
  }
  std::vector<IntervalPart> parts;
  const auto is_amount = [&](size_t ahead) {
    return IsStringToken(ahead) || tokens_.Peek(ahead).kind == TokenKind::kNumber;
  };
  const auto is_sign = [&] { return tokens_.IsOperator("-") || tokens_.IsOperator("+"); };
  // A sign behind the first part may as well be an operator of the expression around.
  while (is_amount(0) || (is_sign() && (parts.empty() || (is_amount(1) && tokens_.IsName(2))))) {
    IntervalPart part;
    while (is_sign()) {
      if (tokens_.Take().text == "-") part.value = part.value.empty() ? "-" : "";
    }
    part.value += IsStringToken() ? StringContent(tokens_.Take()) : tokens_.Take().text;
    ARROW_ASSIGN_OR_RAISE(part.unit, Identifier("a unit such as DAY"));
    parts.push_back(std::move(part));
  }
  return IntervalLiteral(parts);
}

UnresolvedPtr SqlParser::NamedArgument(std::string name, UnresolvedPtr value) {
  auto argument = std::make_shared<UnresolvedExpression>();
  argument->kind = UnresolvedKind::kNamedArgument;
  argument->name = std::move(name);
  argument->children = {std::move(value)};
  return argument;
}

Result<UnresolvedPtr> SqlParser::Call(const std::vector<std::string>& name) {
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  auto call = std::make_shared<UnresolvedExpression>();
  call->kind = UnresolvedKind::kFunction;
  for (const auto& part : name) call->name += (call->name.empty() ? "" : ".") + part;
  call->distinct = tokens_.MatchWord("distinct");
  if (!call->distinct) tokens_.MatchWord("all");
  if (!tokens_.IsOperator(")")) {
    do {
      std::string name;
      if (tokens_.IsName() && tokens_.IsOperator("=>", 1)) {
        name = tokens_.Take().text;
        tokens_.Take();
      }
      // The fields of a struct may be named by AS.
      const bool field = EqualsIgnoreCase(call->name, "struct");
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr argument, field ? NamedExpression() : Expression());
      call->children.push_back(name.empty() ? argument : NamedArgument(name, argument));
    } while (tokens_.MatchOperator(","));
  }
  if (tokens_.MatchWords({"ignore", "nulls"}))
    call->ignore_nulls = true;
  else
    tokens_.MatchWords({"respect", "nulls"});
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return CallSuffix(std::move(call));
}

Result<UnresolvedPtr> SqlParser::CallSuffix(std::shared_ptr<UnresolvedExpression> call) {
  // The orders stand behind the arguments.
  if (tokens_.MatchWords({"within", "group"})) {
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
    ARROW_RETURN_NOT_OK(tokens_.ExpectWord("order"));
    ARROW_RETURN_NOT_OK(tokens_.ExpectWord("by"));
    do {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr order, SortItem());
      call->children.push_back(std::move(order));
    } while (tokens_.MatchOperator(","));
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  }
  if (tokens_.IsWord("filter") && tokens_.IsOperator("(", 1)) {
    tokens_.Take();
    tokens_.Take();
    ARROW_RETURN_NOT_OK(tokens_.ExpectWord("where"));
    ARROW_ASSIGN_OR_RAISE(call->filter, Expression());
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  }
  if (tokens_.MatchWords({"ignore", "nulls"}))
    call->ignore_nulls = true;
  else
    tokens_.MatchWords({"respect", "nulls"});
  if (!tokens_.MatchWord("over")) return WithRegistered(std::move(call), options_);
  return Over(std::move(call));
}

}  // namespace headrace
