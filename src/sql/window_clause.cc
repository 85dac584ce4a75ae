// OVER (…), frames, and the WINDOW clause.
#include <utility>

#include "sql/expression_parser.h"

namespace headrace {

Result<UnresolvedPtr> SqlParser::Over(UnresolvedPtr function) {
  auto expression = std::make_shared<UnresolvedExpression>();
  expression->kind = UnresolvedKind::kWindow;
  expression->children = {WithRegistered(std::move(function), options_)};
  auto window = std::make_shared<UnresolvedWindow>();
  const bool named_in_parentheses =
      tokens_.IsOperator("(") && tokens_.IsName(1) && tokens_.IsOperator(")", 2);
  if (tokens_.IsName() || named_in_parentheses) {
    tokens_.MatchOperator("(");
    ARROW_ASSIGN_OR_RAISE(window->name, Identifier("the name of a window"));
    tokens_.MatchOperator(")");
    // Described behind the select list, by the WINDOW clause.
    named_windows_.push_back(window);
  } else {
    ARROW_RETURN_NOT_OK(WindowSpecification(window.get()));
  }
  expression->window = std::move(window);
  return UnresolvedPtr(std::move(expression));
}

Status SqlParser::WindowSpecification(UnresolvedWindow* window) {
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
  if (tokens_.MatchWords({"partition", "by"}) || tokens_.MatchWords({"distribute", "by"})) {
    ARROW_ASSIGN_OR_RAISE(window->partitions, ExpressionList());
  }
  if (tokens_.MatchWords({"order", "by"}) || tokens_.MatchWords({"sort", "by"})) {
    do {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr order, SortItem());
      window->orders.push_back(std::move(order));
    } while (tokens_.MatchOperator(","));
  }
  if (tokens_.IsWord("rows") || tokens_.IsWord("range")) {
    auto frame = std::make_shared<UnresolvedFrame>();
    frame->unit = tokens_.IsWord("rows") ? FrameUnit::kRows : FrameUnit::kRange;
    tokens_.Take();
    const bool between = tokens_.MatchWord("between");
    ARROW_ASSIGN_OR_RAISE(frame->lower, FrameBound());
    if (between) {
      ARROW_RETURN_NOT_OK(tokens_.ExpectWord("and"));
      ARROW_ASSIGN_OR_RAISE(frame->upper, FrameBound());
    }
    window->frame = std::move(frame);
  }
  return tokens_.ExpectOperator(")");
}

Result<UnresolvedFrameBound> SqlParser::FrameBound() {
  UnresolvedFrameBound bound;
  if (tokens_.MatchWords({"current", "row"})) return bound;
  if (tokens_.MatchWords({"unbounded", "preceding"})) {
    bound.kind = FrameBoundKind::kUnboundedPreceding;
    return bound;
  }
  if (tokens_.MatchWords({"unbounded", "following"})) {
    bound.kind = FrameBoundKind::kUnboundedFollowing;
    return bound;
  }
  // Above the precedence of AND, which separates the bounds.
  ARROW_ASSIGN_OR_RAISE(bound.offset, BinaryLevel(0));
  bound.kind = FrameBoundKind::kPreceding;
  if (tokens_.MatchWord("preceding")) return bound;
  bound.kind = FrameBoundKind::kFollowing;
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("following"));
  return bound;
}

// WINDOW name AS (…), …
Status SqlParser::WindowClause() {
  if (!(tokens_.IsWord("window") && tokens_.IsName(1) && tokens_.IsWord("as", 2))) {
    return Status::OK();
  }
  tokens_.Take();
  do {
    ARROW_ASSIGN_OR_RAISE(const std::string name, Identifier("the name of a window"));
    ARROW_RETURN_NOT_OK(tokens_.ExpectWord("as"));
    UnresolvedWindow described;
    ARROW_RETURN_NOT_OK(WindowSpecification(&described));
    for (const auto& window : named_windows_) {
      if (EqualsIgnoreCase(window->name, name)) *window = described;
    }
  } while (tokens_.MatchOperator(","));
  return Status::OK();
}

}  // namespace headrace
