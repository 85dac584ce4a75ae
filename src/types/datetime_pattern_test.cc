// Date-time patterns against what Apache Spark answered (tests/conformance).
#include <gtest/gtest.h>

#include "types/recorded_answers.h"
#include "types/time.h"

namespace headrace {

namespace {

// The SQL string that begins at *position; moves behind it.
std::string TakeString(const std::string& text, size_t* position) {
  const char quote = text[(*position)++];
  std::string value;
  while (*position < text.size()) {
    char c = text[(*position)++];
    if (c == quote) {
      if (*position >= text.size() || text[*position] != quote) break;
      ++*position;
    } else if (c == '\\' && *position < text.size()) {
      c = text[(*position)++];
    }
    value += c;
  }
  return value;
}

// The strings among the arguments of a call: `f(DATE'a', 'b')` gives a and b.
std::vector<std::string> StringsIn(const std::string& call) {
  std::vector<std::string> strings;
  for (size_t i = 0; i < call.size();) {
    if (call[i] == '\'' || call[i] == '"') {
      strings.push_back(TakeString(call, &i));
    } else {
      ++i;
    }
  }
  return strings;
}

std::string ConditionOf(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  return detail == nullptr ? status.ToString() : detail->condition();
}

TEST(DateTimePatternTest, FormatsAsSparkDoes) {
  int checked = 0;
  for (const RecordedAnswer& answer :
       ReadRecordedAnswers(HEADRACE_SOURCE_DIRECTORY, "datetime_patterns")) {
    if (!answer.expression.starts_with("date_format(")) continue;
    const std::vector<std::string> strings = StringsIn(answer.expression);
    ASSERT_EQ(strings.size(), 2u) << answer.expression;
    const auto zone = TimeZone::Find(answer.time_zone).ValueOrDie();
    const auto instant = ParseTimestamp(strings[0], *zone);
    ASSERT_TRUE(instant.has_value()) << answer.expression;
    ++checked;
    const auto pattern = DateTimePattern::Compile(strings[1]);
    if (answer.is_error) {
      ASSERT_FALSE(pattern.ok()) << answer.expression;
      EXPECT_EQ(ConditionOf(pattern.status()), answer.condition) << answer.expression;
      continue;
    }
    ASSERT_TRUE(pattern.ok()) << answer.expression << " " << pattern.status().ToString();
    std::string text;
    (*pattern)->Format(*instant, *zone, &text);
    EXPECT_EQ(text, answer.text) << answer.expression << " in " << answer.time_zone;
  }
  EXPECT_GE(checked, 70);
}

TEST(DateTimePatternTest, ParsesAsSparkDoes) {
  int checked = 0;
  for (const RecordedAnswer& answer :
       ReadRecordedAnswers(HEADRACE_SOURCE_DIRECTORY, "datetime_patterns")) {
    const bool ntz = answer.expression.starts_with("to_timestamp_ntz(");
    const bool date = answer.expression.starts_with("to_date(");
    if (!ntz && !date && !answer.expression.starts_with("to_timestamp(")) continue;
    const std::vector<std::string> strings = StringsIn(answer.expression);
    ASSERT_EQ(strings.size(), 2u) << answer.expression;
    ++checked;
    const auto zone = TimeZone::Find(answer.time_zone).ValueOrDie();
    const auto pattern = DateTimePattern::Compile(strings[1], DateTimePattern::Use::kParse);
    if (answer.is_error && answer.condition != "CANNOT_PARSE_TIMESTAMP") {
      ASSERT_FALSE(pattern.ok()) << answer.expression;
      EXPECT_EQ(ConditionOf(pattern.status()), answer.condition) << answer.expression;
      continue;
    }
    ASSERT_TRUE(pattern.ok()) << answer.expression << " " << pattern.status().ToString();
    const auto micros = (*pattern)->ParseMicros(strings[0], *zone, ntz);
    if (answer.is_error) {
      EXPECT_FALSE(micros.has_value()) << answer.expression;
      continue;
    }
    ASSERT_TRUE(micros.has_value()) << answer.expression;
    std::string text;
    AppendTimestamp(*micros, ntz ? *TimeZone::Utc() : *zone, &text);
    if (date) text.resize(10);
    EXPECT_EQ(text, answer.text) << answer.expression;
  }
  EXPECT_GE(checked, 65);
}

}  // namespace

}  // namespace headrace
