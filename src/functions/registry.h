// The function registry: one entry a function, made beside its kernel.
//
// From an entry come name lookup for SQL and Connect, type checks and coercion, `headrace
// functions`, DESCRIBE FUNCTION, the documentation page and the conformance list. A topic folder
// (`functions/string/…`) exposes `void Register<Topic>Functions(FunctionRegistry*)`, called by
// FunctionRegistry::BuiltIn in registry.cc.
//
// Beside what users name, the analyser calls: array_item(array, index) and map_item(map, key) for
// `a[i]` (ANSI: errors out of range), window(time, duration, slide, start) for tumbling windows and
// the generator __sliding_window of the same arguments; the three durations come as string literals
// ("600000000 microseconds"), checked already.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "expression/cast.h"
#include "expression/expression.h"
#include "functions/aggregate_function.h"

namespace headrace {

// What a function may know of the session when it is bound. Values are fixed for the query.
struct BindContext {
  bool ansi = true;
  std::shared_ptr<const TimeZone> zone = TimeZone::Utc();
  std::string user = "headrace";
  std::string spark_version = "4.1.0";
  CastOptions cast_options() const { return {ansi ? CastMode::kAnsi : CastMode::kLegacy, zone}; }
};

enum class NullBehaviour { kPropagates, kNeverNull, kCustom };

struct FunctionDocumentation {
  std::string signature;    // "upper(string) -> string"
  std::string description;  // one sentence
  std::string example;      // a SQL expression whose value is recorded from Spark: "upper('a')"
};

// How an unaliased call is named: gets the display texts of the arguments (semantics.md 9.4).
// Null: name(a, b).
using DisplayName = std::function<std::string(const std::vector<std::string>& arguments)>;

struct ScalarFunction {
  std::vector<std::string> names;  // lower case; the first is canonical; operators by symbol ("+")
  FunctionDocumentation documentation;
  NullBehaviour nulls = NullBehaviour::kPropagates;
  bool deterministic = true;
  // Checks number and types of the arguments, inserts casts, returns the expression. Errors:
  // WRONG_NUM_ARGS.WITHOUT_SUGGESTION, DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE, … naming function,
  // argument and types.
  std::function<Result<ExpressionPtr>(std::vector<ExpressionPtr> arguments, const BindContext&)>
      bind;
  DisplayName display;
};

// An aggregate bound to argument types (aggregate_function.h holds the accumulators).
struct AggregateFunction {
  std::vector<std::string> names;
  FunctionDocumentation documentation;
  // `arguments` comes with children to be cast as needed; the bound aggregate holds the casted
  // ones.
  std::function<Result<BoundAggregate>(std::vector<ExpressionPtr> arguments, const BindContext&)>
      bind;
  DisplayName display;
};

// A generator (explode …): rows in, several rows out.
struct BoundGenerator {
  std::string name;
  std::vector<FieldPtr> output;  // default names: "col", "pos", "key", "value"
  std::vector<ExpressionPtr> arguments;
  // Evaluated arguments to: for each output row the input row it comes from (non-decreasing), and
  // the generated columns. `outer`: an input row without output gives one row of nulls.
  std::function<Status(const std::vector<std::shared_ptr<arrow::Array>>& arguments, int64_t length,
                       bool outer, std::vector<int64_t>* parent_rows,
                       std::vector<std::shared_ptr<arrow::Array>>* columns)>
      generate;
  bool outer = false;
};
struct GeneratorFunction {
  std::vector<std::string> names;
  FunctionDocumentation documentation;
  std::function<Result<BoundGenerator>(std::vector<ExpressionPtr> arguments, const BindContext&)>
      bind;
};

class FunctionRegistry {
 public:
  FunctionRegistry();
  // All built-in functions; made once a process.
  static const FunctionRegistry& BuiltIn();

  void Add(ScalarFunction function);
  void Add(AggregateFunction function);
  void Add(GeneratorFunction function);

  // Case-insensitive; null when absent.
  const ScalarFunction* FindScalar(const std::string& name) const;
  const AggregateFunction* FindAggregate(const std::string& name) const;
  const GeneratorFunction* FindGenerator(const std::string& name) const;
  // All names, sorted, for listings and for suggestions in UNRESOLVED_ROUTINE.
  std::vector<std::string> Names() const;

  // Looks up and binds a scalar function; UNRESOLVED_ROUTINE when there is none.
  Result<ExpressionPtr> Call(const std::string& name, std::vector<ExpressionPtr> arguments,
                             const BindContext& context) const;

 private:
  struct Tables;
  std::shared_ptr<Tables> tables_;
};

// For binders: DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE and WRONG_NUM_ARGS.WITHOUT_SUGGESTION.
Status UnexpectedInputType(const std::string& function, int argument, const std::string& required,
                           const Expression& actual);
Status WrongNumberOfArguments(const std::string& function, const std::string& expected,
                              size_t actual);

}  // namespace headrace
