#include "base/injection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/memory_file_system.h"

namespace headrace {
namespace {

using ::testing::HasSubstr;

class InjectionTest : public ::testing::Test {
 protected:
  void TearDown() override { DisarmInjections(); }
};

Status PassSynced() {
  HEADRACE_INJECT("offset-log.synced");
  return Status::OK();
}

TEST_F(InjectionTest, FailsAtTheNamedPassageOnce) {
  EXPECT_TRUE(PassSynced().ok());
  ASSERT_TRUE(ArmInjection("offset-log.synced", 2, InjectionAction::kError).ok());
  EXPECT_TRUE(PassSynced().ok());
  EXPECT_THAT(PassSynced().message(), HasSubstr("offset-log.synced"));
  EXPECT_TRUE(PassSynced().ok());
}

TEST_F(InjectionTest, CrashEndsTheProcessAsKillDoes) {
  EXPECT_EXIT(
      {
        ASSERT_TRUE(ArmInjection("offset-log.synced", 1, InjectionAction::kCrash).ok());
        (void)PassSynced();
      },
      ::testing::ExitedWithCode(137), "");
}

TEST_F(InjectionTest, UnknownNamesAreRefused) {
  EXPECT_THAT(ArmInjection("offset-log.snyced", 1, InjectionAction::kError).message(),
              HasSubstr("offset-log.snyced"));
}

TEST_F(InjectionTest, PointsWithinAnAtomicWriteSeeItsSteps) {
  const AtomicWritePoints points{.temp_written = "offset-log.temp-written",
                                 .synced = "offset-log.synced",
                                 .renamed = "offset-log.renamed"};
  // The file is there once it is renamed, and not before.
  for (const auto& [point, there] : std::map<std::string, bool>{
           {points.temp_written, false}, {points.synced, false}, {points.renamed, true}}) {
    MemoryFileSystem files;
    ASSERT_TRUE(ArmInjection(point, 1, InjectionAction::kError).ok());
    EXPECT_FALSE(files.WriteFileAtomically("/0", "x", false, points).ok());
    EXPECT_EQ(files.Exists("/0").ValueOrDie(), there) << point;
  }
}

}  // namespace
}  // namespace headrace
