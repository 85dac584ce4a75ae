// to_char, to_number, try_to_number: numbers as texts of a format.
#include <fmt/format.h>

#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/format_topics.h"
#include "functions/string/number_format.h"

namespace headrace {
namespace {

using std::string_view;

// The constant format; null: there is none, and no value either.
Result<std::shared_ptr<const NumberFormat>> FormatArgument(const std::string& function,
                                                           ExpressionPtr* argument,
                                                           const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(*argument, Coerce(function, 1, *argument, arrow::utf8(), context));
  ARROW_ASSIGN_OR_RAISE(const auto text, ConstantArgument(function, "format", **argument));
  if (!text->is_valid) return nullptr;
  ARROW_ASSIGN_OR_RAISE(
      NumberFormat format,
      NumberFormat::Compile(static_cast<const arrow::StringScalar&>(*text).view()));
  return std::make_shared<const NumberFormat>(std::move(format));
}

// The decimal that holds what an implicit cast to a decimal gives.
Result<DataTypePtr> DecimalFor(const std::string& function, const Expression& argument) {
  switch (argument.type()->id()) {
    case arrow::Type::DECIMAL128:
      return argument.type();
    case arrow::Type::INT8:
      return arrow::decimal128(3, 0);
    case arrow::Type::INT16:
      return arrow::decimal128(5, 0);
    case arrow::Type::INT64:
      return arrow::decimal128(20, 0);
    case arrow::Type::FLOAT:
      return arrow::decimal128(14, 7);
    case arrow::Type::DOUBLE:
      return arrow::decimal128(30, 15);
    case arrow::Type::STRING:
      return arrow::decimal128(38, 18);
    case arrow::Type::INT32:
    case arrow::Type::NA:
      return arrow::decimal128(10, 0);
    default:
      return UnexpectedInputType(function, 0, "DECIMAL", argument);
  }
}

Result<ExpressionPtr> BindNumberToText(Arguments arguments, const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(const DataTypePtr type, DecimalFor("to_char", *arguments[0]));
  ARROW_ASSIGN_OR_RAISE(arguments[0], MakeCast(arguments[0], type, context.cast_options()));
  ARROW_ASSIGN_OR_RAISE(const auto format, FormatArgument("to_char", &arguments[1], context));
  const bool nullable = AnyNullable(arguments);
  const int32_t scale = static_cast<const arrow::Decimal128Type&>(*type).scale();
  auto kernel = RowKernel<std::string, arrow::Decimal128, string_view>(
      arrow::utf8(),
      [format, scale](std::string* out, const arrow::Decimal128& value, string_view) {
        if (format != nullptr) format->Format(value, scale, out);
        return format != nullptr;
      });
  return MakeCall("to_char", arrow::utf8(), nullable, std::move(arguments), std::move(kernel));
}

// to_char of binaries: base64, hex or UTF-8.
Result<ExpressionPtr> BindBinaryToText(const std::string& name, Arguments arguments,
                                       const BindContext& context,
                                       const FunctionRegistry& registry) {
  const Expression& format = *arguments[1];
  if (!format.foldable() || IsNullType(*format.type())) {
    return AnalysisError("NON_FOLDABLE_ARGUMENT",
                         fmt::format("`{}` of a binary takes a constant format, not \"{}\"", name,
                                     format.ToString()),
                         {{"funcName", "`" + name + "`"},
                          {"paramName", "`format`"},
                          {"paramType", "\"" + SqlName(*format.type()) + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(const auto value, Fold(format));
  const std::string text = value->is_valid ? ToLower(value->ToString()) : "null";
  if (text == "base64" || text == "hex") return registry.Call(text, {arguments[0]}, context);
  if (text == "utf-8") return registry.Call("decode", std::move(arguments), context);
  return AnalysisError(
      "INVALID_PARAMETER_VALUE.BINARY_FORMAT",
      fmt::format("`{}` writes binaries as 'base64', 'hex' or 'utf-8', not as '{}'", name, text),
      {{"parameter", "`format`"},
       {"functionName", "`" + name + "`"},
       {"invalidFormat", "'" + text + "'"}});
}

Status Mismatch(string_view text, const std::string& format) {
  return IllegalArgument(
      "INVALID_FORMAT.MISMATCH_INPUT",
      fmt::format("to_number: '{}' does not have the format '{}'; try_to_number "
                  "gives null then",
                  text, format),
      {{"inputType", "\"STRING\""}, {"input", std::string(text)}, {"format", format}});
}

Result<ExpressionPtr> BindToNumber(const std::string& name, Arguments arguments, bool quiet,
                                   const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 2));
  ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], arrow::utf8(), context));
  ARROW_ASSIGN_OR_RAISE(const auto format, FormatArgument(name, &arguments[1], context));
  const DataTypePtr type = format == nullptr
                               ? arrow::decimal128(10, 0)
                               : arrow::decimal128(format->precision(), format->scale());
  const bool nullable = quiet || AnyNullable(arguments);
  ScalarKernel kernel;
  if (quiet || format == nullptr) {
    kernel = RowKernel<arrow::Decimal128, string_view, string_view>(
        type, [format](arrow::Decimal128* out, string_view text, string_view) {
          return format != nullptr && format->Parse(text, out);
        });
  } else {
    kernel = RowKernel<arrow::Decimal128, string_view, string_view>(
        type, [format](arrow::Decimal128* out, string_view text, string_view pattern) -> Status {
          return format->Parse(text, out) ? Status::OK() : Mismatch(text, std::string(pattern));
        });
  }
  return MakeCall(name, type, nullable, std::move(arguments), std::move(kernel));
}

}  // namespace

void RegisterNumberTextFunctions(FunctionRegistry* registry) {
  for (const std::string name : {"to_char", "to_varchar"}) {
    ScalarFunction function;
    function.names = {name};
    function.documentation = {
        name + "(number, timestamp or binary, format) -> string",
        "The text of a number by a number format, of a timestamp by a pattern, of a binary as "
        "'base64', 'hex' or 'utf-8'.",
        name + "(78.12, '$99.99')"};
    function.nulls = NullBehaviour::kCustom;
    function.bind = [name, registry](Arguments arguments,
                                     const BindContext& context) -> Result<ExpressionPtr> {
      ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 2, 2));
      switch (arguments[0]->type()->id()) {
        case arrow::Type::DATE32:
        case arrow::Type::TIMESTAMP:
          return registry->Call("date_format", std::move(arguments), context);
        case arrow::Type::BINARY:
          return BindBinaryToText(name, std::move(arguments), context, *registry);
        default:
          return BindNumberToText(std::move(arguments), context);
      }
    };
    registry->Add(std::move(function));
  }
  for (const bool quiet : {false, true}) {
    const std::string name = quiet ? "try_to_number" : "to_number";
    ScalarFunction function;
    function.names = {name};
    function.documentation = {name + "(text, format) -> decimal",
                              std::string("The number in a text of that format") +
                                  (quiet ? "; null for other texts." : "."),
                              name + "('$78.12', '$99.99')"};
    function.nulls = NullBehaviour::kCustom;
    function.bind = [name, quiet](Arguments arguments, const BindContext& context) {
      return BindToNumber(name, std::move(arguments), quiet, context);
    };
    registry->Add(std::move(function));
  }
}

}  // namespace headrace
