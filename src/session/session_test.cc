#include "session/session.h"

#include <gtest/gtest.h>

#include "connectors/console/console.h"
#include "connectors/memory/memory.h"
#include "connectors/rate/rate.h"
#include "types/value_text.h"

namespace headrace {
namespace {

class SessionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    static const bool registered = [] {
      RegisterMemoryConnector(&ConnectorRegistry::Process());
      RegisterRateConnector(&ConnectorRegistry::Process());
      RegisterConsoleConnector(&ConnectorRegistry::Process());
      return true;
    }();
    ASSERT_TRUE(registered);
    engine_->print = [this](const std::string& text) { printed_ += text; };
    session_ = std::make_unique<Session>(engine_, "session", "4.1.0");
    ASSERT_TRUE(session_->configuration().Set("spark.sql.session.timeZone", "UTC").ok());
  }

  // Rows as "a|b" lines, in the order that the plan gives.
  std::vector<std::string> Rows(const LogicalPlanPtr& plan) {
    std::vector<std::string> rows;
    const Status status = session_->Execute(
        plan, nullptr, [](const SchemaPtr&) { return Status::OK(); },
        [&](const BatchPtr& batch) {
          for (int64_t row = 0; row < batch->num_rows(); ++row) {
            std::string text;
            for (int column = 0; column < batch->num_columns(); ++column) {
              if (column > 0) text += "|";
              AppendValue(*batch->column(column), row, *TimeZone::Utc(), TextStyle::kShow, &text);
            }
            rows.push_back(text);
          }
          return Status::OK();
        });
    EXPECT_TRUE(status.ok()) << status.message();
    return rows;
  }

  std::vector<std::string> Sql(const std::string& text) {
    auto plan = session_->Sql(text, {});
    EXPECT_TRUE(plan.ok()) << plan.status().message();
    return plan.ok() ? Rows(*plan) : std::vector<std::string>{};
  }

  std::string ConditionOf(const std::string& text) {
    const auto plan = session_->Sql(text, {});
    if (plan.ok()) return "accepted";
    const ErrorDetail* detail = ErrorDetail::Get(plan.status());
    return detail ? detail->condition() : plan.status().ToString();
  }

  static LogicalPlanPtr RateStream(int rows) {
    auto read = NewLogicalPlan(LogicalKind::kRead);
    read->format = "rate-micro-batch";
    read->streaming = true;
    read->options.Set("rowsPerBatch", std::to_string(rows));
    return read;
  }

  std::shared_ptr<Engine> engine_ = std::make_shared<Engine>();
  std::unique_ptr<Session> session_;
  std::string printed_;
};

TEST_F(SessionTest, RunsQueries) {
  EXPECT_EQ(Sql("SELECT 1 + 1 AS two, upper('a')"), (std::vector<std::string>{"2|A"}));
  EXPECT_EQ(Sql("SELECT id % 2 AS odd, count(*) AS n, sum(id) FROM range(10) WHERE id > 0 GROUP BY "
                "1 ORDER BY 1"),
            (std::vector<std::string>{"0|4|20", "1|5|25"}));
  EXPECT_EQ(Sql("SELECT id FROM range(100) ORDER BY id DESC LIMIT 3"),
            (std::vector<std::string>{"99", "98", "97"}));
  EXPECT_EQ(Sql("SELECT explode(split('a b', ' ')) AS word"), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(Sql("SELECT a.id, b.id FROM range(3) a JOIN range(2, 5) b ON a.id = b.id"),
            (std::vector<std::string>{"2|2"}));
}

TEST_F(SessionTest, KeepsViewsAsTheyWereAnalysed) {
  Sql("CREATE TEMP VIEW v AS SELECT id FROM range(3)");
  // Over itself: the old view is inside the new one.
  Sql("CREATE OR REPLACE TEMP VIEW v AS SELECT id * 10 AS id FROM v");
  EXPECT_EQ(Sql("SELECT sum(id) FROM v"), (std::vector<std::string>{"30"}));
  EXPECT_EQ(Sql("SELECT x.id FROM v x JOIN v y ON x.id = y.id WHERE x.id > 0 ORDER BY 1"),
            (std::vector<std::string>{"10", "20"}));
  EXPECT_EQ(ConditionOf("CREATE TEMP VIEW v AS SELECT 1"), "TEMP_TABLE_OR_VIEW_ALREADY_EXISTS");
  Sql("DROP VIEW v");
  EXPECT_EQ(ConditionOf("SELECT * FROM v"), "TABLE_OR_VIEW_NOT_FOUND");
}

TEST_F(SessionTest, NamesWhatIsWrong) {
  EXPECT_EQ(ConditionOf("SELECT ix FROM range(3)"), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  EXPECT_EQ(ConditionOf("SELECT no_such_function(1)"), "UNRESOLVED_ROUTINE");
  EXPECT_EQ(ConditionOf("SELECT 1 +"), "PARSE_SYNTAX_ERROR");
  // The condition that Spark has for it, though 4.1 fails otherwise.
  EXPECT_EQ(ConditionOf("SELECT * FROM VALUES (1, 2, 3) AS t(a, b, c) "
                        "UNPIVOT ((v, w) FOR k IN ((a, b), (c)))"),
            "UNPIVOT_VALUE_SIZE_MISMATCH");
  EXPECT_EQ(session_->configuration().GetRequired("spark.no.such").status().message().substr(0, 20),
            "[SQL_CONF_NOT_FOUND]");
}

TEST_F(SessionTest, StreamsIntoMemory) {
  auto project = NewLogicalPlan(LogicalKind::kAggregate, {RateStream(10)});
  project->groupings = {UnresolvedAlias(
      UnresolvedCall("%", {UnresolvedAttribute({"value"}),
                           UnresolvedLiteral(std::make_shared<arrow::Int64Scalar>(3))}),
      {"key"})};
  project->expressions = {UnresolvedAlias(
      UnresolvedCall("count", {UnresolvedLiteral(std::make_shared<arrow::Int32Scalar>(1))}),
      {"n"})};
  StreamStart start;
  start.input = project;
  start.format = "memory";
  start.output_mode = "complete";
  start.query_name = "counts";
  start.trigger.kind = TriggerSpecification::Kind::kAvailableNow;
  auto query = session_->StartStream(start);
  ASSERT_TRUE(query.ok()) << query.status().message();
  auto ended = (*query)->AwaitTermination(std::nullopt, nullptr);
  ASSERT_TRUE(ended.ok()) << ended.status().message();
  EXPECT_EQ(Sql("SELECT * FROM counts ORDER BY key"),
            (std::vector<std::string>{"0|4", "1|3", "2|3"}));
  const auto progress = (*query)->recent_progress();
  ASSERT_EQ(progress.size(), 1u);
  EXPECT_NE(progress[0].find("\"numInputRows\":10"), std::string::npos) << progress[0];
  EXPECT_NE(progress[0].find("\"operatorName\":\"stateStoreSave\""), std::string::npos)
      << progress[0];
  EXPECT_FALSE((*query)->is_active());
}

TEST_F(SessionTest, RefusesWhatSparkRefuses) {
  StreamStart start;
  start.input = RateStream(1);
  start.format = "console";
  start.output_mode = "complete";
  auto query = session_->StartStream(start);
  ASSERT_FALSE(query.ok());
  ASSERT_NE(ErrorDetail::Get(query.status()), nullptr) << query.status().ToString();
  EXPECT_EQ(ErrorDetail::Get(query.status())->condition(),
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION");

  start.input = NewLogicalPlan(LogicalKind::kRange);
  query = session_->StartStream(start);
  ASSERT_FALSE(query.ok());
  EXPECT_EQ(ErrorDetail::Get(query.status())->condition(), "WRITE_STREAM_NOT_ALLOWED");
}

}  // namespace
}  // namespace headrace
