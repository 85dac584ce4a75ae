#include "functions/higher_order/higher_order_topics.h"
#include "functions/topics.h"

namespace headrace {

void RegisterHigherOrderFunctions(FunctionRegistry* registry) {
  RegisterElementwiseFunctions(registry);
  RegisterQuantifierFunctions(registry);
  RegisterFoldFunctions(registry);
  RegisterMapLambdaFunctions(registry);
}

void AddHigherOrder(FunctionRegistry* registry, const std::string& name,
                    decltype(ScalarFunction::bind) bind, FunctionDocumentation documentation) {
  ScalarFunction function;
  function.names = {name};
  function.documentation = std::move(documentation);
  function.bind = std::move(bind);
  registry->Add(std::move(function));
}

Status CheckResult(const std::string& function, int index, const Expression& lambda,
                   const DataType& type) {
  if (SameType(*lambda.type(), type)) return Status::OK();
  return UnexpectedInputType(function, index, SqlName(type), lambda);
}

Status CheckPredicate(const std::string& function, ExpressionPtr* lambda,
                      const BindContext& context) {
  if (IsNullType(*(*lambda)->type())) {
    return CastResult(*lambda, arrow::boolean(), context).Value(lambda);
  }
  return CheckResult(function, 1, **lambda, *arrow::boolean());
}

Result<ExpressionPtr> CastResult(const ExpressionPtr& lambda, const DataTypePtr& type,
                                 const BindContext& context) {
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr body,
                        MakeCast(lambda->children()[0], type, context.cast_options()));
  return lambda->WithChildren({std::move(body)});
}

}  // namespace headrace
