// Resolved logical plans: every column has an identity, every expression a type.
//
// Made by the analyser, rewritten by the optimiser, read by the streaming checks and the physical
// planner. Nodes are immutable; rewriting makes new ones.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/source.h"
#include "expression/expression.h"
#include "functions/registry.h"
#include "plan/unresolved.h"

namespace headrace {

struct GroupFunctionCall;
struct WindowOperation;

// A column with identity: pass-through operators keep the id, anything that computes makes a new
// one (process-wide counter).
struct Attribute {
  int64_t id = 0;
  std::string name;
  DataTypePtr type;
  bool nullable = true;
  std::vector<std::string> qualifier;  // from aliases and tables
  // Watermark tag (semantics.md 2.1): delay in µs if this is an event-time column; windows keep it.
  std::optional<int64_t> watermark_delay_us;
  bool is_window = false;   // struct from window()/session_window()
  bool is_session = false;  // from session_window(): a grouping by it merges sessions that touch
  std::string metadata;     // JSON object or ""
};
int64_t NextAttributeId();
ExpressionPtr ToReference(const Attribute& attribute);

struct NamedExpression {
  ExpressionPtr expression;
  Attribute attribute;  // what it is called above
};
struct NamedAggregate {
  BoundAggregate aggregate;
  ExpressionPtr filter;  // FILTER (WHERE …) or null
  bool distinct = false;
  Attribute attribute;
};
struct SortOrder {
  ExpressionPtr expression;
  bool ascending = true;
  bool nulls_first = true;
};

enum class ResolvedKind {
  kScan,       // batch or streaming source
  kLocalData,  // batches
  kRange,
  kProject,      // projections
  kFilter,       // condition
  kAggregate,    // groupings, aggregates: output = groupings then aggregates
  kDistinct,     // all columns (SQL DISTINCT plans as aggregate; DataFrame distinct as deduplicate)
  kDeduplicate,  // keys (attribute ids), within_watermark
  kGenerate,     // generator; output = child's output then generated columns
  kSort,
  kLimit,
  kOffset,
  kTail,
  kUnion,
  kIntersect,
  kExcept,
  kJoin,       // join_type, condition; output = left then right (semi/anti: left)
  kWatermark,  // event_time attribute id, delay_us
  kSample,
  kCollectMetrics,
  kPython,           // python; output: see python_operation.h
  kGroupsWithState,  // group_function, keys; children[1]: initial state, by initial_keys
  kWindow,           // window; output: the child's, then a column for each function
};

struct PythonOperation;
struct ResolvedPlan;
using ResolvedPlanPtr = std::shared_ptr<const ResolvedPlan>;

struct ResolvedPlan {
  ResolvedKind kind = ResolvedKind::kProject;
  std::vector<ResolvedPlanPtr> children;
  std::vector<Attribute> output;

  // kScan
  bool streaming = false;
  std::shared_ptr<SourceProvider> provider;
  SourceSpecification specification;
  SchemaPtr source_schema;  // full; output may be a pruned subset, by name
  std::vector<ExpressionPtr> pushed_filters;
  std::shared_ptr<BatchScan> batch_scan;  // already open (memory table, foreachBatch batch) or null
  int64_t relation_id = 0;                // identical scans of one read share it (one source)

  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;  // kLocalData
  int64_t start = 0, end = 0, step = 1;                      // kRange
  std::vector<NamedExpression> projections;
  ExpressionPtr condition;  // kFilter, kJoin
  std::vector<NamedExpression> groupings;
  std::vector<NamedAggregate> aggregates;
  BoundGenerator generator;
  std::vector<SortOrder> orders;
  bool global_sort = true;
  int64_t number = 0;
  bool all = true;
  JoinType join_type = JoinType::kInner;
  std::vector<int64_t> keys;  // kDeduplicate
  bool within_watermark = false;
  int64_t event_time = 0;  // kWatermark: attribute id
  int64_t delay_us = 0;
  double lower = 0, upper = 0;
  int64_t seed = 0;
  bool with_replacement = false;
  std::string metrics_name;
  std::shared_ptr<const PythonOperation> python;
  std::shared_ptr<const WindowOperation> window;  // its inputs are `projections`
  std::shared_ptr<const GroupFunctionCall> group_function;
  std::vector<int64_t> initial_keys;

  SchemaPtr schema() const;  // of output, with spark_metadata
};

bool IsStreaming(const ResolvedPlan& plan);
// explain(extended)-like tree: one line a node, children indented.
std::string ToTreeString(const ResolvedPlan& plan);

}  // namespace headrace
