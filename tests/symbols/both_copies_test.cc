// The system's RE2 and the copy inside Arrow work side by side in one process. With Arrow's copy
// exported this crashes: see cmake/hide_foreign_symbols.py.
#include <memory>
#include <string>

#include <arrow/api.h>
#include <arrow/compute/api.h>
#include <arrow/compute/initialize.h>
#include <gtest/gtest.h>
#include <re2/re2.h>

namespace headrace {
namespace {

bool ArrowMatches(const std::string& text, const std::string& pattern) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.Append(text).ok());
  const auto options = arrow::compute::MatchSubstringOptions(pattern);
  const auto matched = arrow::compute::CallFunction("match_substring_regex",
                                                    {builder.Finish().ValueOrDie()}, &options);
  EXPECT_TRUE(matched.ok()) << matched.status();
  return std::static_pointer_cast<arrow::BooleanArray>(matched->make_array())->Value(0);
}

TEST(BothCopiesOfRe2, MatchInTurns) {
  ASSERT_TRUE(arrow::compute::Initialize().ok());
  for (int round = 0; round < 3; ++round) {
    std::string digits;
    EXPECT_TRUE(RE2::PartialMatch("batch 42", RE2("([0-9]+)"), &digits));
    EXPECT_EQ(digits, "42");
    EXPECT_TRUE(ArrowMatches("batch 42", "h [0-9]+$"));
    EXPECT_FALSE(ArrowMatches("batch", "[0-9]"));
  }
}

}  // namespace
}  // namespace headrace
