// The fuzzer finds bugs that are there, in the runs that the other tests have.
#include "fuzzer.h"

#include <cstdint>
#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace::fuzz {
namespace {

using ::testing::HasSubstr;

// A list of texts behind their lengths; `careless` believes a length that leads out of the input.
Outcome ReadTexts(const std::string& input, bool careless) {
  size_t at = 0;
  int texts = 0;
  while (at < input.size()) {
    const auto length = static_cast<uint8_t>(input[at++]);
    if (at + length > input.size()) {
      return careless ? Outcome{"", "read beyond the end"} : Outcome{"too short", ""};
    }
    at += length;
    ++texts;
  }
  return {std::to_string(texts), ""};
}

Target Texts(bool careless) {
  return {.name = "texts",
          .corpus = {std::string("\3abc\2de\0", 8)},
          .words = {},
          .run = [careless](const std::string& input) { return ReadTexts(input, careless); }};
}

TEST(FuzzerTest, FindsALengthThatIsBelieved) {
  EXPECT_EQ(Fuzz(Texts(false)), std::nullopt);
  const auto found = Fuzz(Texts(true));
  ASSERT_TRUE(found.has_value());
  EXPECT_THAT(*found, HasSubstr("read beyond the end"));
  EXPECT_EQ(Fuzz(Texts(true)), found) << "the same seed leads to the same input";
}

// Three steps that no single change reaches: each new outcome is gone on from.
TEST(FuzzerTest, FindsWhatLiesBehindOtherChecks) {
  Target target{.name = "steps", .corpus = {"SELECT 1"}, .words = {"FROM", "(", "WHERE"}};
  target.run = [](const std::string& input) -> Outcome {
    if (!input.starts_with("SELECT")) return {"no query", ""};
    const size_t from = input.find("FROM");
    if (from == std::string::npos) return {"no table", ""};
    const size_t open = input.find('(', from);
    if (open == std::string::npos) return {"no subquery", ""};
    return {"", input.find("WHERE", open) == std::string::npos ? "" : "reached"};
  };
  EXPECT_THAT(Fuzz(target).value_or(""), HasSubstr("reached"));
}

TEST(FuzzerTest, TellsOfExceptionsAndErrorsWithoutClass) {
  Target target{.name = "t", .corpus = {"a"}, .words = {}};
  target.run = [](const std::string&) -> Outcome { throw std::out_of_range("at"); };
  EXPECT_THAT(Fuzz(target).value_or(""), HasSubstr("an exception: unexpected failure: at"));
  target.run = [](const std::string&) { return OfStatus(Status::Invalid("somehow")); };
  EXPECT_THAT(Fuzz(target).value_or(""), HasSubstr("without an exception class"));
  target.run = [](const std::string&) { return OfStatus(AnalysisError("X", "Wrong.")); };
  EXPECT_EQ(Fuzz(target), std::nullopt);
}

TEST(FuzzerDeathTest, TellsTheInputOfACrash) {
  Target target{.name = "crash", .corpus = {"good\x01"}, .words = {}};
  target.run = [](const std::string&) -> Outcome { std::abort(); };
  EXPECT_DEATH(Fuzz(target), "died: crash, run 0: \"good.x01\"");
}

}  // namespace
}  // namespace headrace::fuzz
