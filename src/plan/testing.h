// For tests: small relations to plan over, and short ways to write unresolved expressions.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "connector/registry.h"
#include "plan/analyzer.h"
#include "plan/unresolved.h"

namespace headrace::testing {

// A source whose schema is what the user gave, or a timestamp and a value.
class FakeProvider : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool,
                                  const ConnectorContext&) override {
    if (specification.user_schema) return specification.user_schema;
    return arrow::schema(
        {arrow::field("timestamp", TimestampType()), arrow::field("value", arrow::int64())});
  }
};

class PlanTest : public ::testing::Test {
 protected:
  PlanTest() {
    registry_.AddSource("fake", std::make_shared<FakeProvider>());
    context_.connectors = &registry_;
  }

  static LogicalPlanPtr Read(const std::string& schema, bool streaming,
                             std::optional<int64_t> plan_id = {}) {
    auto read = NewLogicalPlan(LogicalKind::kRead);
    read->format = "fake";
    read->schema_text = schema;
    read->streaming = streaming;
    read->plan_id = plan_id;
    return read;
  }
  // timestamp TIMESTAMP, value BIGINT
  static LogicalPlanPtr Stream() { return Read("", true); }
  static LogicalPlanPtr Table(const std::string& name, LogicalPlanPtr plan) {
    auto alias = NewLogicalPlan(LogicalKind::kSubqueryAlias, {std::move(plan)});
    alias->name = name;
    return alias;
  }
  static LogicalPlanPtr T() {
    return Table("t", Read("a INT, b BIGINT NOT NULL, s STRING, d DOUBLE, ts TIMESTAMP, dt DATE, "
                           "arr ARRAY<STRING>, m MAP<STRING, INT>, st STRUCT<f: INT, g: STRING>, "
                           "ok BOOLEAN, dc DECIMAL(10,2)",
                           false));
  }
  static LogicalPlanPtr U() { return Table("u", Read("a INT, c STRING", false)); }

  static UnresolvedPtr Column(const std::string& name, std::optional<int64_t> plan_id = {}) {
    return UnresolvedAttribute(ParseNameParts(name).ValueOrDie(), plan_id);
  }
  static UnresolvedPtr Int(int32_t value) {
    return UnresolvedLiteral(std::make_shared<arrow::Int32Scalar>(value));
  }
  static UnresolvedPtr Text(const std::string& value) {
    return UnresolvedLiteral(std::make_shared<arrow::StringScalar>(value));
  }
  static UnresolvedPtr Call(const std::string& name, std::vector<UnresolvedPtr> arguments) {
    return UnresolvedCall(name, std::move(arguments));
  }
  static UnresolvedPtr As(UnresolvedPtr child, const std::string& name) {
    return UnresolvedAlias(std::move(child), {name});
  }
  static UnresolvedPtr Star() { return UnresolvedStar(); }
  static UnresolvedPtr CountAll() { return Call("count", {UnresolvedStar()}); }
  static UnresolvedPtr Window(const std::string& column, const std::string& duration) {
    return Call("window", {Column(column), Text(duration)});
  }

  static LogicalPlanPtr Select(LogicalPlanPtr child, std::vector<UnresolvedPtr> columns) {
    auto project = NewLogicalPlan(LogicalKind::kProject, {std::move(child)});
    project->expressions = std::move(columns);
    return project;
  }
  static LogicalPlanPtr Where(LogicalPlanPtr child, UnresolvedPtr condition) {
    auto filter = NewLogicalPlan(LogicalKind::kFilter, {std::move(child)});
    filter->expressions = {std::move(condition)};
    return filter;
  }
  static std::shared_ptr<LogicalPlan> GroupBy(LogicalPlanPtr child,
                                              std::vector<UnresolvedPtr> groupings,
                                              std::vector<UnresolvedPtr> aggregates) {
    auto aggregate = NewLogicalPlan(LogicalKind::kAggregate, {std::move(child)});
    aggregate->groupings = std::move(groupings);
    aggregate->expressions = std::move(aggregates);
    return aggregate;
  }
  // SELECT list … GROUP BY groupings HAVING having
  static LogicalPlanPtr SqlGroupBy(LogicalPlanPtr child, std::vector<UnresolvedPtr> list,
                                   std::vector<UnresolvedPtr> groupings,
                                   UnresolvedPtr having = nullptr) {
    auto aggregate = GroupBy(std::move(child), std::move(groupings), std::move(list));
    aggregate->select_list = true;
    aggregate->having = std::move(having);
    return aggregate;
  }
  static LogicalPlanPtr OrderBy(LogicalPlanPtr child, std::vector<UnresolvedPtr> orders) {
    auto sort = NewLogicalPlan(LogicalKind::kSort, {std::move(child)});
    sort->expressions = std::move(orders);
    return sort;
  }
  static LogicalPlanPtr Limit(LogicalPlanPtr child, int64_t number,
                              LogicalKind kind = LogicalKind::kLimit) {
    auto limit = NewLogicalPlan(kind, {std::move(child)});
    limit->number = number;
    return limit;
  }
  static LogicalPlanPtr Watermark(LogicalPlanPtr child, const std::string& column,
                                  const std::string& delay) {
    auto watermark = NewLogicalPlan(LogicalKind::kWatermark, {std::move(child)});
    watermark->name = column;
    watermark->delay = delay;
    return watermark;
  }
  static LogicalPlanPtr Join(LogicalPlanPtr left, LogicalPlanPtr right, JoinType type,
                             UnresolvedPtr condition) {
    auto join = NewLogicalPlan(LogicalKind::kJoin, {std::move(left), std::move(right)});
    join->join_type = type;
    if (condition) join->expressions = {std::move(condition)};
    return join;
  }
  static LogicalPlanPtr JoinUsing(LogicalPlanPtr left, LogicalPlanPtr right, JoinType type,
                                  std::vector<std::string> names) {
    auto join = NewLogicalPlan(LogicalKind::kJoin, {std::move(left), std::move(right)});
    join->join_type = type;
    join->names = std::move(names);
    return join;
  }
  static LogicalPlanPtr SetOperation(LogicalKind kind, LogicalPlanPtr left, LogicalPlanPtr right,
                                     bool all = true) {
    auto operation = NewLogicalPlan(kind, {std::move(left), std::move(right)});
    operation->all = all;
    return operation;
  }
  static LogicalPlanPtr Deduplicate(LogicalPlanPtr child, std::vector<std::string> names,
                                    bool within_watermark = false) {
    auto node = NewLogicalPlan(LogicalKind::kDeduplicate, {std::move(child)});
    node->names = std::move(names);
    node->within_watermark = within_watermark;
    return node;
  }

  Result<ResolvedPlanPtr> Analyzed(const LogicalPlanPtr& plan) { return Analyze(plan, context_); }
  // "a int, b bigint!" with "!" for NOT NULL; or the error's condition and parameters.
  std::string Schema(const LogicalPlanPtr& plan) {
    const auto resolved = Analyzed(plan);
    if (!resolved.ok()) return Error(resolved.status());
    std::string text;
    for (const Attribute& column : (*resolved)->output) {
      if (!text.empty()) text += ", ";
      text += column.name + " " + SimpleString(*column.type) + (column.nullable ? "" : "!");
    }
    return text;
  }
  static std::string Error(const Status& status) {
    const ErrorDetail* detail = ErrorDetail::Get(status);
    if (!detail) return status.ToString();
    std::string text = detail->condition();
    for (const auto& [key, value] : detail->parameters()) text += " " + key + "=" + value;
    return text;
  }
  // The resolved tree with column ids left out.
  static std::string WithoutIds(const std::string& tree) {
    std::string text;
    for (size_t i = 0; i < tree.size(); ++i) {
      if (tree[i] != '#') {
        text += tree[i];
        continue;
      }
      while (i + 1 < tree.size() && std::isdigit(static_cast<unsigned char>(tree[i + 1]))) ++i;
    }
    return text;
  }

  ConnectorRegistry registry_;
  AnalyzerContext context_;
};

}  // namespace headrace::testing
