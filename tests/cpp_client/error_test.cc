#include "client_fixture.h"

namespace headrace {
namespace {

using namespace functions;

using ErrorTest = ClientFixture;

TEST_F(ErrorTest, UnknownColumn) {
  try {
    spark_.range(1).select("idd").schema();
    FAIL();
  } catch (const AnalysisException& error) {
    EXPECT_EQ(error.getCondition(), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    EXPECT_EQ(error.getSqlState(), "42703");
    EXPECT_EQ(error.getMessageParameters().at("objectName"), "`idd`");
    EXPECT_EQ(error.getMessageParameters().at("proposal"), "`id`");
  }
  // The same when it is run instead of analysed.
  EXPECT_CONDITION(spark_.range(1).select("idd").collect(), AnalysisException,
                   "UNRESOLVED_COLUMN.WITH_SUGGESTION");
}

TEST_F(ErrorTest, Sql) {
  EXPECT_CONDITION(spark_.sql("SELECT 1 +"), ParseException, "PARSE_SYNTAX_ERROR");
  EXPECT_CONDITION(spark_.sql("SELECT * FROM nowhere"), AnalysisException,
                   "TABLE_OR_VIEW_NOT_FOUND");
  EXPECT_CONDITION(spark_.sql("SELECT no_such_function(1)"), AnalysisException,
                   "UNRESOLVED_ROUTINE");
}

TEST_F(ErrorTest, Types) {
  EXPECT_CONDITION(spark_.range(1).filter(col("id") + 1).collect(), AnalysisException,
                   "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN");
}

TEST_F(ErrorTest, Values) {
  EXPECT_CONDITION(spark_.range(1).select(lit(1) / col("id")).collect(), ArithmeticException,
                   "DIVIDE_BY_ZERO");
  EXPECT_CONDITION(spark_.range(1).select(lit("x").cast("int")).collect(), NumberFormatException,
                   "CAST_INVALID_INPUT");
}

TEST_F(ErrorTest, Files) {
  EXPECT_CONDITION(spark_.read().text(Path("missing")).collect(), AnalysisException,
                   "PATH_NOT_FOUND");
  spark_.range(1).write().parquet(Path("twice"));
  EXPECT_CONDITION(spark_.range(1).write().parquet(Path("twice")), AnalysisException,
                   "PATH_ALREADY_EXISTS");
}

TEST_F(ErrorTest, Streams) {
  const auto stream = spark_.readStream().format("rate").load();
  EXPECT_CONDITION(stream.groupBy("value").count().writeStream().format("noop").start(),
                   AnalysisException, "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION");
  EXPECT_THROW(stream.collect(), AnalysisException);
  EXPECT_THROW(spark_.range(1).writeStream().format("noop").start(), AnalysisException);
}

TEST_F(ErrorTest, UnreachableServer) {
  // Port 1 is reserved and never listened on.
  try {
    SparkSession::builder().remote("sc://localhost:1").create();
    FAIL();
  } catch (const SparkConnectException& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("localhost:1"));
  }
}

TEST_F(ErrorTest, TheSessionGoesOnAfterErrors) {
  EXPECT_THROW(spark_.sql("SELECT"), SparkThrowable);
  EXPECT_EQ(spark_.range(2).count(), 2);
}

}  // namespace
}  // namespace headrace
