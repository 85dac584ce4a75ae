#include "connect/field_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connect/messages.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;

TEST(CheckFieldsTest, AcceptsWhatIsHandledOrUnset) {
  messages::Join join;
  join.add_using_columns("a");
  EXPECT_TRUE(CheckFields(join, {"left", "using_columns"}).ok());
}

TEST(CheckFieldsTest, NamesMessageAndFieldThatNobodyHandles) {
  messages::Join join;
  join.mutable_join_data_type();
  Status status = CheckFields(join, {"left", "right"});
  EXPECT_THAT(status.message(), HasSubstr("field join_data_type of message Join"));
  ASSERT_NE(ErrorDetail::Get(status), nullptr);
  EXPECT_EQ(ErrorDetail::Get(status)->kind(), ErrorKind::kUnsupportedOperation);
}

TEST(CheckFieldsTest, NamesUnknownFieldsByNumber) {
  messages::DataType newer;
  newer.GetReflection()->MutableUnknownFields(&newer)->AddVarint(29, 1);
  EXPECT_THAT(CheckFields(newer, {}).message(), HasSubstr("field 29 of message DataType"));
}

TEST(CheckFieldsTest, PassesOverWhatTheListHolds) {
  messages::RelationCommon common;
  common.mutable_origin()->mutable_python_origin()->set_fragment("col");
  EXPECT_TRUE(CheckFields(common, {}).ok());
}

// A misspelt entry would pass over nothing.
TEST(PassedOverFieldsTest, AllExist) {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  for (const auto& each : PassedOverFields()) {
    const auto* message = pool->FindMessageTypeByName("spark.connect." + std::string(each.message));
    ASSERT_NE(message, nullptr) << each.message;
    EXPECT_NE(message->FindFieldByName(std::string(each.field)), nullptr)
        << each.message << "." << each.field;
    EXPECT_FALSE(each.reason.empty());
  }
}

}  // namespace
}  // namespace headrace
