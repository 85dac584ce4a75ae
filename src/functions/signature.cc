#include "functions/signature.h"

#include <fmt/format.h>

namespace headrace {
namespace {

bool IsAtomic(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::LIST:
    case arrow::Type::MAP:
    case arrow::Type::STRUCT:
    case arrow::Type::NA:
      return false;
    default:
      return true;
  }
}

bool IsTemporal(const DataType& type) {
  return type.id() == arrow::Type::DATE32 || type.id() == arrow::Type::TIMESTAMP;
}

std::string ExpectedCount(size_t least, size_t most) {
  if (least == most) return std::to_string(least);
  if (most == kAnyNumber) return fmt::format("> {}", least - 1);
  std::string text = "[";
  for (size_t n = least; n <= most; ++n) text += (n == least ? "" : ", ") + std::to_string(n);
  return text + "]";
}

}  // namespace

Status CheckArgumentCount(const std::string& function, size_t actual, size_t least, size_t most) {
  if (actual >= least && actual <= most) return Status::OK();
  return WrongNumberOfArguments(function, ExpectedCount(least, most), actual);
}

bool IsNullType(const DataType& type) { return type.id() == arrow::Type::NA; }

bool CanCoerce(const DataType& from, const DataType& to) {
  if (SameType(from, to) || IsNullType(from)) return true;
  if (from.id() != to.id() && (!IsAtomic(from) || !IsAtomic(to))) return false;
  switch (to.id()) {
    case arrow::Type::LIST:
    case arrow::Type::MAP:
    case arrow::Type::STRUCT: {
      if (from.num_fields() != to.num_fields()) return false;
      for (int i = 0; i < to.num_fields(); ++i) {
        if (!CanCoerce(*from.field(i)->type(), *to.field(i)->type())) return false;
      }
      return true;
    }
    default:
      break;
  }
  if (IsString(to) || IsString(from)) return true;
  if (IsNumeric(from) && IsNumeric(to)) return true;
  return IsTemporal(from) && IsTemporal(to);
}

Result<ExpressionPtr> Coerce(const std::string& function, int index, ExpressionPtr argument,
                             const DataTypePtr& type, const BindContext& context) {
  if (SameType(*argument->type(), *type)) return argument;
  if (!CanCoerce(*argument->type(), *type)) {
    return UnexpectedInputType(function, index, SqlName(*type), *argument);
  }
  return MakeCast(std::move(argument), type, context.cast_options());
}

Result<DataTypePtr> CoerceToCommonType(const std::string& function, Arguments* arguments,
                                       size_t first, const BindContext& context) {
  std::vector<DataTypePtr> types;
  for (size_t i = first; i < arguments->size(); ++i) types.push_back((*arguments)[i]->type());
  DataTypePtr common = CommonType(types, context.ansi);
  if (common == nullptr) {
    std::string listed;
    for (const DataTypePtr& type : types) {
      listed += (listed.empty() ? "\"" : ", \"") + SqlName(*type) + "\"";
    }
    return AnalysisError(
        "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
        fmt::format("the arguments of `{}` must have one type, but they have ({}); cast them",
                    function, listed),
        {{"functionName", "`" + function + "`"}, {"dataType", "(" + listed + ")"}});
  }
  for (size_t i = first; i < arguments->size(); ++i) {
    ARROW_ASSIGN_OR_RAISE((*arguments)[i],
                          MakeCast((*arguments)[i], common, context.cast_options()));
  }
  return common;
}

Status NullToCollection(ExpressionPtr* argument, bool map, const BindContext& context) {
  if (!IsNullType(*(*argument)->type())) return Status::OK();
  const DataTypePtr type = map ? MapOf(arrow::null(), arrow::null()) : ArrayOf(arrow::null());
  return MakeCast(*argument, type, context.cast_options()).Value(argument);
}

bool AnyNullable(const Arguments& arguments) {
  for (const ExpressionPtr& argument : arguments) {
    if (argument->nullable()) return true;
  }
  return false;
}

Result<std::shared_ptr<arrow::Scalar>> ConstantArgument(const std::string& function,
                                                        const std::string& name,
                                                        const Expression& argument) {
  if (!argument.foldable()) {
    return AnalysisError("DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
                         fmt::format("`{}` takes a constant as {}, but got `{}`; use a literal",
                                     function, name, argument.ToString()),
                         {{"inputName", "`" + name + "`"},
                          {"inputType", "\"" + SqlName(*argument.type()) + "\""},
                          {"inputExpr", "\"" + argument.ToString() + "\""}});
  }
  return Fold(argument);
}

Result<std::optional<std::string>> ConstantText(const Expression& argument) {
  if (!argument.foldable() || !IsString(*argument.type())) return std::nullopt;
  ARROW_ASSIGN_OR_RAISE(auto scalar, Fold(argument));
  if (!scalar->is_valid) return std::nullopt;
  return static_cast<const arrow::BaseBinaryScalar&>(*scalar).value->ToString();
}

ExpressionPtr MakeCall(std::string name, DataTypePtr type, bool nullable, Arguments arguments,
                       ScalarKernel kernel) {
  return std::make_shared<FunctionCall>(std::move(name), std::move(type), nullable,
                                        std::move(arguments), std::move(kernel));
}

void AddFixed(FunctionRegistry* registry, FixedFunction fixed) {
  ScalarFunction function;
  function.names = fixed.names;
  function.documentation = std::move(fixed.documentation);
  function.nulls = fixed.nulls;
  function.deterministic = fixed.deterministic;
  function.display = std::move(fixed.display);
  const size_t most = fixed.variadic ? kAnyNumber : fixed.parameters.size();
  const size_t least = fixed.required == kAnyNumber ? fixed.parameters.size() : fixed.required;
  function.bind = [name = fixed.names.front(), parameters = std::move(fixed.parameters),
                   result = std::move(fixed.result), make = std::move(fixed.make),
                   nulls = fixed.nulls, deterministic = fixed.deterministic, least,
                   most](Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), least, most));
    for (size_t i = 0; i < arguments.size(); ++i) {
      const DataTypePtr& type = parameters[std::min(i, parameters.size() - 1)];
      ARROW_ASSIGN_OR_RAISE(
          arguments[i], Coerce(name, static_cast<int>(i), std::move(arguments[i]), type, context));
    }
    ARROW_ASSIGN_OR_RAISE(ScalarKernel kernel, make(&arguments, context));
    const bool nullable = nulls == NullBehaviour::kCustom ||
                          (nulls == NullBehaviour::kPropagates && AnyNullable(arguments));
    return std::make_shared<FunctionCall>(name, result, nullable, std::move(arguments),
                                          std::move(kernel), deterministic);
  };
  registry->Add(std::move(function));
}

void AddSimple(FunctionRegistry* registry, std::vector<std::string> names,
               FunctionDocumentation documentation, std::vector<DataTypePtr> parameters,
               DataTypePtr result, ScalarKernel kernel, NullBehaviour nulls, DisplayName display) {
  FixedFunction function;
  function.names = std::move(names);
  function.documentation = std::move(documentation);
  function.parameters = std::move(parameters);
  function.result = std::move(result);
  function.make = [kernel = std::move(kernel)](Arguments*, const BindContext&) { return kernel; };
  function.nulls = nulls;
  function.display = std::move(display);
  AddFixed(registry, std::move(function));
}

std::string CallText(const std::string& name, const std::vector<std::string>& arguments) {
  std::string text = name + "(";
  for (size_t i = 0; i < arguments.size(); ++i) text += (i == 0 ? "" : ", ") + arguments[i];
  return text + ")";
}

DisplayName DisplayAs(std::string name) {
  return [name = std::move(name)](const std::vector<std::string>& arguments) {
    return CallText(name, arguments);
  };
}

}  // namespace headrace
