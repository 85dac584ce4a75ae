#include "base/error_cause.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(ErrorCauseTest, AnErrorKeepsEverythingAndItsCause) {
  const Status cause = Status::IOError("disk");
  const Status error = AnalysisError("PATH_NOT_FOUND", "No such path.", {{"path", "/x"}});
  const Status both = WithCause(error, cause);
  EXPECT_EQ(both.code(), error.code());
  EXPECT_EQ(both.message(), error.message());
  EXPECT_EQ(ErrorDetail::Get(both)->condition(), "PATH_NOT_FOUND");
  EXPECT_EQ(ErrorDetail::Get(both)->parameters().at("path"), "/x");
  ASSERT_NE(CauseOf(both), nullptr);
  EXPECT_TRUE(CauseOf(both)->IsIOError());
  EXPECT_EQ(CauseOf(both.WithMessage("Other words.")), CauseOf(both));
}

TEST(ErrorCauseTest, MostErrorsHaveNone) {
  EXPECT_EQ(CauseOf(Status::OK()), nullptr);
  EXPECT_EQ(CauseOf(Status::IOError("disk")), nullptr);
  EXPECT_EQ(CauseOf(AnalysisError("PATH_NOT_FOUND", "No such path.")), nullptr);
}

}  // namespace
}  // namespace headrace
