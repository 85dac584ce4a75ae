// DataFrames: what to compute, built step by step and run when a result is asked for.
//
// A DataFrame is a small immutable handle, cheap to copy. The methods that ask the engine (schema,
// collect, show, …) throw what exceptions.h names.
#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "headrace/column.h"
#include "headrace/row.h"
#include "headrace/stateful.h"
#include "headrace/types.h"

namespace headrace::client {
class Connection;
struct PlanNode;
}  // namespace headrace::client

namespace headrace::inline v1 {

class DataFrameWriter;
class DataStreamWriter;
class GroupedData;

class DataFrame {
 public:
  DataFrame(std::shared_ptr<client::Connection> connection,
            std::shared_ptr<const client::PlanNode> plan)
      : connection_(std::move(connection)), plan_(std::move(plan)) {}

  // The column of this very DataFrame, which tells both sides of a join apart.
  Column col(const std::string& name) const;
  Column operator[](const std::string& name) const { return col(name); }

  // Columns.
  DataFrame select(const std::vector<ColumnOrName>& columns) const;
  template <ColumnLike... Columns>
  DataFrame select(const Columns&... columns) const {
    return select(std::vector<ColumnOrName>{ColumnOrName(columns)...});
  }
  DataFrame selectExpr(const std::vector<std::string>& expressions) const;
  template <NameLike... Expressions>
  DataFrame selectExpr(const Expressions&... expressions) const {
    return selectExpr(std::vector<std::string>{std::string(expressions)...});
  }
  DataFrame withColumn(const std::string& name, const Column& column) const;
  DataFrame withColumns(const std::vector<std::pair<std::string, Column>>& columns) const;
  DataFrame withColumnRenamed(const std::string& existing, const std::string& name) const;
  DataFrame withColumnsRenamed(const std::vector<std::pair<std::string, std::string>>& names) const;
  // Columns that are not there are passed over. A name is taken as it is: dots lead to no field.
  DataFrame drop(const std::vector<std::string>& names) const;
  DataFrame drop(const std::vector<ColumnOrName>& columns) const;
  template <NameLike... ColumnNames>
  DataFrame drop(const ColumnNames&... names) const {
    return drop(std::vector<std::string>{std::string(names)...});
  }
  template <ColumnLike... Columns>
  requires(!(NameLike<Columns> && ...)) DataFrame drop(const Columns&... columns)
  const { return drop(std::vector<ColumnOrName>{ColumnOrName(columns)...}); }
  DataFrame toDF(const std::vector<std::string>& names) const;
  template <NameLike... ColumnNames>
  DataFrame toDF(const ColumnNames&... names) const {
    return toDF(std::vector<std::string>{std::string(names)...});
  }
  DataFrame alias(const std::string& name) const;

  // Rows.
  DataFrame filter(const Column& condition) const;
  DataFrame filter(const std::string& condition) const;  // SQL
  DataFrame where(const Column& condition) const { return filter(condition); }
  DataFrame where(const std::string& condition) const { return filter(condition); }
  DataFrame limit(int32_t rows) const;
  DataFrame offset(int32_t rows) const;
  DataFrame distinct() const;
  DataFrame dropDuplicates(const std::vector<std::string>& columns = {}) const;
  DataFrame dropDuplicatesWithinWatermark(const std::vector<std::string>& columns = {}) const;
  DataFrame orderBy(const std::vector<ColumnOrName>& columns) const;
  template <ColumnLike... Columns>
  DataFrame orderBy(const Columns&... columns) const {
    return orderBy(std::vector<ColumnOrName>{ColumnOrName(columns)...});
  }
  template <ColumnLike... Columns>
  DataFrame sort(const Columns&... columns) const {
    return orderBy(columns...);
  }
  DataFrame sample(double fraction, std::optional<int64_t> seed = std::nullopt) const;
  DataFrame repartition(int32_t partitions) const;
  DataFrame coalesce(int32_t partitions) const;
  // No columns: all of them.
  DataFrame dropna(const std::vector<std::string>& columns = {}) const;
  DataFrame fillna(const Value& value, const std::vector<std::string>& columns = {}) const;

  // Two DataFrames.
  DataFrame union_(const DataFrame& other) const;  // by position
  DataFrame unionAll(const DataFrame& other) const { return union_(other); }
  DataFrame unionByName(const DataFrame& other, bool allowMissingColumns = false) const;
  DataFrame intersect(const DataFrame& other) const;
  DataFrame subtract(const DataFrame& other) const;
  DataFrame exceptAll(const DataFrame& other) const;
  // `how`: inner, cross, left, right, full, semi, anti, and their longer names.
  DataFrame join(const DataFrame& other) const;
  DataFrame join(const DataFrame& other, const Column& on, const std::string& how = "inner") const;
  DataFrame join(const DataFrame& other, const std::string& column,
                 const std::string& how = "inner") const;
  DataFrame join(const DataFrame& other, const std::vector<std::string>& columns,
                 const std::string& how = "inner") const;
  DataFrame join(const DataFrame& other, std::initializer_list<const char*> columns,
                 const std::string& how = "inner") const {
    return join(other, std::vector<std::string>(columns.begin(), columns.end()), how);
  }
  DataFrame crossJoin(const DataFrame& other) const;

  // Groups.
  GroupedData groupBy(const std::vector<ColumnOrName>& columns) const;
  GroupedData groupBy() const;
  template <ColumnLike... Columns>
  GroupedData groupBy(const Columns&... columns) const;
  GroupedData rollup(const std::vector<ColumnOrName>& columns) const;
  GroupedData cube(const std::vector<ColumnOrName>& columns) const;
  DataFrame agg(const std::vector<Column>& aggregates) const;
  template <std::derived_from<Column>... Aggregates>
  DataFrame agg(const Aggregates&... aggregates) const {
    return agg(std::vector<Column>{aggregates...});
  }

  // Streams.
  DataFrame withWatermark(const std::string& eventTime, const std::string& delayThreshold) const;
  bool isStreaming() const;
  DataStreamWriter writeStream() const;

  // Results.
  StructType schema() const;
  std::vector<std::string> columns() const;
  std::vector<Row> collect() const;
  // Row by row as they arrive, in order; `take` answers whether to go on.
  void forEachRow(const std::function<bool(const Row&)>& take) const;
  int64_t count() const;
  std::optional<Row> first() const;
  std::vector<Row> take(int32_t rows) const;
  std::vector<Row> tail(int32_t rows) const;
  bool isEmpty() const;
  // What show() prints; truncate 0: cells at full length.
  std::string showString(int32_t rows = 20, int32_t truncate = 20, bool vertical = false) const;
  void show(int32_t rows = 20, bool truncate = true) const;
  void show(int32_t rows, int32_t truncate, bool vertical = false) const;
  std::string treeString() const;
  void printSchema() const;
  // `mode`: simple, extended, codegen, cost, formatted.
  std::string explainString(const std::string& mode = "simple") const;
  void explain(const std::string& mode = "simple") const;
  std::vector<std::string> inputFiles() const;
  DataFrameWriter write() const;

  void createTempView(const std::string& name) const;
  void createOrReplaceTempView(const std::string& name) const;
  void createGlobalTempView(const std::string& name) const;
  void createOrReplaceGlobalTempView(const std::string& name) const;
  DataFrame persist() const;
  DataFrame cache() const { return persist(); }
  DataFrame unpersist() const;

  const std::shared_ptr<client::Connection>& connection() const { return connection_; }
  const std::shared_ptr<const client::PlanNode>& plan() const { return plan_; }

 private:
  void CreateView(const std::string& name, bool is_global, bool replace) const;

  std::shared_ptr<client::Connection> connection_;
  std::shared_ptr<const client::PlanNode> plan_;
};

// What groupBy() gives: asks for aggregates next.
class GroupedData {
 public:
  enum class Kind { kGroupBy, kRollup, kCube, kPivot };

  GroupedData(DataFrame input, Kind kind, std::vector<Column> groups)
      : input_(std::move(input)), kind_(kind), groups_(std::move(groups)) {}

  DataFrame agg(const std::vector<Column>& aggregates) const;
  template <std::derived_from<Column>... Aggregates>
  DataFrame agg(const Aggregates&... aggregates) const {
    return agg(std::vector<Column>{aggregates...});
  }
  DataFrame count() const;
  // Of the columns named, which must be numeric, or of all numeric ones.
  DataFrame sum(const std::vector<std::string>& columns = {}) const;
  DataFrame avg(const std::vector<std::string>& columns = {}) const;
  DataFrame mean(const std::vector<std::string>& columns = {}) const { return avg(columns); }
  DataFrame min(const std::vector<std::string>& columns = {}) const;
  DataFrame max(const std::vector<std::string>& columns = {}) const;
  template <NameLike... ColumnNames>
  DataFrame sum(const ColumnNames&... names) const {
    return sum(std::vector<std::string>{std::string(names)...});
  }
  template <NameLike... ColumnNames>
  DataFrame avg(const ColumnNames&... names) const {
    return avg(std::vector<std::string>{std::string(names)...});
  }
  template <NameLike... ColumnNames>
  DataFrame min(const ColumnNames&... names) const {
    return min(std::vector<std::string>{std::string(names)...});
  }
  template <NameLike... ColumnNames>
  DataFrame max(const ColumnNames&... names) const {
    return max(std::vector<std::string>{std::string(names)...});
  }
  // No values: the engine looks up which there are.
  GroupedData pivot(const ColumnOrName& column, const std::vector<Value>& values = {}) const;

  // Functions of the program with state that is kept from batch to batch (headrace/stateful.h), on
  // streams in sessions of an engine in this process. Schemas are DDL text; `outputMode` is append
  // or update; `initialState` is a DataFrame that is no stream, grouped by the same types.
  DataFrame flatMapGroupsWithState(const FlatMapGroupsFunction& function,
                                   const std::string& outputSchema, const std::string& stateSchema,
                                   const std::string& outputMode, GroupStateTimeout timeout,
                                   const std::optional<GroupedData>& initialState = {}) const;
  // One row for each call; output mode update.
  DataFrame mapGroupsWithState(const MapGroupsFunction& function, const std::string& outputSchema,
                               const std::string& stateSchema, GroupStateTimeout timeout,
                               const std::optional<GroupedData>& initialState = {}) const;
  // `eventTimeColumn`: the column of the output that operators above take the watermark of.
  DataFrame transformWithState(const StatefulProcessorFactory& makeProcessor,
                               const std::string& outputSchema, const std::string& outputMode,
                               TimeMode timeMode,
                               const std::optional<GroupedData>& initialState = {},
                               const std::string& eventTimeColumn = "") const;

 private:
  struct FunctionCall;
  DataFrame WithFunction(FunctionCall call, const std::optional<GroupedData>& initial_state) const;
  DataFrame OfEach(const std::string& function, std::vector<std::string> columns) const;

  DataFrame input_;
  Kind kind_;
  std::vector<Column> groups_;
  std::optional<Column> pivot_;
  std::vector<Value> pivot_values_;
};

template <ColumnLike... Columns>
GroupedData DataFrame::groupBy(const Columns&... columns) const {
  return groupBy(std::vector<ColumnOrName>{ColumnOrName(columns)...});
}

}  // namespace headrace::inline v1
