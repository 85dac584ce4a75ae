#include "base/journaled_files.h"

#include <filesystem>
#include <fstream>
#include <sys/sysmacros.h>

#include <gtest/gtest.h>

namespace headrace {
namespace {

class ShownJournalTest : public testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::remove_all(kernel_);
    std::filesystem::create_directories(kernel_ / "dev/block");
    std::filesystem::create_symlink("../../devices/block/sda1", kernel_ / "dev/block/8:1");
  }

  void TearDown() override { std::filesystem::remove_all(kernel_); }

  void ShowExt4(const std::string& journal_task) {
    std::filesystem::create_directories(kernel_ / "fs/ext4/sda1");
    std::ofstream(kernel_ / "fs/ext4/sda1/journal_task") << journal_task << "\n";
  }

  bool Shows() const { return ShowsOneJournal(kernel_.string(), makedev(8, 1)); }

  const std::filesystem::path kernel_ =
      std::filesystem::path(testing::TempDir()) / "headrace-shown-journal";
};

TEST_F(ShownJournalTest, Ext4HasOneWithAThreadForIt) {
  ShowExt4("1234");
  EXPECT_TRUE(Shows());
}

TEST_F(ShownJournalTest, Ext4MayHaveNone) {
  ShowExt4("<none>");
  EXPECT_FALSE(Shows());
}

TEST_F(ShownJournalTest, XfsAlwaysHasOne) {
  std::filesystem::create_directories(kernel_ / "fs/xfs/sda1");
  EXPECT_TRUE(Shows());
}

TEST_F(ShownJournalTest, OthersAreNotKnown) {
  EXPECT_FALSE(Shows());
  EXPECT_FALSE(ShowsOneJournal(kernel_.string(), makedev(8, 2)));
}

}  // namespace
}  // namespace headrace
