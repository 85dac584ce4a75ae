#include "client/wire_exception.h"

#include "google/rpc/error_details.pb.h"
#include <gtest/gtest.h>

#include "headrace/exceptions.h"

namespace headrace::client {
namespace {

google::rpc::Status ErrorOf(const std::string& reason, const std::string& classes,
                            std::map<std::string, std::string> metadata = {}) {
  google::rpc::ErrorInfo info;
  info.set_reason(reason);
  info.set_domain("org.apache.spark");
  (*info.mutable_metadata())["classes"] = classes;
  for (const auto& [key, value] : metadata) (*info.mutable_metadata())[key] = value;
  google::rpc::Status status;
  status.set_code(13);
  status.set_message("the message");
  status.add_details()->PackFrom(info);
  return status;
}

TEST(WireExceptionTest, ConditionStateAndParametersArrive) {
  const auto status = ErrorOf("org.apache.spark.sql.catalyst.ExtendedAnalysisException",
                              R"(["org.apache.spark.sql.catalyst.ExtendedAnalysisException",)"
                              R"("org.apache.spark.sql.AnalysisException","java.lang.Exception"])",
                              {{"errorClass", "UNRESOLVED_COLUMN.WITH_SUGGESTION"},
                               {"sqlState", "42703"},
                               {"messageParameters", R"({"objectName":"`x`"})"}});
  try {
    ThrowException(status, nullptr);
  } catch (const AnalysisException& error) {
    EXPECT_STREQ(error.what(), "the message");
    EXPECT_EQ(error.getCondition(), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
    EXPECT_EQ(error.getSqlState(), "42703");
    EXPECT_EQ(error.getMessageParameters().at("objectName"), "`x`");
  }
}

TEST(WireExceptionTest, TheFirstKnownClassDecides) {
  EXPECT_THROW(
      ThrowException(ErrorOf("a", R"(["org.apache.spark.sql.catalyst.parser.ParseException",
      "org.apache.spark.sql.AnalysisException"])"),
                     nullptr),
      ParseException);
  EXPECT_THROW(ThrowException(ErrorOf("a", R"(["org.apache.spark.SparkArithmeticException",
      "java.lang.ArithmeticException","java.lang.RuntimeException"])"),
                              nullptr),
               ArithmeticException);
  EXPECT_THROW(ThrowException(ErrorOf("a", R"(["org.apache.spark.SparkNumberFormatException",
      "java.lang.NumberFormatException","java.lang.IllegalArgumentException"])"),
                              nullptr),
               NumberFormatException);
  EXPECT_THROW(
      ThrowException(ErrorOf("org.apache.spark.sql.streaming.StreamingQueryException", "[]"),
                     nullptr),
      StreamingQueryException);
  EXPECT_THROW(ThrowException(ErrorOf("a", R"(["some.other.Exception"])"), nullptr),
               UnknownException);
  EXPECT_THROW(ThrowException(ErrorOf("a", "no JSON"), nullptr), UnknownException);
}

TEST(WireExceptionTest, WithoutErrorInfoItIsTheConnection) {
  google::rpc::Status status;
  status.set_code(14);
  status.set_message("no connection");
  EXPECT_THROW(ThrowException(status, nullptr), SparkConnectException);
}

TEST(WireExceptionTest, DetailsReplaceWhatDidNotFit) {
  const auto status = ErrorOf("java.lang.RuntimeException", "[]", {{"errorId", "e"}});
  EXPECT_EQ(ErrorIdOf(status), "e");
  messages::FetchErrorDetailsResponse details;
  details.set_root_error_idx(0);
  auto* error = details.add_errors();
  error->set_message("the whole message");
  error->add_error_type_hierarchy("java.lang.UnsupportedOperationException");
  error->mutable_spark_throwable()->set_error_class("UNSUPPORTED_FEATURE.X");
  try {
    ThrowException(status, &details);
  } catch (const UnsupportedOperationException& thrown) {
    EXPECT_EQ(thrown.getMessage(), "the whole message");
    EXPECT_EQ(thrown.getCondition(), "UNSUPPORTED_FEATURE.X");
  }
}

}  // namespace
}  // namespace headrace::client
