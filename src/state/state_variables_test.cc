// State variables that come and go between two starts of a query.
#include <algorithm>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/crc32c.h"
#include "base/memory_file_system.h"
#include "state/state_reader.h"
#include "state/state_store.h"
#include "state/state_test_data.h"

namespace headrace {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace state_test;

StateStoreDeclaration Variable(const std::string& name, const std::string& type = "ValueState") {
  StateStoreDeclaration declaration = Declaration(name);
  declaration.variable_type = type;
  return declaration;
}

StatefulOperatorDeclaration Transform(std::vector<StateStoreDeclaration> variables) {
  StatefulOperatorDeclaration declaration;
  declaration.name = "transformWithStateExec";
  declaration.stores = std::move(variables);
  return declaration;
}

class StateVariablesTest : public ::testing::Test {
 protected:
  // A start of the query, then a batch for each word, which every variable gets.
  Status Run(const StatefulOperatorDeclaration& declared, const std::vector<std::string>& words) {
    ARROW_RETURN_NOT_OK(CheckOrWriteStateMetadata("/state", {declared}, files_.get(), version_));
    StateStoreOptions options;
    options.files = files_;
    options.min_deltas_for_snapshot = 2;
    options.min_versions_to_retain = 3;
    const auto provider = MakeStateStoreProvider("/state", options);
    ARROW_RETURN_NOT_OK(provider->KeepUndeclared({declared}, version_));
    for (const std::string& word : words) {
      for (const StateStoreDeclaration& variable : declared.stores) {
        ARROW_ASSIGN_OR_RAISE(const auto store, provider->Open(0, 0, variable, version_));
        ARROW_RETURN_NOT_OK(store->Put(Keys({word}), *Values({{version_, std::nullopt}})));
        ARROW_RETURN_NOT_OK(store->Commit());
      }
      ARROW_RETURN_NOT_OK(provider->FinishCommit(++version_));
      provider->Maintain(version_);
    }
    return Status::OK();
  }

  // The words that a variable has.
  std::vector<std::string> WordsOf(const std::string& variable) {
    const StateReader reader("/state", 0, 0, Variable(variable), files_);
    std::vector<std::string> words;
    const Status status = reader.Scan(
        version_, std::nullopt, [&](const arrow::RecordBatch& keys, const arrow::RecordBatch&) {
          for (int64_t i = 0; i < keys.num_rows(); ++i) {
            words.push_back(static_cast<const arrow::StringArray&>(*keys.column(0)).GetString(i));
          }
          return Status::OK();
        });
    EXPECT_TRUE(status.ok()) << status;
    std::sort(words.begin(), words.end());
    return words;
  }

  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
  int64_t version_ = 0;
};

TEST_F(StateVariablesTest, ANewOneBeginsEmpty) {
  ASSERT_TRUE(Run(Transform({Variable("a")}), {"one", "two"}).ok());
  const auto both = Transform({Variable("a"), Variable("b")});
  // A start that comes to no batch, then one that does.
  ASSERT_TRUE(Run(both, {}).ok());
  ASSERT_TRUE(Run(both, {"three"}).ok());
  EXPECT_THAT(WordsOf("a"), ElementsAre("one", "three", "two"));
  EXPECT_THAT(WordsOf("b"), ElementsAre("three"));
  ASSERT_TRUE(Run(both, {"four"}).ok());
  EXPECT_THAT(WordsOf("b"), ElementsAre("four", "three"));
}

// More batches go by without it than the query keeps.
TEST_F(StateVariablesTest, OneThatIsNotDeclaredIsKept) {
  const auto both = Transform({Variable("a"), Variable("b")});
  ASSERT_TRUE(Run(both, {"one", "two"}).ok());
  std::vector<std::string> words;
  for (int i = 0; i < 40; ++i) words.push_back("word" + std::to_string(i));
  ASSERT_TRUE(Run(Transform({Variable("a")}), words).ok());
  EXPECT_THAT(WordsOf("b"), ElementsAre("one", "two"));
  ASSERT_TRUE(Run(Transform({}), {"nothing", "nothing"}).ok());
  ASSERT_TRUE(Run(both, {"three"}).ok());
  EXPECT_THAT(WordsOf("b"), ElementsAre("one", "three", "two"));
  EXPECT_EQ(WordsOf("a").size(), 43u);
}

TEST_F(StateVariablesTest, OneThatIsDeletedIsGone) {
  const auto both = Transform({Variable("a"), Variable("b")});
  ASSERT_TRUE(Run(both, {"one", "two", "three", "four"}).ok());
  auto deleting = Transform({Variable("a")});
  deleting.deleted_stores = {"b", "never there"};
  ASSERT_TRUE(Run(deleting, {"five"}).ok());
  EXPECT_FALSE(files_->Exists("/state/0/0/b").ValueOrDie());
  ASSERT_TRUE(Run(deleting, {"six"}).ok());
  ASSERT_TRUE(Run(both, {"seven", "eight", "nine", "ten"}).ok());
  EXPECT_THAT(WordsOf("b"), ElementsAre("eight", "nine", "seven", "ten"));
  EXPECT_EQ(WordsOf("a").size(), 10u);
}

TEST_F(StateVariablesTest, AnotherTypeIsRefused) {
  ASSERT_TRUE(Run(Transform({Variable("a"), Variable("b")}), {"one"}).ok());
  const Status status = Run(Transform({Variable("a", "ListState")}), {"two"});
  EXPECT_EQ(ConditionOf(status), "STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE");
  EXPECT_EQ(ErrorDetail::Get(status)->parameters().at("oldType"), "ValueState");
  // Nothing has changed by that; nor is the type forgotten while the variable is not declared.
  ASSERT_TRUE(Run(Transform({Variable("b")}), {"two"}).ok());
  EXPECT_FALSE(Run(Transform({Variable("a", "ListState")}), {"three"}).ok());
  EXPECT_THAT(WordsOf("a"), ElementsAre("one"));
}

// Recorded from Apache Spark 4.1: what comes first when a variable becomes something else.
TEST_F(StateVariablesTest, SchemasComeBeforeTypes) {
  StateStoreDeclaration list = Variable("a", "ListState");
  list.key_schema = arrow::schema(
      {arrow::field("word", arrow::utf8()), arrow::field("position", arrow::int64())});
  StateStoreDeclaration map = Variable("a", "MapState");
  map.key_schema =
      arrow::schema({arrow::field("word", arrow::utf8()), arrow::field("key", arrow::utf8())});
  ASSERT_TRUE(Run(Transform({Variable("a")}), {"one"}).ok());
  const auto condition = [&](const StateStoreDeclaration& variable) {
    return ConditionOf(Run(Transform({variable}), {"two"}));
  };
  EXPECT_EQ(condition(list), "STATE_STORE_INVALID_VARIABLE_TYPE_CHANGE");
  EXPECT_EQ(condition(map), "STATE_STORE_KEY_SCHEMA_NOT_COMPATIBLE");
  list.value_schema = arrow::schema({arrow::field("count", arrow::int32())});
  EXPECT_EQ(condition(list), "STATE_STORE_VALUE_SCHEMA_NOT_COMPATIBLE");
}

TEST_F(StateVariablesTest, TheTimeModeStays) {
  auto declared = Transform({Variable("a")});
  declared.properties = R"({"timeMode":"NoTime","outputMode":"Append","stateVariables":[]})";
  ASSERT_TRUE(Run(declared, {"one"}).ok());
  declared.properties = R"({"timeMode":"EventTime","outputMode":"Append","stateVariables":[]})";
  const Status status = Run(declared, {"two"});
  EXPECT_EQ(ConditionOf(status), "STATE_STORE_INVALID_CONFIG_AFTER_RESTART");
  EXPECT_EQ(ErrorDetail::Get(status)->parameters().at("configName"), "timeMode");
}

// What one crash or another leaves: the note of the new variable without the metadata, or with it.
TEST_F(StateVariablesTest, ABatchThatRunsAgainMayHaveOtherVariables) {
  ASSERT_TRUE(Run(Transform({Variable("a")}), {"one", "two"}).ok());
  ASSERT_TRUE(Run(Transform({Variable("a"), Variable("b")}), {"three"}).ok());
  --version_;  // was not committed
  ASSERT_TRUE(Run(Transform({Variable("a")}), {"four"}).ok());
  EXPECT_THAT(WordsOf("a"), ElementsAre("four", "one", "two"));
  EXPECT_THAT(WordsOf("b"), ElementsAre());
  ASSERT_TRUE(Run(Transform({Variable("a"), Variable("b")}), {"five"}).ok());
  EXPECT_THAT(WordsOf("b"), ElementsAre("five"));
}

// Lists and maps as they were before their entries stood alone.
TEST_F(StateVariablesTest, TheEarlierLayoutIsRefusedByName) {
  ASSERT_TRUE(Run(Transform({Variable("a")}), {"one"}).ok());
  const std::string path = "/state/0/_metadata/schema";
  std::string text = files_->ReadFile(path).ValueOrDie();
  text = text.substr(0, text.rfind('\n') + 1);
  text.replace(text.find("schema 2"), 8, "schema 1");
  files_->Overwrite(path, text + fmt::format("{:08x}", Crc32c(text)));
  const Status status = Run(Transform({Variable("a")}), {"two"});
  EXPECT_EQ(ConditionOf(status), "INVALID_LOG_VERSION.EXACT_MATCH_VERSION");
  EXPECT_THAT(status.message(), HasSubstr("earlier version of Headrace"));
}

}  // namespace
}  // namespace headrace
