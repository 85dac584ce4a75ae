// Unresolved expressions to typed ones, over the columns of an operator's inputs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "expression/lambda.h"
#include "plan/analysis/aggregate_collector.h"
#include "plan/analysis/name_resolution.h"
#include "plan/analysis/time_columns.h"
#include "plan/analyzer.h"

namespace headrace {

class Subqueries;

struct TypedExpression {
  ExpressionPtr expression;
  std::string text;  // as auto-generated names show it
};

class ExpressionResolver {
 public:
  ExpressionResolver(const AnalyzerContext* context, std::vector<const Relation*> inputs);

  // What an operator may switch on; all are borrowed and null means "not here".
  AggregateCollector* aggregates = nullptr;
  TimeColumns* time_columns = nullptr;
  Subqueries* subqueries = nullptr;
  Subqueries* argument_subqueries = nullptr;  // inside aggregate functions
  // Earlier columns of the same select list, by name.
  const std::vector<NamedExpression>* lateral_aliases = nullptr;
  // Looked up before the input's columns, except inside aggregate functions (HAVING, ORDER BY:
  // the select list's names).
  const std::vector<NamedExpression>* preferred = nullptr;
  // Columns of operators below the input, nearest first, for names that the input does not have.
  const std::vector<std::vector<Attribute>>* below = nullptr;
  // Added to the FILTER of every aggregate (pivot); or null.
  ExpressionPtr aggregate_filter;
  // grouping() and grouping_id(), in an aggregation.
  std::function<Result<ExpressionPtr>(const std::string&, const std::vector<ExpressionPtr>&)>
      grouping_function;
  // The error for an aggregate function where `aggregates` is null; gets its text.
  std::function<Status(const std::string&)> aggregate_refused;
  // The error for a generator, which is never right below the top of a select list.
  std::function<Status(const std::string&)> generator_refused;

  // Window functions may stand in the expressions; they are taken out of them by
  // ExtractWindowFunctions. Where not: "WHERE" or "HAVING" if that is the clause.
  bool windows_allowed = false;
  std::string window_clause;

  Result<TypedExpression> Resolve(const UnresolvedPtr& expression);
  // `expression` is a star, or a regex over column names.
  Result<std::vector<NamedExpression>> Expand(const UnresolvedExpression& star);
  // Arguments of a call with stars expanded.
  Result<std::vector<TypedExpression>> ResolveArguments(const std::vector<UnresolvedPtr>& children);

  // Columns that names may mean where the input has none of that name.
  void AlsoSee(const std::vector<Attribute>& columns) {
    hidden_.insert(hidden_.end(), columns.begin(), columns.end());
  }

  // The input's columns that names are looked up in.
  const std::vector<Attribute>& input() const { return input_; }
  bool streaming() const { return streaming_; }

 private:
  Result<TypedExpression> ResolveKind(const UnresolvedPtr& expression);
  Result<TypedExpression> ResolveColumn(const UnresolvedExpression& column);
  // In the query around; null: not there either.
  Result<std::optional<TypedExpression>> FindOutside(const UnresolvedExpression& column) const;
  Result<TypedExpression> ResolveSubquery(const UnresolvedPtr& subquery, bool negated);
  Result<TypedExpression> MakeColumn(ResolvedName name) const;
  Result<TypedExpression> ResolveCast(const UnresolvedExpression& cast);
  Result<TypedExpression> ResolveExtract(const UnresolvedExpression& extract);
  Result<TypedExpression> ResolveUpdate(const UnresolvedExpression& update);
  Result<TypedExpression> ResolveCall(const UnresolvedExpression& call);
  Result<TypedExpression> ResolveAggregate(const AggregateFunction& function,
                                           const UnresolvedExpression& call);
  Result<TypedExpression> ResolveTimeFunction(const std::string& name,
                                              const UnresolvedExpression& call);
  Result<TypedExpression> ResolveStruct(const UnresolvedExpression& call);
  Result<TypedExpression> ResolveScalar(const UnresolvedExpression& call);
  // lambda_resolution.cc
  Result<std::vector<TypedExpression>> ResolveLambdaArguments(const UnresolvedExpression& call,
                                                              size_t first_lambda);
  Result<TypedExpression> ResolveLambda(const UnresolvedExpression& argument,
                                        std::vector<LambdaVariablePtr> variables);
  Result<TypedExpression> ResolveLambdaVariable(const std::string& name) const;
  Status CheckOutsideOfLambda(const UnresolvedExpression& expression) const;
  Result<TypedExpression> ResolveWindow(const UnresolvedExpression& call);  // window_functions.cc
  class WindowResolution;
  struct BoundCall {
    BoundAggregate aggregate;
    ExpressionPtr filter;
    std::string text;
  };
  Result<BoundCall> BindAggregate(const AggregateFunction& function,
                                  const UnresolvedExpression& call);
  Result<TypedExpression> ResolveInputFile(const std::string& function);
  // python_functions.cc
  Result<TypedExpression> ResolvePython(const UnresolvedExpression& call);
  struct BoundPython {
    std::shared_ptr<const PythonFunctionCall> call;
    std::string text;
  };
  Result<BoundPython> BindPython(const UnresolvedExpression& call);
  Status CheckAggregating(const PythonFunction& function, const std::string& text) const;
  Result<std::vector<Attribute>> StarColumns(const UnresolvedExpression& star) const;
  std::optional<ExpressionPtr> FindPreferred(const std::vector<std::string>& parts) const;

  const AnalyzerContext* context_;
  std::vector<Attribute> input_;
  std::vector<Attribute> hidden_;
  std::vector<PlanOriginPtr> origins_;
  std::vector<const Relation*> outer_;
  bool streaming_ = false;
  bool inside_aggregate_ = false;

  // The lambdas around the expression that is resolved, the innermost last.
  struct LambdaScope {
    std::vector<std::string> names;
    std::vector<LambdaVariablePtr> variables;
  };
  std::vector<LambdaScope> lambda_scopes_;
  // How many of them stand around the aggregate function that is resolved.
  size_t scopes_around_aggregate_ = 0;
};

// DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN
Status CheckCondition(const TypedExpression& condition);
// The name of a select list's column: its alias, the column's own name, or the text.
std::string OutputName(const UnresolvedExpression& expression, const std::string& text);
// Does an aggregate function stand in it? The function of an over() is none, nor is one in a
// subquery.
bool ContainsAggregate(const UnresolvedExpression& expression, const FunctionRegistry& functions);
// One that needs over(): row_number, lag, …
bool IsWindowFunction(const std::string& name);

}  // namespace headrace
