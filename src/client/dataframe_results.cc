// What DataFrames are asked for: rows, text, schemas, views.
#include <iostream>

#include "headrace/dataframe.h"
#include "headrace/readwriter.h"
#include "headrace/streaming.h"

#include "client/exception_factory.h"
#include "client/expression_node.h"
#include "client/messages.h"
#include "client/plan_node.h"
#include "client/row_decoding.h"
#include "client/type_message.h"

namespace headrace::inline v1 {
namespace {

using client::messages::AnalyzePlanRequest;
using client::messages::AnalyzePlanResponse;
using client::messages::Relation;

using ExplainMode = AnalyzePlanRequest::Explain::ExplainMode;

ExplainMode ExplainModeOf(const std::string& mode) {
  if (mode == "simple") return AnalyzePlanRequest::Explain::EXPLAIN_MODE_SIMPLE;
  if (mode == "extended") return AnalyzePlanRequest::Explain::EXPLAIN_MODE_EXTENDED;
  if (mode == "codegen") return AnalyzePlanRequest::Explain::EXPLAIN_MODE_CODEGEN;
  if (mode == "cost") return AnalyzePlanRequest::Explain::EXPLAIN_MODE_COST;
  if (mode == "formatted") return AnalyzePlanRequest::Explain::EXPLAIN_MODE_FORMATTED;
  client::ThrowIllegalArgument(
      "UNKNOWN_EXPLAIN_MODE",
      "\"" + mode +
          "\" is no mode of explain(): there are simple, extended, codegen, cost and "
          "formatted.",
      {{"explain_mode", mode}});
}

}  // namespace

bool DataFrame::isStreaming() const {
  AnalyzePlanRequest request;
  *request.mutable_is_streaming()->mutable_plan() = client::RootPlan(*plan_);
  return connection_->Analyze(std::move(request)).is_streaming().is_streaming();
}

DataStreamWriter DataFrame::writeStream() const { return DataStreamWriter(*this); }
DataFrameWriter DataFrame::write() const { return DataFrameWriter(*this); }

StructType DataFrame::schema() const {
  AnalyzePlanRequest request;
  *request.mutable_schema()->mutable_plan() = client::RootPlan(*plan_);
  AnalyzePlanResponse response = connection_->Analyze(std::move(request));
  return client::SchemaFromMessage(response.schema().schema());
}

std::vector<std::string> DataFrame::columns() const { return schema().fieldNames(); }

std::vector<Row> DataFrame::collect() const {
  std::vector<Row> rows;
  client::FetchBatches(connection_.get(), *plan_, [&rows](const auto& batch) {
    std::vector<Row> more = client::RowsOf(*batch);
    rows.insert(rows.end(), std::make_move_iterator(more.begin()),
                std::make_move_iterator(more.end()));
    return true;
  });
  return rows;
}

void DataFrame::forEachRow(const std::function<bool(const Row&)>& take) const {
  client::FetchBatches(connection_.get(), *plan_, [&take](const auto& batch) {
    for (const Row& row : client::RowsOf(*batch)) {
      if (!take(row)) return false;
    }
    return true;
  });
}

int64_t DataFrame::count() const {
  const std::vector<Row> rows = agg(client::Call("count", {client::Literal(1)})).collect();
  if (rows.size() != 1) {
    client::ThrowConnectError("The server answered a count with " + std::to_string(rows.size()) +
                              " rows instead of one.");
  }
  return rows[0].getLong(0);
}

std::optional<Row> DataFrame::first() const {
  std::vector<Row> rows = take(1);
  if (rows.empty()) return std::nullopt;
  return std::move(rows[0]);
}

std::vector<Row> DataFrame::take(int32_t rows) const { return limit(rows).collect(); }

std::vector<Row> DataFrame::tail(int32_t rows) const {
  return client::Derive(*this,
                        [rows](const client::PlanNode& input, Relation* relation) {
                          client::WritePlan(input, relation->mutable_tail()->mutable_input());
                          relation->mutable_tail()->set_limit(rows);
                        })
      .collect();
}

bool DataFrame::isEmpty() const { return take(1).empty(); }

std::string DataFrame::showString(int32_t rows, int32_t truncate, bool vertical) const {
  DataFrame text = client::Derive(
      *this, [rows, truncate, vertical](const client::PlanNode& input, Relation* relation) {
        auto* show = relation->mutable_show_string();
        client::WritePlan(input, show->mutable_input());
        show->set_num_rows(rows);
        show->set_truncate(truncate);
        show->set_vertical(vertical);
      });
  const std::vector<Row> result = text.collect();
  if (result.empty()) client::ThrowConnectError("The server answered show() with no row.");
  return result[0].getString(0);
}

void DataFrame::show(int32_t rows, bool truncate) const {
  std::cout << showString(rows, truncate ? 20 : 0) << std::endl;
}

void DataFrame::show(int32_t rows, int32_t truncate, bool vertical) const {
  std::cout << showString(rows, truncate, vertical) << std::endl;
}

std::string DataFrame::treeString() const {
  AnalyzePlanRequest request;
  *request.mutable_tree_string()->mutable_plan() = client::RootPlan(*plan_);
  return connection_->Analyze(std::move(request)).tree_string().tree_string();
}

void DataFrame::printSchema() const { std::cout << treeString() << std::endl; }

std::string DataFrame::explainString(const std::string& mode) const {
  AnalyzePlanRequest request;
  *request.mutable_explain()->mutable_plan() = client::RootPlan(*plan_);
  request.mutable_explain()->set_explain_mode(ExplainModeOf(mode));
  return connection_->Analyze(std::move(request)).explain().explain_string();
}

void DataFrame::explain(const std::string& mode) const {
  std::cout << explainString(mode) << std::endl;
}

std::vector<std::string> DataFrame::inputFiles() const {
  AnalyzePlanRequest request;
  *request.mutable_input_files()->mutable_plan() = client::RootPlan(*plan_);
  AnalyzePlanResponse response = connection_->Analyze(std::move(request));
  return {response.input_files().files().begin(), response.input_files().files().end()};
}

void DataFrame::CreateView(const std::string& name, bool is_global, bool replace) const {
  client::messages::Command command;
  auto* view = command.mutable_create_dataframe_view();
  client::WritePlan(*plan_, view->mutable_input());
  view->set_name(name);
  view->set_is_global(is_global);
  view->set_replace(replace);
  connection_->ExecuteCommand(std::move(command));
}

void DataFrame::createTempView(const std::string& name) const { CreateView(name, false, false); }
void DataFrame::createOrReplaceTempView(const std::string& name) const {
  CreateView(name, false, true);
}
void DataFrame::createGlobalTempView(const std::string& name) const {
  CreateView(name, true, false);
}
void DataFrame::createOrReplaceGlobalTempView(const std::string& name) const {
  CreateView(name, true, true);
}

DataFrame DataFrame::persist() const {
  AnalyzePlanRequest request;
  client::WritePlan(*plan_, request.mutable_persist()->mutable_relation());
  connection_->Analyze(std::move(request));
  return *this;
}

DataFrame DataFrame::unpersist() const {
  AnalyzePlanRequest request;
  client::WritePlan(*plan_, request.mutable_unpersist()->mutable_relation());
  connection_->Analyze(std::move(request));
  return *this;
}

}  // namespace headrace::inline v1
