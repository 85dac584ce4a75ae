// to_binary, try_to_binary: the bytes that a text stands for.
#include <algorithm>

#include <fmt/format.h>

#include "functions/row_kernel.h"
#include "functions/signature.h"
#include "functions/string/base64.h"
#include "functions/string/format_topics.h"
#include "functions/string/hex.h"

namespace headrace {
namespace {

using std::string_view;
using Decoder = bool (*)(string_view text, std::string* out);

bool DecodeSpacedBase64(string_view text, std::string* out) {
  const auto blank = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  if (std::none_of(text.begin(), text.end(), blank)) return DecodeBase64(text, out);
  std::string dense(text);
  dense.erase(std::remove_if(dense.begin(), dense.end(), blank), dense.end());
  return DecodeBase64(dense, out);
}

bool CopyBytes(string_view text, std::string* out) {
  out->append(text);
  return true;
}

Status Malformed(string_view text, const std::string& format) {
  return IllegalArgument("CONVERSION_INVALID_INPUT",
                         fmt::format("to_binary: '{}' is no {}; try_to_binary gives null then",
                                     text.substr(0, 100), format),
                         {{"str", "'" + std::string(text) + "'"},
                          {"fmt", "'" + format + "'"},
                          {"targetType", "\"BINARY\""},
                          {"suggestion", "`try_to_binary`"}});
}

Result<ExpressionPtr> BindToBinary(const std::string& name, Arguments arguments, bool quiet,
                                   const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 1, 2));
  if (arguments.size() == 1) {
    arguments.push_back(MakeLiteral(std::make_shared<arrow::StringScalar>("hex")));
  }
  for (int i = 0; i < 2; ++i) {
    ARROW_ASSIGN_OR_RAISE(arguments[i], Coerce(name, i, arguments[i], arrow::utf8(), context));
  }
  ARROW_ASSIGN_OR_RAISE(const auto constant, ConstantArgument(name, "fmt", *arguments[1]));
  const std::string format = constant->is_valid ? ToLower(constant->ToString()) : "";
  const bool base64 = format == "base64";
  Decoder decode = nullptr;
  if (base64) decode = DecodeSpacedBase64;
  if (format == "hex") decode = DecodeHex;
  if (format == "utf-8" || format == "utf8") decode = CopyBytes;
  if (decode == nullptr) {
    if (constant->is_valid && !quiet) {
      return AnalysisError(
          "DATATYPE_MISMATCH.INVALID_ARG_VALUE",
          fmt::format("`{}` reads 'hex', 'utf-8', 'utf8' and 'base64', not '{}'", name, format),
          {{"inputName", "fmt"},
           {"requireType", "case-insensitive \"STRING\""},
           {"validValues", "'hex', 'utf-8', 'utf8', or 'base64'"},
           {"inputValue", "'" + format + "'"}});
    }
    return MakeLiteral(arrow::MakeNullScalar(arrow::binary()));
  }
  arguments.pop_back();
  const bool nullable = quiet || !base64 || AnyNullable(arguments);
  ScalarKernel kernel;
  if (quiet) {
    kernel = RowKernel<std::string, string_view>(
        arrow::binary(),
        [decode](std::string* out, string_view text) { return decode(text, out); });
  } else {
    std::string upper = base64 ? "BASE64" : "HEX";
    kernel = RowKernel<std::string, string_view>(
        arrow::binary(), [decode, upper](std::string* out, string_view text) -> Status {
          return decode(text, out) ? Status::OK() : Malformed(text, upper);
        });
  }
  return MakeCall(name, arrow::binary(), nullable, std::move(arguments), std::move(kernel));
}

}  // namespace

void RegisterToBinaryFunctions(FunctionRegistry* registry) {
  for (const bool quiet : {false, true}) {
    const std::string name = quiet ? "try_to_binary" : "to_binary";
    ScalarFunction function;
    function.names = {name};
    function.documentation = {
        name + "(text[, format]) -> binary",
        std::string("The bytes that a text of the format 'hex', 'utf-8' or 'base64' stands for") +
            (quiet ? "; null for other texts." : "."),
        "hex(" + name + "('abcd', 'hex'))"};
    function.nulls = NullBehaviour::kCustom;
    function.bind = [name, quiet](Arguments arguments, const BindContext& context) {
      return BindToBinary(name, std::move(arguments), quiet, context);
    };
    registry->Add(std::move(function));
  }
}

}  // namespace headrace
