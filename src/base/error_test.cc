#include "base/error.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(ErrorTest, MessageHasConditionTextAndSqlState) {
  const Status status = AnalysisError("UNRESOLVED_COLUMN.WITH_SUGGESTION",
                                      "There is no column 'a'.", {{"objectName", "`a`"}});
  EXPECT_EQ(status.message(),
            "[UNRESOLVED_COLUMN.WITH_SUGGESTION] There is no column 'a'. SQLSTATE: 42703");
  const ErrorDetail* detail = ErrorDetail::Get(status);
  ASSERT_NE(detail, nullptr);
  EXPECT_EQ(detail->kind(), ErrorKind::kAnalysis);
  EXPECT_EQ(detail->condition(), "UNRESOLVED_COLUMN.WITH_SUGGESTION");
  EXPECT_EQ(detail->parameters().at("objectName"), "`a`");
}

TEST(ErrorTest, LegacyConditionsAreNotPrinted) {
  EXPECT_EQ(AnalysisError("_LEGACY_ERROR_TEMP_1298", "Set checkpointLocation.").message(),
            "Set checkpointLocation.");
  EXPECT_EQ(IllegalArgument("", "Wrong.").message(), "Wrong.");
}

TEST(ErrorTest, PlainStatusHasNoDetail) {
  EXPECT_EQ(ErrorDetail::Get(Status::OK()), nullptr);
  EXPECT_EQ(ErrorDetail::Get(Status::IOError("disk")), nullptr);
}

TEST(ErrorTest, NotSupportedNamesTheFeature) {
  const Status status = NotSupported("source format kinesis", "Use files.");
  EXPECT_EQ(status.message(),
            "[UNSUPPORTED_FEATURE] source format kinesis is not supported by Headrace. Use files. "
            "SQLSTATE: 0A000");
  EXPECT_EQ(ErrorDetail::Get(status)->kind(), ErrorKind::kUnsupportedOperation);
}

// As in Spark 4.1's error-conditions.json.
TEST(ErrorTest, SqlStates) {
  EXPECT_EQ(SqlStateOf("STREAM_FAILED"), "XXKST");
  EXPECT_EQ(SqlStateOf("CONCURRENT_STREAM_LOG_UPDATE"), "40000");
  EXPECT_EQ(SqlStateOf("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"), "42KDE");
  EXPECT_EQ(SqlStateOf("INVALID_HANDLE.SESSION_CHANGED"), "HY000");
  EXPECT_EQ(SqlStateOf("STREAMING_STATEFUL_OPERATOR_NOT_MATCH_IN_STATE_METADATA"), "42K03");
  EXPECT_EQ(SqlStateOf("CANNOT_LOAD_STATE_STORE.CANNOT_READ_DELTA_FILE_NOT_EXISTS"), "58030");
  EXPECT_EQ(SqlStateOf("DIVIDE_BY_ZERO"), "22012");
  EXPECT_EQ(SqlStateOf("PYTHON_EXCEPTION"), "38000");
  EXPECT_EQ(SqlStateOf("NO_SUCH_CONDITION"), "");
}

}  // namespace
}  // namespace headrace
