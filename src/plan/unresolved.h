// Unresolved expressions and logical plans: what a client or a SQL text asked for, before names
// are looked up. Spark Connect messages and SQL both end here. Plain data, immutable, shared.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/record_batch.h>
#include <arrow/scalar.h>

#include "base/options.h"
#include "base/query_context.h"
#include "python/python_function.h"
#include "types/spark_type.h"

namespace headrace {

struct GroupFunctionCall;
struct UnresolvedExpression;
struct UnresolvedWindow;
using UnresolvedPtr = std::shared_ptr<const UnresolvedExpression>;

enum class UnresolvedKind {
  kLiteral,         // literal
  kAttribute,       // name_parts, plan_id
  kStar,            // name_parts = target (maybe empty), plan_id
  kFunction,        // name, children, distinct, filter
  kAlias,           // children[0], aliases, metadata
  kCast,            // children[0], type, try_cast
  kSortOrder,       // children[0], ascending, nulls_first
  kExtractValue,    // children[0] child, children[1] key/index/field name
  kLambda,          // children[0] body, lambda_arguments
  kLambdaVariable,  // name
  kRegex,           // name = pattern over column names, plan_id
  kUpdateFields,    // children[0] struct, name = field, children[1] value (absent: drop)
  kWindow,          // children[0] the function, window: over(…)
  kSubquery,        // scalar/exists/in subquery
  kPython,          // python called with children
  kNamedArgument,   // name, children[0]: of a function call
};

struct LogicalPlan;
using LogicalPlanPtr = std::shared_ptr<const LogicalPlan>;

struct UnresolvedExpression {
  UnresolvedKind kind = UnresolvedKind::kLiteral;
  std::vector<UnresolvedPtr> children;
  std::shared_ptr<arrow::Scalar> literal;
  std::vector<std::string> name_parts;  // attribute path, star target
  std::string name;                     // function, lambda variable, regex, field
  std::optional<int64_t> plan_id;
  bool distinct = false;
  UnresolvedPtr filter;  // FILTER (WHERE …) of an aggregate
  bool ignore_nulls = false;
  std::vector<std::string> aliases;
  std::string metadata;  // JSON object or ""
  DataTypePtr type;
  bool try_cast = false;
  bool ascending = true;
  bool nulls_first = true;
  std::vector<std::string> lambda_arguments;
  LogicalPlanPtr subquery;
  std::shared_ptr<const PythonFunction> python;
  std::shared_ptr<const UnresolvedWindow> window;  // see window_specification.h
  QueryContextPtr query_context;  // where it stands in the program; null: not known
  // A literal's text as it was written in SQL when that names the column ("1.50"); else "".
  std::string sql_text;
};

// Makers; each returns a fresh node.
UnresolvedPtr UnresolvedLiteral(std::shared_ptr<arrow::Scalar> value, std::string sql_text = "");
UnresolvedPtr UnresolvedAttribute(std::vector<std::string> name_parts,
                                  std::optional<int64_t> plan_id = {});
UnresolvedPtr UnresolvedStar(std::vector<std::string> target = {},
                             std::optional<int64_t> plan_id = {});
UnresolvedPtr UnresolvedCall(std::string name, std::vector<UnresolvedPtr> arguments,
                             bool distinct = false);
UnresolvedPtr UnresolvedAlias(UnresolvedPtr child, std::vector<std::string> names,
                              std::string metadata = "");
UnresolvedPtr UnresolvedCast(UnresolvedPtr child, DataTypePtr type, bool try_cast);
UnresolvedPtr UnresolvedSortOrder(UnresolvedPtr child, bool ascending, bool nulls_first);
// The same at a place in the program, if it has none yet.
UnresolvedPtr WithContext(UnresolvedPtr expression, QueryContextPtr context);
// Splits `a.b.`c d`` into parts; error INVALID_ATTRIBUTE_NAME_SYNTAX.
Result<std::vector<std::string>> ParseNameParts(const std::string& identifier);

enum class LogicalKind {
  kRead,        // source (format/schema/options/paths), streaming
  kNamedTable,  // name_parts, options, streaming
  kLocalData,   // batches, schema
  kRange,       // start, end, step, partitions
  kProject,     // expressions
  kFilter,      // expressions[0]
  kAggregate,   // groupings, expressions, group_type, select_list, having
  kSort,        // expressions (sort orders), global
  kLimit,
  kOffset,
  kTail,   // number
  kUnion,  // children, all, by_name, allow_missing_columns
  kIntersect,
  kExcept,         // children, all
  kJoin,           // children, join_type, expressions[0] condition, names = using columns
  kDeduplicate,    // names (empty: all columns), within_watermark; name "DISTINCT": SQL's DISTINCT
  kSubqueryAlias,  // name
  kToDf,           // names
  kWithColumns,    // expressions (aliases)
  kRenameColumns,  // renames
  kDrop,           // expressions, names
  kToSchema,       // schema
  kWatermark,      // name = column, delay
  kRepartition,    // no-op for results; number, expressions
  kHint,           // name; unknown hints are passed over
  kShowString,
  kHtmlString,    // number, truncate, vertical
  kSample,        // lower, upper, with_replacement, seed
  kFillNa,        // names (empty: all), expressions: one literal, or one for each name
  kDropNa,        // names (empty: all), number = wanted non-nulls (negative: all of them)
  kReplaceNa,     // names (empty: all), expressions: old, new, old, new, … literals
  kUnpivot,       // groupings = ids, expressions = values (empty: all others), names = new columns
  kLateralView,   // expressions[0] generator call, name = alias, names = column aliases, outer
  kDescribe,      // batch statistics
  kCachedRemote,  // name = relation id: a DataFrame kept by the session
  kCollectMetrics,  // name, expressions: observe()
  // groupings, group_function; children[1]: the initial state, if any, grouped by expressions
  kGroupsWithState,
  kCatalog,         // name = operation ("listTables"), names = arguments
  kMapPython,       // python over all columns: mapInPandas, mapInArrow
  kGroupMapPython,  // groupings, python: applyInPandas; two children: groupings of each, cogrouped
  kUnsupported,     // name = the feature; analysis refuses it by name
};

enum class JoinType { kInner, kLeftOuter, kRightOuter, kFullOuter, kLeftSemi, kLeftAnti, kCross };
enum class GroupType { kGroupBy, kRollup, kCube, kPivot, kGroupingSets };

struct LogicalPlan {
  LogicalKind kind = LogicalKind::kUnsupported;
  std::vector<LogicalPlanPtr> children;
  std::optional<int64_t> plan_id;  // the client's id of this relation
  QueryContextPtr query_context;   // where it stands in a SQL text; null: not known

  std::string format;       // kRead
  std::string schema_text;  // DDL or JSON; ""
  Options options;
  std::vector<std::string> paths;
  bool streaming = false;

  std::vector<std::string> name_parts;  // kNamedTable
  std::string name;
  std::vector<std::string> names;
  std::vector<UnresolvedPtr> expressions;
  std::vector<UnresolvedPtr> groupings;
  std::vector<std::vector<UnresolvedPtr>> grouping_sets;
  UnresolvedPtr pivot_column;
  std::vector<UnresolvedPtr> pivot_values;
  GroupType group_type = GroupType::kGroupBy;
  UnresolvedPtr having;  // SQL
  // kAggregate: true (SQL): `expressions` are the whole output; false (DataFrame): the output is
  // the groupings, then `expressions`.
  bool select_list = false;
  bool outer = false;  // kLateralView

  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;  // kLocalData
  SchemaPtr schema;

  int64_t start = 0, end = 0, step = 1;  // kRange
  int32_t partitions = 0;
  int64_t number = 0;  // limits, show
  int32_t truncate = 20;
  bool vertical = false;
  bool global = true;  // kSort
  bool all = true, by_name = false, allow_missing_columns = false;
  JoinType join_type = JoinType::kInner;
  bool within_watermark = false;
  std::string delay;  // kWatermark
  std::vector<std::pair<std::string, std::string>> renames;
  double lower = 0, upper = 0;  // kSample
  bool with_replacement = false;
  int64_t seed = 0;
  std::shared_ptr<const PythonFunction> python;  // kMapPython, kGroupMapPython
  std::vector<UnresolvedPtr> other_groupings;    // kGroupMapPython: of the second child
  std::shared_ptr<const GroupFunctionCall> group_function;
};

// A mutable fresh node to fill in: `auto node = NewLogicalPlan(kind, {child});`.
std::shared_ptr<LogicalPlan> NewLogicalPlan(LogicalKind kind,
                                            std::vector<LogicalPlanPtr> children = {});
bool IsStreaming(const LogicalPlan& plan);

}  // namespace headrace
