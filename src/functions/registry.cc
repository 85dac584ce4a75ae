#include "functions/registry.h"

#include <map>

#include <fmt/format.h>

#include "functions/aggregate/aggregate.h"
#include "functions/topics.h"

namespace headrace {
namespace {

template <typename F>
void Put(std::map<std::string, std::shared_ptr<const F>>* table, F function) {
  auto shared = std::make_shared<const F>(std::move(function));
  for (const std::string& name : shared->names) (*table)[ToLower(name)] = shared;
}

template <typename F>
const F* Find(const std::map<std::string, std::shared_ptr<const F>>& table,
              const std::string& name) {
  auto found = table.find(ToLower(name));
  return found == table.end() ? nullptr : found->second.get();
}

std::string Ordinal(int index) {
  static const char* const kNames[] = {"first", "second",  "third",  "fourth", "fifth",
                                       "sixth", "seventh", "eighth", "ninth",  "tenth"};
  return index < 10 ? kNames[index] : fmt::format("{}th", index + 1);
}

}  // namespace

struct FunctionRegistry::Tables {
  std::map<std::string, std::shared_ptr<const ScalarFunction>> scalars;
  std::map<std::string, std::shared_ptr<const AggregateFunction>> aggregates;
  std::map<std::string, std::shared_ptr<const GeneratorFunction>> generators;
};

FunctionRegistry::FunctionRegistry() : tables_(std::make_shared<Tables>()) {}

const FunctionRegistry& FunctionRegistry::BuiltIn() {
  static const FunctionRegistry* const registry = [] {
    auto* built_in = new FunctionRegistry;
    RegisterScalarFunctions(built_in);
    RegisterGeneratorFunctions(built_in);
    RegisterAggregateFunctions(built_in);
    return built_in;
  }();
  return *registry;
}

void FunctionRegistry::Add(ScalarFunction function) { Put(&tables_->scalars, std::move(function)); }
void FunctionRegistry::Add(AggregateFunction function) {
  Put(&tables_->aggregates, std::move(function));
}
void FunctionRegistry::Add(GeneratorFunction function) {
  Put(&tables_->generators, std::move(function));
}

const ScalarFunction* FunctionRegistry::FindScalar(const std::string& name) const {
  return Find(tables_->scalars, name);
}
const AggregateFunction* FunctionRegistry::FindAggregate(const std::string& name) const {
  return Find(tables_->aggregates, name);
}
const GeneratorFunction* FunctionRegistry::FindGenerator(const std::string& name) const {
  return Find(tables_->generators, name);
}

std::vector<std::string> FunctionRegistry::Names() const {
  std::vector<std::string> names;
  for (const auto& [name, function] : tables_->scalars) names.push_back(name);
  for (const auto& [name, function] : tables_->aggregates) names.push_back(name);
  for (const auto& [name, function] : tables_->generators) names.push_back(name);
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<ExpressionPtr> FunctionRegistry::Call(const std::string& name,
                                             std::vector<ExpressionPtr> arguments,
                                             const BindContext& context) const {
  const ScalarFunction* function = FindScalar(name);
  if (function == nullptr) {
    return AnalysisError(
        "UNRESOLVED_ROUTINE",
        fmt::format("there is no function `{}`; check the spelling, `headrace functions` lists all",
                    name),
        {{"routineName", "`" + name + "`"},
         {"searchPath", "[`system`.`builtin`, `system`.`session`, `spark_catalog`.`default`]"}});
  }
  return function->bind(std::move(arguments), context);
}

Status UnexpectedInputType(const std::string& function, int argument, const std::string& required,
                           const Expression& actual) {
  return AnalysisError(
      "DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE",
      fmt::format("the {} argument of `{}` must have the type \"{}\", but \"{}\" has the type "
                  "\"{}\"; cast it",
                  Ordinal(argument), function, required, actual.ToString(),
                  SqlName(*actual.type())),
      {{"sqlExpr", "\"" + function + "\""},
       {"paramIndex", Ordinal(argument)},
       {"requiredType", "\"" + required + "\""},
       {"inputSql", "\"" + actual.ToString() + "\""},
       {"inputType", "\"" + SqlName(*actual.type()) + "\""}});
}

Status WrongNumberOfArguments(const std::string& function, const std::string& expected,
                              size_t actual) {
  return AnalysisError(
      "WRONG_NUM_ARGS.WITHOUT_SUGGESTION",
      fmt::format("`{}` takes {} arguments, but the call has {}", function, expected, actual),
      {{"functionName", "`" + function + "`"},
       {"expectedNum", expected},
       {"actualNum", std::to_string(actual)},
       {"docroot", "https://spark.apache.org/docs/latest"}});
}

}  // namespace headrace
