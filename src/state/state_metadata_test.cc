#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"
#include "state/state_store.h"
#include "state/state_test_data.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;
using namespace state_test;

class StateMetadataTest : public ::testing::Test {
 protected:
  static StatefulOperatorDeclaration Aggregation() {
    return {.operator_id = 0, .name = "stateStoreSave", .partitions = 2, .stores = {Declaration()}};
  }
  Status Check(const std::vector<StatefulOperatorDeclaration>& operators) {
    return CheckOrWriteStateMetadata("/state", operators, files_.get());
  }
  void CommitSomething() {
    StateStoreOptions options;
    options.files = files_;
    const auto provider = MakeStateStoreProvider("/state", options);
    const auto store = provider->Open(0, 0, Declaration(), 0).ValueOrDie();
    ASSERT_TRUE(store->Put(Keys({"word"}), *Values({{1, std::nullopt}})).ok());
    ASSERT_TRUE(store->Commit().ok());
    ASSERT_TRUE(provider->FinishCommit(1).ok());
  }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
};

TEST_F(StateMetadataTest, MetadataIsSparksText) {
  ASSERT_TRUE(Check({Aggregation()}).ok());
  // Written by Spark 4.1.4 for groupBy().count() with two partitions.
  EXPECT_EQ(files_->ReadFile("/state/0/_metadata/metadata").ValueOrDie(),
            "v1\n{\"operatorInfo\":{\"operatorId\":0,\"operatorName\":\"stateStoreSave\"},"
            "\"stateStoreInfo\":[{\"storeName\":\"default\",\"numColsPrefixKey\":0,"
            "\"numPartitions\":2}]}");
}

TEST_F(StateMetadataTest, SameQueryGoesOn) {
  ASSERT_TRUE(Check({Aggregation()}).ok());
  CommitSomething();
  EXPECT_TRUE(Check({Aggregation()}).ok());
}

TEST_F(StateMetadataTest, QueryThatNeverCommittedMayChange) {
  StatefulOperatorDeclaration second = Aggregation();
  second.operator_id = 1;
  ASSERT_TRUE(Check({Aggregation(), second}).ok());
  ASSERT_TRUE(Check({Aggregation()}).ok());
  CommitSomething();
  EXPECT_TRUE(Check({Aggregation()}).ok());
}

TEST_F(StateMetadataTest, ChangedOperatorsAreNamed) {
  ASSERT_TRUE(Check({Aggregation()}).ok());
  CommitSomething();
  StatefulOperatorDeclaration other = Aggregation();
  other.name = "dedupe";
  const Status status = Check({other});
  EXPECT_EQ(ConditionOf(status), "STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA");
  EXPECT_EQ(ErrorDetail::Get(status)->parameters().at("OpsInMetadataSeq"),
            "(OperatorId: 0 -> OperatorName: stateStoreSave)");
  EXPECT_THAT(status.message(), HasSubstr("dedupe"));
  EXPECT_FALSE(Check({}).ok());
  StatefulOperatorDeclaration second = Aggregation();
  second.operator_id = 1;
  EXPECT_FALSE(Check({Aggregation(), second}).ok());
}

TEST_F(StateMetadataTest, ChangedSchemasAreNamed) {
  ASSERT_TRUE(Check({Aggregation()}).ok());
  CommitSomething();
  StatefulOperatorDeclaration changed = Aggregation();
  changed.stores[0].key_schema = arrow::schema({arrow::field("word", arrow::int32())});
  Status status = Check({changed});
  EXPECT_EQ(ConditionOf(status), "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE");
  EXPECT_THAT(status.message(), HasSubstr("from (word STRING) to (word INT)"));

  changed = Aggregation();
  changed.stores[0].value_schema = arrow::schema({arrow::field("count", arrow::int64(), false)});
  status = Check({changed});
  EXPECT_EQ(ConditionOf(status), "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE");
  EXPECT_THAT(status.message(),
              HasSubstr("from (count BIGINT NOT NULL,last STRING) to (count BIGINT NOT NULL)"));

  // A field may not become nullable.
  changed.stores[0].value_schema =
      arrow::schema({arrow::field("count", arrow::int64()), arrow::field("last", arrow::utf8())});
  EXPECT_EQ(ConditionOf(Check({changed})), "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE");
}

TEST_F(StateMetadataTest, FieldNamesDoNotMatter) {
  ASSERT_TRUE(Check({Aggregation()}).ok());
  CommitSomething();
  StatefulOperatorDeclaration renamed = Aggregation();
  renamed.stores[0].key_schema = arrow::schema({arrow::field("w", arrow::utf8(), false)});
  EXPECT_TRUE(Check({renamed}).ok());
}

TEST_F(StateMetadataTest, PartitionsAreFixed) {
  ASSERT_TRUE(Check({Aggregation()}).ok());
  CommitSomething();
  StatefulOperatorDeclaration changed = Aggregation();
  changed.partitions = 3;
  const Status status = Check({changed});
  EXPECT_EQ(ConditionOf(status), "STATE_STORE_INVALID_CONFIG_AFTER_RESTART");
  EXPECT_THAT(status.message(), HasSubstr("set spark.sql.shuffle.partitions to 2"));
}

TEST_F(StateMetadataTest, DamageIsFound) {
  ASSERT_TRUE(Check({Aggregation()}).ok());
  CommitSomething();
  for (const char* name : {"metadata", "schema"}) {
    const std::string path = JoinPath("/state/0/_metadata", name);
    const std::string good = files_->ReadFile(path).ValueOrDie();
    const auto expect_found = [&](const std::string& damaged) {
      files_->Overwrite(path, damaged);
      const Status status = Check({Aggregation()});
      ASSERT_EQ(ConditionOf(status), "CHECKPOINT_FILE_CHECKSUM_VERIFICATION_FAILED");
      ASSERT_THAT(status.message(), HasSubstr(path));
    };
    for (size_t bit = 0; bit < good.size() * 8; ++bit) {
      std::string damaged = good;
      damaged[bit / 8] ^= static_cast<char>(1 << (bit % 8));
      expect_found(damaged);
    }
    for (size_t length = 0; length < good.size(); ++length) expect_found(good.substr(0, length));
    files_->Overwrite(path, good);
  }
  EXPECT_TRUE(Check({Aggregation()}).ok());
}

TEST_F(StateMetadataTest, StateOfSparkIsRefused) {
  ASSERT_TRUE(Check({Aggregation()}).ok());
  CommitSomething();
  ASSERT_TRUE(files_->RemoveFile("/state/0/_metadata/schema").ok());
  EXPECT_THAT(Check({Aggregation()}).message(), HasSubstr("Apache Spark"));
}

}  // namespace
}  // namespace headrace
