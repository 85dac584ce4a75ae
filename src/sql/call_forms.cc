// Calls whose arguments are joined by words instead of commas: EXTRACT(YEAR FROM d),
// TRIM(BOTH 'x' FROM s), TIMESTAMPADD(HOUR, 1, t), ….
#include <array>
#include <utility>

#include "sql/expression_parser.h"
#include "sql/literals.h"

namespace headrace {
namespace {

using Words = std::initializer_list<const char*>;

bool IsOneOf(const TokenStream& tokens, Words words, size_t ahead = 0) {
  for (const char* word : words) {
    if (tokens.IsWord(word, ahead)) return true;
  }
  return false;
}

}  // namespace

// Each form takes the tokens from its name to its ')', or leaves them and gives null.
Result<UnresolvedPtr> SqlParser::CallForm() {
  if (!tokens_.IsOperator("(", 1)) return UnresolvedPtr();
  const size_t before = tokens_.position();
  Result<UnresolvedPtr> form = UnresolvedPtr();
  if (tokens_.IsWord("extract")) {
    form = Extract();
  } else if (tokens_.IsWord("position")) {
    form = Position();
  } else if (IsOneOf(tokens_, {"substring", "substr"})) {
    form = WordedArguments("substring", {"from", "for"});
  } else if (tokens_.IsWord("overlay")) {
    form = WordedArguments("overlay", {"placing", "from", "for"});
  } else if (tokens_.IsWord("trim")) {
    form = TrimForm();
  } else if (IsOneOf(tokens_, {"timestampadd", "timestampdiff", "dateadd", "date_add", "datediff",
                               "date_diff"})) {
    form = WithTimeUnit();
  }
  if (form.ok() && *form == nullptr) tokens_.Rewind(before);
  return form;
}

Result<UnresolvedPtr> SqlParser::Extract() {
  if (!tokens_.IsName(2) || !tokens_.IsWord("from", 3)) return UnresolvedPtr();
  tokens_.Take();
  tokens_.Take();
  const std::string field = tokens_.Take().text;
  tokens_.Take();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr source, Expression());
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return UnresolvedCall("extract", {StringLiteral(field), source});
}

// position(needle IN text)
Result<UnresolvedPtr> SqlParser::Position() {
  tokens_.Take();
  tokens_.Take();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr needle, BinaryLevel(0));
  if (!tokens_.MatchWord("in")) return UnresolvedPtr();
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr text, BinaryLevel(0));
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return UnresolvedCall("locate", {needle, text});
}

// function(a WORD b WORD c): all words but the last must be there.
Result<UnresolvedPtr> SqlParser::WordedArguments(const char* function, Words words) {
  tokens_.Take();
  tokens_.Take();
  std::vector<UnresolvedPtr> arguments;
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr first, Expression());
  arguments.push_back(std::move(first));
  for (const char* word : words) {
    if (!tokens_.MatchWord(word)) {
      if (arguments.size() == 1) return UnresolvedPtr();
      if (arguments.size() < words.size()) return tokens_.ExpectWord(word);
      break;
    }
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr argument, Expression());
    arguments.push_back(std::move(argument));
  }
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  return UnresolvedCall(function, std::move(arguments));
}

// trim([BOTH | LEADING | TRAILING] [characters] FROM text)
Result<UnresolvedPtr> SqlParser::TrimForm() {
  const bool sided = IsOneOf(tokens_, {"both", "leading", "trailing"}, 2);
  tokens_.Take();
  tokens_.Take();
  const std::string side = sided ? ToLower(tokens_.Take().text) : "both";
  std::vector<UnresolvedPtr> arguments;
  if (!tokens_.IsWord("from")) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr characters, Expression());
    arguments.push_back(std::move(characters));
  }
  if (!sided && !tokens_.IsWord("from")) return UnresolvedPtr();
  ARROW_RETURN_NOT_OK(tokens_.ExpectWord("from"));
  ARROW_ASSIGN_OR_RAISE(UnresolvedPtr text, Expression());
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  // The characters come first: ltrim(characters, text).
  arguments.push_back(std::move(text));
  const char* function = side == "both" ? "trim" : side == "leading" ? "ltrim" : "rtrim";
  return UnresolvedCall(function, std::move(arguments));
}

// timestampadd(HOUR, …): the unit is a word, no column.
Result<UnresolvedPtr> SqlParser::WithTimeUnit() {
  const bool unit = IsOneOf(tokens_,
                            {"year", "quarter", "month", "week", "day", "dayofyear", "hour",
                             "minute", "second", "millisecond", "microsecond"},
                            2);
  if (!unit || !tokens_.IsOperator(",", 3)) return UnresolvedPtr();
  const std::string name = ToLower(tokens_.Take().text);
  tokens_.Take();
  std::vector<UnresolvedPtr> arguments = {StringLiteral(tokens_.Take().text)};
  tokens_.Take();
  ARROW_ASSIGN_OR_RAISE(std::vector<UnresolvedPtr> rest, ExpressionList());
  ARROW_RETURN_NOT_OK(tokens_.ExpectOperator(")"));
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  const bool difference = name.ends_with("diff");
  return UnresolvedCall(difference ? "timestampdiff" : "timestampadd", std::move(arguments));
}

}  // namespace headrace
