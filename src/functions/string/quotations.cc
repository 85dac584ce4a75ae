// quote, luhn_check, collation, collate.
#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/format_topics.h"

namespace headrace {
namespace {

using std::string_view;

constexpr char kBinaryCollation[] = "UTF8_BINARY";

void Quote(std::string* out, string_view text) {
  out->push_back('\'');
  for (const char c : text) {
    if (c == '\'') out->push_back('\\');
    out->push_back(c);
  }
  out->push_back('\'');
}

// Luhn's check digit of a number that is written in digits only.
bool HasLuhnCheckDigit(string_view text) {
  int sum = 0;
  bool doubled = false;
  for (size_t i = text.size(); i-- > 0; doubled = !doubled) {
    if (text[i] < '0' || text[i] > '9') return false;
    const int digit = (text[i] - '0') * (doubled ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return !text.empty() && sum % 10 == 0;
}

// Only texts have a collation: nothing is cast.
Result<ExpressionPtr> TextArgument(const std::string& function, const ExpressionPtr& argument,
                                   const BindContext& context) {
  if (!IsString(*argument->type()) && !IsNullType(*argument->type())) {
    return UnexpectedInputType(function, 0, "STRING", *argument);
  }
  return Coerce(function, 0, argument, arrow::utf8(), context);
}

// Texts are compared by their bytes; other collations are refused by name.
Result<ExpressionPtr> BindCollate(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("collate", arguments.size(), 2, 2));
  ARROW_ASSIGN_OR_RAISE(arguments[0], TextArgument("collate", arguments[0], context));
  ARROW_ASSIGN_OR_RAISE(const auto name, ConstantArgument("collate", "collation", *arguments[1]));
  if (name->is_valid && EqualsIgnoreCase(name->ToString(), kBinaryCollation)) return arguments[0];
  return NotSupported("the collation " + name->ToString(), "Texts have the collation UTF8_BINARY.");
}

}  // namespace

void RegisterQuotationFunctions(FunctionRegistry* registry) {
  AddSimple(registry, {"quote"},
            {"quote(string) -> string", "The text in single quotes, those within escaped.",
             "quote('Don\\'t')"},
            {arrow::utf8()}, arrow::utf8(),
            RowKernel<std::string, string_view>(arrow::utf8(), Quote), NullBehaviour::kCustom);
  AddSimple(
      registry, {"luhn_check"},
      {"luhn_check(string) -> boolean",
       "Whether the last digit of a number fits the others by Luhn's algorithm.",
       "luhn_check('8112189876')"},
      {arrow::utf8()}, arrow::boolean(),
      RowKernel<bool, string_view>(
          arrow::boolean(), [](bool* out, string_view text) { *out = HasLuhnCheckDigit(text); }),
      NullBehaviour::kCustom);
  ScalarFunction collate;
  collate.names = {"collate"};
  collate.documentation = {"collate(string, 'UTF8_BINARY') -> string",
                           "The text itself: UTF8_BINARY is the only collation.",
                           "collate('Spark', 'UTF8_BINARY')"};
  collate.bind = BindCollate;
  registry->Add(std::move(collate));
  ScalarFunction collation;
  collation.names = {"collation"};
  collation.documentation = {"collation(string) -> string", "The name of the text's collation.",
                             "collation('Spark')"};
  collation.bind = [](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("collation", arguments.size(), 1, 1));
    ARROW_RETURN_NOT_OK(TextArgument("collation", arguments[0], context).status());
    return MakeLiteral(std::make_shared<arrow::StringScalar>("SYSTEM.BUILTIN.UTF8_BINARY"));
  };
  registry->Add(std::move(collation));
}

}  // namespace headrace
