#include "client_fixture.h"

namespace headrace {
namespace {

using namespace functions;
using testing::ElementsAre;

using SessionTest = ClientFixture;

TEST_F(SessionTest, GetOrCreateFindsTheSession) {
  SparkSession again = SparkSession::builder().getOrCreate();
  EXPECT_EQ(again.connection(), spark_.connection());
  EXPECT_EQ(SparkSession::getActiveSession()->connection(), spark_.connection());
}

TEST_F(SessionTest, Version) { EXPECT_THAT(spark_.version(), testing::StartsWith("4.")); }

TEST_F(SessionTest, SqlOverViews) {
  spark_.createDataFrame({Row("a", 1), Row("b", 2)}, "k STRING, x INT")
      .createOrReplaceTempView("letters");
  EXPECT_THAT(spark_.sql("SELECT k, x + 1 AS y FROM letters WHERE x > 1").collect(),
              ElementsAre(Row("b", 3)));
  EXPECT_EQ(spark_.table("letters").count(), 2);
}

TEST_F(SessionTest, SqlWithArguments) {
  EXPECT_THAT(spark_.sql("SELECT id FROM range(5) WHERE id > :least", {{"least", 3}}).collect(),
              ElementsAre(Row(int64_t{4})));
}

TEST_F(SessionTest, Configuration) {
  SparkSession own = NewSession();
  own.conf().set("spark.sql.shuffle.partitions", 3);
  EXPECT_EQ(own.conf().get("spark.sql.shuffle.partitions"), "3");
  EXPECT_EQ(own.conf().get("no.such.key", "fallback"), "fallback");
  EXPECT_EQ(own.conf().getAll().at("spark.sql.shuffle.partitions"), "3");
  own.conf().unset("spark.sql.shuffle.partitions");
  EXPECT_NE(own.conf().get("spark.sql.shuffle.partitions"), "3");
  EXPECT_CONDITION(own.conf().get("no.such.key"), SparkNoSuchElementException,
                   "SQL_CONF_NOT_FOUND");
  own.stop();
}

TEST_F(SessionTest, SettingsOfTheBuilderHold) {
  SparkSession own =
      SparkSession::builder().config("spark.sql.session.timeZone", "Asia/Tokyo").create();
  EXPECT_EQ(own.sql("SELECT CAST(timestamp_seconds(0) AS STRING)").first()->getString(0),
            "1970-01-01 09:00:00");
  own.stop();
}

TEST_F(SessionTest, SessionsDoNotSeeEachOthersViews) {
  spark_.range(1).createOrReplaceTempView("mine");
  SparkSession other = spark_.newSession();
  EXPECT_CONDITION(other.table("mine").count(), AnalysisException, "TABLE_OR_VIEW_NOT_FOUND");
  other.stop();
}

TEST_F(SessionTest, AStoppedSessionRefuses) {
  SparkSession own = NewSession();
  EXPECT_EQ(own.range(1).count(), 1);
  own.stop();
  EXPECT_THROW(own.range(1).count(), IllegalArgumentException);
}

}  // namespace
}  // namespace headrace
