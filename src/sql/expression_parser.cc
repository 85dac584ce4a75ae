#include "sql/expression_parser.h"

#include <algorithm>
#include <array>
#include <set>
#include <utility>

#include <arrow/scalar.h>

#include "sql/literals.h"

namespace headrace {
namespace {

constexpr int kMaximumDepth = 1000;

// Words that may follow an expression or relation and so cannot name it without AS.
const std::set<std::string>& ClauseWords() {
  static const std::set<std::string> words = {
      "from",       "where",   "group",   "having", "order",   "sort",      "cluster",
      "distribute", "limit",   "offset",  "union",  "except",  "intersect", "minus",
      "join",       "inner",   "left",    "right",  "full",    "cross",     "semi",
      "anti",       "natural", "on",      "using",  "lateral", "window",    "tablesample",
      "pivot",      "unpivot", "as",      "when",   "then",    "else",      "end",
      "and",        "or",      "not",     "in",     "between", "like",      "ilike",
      "rlike",      "regexp",  "is",      "asc",    "desc",    "nulls",     "filter",
      "over",       "div",     "qualify", "escape", "select",  "watermark"};
  return words;
}

// Those of them with which no clause can begin where an expression must: columns have such names.
const std::set<std::string>& ColumnWords() {
  static const std::set<std::string> words = {"offset", "window", "filter", "watermark", "escape"};
  return words;
}

UnresolvedPtr BooleanLiteral(bool value) {
  return UnresolvedLiteral(std::make_shared<arrow::BooleanScalar>(value));
}
UnresolvedPtr Negate(UnresolvedPtr condition) {
  return UnresolvedCall("not", {std::move(condition)});
}

// Inside a lambda its arguments hide columns of the same name.
UnresolvedPtr BindLambdaVariables(const UnresolvedPtr& node,
                                  const std::vector<std::string>& arguments) {
  if (node->kind == UnresolvedKind::kAttribute && !node->plan_id) {
    const auto found = std::find_if(arguments.begin(), arguments.end(), [&](const auto& a) {
      return EqualsIgnoreCase(a, node->name_parts[0]);
    });
    if (found == arguments.end()) return node;
    auto variable = std::make_shared<UnresolvedExpression>();
    variable->kind = UnresolvedKind::kLambdaVariable;
    variable->name = *found;
    UnresolvedPtr result = variable;
    for (size_t i = 1; i < node->name_parts.size(); ++i) {
      auto field = std::make_shared<UnresolvedExpression>();
      field->kind = UnresolvedKind::kExtractValue;
      field->children = {result, StringLiteral(node->name_parts[i])};
      result = field;
    }
    return result;
  }
  if (node->children.empty()) return node;
  auto copy = std::make_shared<UnresolvedExpression>(*node);
  for (auto& child : copy->children) child = BindLambdaVariables(child, arguments);
  return copy;
}

}  // namespace

Status DepthGuard::Check() const {
  if (parser_->depth_ <= kMaximumDepth) return Status::OK();
  return parser_->tokens().Unexpected("the text is nested more than " +
                                      std::to_string(kMaximumDepth) + " levels deep");
}

bool SqlParser::IsStringToken(size_t ahead) const {
  const Token& token = tokens_.Peek(ahead);
  if (token.kind != TokenKind::kString) return false;
  return token.text[0] == '\'' || !(options_.ansi && options_.double_quoted_identifiers);
}

std::string SqlParser::StringContent(const Token& token) const { return token.text.substr(1); }

bool SqlParser::BeginsQuery(size_t ahead) const {
  while (tokens_.IsOperator("(", ahead)) ++ahead;
  return tokens_.IsWord("select", ahead) || tokens_.IsWord("with", ahead) ||
         tokens_.IsWord("values", ahead) ||
         (tokens_.IsWord("from", ahead) && tokens_.IsName(ahead + 1));
}

bool SqlParser::IsImplicitAlias() const {
  const Token& token = tokens_.Peek();
  if (token.kind == TokenKind::kQuotedIdentifier) return true;
  return token.kind == TokenKind::kIdentifier && ClauseWords().count(ToLower(token.text)) == 0;
}

Result<std::string> SqlParser::Identifier(const std::string& what) {
  const Token& token = tokens_.Peek();
  if (token.kind == TokenKind::kString && !IsStringToken()) return StringContent(tokens_.Take());
  if (!tokens_.IsName()) return tokens_.Unexpected("expected " + what);
  return tokens_.Take().text;
}

Result<std::vector<std::string>> SqlParser::MultipartName() {
  if (tokens_.IsWord("identifier") && tokens_.IsOperator("(", 1)) {
    tokens_.Take();
    return IdentifierClause();
  }
  std::vector<std::string> parts;
  do {
    ARROW_ASSIGN_OR_RAISE(std::string part, Identifier("a name"));
    parts.push_back(std::move(part));
  } while (tokens_.MatchOperator("."));
  return parts;
}

Result<DataTypePtr> SqlParser::Type() {
  const size_t begin = tokens_.Peek().begin;
  ARROW_RETURN_NOT_OK(Identifier("a type"));
  size_t end = tokens_.Peek().begin;
  // Brackets of either kind belong to the type; `>>` closes two.
  int depth = 0;
  if (tokens_.IsOperator("<") || tokens_.IsOperator("(") || tokens_.IsOperator("<>")) {
    do {
      const Token& token = tokens_.Take();
      if (token.kind == TokenKind::kEnd) return tokens_.Unexpected("the type is not closed");
      for (const char c : token.kind == TokenKind::kOperator ? token.text : std::string()) {
        if (c == '<' || c == '(') ++depth;
        if (c == '>' || c == ')') --depth;
      }
      end = token.end;
    } while (depth > 0);
  } else {
    // INTERVAL DAY TO SECOND, DOUBLE PRECISION, TIMESTAMP WITHOUT TIME ZONE
    for (const char* word :
         {"year", "month", "day", "hour", "minute", "second", "precision", "without"}) {
      if (!tokens_.IsWord(word)) continue;
      tokens_.Take();
      tokens_.MatchWords({"time", "zone"});
      if (tokens_.MatchWord("to")) tokens_.Take();
      break;
    }
    end = tokens_.Peek().begin;
  }
  return ParseDdlType(tokens_.sql().substr(begin, end - begin));
}

Result<UnresolvedPtr> SqlParser::Expression() {
  DepthGuard guard(this);
  ARROW_RETURN_NOT_OK(guard.Check());
  // x -> body
  if (tokens_.IsName() && tokens_.IsOperator("->", 1)) {
    const std::string argument = tokens_.Take().text;
    tokens_.Take();
    return Lambda({argument});
  }
  return Or();
}

Result<UnresolvedPtr> SqlParser::NamedExpression() {
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr expression, Expression());
  const bool as = tokens_.MatchWord("as");
  if (tokens_.IsOperator("(") && as) {
    tokens_.Take();
    std::vector<std::string> names;
    do {
      ARROW_ASSIGN_OR_RAISE(std::string name, Identifier("an alias"));
      names.push_back(std::move(name));
    } while (tokens_.MatchOperator(","));
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    return UnresolvedAlias(expression, std::move(names));
  }
  if (as || IsImplicitAlias()) {
    ARROW_ASSIGN_OR_RAISE(std::string name, Identifier("an alias"));
    return UnresolvedAlias(expression, {std::move(name)});
  }
  return expression;
}

Result<UnresolvedPtr> SqlParser::SortItem() {
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr expression, Expression());
  bool ascending = true;
  if (tokens_.MatchWord("desc"))
    ascending = false;
  else
    tokens_.MatchWord("asc");
  bool nulls_first = ascending;
  if (tokens_.MatchWords({"nulls", "first"}))
    nulls_first = true;
  else if (tokens_.MatchWords({"nulls", "last"}))
    nulls_first = false;
  return UnresolvedSortOrder(expression, ascending, nulls_first);
}

Result<std::vector<UnresolvedPtr>> SqlParser::ExpressionList() {
  std::vector<UnresolvedPtr> list;
  do {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr item, Expression());
    list.push_back(std::move(item));
  } while (tokens_.MatchOperator(","));
  return list;
}

Result<UnresolvedPtr> SqlParser::Or() {
  const size_t begin = tokens_.position();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr left, And());
  while (tokens_.MatchWord("or")) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr right, And());
    left = Placed(begin, UnresolvedCall("or", {left, right}));
  }
  return left;
}

Result<UnresolvedPtr> SqlParser::And() {
  const size_t begin = tokens_.position();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr left, Not());
  while (tokens_.MatchWord("and")) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr right, Not());
    left = Placed(begin, UnresolvedCall("and", {left, right}));
  }
  return left;
}

Result<UnresolvedPtr> SqlParser::Not() {
  if ((tokens_.IsWord("not") && !tokens_.IsOperator("(", 1)) || tokens_.IsOperator("!") ||
      (tokens_.IsWord("not") && tokens_.IsOperator("(", 1))) {
    DepthGuard guard(this);
    ARROW_RETURN_NOT_OK(guard.Check());
    const size_t begin = tokens_.position();
    tokens_.Take();
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr condition, Not());
    return Placed(begin, Negate(condition));
  }
  return Predicate();
}

Result<UnresolvedPtr> SqlParser::Predicate() {
  const size_t begin = tokens_.position();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr left, BinaryLevel(0));
  while (true) {
    const size_t before = tokens_.position();
    const bool negated = tokens_.IsWord("not") && tokens_.MatchWord("not");
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr next, PredicateSuffix(left, negated));
    if (!next) {
      tokens_.Rewind(before);
      return left;
    }
    left = Placed(begin, std::move(next));
  }
}

Result<UnresolvedPtr> SqlParser::PredicateSuffix(UnresolvedPtr left, bool negated) {
  auto finish = [&](UnresolvedPtr condition) {
    return negated ? Negate(std::move(condition)) : condition;
  };
  if (tokens_.MatchWord("between")) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr low, BinaryLevel(0));
    ARROW_RETURN_NOT_OK(tokens_.ExpectWord("and"));
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr high, BinaryLevel(0));
    return finish(UnresolvedCall("between", {left, low, high}));
  }
  if (tokens_.MatchWord("in")) {
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("("));
    if (BeginsQuery()) {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr subquery, Subquery("in", {left}));
      return finish(subquery);
    }
    ARROW_ASSIGN_OR_RAISE(auto values, ExpressionList());
    ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
    values.insert(values.begin(), left);
    return finish(UnresolvedCall("in", std::move(values)));
  }
  for (const auto& [word, function] : std::array<std::pair<const char*, const char*>, 4>{
           {{"like", "like"}, {"ilike", "ilike"}, {"rlike", "rlike"}, {"regexp", "rlike"}}}) {
    if (!tokens_.MatchWord(word)) continue;
    const bool any = tokens_.IsWord("any") || tokens_.IsWord("some");
    if ((any || tokens_.IsWord("all")) && tokens_.IsOperator("(", 1)) {
      tokens_.Take();
      tokens_.Take();
      ARROW_ASSIGN_OR_RAISE(const auto patterns, ExpressionList());
      ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
      // NOT LIKE ANY: one that does not match; NOT LIKE ALL: none matches.
      UnresolvedPtr all;
      for (const auto& each : patterns) {
        const UnresolvedPtr match = finish(UnresolvedCall(function, {left, each}));
        all = all ? UnresolvedCall(any ? "or" : "and", {all, match}) : match;
      }
      return all;
    }
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr pattern, BinaryLevel(0));
    std::vector<UnresolvedPtr> arguments = {left, pattern};
    if (tokens_.MatchWord("escape")) {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr escape, Primary());
      arguments.push_back(escape);
    }
    return finish(UnresolvedCall(function, std::move(arguments)));
  }
  if (negated) return UnresolvedPtr();
  if (tokens_.MatchWord("is")) {
    negated = tokens_.MatchWord("not");
    if (tokens_.MatchWord("null"))
      return negated ? UnresolvedCall("isnotnull", {left}) : UnresolvedCall("isnull", {left});
    if (tokens_.MatchWord("true"))
      return finish(UnresolvedCall("<=>", {left, BooleanLiteral(true)}));
    if (tokens_.MatchWord("false"))
      return finish(UnresolvedCall("<=>", {left, BooleanLiteral(false)}));
    if (tokens_.MatchWord("unknown"))
      return negated ? UnresolvedCall("isnotnull", {left}) : UnresolvedCall("isnull", {left});
    if (tokens_.MatchWords({"distinct", "from"})) {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr right, BinaryLevel(0));
      UnresolvedPtr same = UnresolvedCall("<=>", {left, right});
      return negated ? same : Negate(same);
    }
    return tokens_.Unexpected("expected NULL, TRUE, FALSE, UNKNOWN or DISTINCT FROM");
  }
  for (const auto& [text, function] :
       std::array<std::pair<const char*, const char*>, 9>{{{"<=>", "<=>"},
                                                           {"==", "=="},
                                                           {"=", "=="},
                                                           {"<=", "<="},
                                                           {">=", ">="},
                                                           {"<>", ""},
                                                           {"!=", ""},
                                                           {"<", "<"},
                                                           {">", ">"}}}) {
    if (!tokens_.MatchOperator(text)) continue;
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr right, BinaryLevel(0));
    if (*function == '\0') return Negate(UnresolvedCall("==", {left, right}));
    return UnresolvedCall(function, {left, right});
  }
  return UnresolvedPtr();
}

Result<UnresolvedPtr> SqlParser::BinaryLevel(int level) {
  struct Operator {
    const char* text;
    const char* function;
  };
  // From the loosest to the tightest.
  static const std::vector<std::vector<Operator>> kLevels = {
      {{"|", "|"}},
      {{"^", "^"}},
      {{"&", "&"}},
      {{"<<", "shiftleft"}, {">>>", "shiftrightunsigned"}, {">>", "shiftright"}},
      {{"+", "+"}, {"-", "-"}, {"||", "concat"}},
      {{"*", "*"}, {"/", "/"}, {"%", "%"}},
  };
  if (level == static_cast<int>(kLevels.size())) return Unary();
  const size_t begin = tokens_.position();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr left, BinaryLevel(level + 1));
  while (true) {
    const char* function = nullptr;
    for (const Operator& candidate : kLevels[level]) {
      if (tokens_.MatchOperator(candidate.text)) {
        function = candidate.function;
        break;
      }
    }
    if (function == nullptr && level == 5 && tokens_.MatchWord("div")) function = "div";
    if (function == nullptr) return left;
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr right, BinaryLevel(level + 1));
    left = Placed(begin, UnresolvedCall(function, {left, right}));
  }
}

Result<UnresolvedPtr> SqlParser::Unary() {
  DepthGuard guard(this);
  ARROW_RETURN_NOT_OK(guard.Check());
  if (tokens_.IsOperator("-") && tokens_.Peek(1).kind == TokenKind::kNumber) {
    tokens_.Take();
    const std::string number = tokens_.Take().text;
    return NumberLiteral(number, /*negative=*/true);
  }
  const size_t begin = tokens_.position();
  if (tokens_.MatchOperator("-")) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr operand, Unary());
    // SQL names this column `(- a)`, a DataFrame's negation `negative(a)`.
    auto call = std::make_shared<UnresolvedExpression>(*UnresolvedCall("negative", {operand}));
    call->sql_text = "-";
    return Placed(begin, call);
  }
  if (tokens_.MatchOperator("+")) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr operand, Unary());
    return Placed(begin, UnresolvedCall("positive", {operand}));
  }
  if (tokens_.MatchOperator("~")) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr operand, Unary());
    return Placed(begin, UnresolvedCall("~", {operand}));
  }
  return Postfix();
}

Result<UnresolvedPtr> SqlParser::Postfix() {
  const size_t begin = tokens_.position();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr value, Primary());
  while (true) {
    auto extract = std::make_shared<UnresolvedExpression>();
    extract->kind = UnresolvedKind::kExtractValue;
    if (tokens_.MatchOperator("[")) {
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr key, Expression());
      ARROW_RETURN_NOT_OK(tokens_.ExpectOperator("]"));
      extract->children = {value, key};
      value = extract;
    } else if (tokens_.IsOperator(".") && tokens_.IsName(1)) {
      tokens_.Take();
      extract->children = {value, StringLiteral(tokens_.Take().text)};
      value = extract;
    } else if (tokens_.MatchOperator("::")) {
      ARROW_ASSIGN_OR_RAISE(DataTypePtr type, Type());
      value = UnresolvedCast(value, type, false);
    } else {
      return value;
    }
    value = Placed(begin, value);
  }
}

Result<UnresolvedPtr> SqlParser::Primary() {
  const size_t begin = tokens_.position();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr expression, BarePrimary());
  return Placed(begin, std::move(expression));
}

Result<UnresolvedPtr> SqlParser::BarePrimary() {
  const Token& token = tokens_.Peek();
  switch (token.kind) {
    case TokenKind::kNumber:
      return NumberLiteral(tokens_.Take().text, false);
    case TokenKind::kParameter:
      return Parameter();
    case TokenKind::kString:
      if (IsStringToken()) {
        std::string value = StringContent(tokens_.Take());
        while (IsStringToken())
          value += StringContent(tokens_.Take());  // adjacent literals are one
        return StringLiteral(std::move(value));
      }
      break;
    case TokenKind::kOperator:
      if (tokens_.IsOperator("(")) return Parenthesised();
      if (tokens_.MatchOperator("*")) return UnresolvedStar();
      return tokens_.Unexpected();
    case TokenKind::kEnd:
      return tokens_.Unexpected();
    case TokenKind::kIdentifier: {
      if (tokens_.IsWord("identifier") && tokens_.IsOperator("(", 1)) {
        tokens_.Take();
        ARROW_ASSIGN_OR_RAISE(auto named, IdentifierClause());
        if (tokens_.IsOperator("(")) return Call(named);
        return UnresolvedAttribute(std::move(named));
      }
      ARROW_ASSIGN_OR_RAISE(UnresolvedPtr special, SpecialForm());
      if (special) return special;
      const std::string word = ToLower(token.text);
      const Token& next = tokens_.Peek(1);
      const bool is_column =
          next.kind == TokenKind::kOperator || next.kind == TokenKind::kEnd ||
          (next.kind == TokenKind::kIdentifier && ClauseWords().contains(ToLower(next.text)));
      if (ClauseWords().contains(word) && !ColumnWords().contains(word) && !is_column) {
        return tokens_.Unexpected("expected an expression");
      }
      break;
    }
    case TokenKind::kQuotedIdentifier:
      break;
  }
  std::vector<std::string> name;
  ARROW_ASSIGN_OR_RAISE(std::string first, Identifier("an expression"));
  name.push_back(std::move(first));
  while (tokens_.IsOperator(".")) {
    if (tokens_.IsOperator("*", 1)) {
      tokens_.Take();
      tokens_.Take();
      return UnresolvedStar(std::move(name));
    }
    if (!tokens_.IsName(1)) break;
    tokens_.Take();
    name.push_back(tokens_.Take().text);
  }
  if (tokens_.IsOperator("(")) return Call(name);
  return UnresolvedAttribute(std::move(name));
}

Result<UnresolvedPtr> SqlParser::Parenthesised() {
  // (x, y) -> body
  size_t ahead = 1;
  std::vector<std::string> arguments;
  while (tokens_.IsName(ahead)) {
    arguments.push_back(tokens_.Peek(ahead).text);
    ++ahead;
    if (!tokens_.IsOperator(",", ahead)) break;
    ++ahead;
  }
  if (!arguments.empty() && tokens_.IsOperator(")", ahead) && tokens_.IsOperator("->", ahead + 1)) {
    for (size_t i = 0; i < ahead + 2; ++i) tokens_.Take();
    return Lambda(std::move(arguments));
  }
  tokens_.Take();
  if (BeginsQuery()) return Subquery("scalar", {});
  ARROW_ASSIGN_OR_RAISE(auto items, ExpressionList());
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  if (items.size() == 1) return items[0];
  return UnresolvedCall("struct", std::move(items));
}

Result<UnresolvedPtr> SqlParser::Lambda(std::vector<std::string> arguments) {
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr body, Expression());
  auto lambda = std::make_shared<UnresolvedExpression>();
  lambda->kind = UnresolvedKind::kLambda;
  lambda->children = {BindLambdaVariables(body, arguments)};
  lambda->lambda_arguments = std::move(arguments);
  return lambda;
}

Result<UnresolvedPtr> SqlParser::Parameter() {
  const Token token = tokens_.Take();
  if (token.text.empty()) {
    if (next_positional_ < parameters_.positional.size())
      return parameters_.positional[next_positional_++];
    return AnalysisError("UNBOUND_SQL_PARAMETER",
                         "There is no value for the positional parameter number " +
                             std::to_string(next_positional_ + 1) + "; pass one in args",
                         {{"name", "_" + std::to_string(token.begin)}});
  }
  const auto found = parameters_.named.find(token.text);
  if (found != parameters_.named.end()) return found->second;
  return AnalysisError("UNBOUND_SQL_PARAMETER",
                       "There is no value for the parameter :" + token.text + "; pass one in args",
                       {{"name", token.text}});
}

Result<UnresolvedPtr> SqlParser::Subquery(const std::string& kind,
                                          std::vector<UnresolvedPtr> values) {
  auto subquery = std::make_shared<UnresolvedExpression>();
  subquery->kind = UnresolvedKind::kSubquery;
  subquery->name = kind;
  subquery->children = std::move(values);
  ARROW_ASSIGN_OR_RAISE(subquery->subquery, Query());
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return subquery;
}

}  // namespace headrace
