// From names to identities: resolves relations, columns, functions and types, and inserts casts.
//
// Called for every AnalyzePlan, every action and every start(). Executes nothing but what
// `run_query` is for. Errors are AnalysisExceptions with Spark's conditions
// (UNRESOLVED_COLUMN.WITH_SUGGESTION, …).
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/registry.h"
#include "functions/registry.h"
#include "plan/resolved_plan.h"
#include "plan/unresolved.h"
#include "python/python_runtime.h"

namespace headrace {

class GroupFunction;

struct AnalyzerContext {
  const FunctionRegistry* functions = &FunctionRegistry::BuiltIn();
  const ConnectorRegistry* connectors = nullptr;
  BindContext bind;
  ConnectorContext connector;
  bool case_sensitive = false;
  // Temp views and tables; no value: TABLE_OR_VIEW_NOT_FOUND.
  std::function<Result<std::optional<LogicalPlanPtr>>(const std::vector<std::string>& name_parts)>
      find_table;
  // DataFrames kept by the session (foreachBatch, checkpoint()).
  std::function<Result<ResolvedPlanPtr>(const std::string& relation_id)> find_cached;
  // What workers that run clients' functions need; refuses by the name of what wants them.
  std::function<Result<PythonContextPtr>(const std::string& what)> python;
  // A client's function over groups with state.
  std::function<Result<std::shared_ptr<const GroupFunction>>(
      std::shared_ptr<const PythonFunction> function)>
      python_group_function;
  // Catalog operations answer with a small table.
  std::function<Result<LogicalPlanPtr>(const LogicalPlan& catalog_operation)> run_catalog;
  // Runs a plan to its end: for relations whose columns are found in rows (pivot, transpose).
  std::function<Result<arrow::RecordBatchVector>(const ResolvedPlanPtr& plan)> run_query;
};

Result<ResolvedPlanPtr> Analyze(const LogicalPlanPtr& plan, const AnalyzerContext& context);

}  // namespace headrace
