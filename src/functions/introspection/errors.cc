// raise_error, assert_true.
#include "functions/introspection/introspection_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

Status UserError(std::string_view message) {
  return MakeError(ErrorKind::kRuntime, "USER_RAISED_EXCEPTION", std::string(message),
                   {{"errorMessage", std::string(message)}});
}

// A call that must happen for each row, and not at all when there is none: never folded.
ExpressionPtr EffectCall(const std::string& name, Arguments arguments, ScalarKernel kernel) {
  return std::make_shared<FunctionCall>(name, arrow::null(), true, std::move(arguments),
                                        std::move(kernel), /*deterministic=*/false);
}

Result<ExpressionPtr> BindRaiseError(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("raise_error", arguments.size(), 1, 1));
  ARROW_ASSIGN_OR_RAISE(arguments[0],
                        Coerce("raise_error", 0, arguments[0], arrow::utf8(), context));
  return EffectCall("raise_error", std::move(arguments),
                    [](const std::vector<Datum>& values, int64_t length,
                       const EvaluationContext&) -> Result<Datum> {
                      ARROW_ASSIGN_OR_RAISE(Columns columns, MakeColumns(values, length));
                      if (length > 0) {
                        return UserError(columns[0].IsNull(0)
                                             ? std::string_view("null")
                                             : Reader<std::string_view>(columns[0])[0]);
                      }
                      return Datum(std::make_shared<arrow::NullArray>(0));
                    });
}

Result<ExpressionPtr> BindAssertTrue(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("assert_true", arguments.size(), 1, 2));
  ARROW_ASSIGN_OR_RAISE(arguments[0],
                        Coerce("assert_true", 0, arguments[0], arrow::boolean(), context));
  if (arguments.size() == 1) {
    arguments.push_back(MakeLiteral(
        std::make_shared<arrow::StringScalar>("'" + arguments[0]->ToString() + "' is not true!")));
  }
  ARROW_ASSIGN_OR_RAISE(arguments[1],
                        Coerce("assert_true", 1, arguments[1], arrow::utf8(), context));
  return EffectCall("assert_true", std::move(arguments),
                    [](const std::vector<Datum>& values, int64_t length,
                       const EvaluationContext&) -> Result<Datum> {
                      ARROW_ASSIGN_OR_RAISE(Columns columns, MakeColumns(values, length));
                      const Reader<bool> holds(columns[0]);
                      for (int64_t i = 0; i < length; ++i) {
                        if (!columns[0].IsNull(i) && holds[i]) continue;
                        return UserError(columns[1].IsNull(i)
                                             ? std::string_view("null")
                                             : Reader<std::string_view>(columns[1])[i]);
                      }
                      return Datum(std::make_shared<arrow::NullArray>(length));
                    });
}

}  // namespace

void RegisterErrorFunctions(FunctionRegistry* registry) {
  ScalarFunction raise_error;
  raise_error.names = {"raise_error"};
  raise_error.documentation = {"raise_error(message) -> void", "Ends the query with an error.", ""};
  raise_error.nulls = NullBehaviour::kCustom;
  raise_error.deterministic = false;
  raise_error.display = [](const std::vector<std::string>& arguments) {
    return "raise_error(USER_RAISED_EXCEPTION, map(errorMessage, " +
           (arguments.empty() ? "" : arguments[0]) + "))";
  };
  raise_error.bind = BindRaiseError;
  registry->Add(std::move(raise_error));
  ScalarFunction assert_true;
  assert_true.names = {"assert_true"};
  assert_true.documentation = {"assert_true(condition[, message]) -> void",
                               "Ends the query with an error unless the condition is true.",
                               "assert_true(0 < 1)"};
  assert_true.nulls = NullBehaviour::kCustom;
  assert_true.deterministic = false;
  assert_true.bind = BindAssertTrue;
  registry->Add(std::move(assert_true));
}

}  // namespace headrace
