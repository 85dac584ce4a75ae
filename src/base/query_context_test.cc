#include "base/query_context.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

QueryContextPtr PlaceOf(const std::string& sql, const std::string& fragment) {
  const size_t begin = sql.find(fragment);
  return MakeSqlContext(std::make_shared<const std::string>(sql), begin, begin + fragment.size());
}

// The summaries are Spark 4.1's for these texts.
TEST(QueryContextTest, SqlIsShownWithItsLine) {
  const auto context = PlaceOf("select id,\n  x + 1 as y from range(3)", "x");
  EXPECT_EQ(context->start_index(), 13);
  EXPECT_EQ(context->stop_index(), 13);
  EXPECT_EQ(context->fragment(), "x");
  EXPECT_EQ(context->position(), "; line 2 pos 2");
  EXPECT_EQ(context->summary(),
            "== SQL (line 2, position 3) ==\n"
            "  x + 1 as y from range(3)\n"
            "  ^\n");
}

TEST(QueryContextTest, LongLinesAreCut) {
  const auto context = PlaceOf("select id from range(3) order by nope", "nope");
  EXPECT_EQ(context->summary(),
            "== SQL (line 1, position 34) ==\n"
            "...elect id from range(3) order by nope\n"
            "                                   ^^^^\n");
}

TEST(QueryContextTest, CharactersCountNotBytes) {
  const auto context = PlaceOf("select 'éü', nope", "nope");
  EXPECT_EQ(context->start_index(), 13);
  EXPECT_EQ(context->stop_index(), 16);
}

TEST(QueryContextTest, AnErrorTellsTheInnermostPlace) {
  const Status error = MakeError(ErrorKind::kArithmetic, "DIVIDE_BY_ZERO", "Division by zero.");
  const Status told = WithContext(error, MakeCallContext("__truediv__", "program.py:18"));
  EXPECT_EQ(told.message(), error.message() +
                                "\n== DataFrame ==\n\"__truediv__\" was called from\n"
                                "program.py:18\n");
  EXPECT_EQ(ErrorDetail::Get(told)->condition(), "DIVIDE_BY_ZERO");
  const Status again = WithContext(told, PlaceOf("1/0", "1/0"));
  EXPECT_EQ(again.message(), told.message());
  EXPECT_EQ(ContextOf(again)->fragment(), "__truediv__");
}

TEST(QueryContextTest, AnalysisErrorsTellLineAndPosition) {
  const Status error = AnalysisError("UNRESOLVED_COLUMN", "No such column.");
  EXPECT_EQ(WithContext(error, PlaceOf("select nope", "nope")).message(),
            error.message() + "; line 1 pos 7");
  EXPECT_EQ(WithContext(error, MakeCallContext("col", "program.py:1")).message(), error.message());
}

TEST(QueryContextTest, WhatHasNoConditionHasNoPlace) {
  const Status error = Status::IOError("disk");
  EXPECT_EQ(ContextOf(WithContext(error, MakeCallContext("col", "program.py:1"))), nullptr);
  EXPECT_EQ(ContextOf(WithContext(AnalysisError("X", "x"), nullptr)), nullptr);
}

}  // namespace
}  // namespace headrace
