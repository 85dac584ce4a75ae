// The physical plan as data: what runs, with every column bound to a position.
//
// A tree of nodes. Operators (operators/) are made from it once per query run; nothing in it
// changes from batch to batch. Exchanges cut it into stages.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connector/sink.h"
#include "connector/source.h"
#include "expression/expression.h"
#include "functions/registry.h"
#include "plan/resolved_plan.h"
#include "plan/stream_join.h"
#include "state/state_store.h"

namespace headrace {

enum class PhysicalKind {
  kScan,  // scan_index into PhysicalPlan::scans
  kLocalData,
  kRange,
  kProject,   // expressions
  kFilter,    // expressions[0]
  kGenerate,  // generator; required child columns, then generated ones
  // groupings, aggregates → keys, states. A distinct aggregate occurs only where the partial sees
  // all rows of its groups: the exchange is below it then.
  kPartialAggregate,
  kFinalAggregate,     // keys, states → keys, results (batch)
  kStatefulAggregate,  // keys, states → keys, results, with the state store (streaming)
  // A partial aggregate over sliding windows: rows are grouped by the pane (one slide long) that
  // they fall into; its states are merged into those of the windows. `window_key`, `window_us`.
  kPaneAggregate,
  // As kFinalAggregate and kStatefulAggregate; sessions (key number session_key) that touch are
  // merged. The rows of equal other keys meet in one partition.
  kSessionAggregate,
  kStatefulSessionAggregate,
  kDeduplicate,  // batch distinct on key columns
  kStatefulDeduplicate,
  kExchange,  // distribution of the child's rows over partitions
  kSort,      // orders, optional limit
  kLimit,
  kStatefulLimit,  // over the whole life of the query
  kOffset,
  kTail,  // single partition
  kUnion,
  kHashJoin,        // children: probe, build; build side is read once per batch and broadcast
  kNestedLoopJoin,  // no equality: build side broadcast
  kStreamJoin,      // two streams, each exchanged by its keys; with the state store
  kWatermark,       // statistics of a column
  kSample,
  kCollectMetrics,  // aggregates over all rows; expressions over their results: metrics_schema
  kIntersect,
  kExcept,
  kPython,  // python: functions that run in worker processes
  // window: functions over the rows of partitions, which meet in one instance. The input is the
  // columns that are kept, then the operation's inputs; the output the kept ones, then results.
  kWindow,
  // group_function over groups by key_columns, which the rows are sorted by; the function gets the
  // first columns, as many as row_schema has. children[1]: initial state, by build_keys.
  kGroupsWithState,
};

enum class Distribution { kSingle, kHash, kBroadcast };

// What a join's key that is null is equal to: nothing (`=`), null (`<=>`), or possibly anything,
// and then it matches every row (NOT IN; there is one key only).
enum class NullKeys { kMatchNothing, kMatchNulls, kMatchAll };

struct PhysicalNode;
using PhysicalNodePtr = std::shared_ptr<const PhysicalNode>;

struct PhysicalSortOrder {
  ExpressionPtr expression;
  bool ascending = true;
  bool nulls_first = true;
};

struct PhysicalAggregate {
  BoundAggregate aggregate;  // arguments bound
  ExpressionPtr filter;      // or null
  bool distinct = false;
};

struct PhysicalNode {
  PhysicalKind kind = PhysicalKind::kProject;
  std::vector<PhysicalNodePtr> children;
  SchemaPtr schema;  // of the output

  int scan_index = -1;  // kScan
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  int64_t start = 0, end = 0, step = 1;
  std::vector<ExpressionPtr> expressions;
  BoundGenerator generator;
  std::vector<int> required_columns;  // kGenerate: child columns to keep
  std::vector<ExpressionPtr>
      groupings;  // partial: bound to the child; final: keys are the first columns
  int key_count = 0;
  std::vector<PhysicalAggregate> aggregates;
  std::vector<int> key_columns;  // kExchange kHash, kDeduplicate
  Distribution distribution = Distribution::kSingle;
  std::vector<PhysicalSortOrder> orders;
  std::optional<int64_t> limit;
  int64_t number = 0;
  JoinType join_type = JoinType::kInner;
  std::vector<int> probe_keys, build_keys;  // kHashJoin; columns
  NullKeys null_keys = NullKeys::kMatchNothing;
  bool build_is_left = false;  // output order stays left, right
  ExpressionPtr condition;     // on left ++ right columns
  std::shared_ptr<const StreamJoin>
      stream_join;             // kStreamJoin; there `condition` is over both rows
  int event_time_column = -1;  // kWatermark
  int64_t delay_us = 0;
  // Stateful operators: id counted from the sink, pre-order; which key column is the event time.
  int operator_id = -1;
  int event_time_key = -1;
  bool event_time_is_window = false;
  bool within_watermark = false;
  int session_key = -1;
  // kPaneAggregate: the key whose grouping is the event time, and its windows (microseconds).
  int window_key = -1;
  struct {
    int64_t duration = 0, slide = 0, start = 0;
  } window_us;
  bool all = true;
  double lower = 0, upper = 0;
  int64_t seed = 0;
  // kCollectMetrics: `aggregates` over the child's rows; `expressions` (none: the results as they
  // are) bound to the results; `metrics_schema` names the fields of the row.
  std::string metrics_name;
  SchemaPtr metrics_schema;
  std::shared_ptr<const PythonOperation> python;  // its expressions bound to the children
  std::shared_ptr<const WindowOperation> window;
  std::shared_ptr<const GroupFunctionCall> group_function;
};

struct PhysicalScan {
  bool streaming = false;
  std::shared_ptr<SourceProvider> provider;
  SourceSpecification specification;
  SchemaPtr source_schema;
  ScanRequest request;  // pruned columns, pushed filters
  std::shared_ptr<BatchScan> batch_scan;
  int source_ordinal = -1;        // streaming: K of sources/K; equal for shared reads
  bool first_batch_only = false;  // an initial state
};

struct PhysicalPlan {
  PhysicalNodePtr root;
  std::vector<PhysicalScan> scans;
  int source_count = 0;  // distinct streaming sources
  OutputMode output_mode = OutputMode::kAppend;
  bool streaming = false;
  bool has_watermark = false;
  int stateful_operator_count = 0;
  Status failure;  // the first batch fails with it: what Spark finds out only there
  // The query fails with it as soon as there is a watermark.
  Status watermark_failure;
  SchemaPtr schema() const { return root->schema; }
};

struct PlannerOptions {
  OutputMode output_mode = OutputMode::kAppend;
  bool streaming = false;
};
Result<std::shared_ptr<const PhysicalPlan>> PlanPhysically(const ResolvedPlanPtr& optimized,
                                                           const PlannerOptions& options);

// explain(): "== Physical Plan ==" tree with Spark's operator names where there are such.
std::string ToTreeString(const PhysicalPlan& plan);

}  // namespace headrace
