#include "connectors/file/orc/orc_calendar.h"

#include <arrow/adapters/orc/adapter.h>
#include <arrow/builder.h>
#include <arrow/io/file.h>
#include <arrow/table.h>

#include "connectors/file/file_test_support.h"

namespace headrace {
namespace {

// What a file written by Spark holds is what we would write for the same dates. How the dates are
// shown is part of the recorded answers about this file.
TEST(OrcCalendar, DatesAreStoredAsSparkStoresThem) {
  ASSERT_OK_AND_ASSIGN(auto file,
                       arrow::io::ReadableFile::Open(std::string(HEADRACE_SOURCE_DIRECTORY) +
                                                     "/tests/conformance/answers/spark-4.1/"
                                                     "files_dates.orc"));
  ASSERT_OK_AND_ASSIGN(
      auto reader, arrow::adapters::orc::ORCFileReader::Open(file, arrow::default_memory_pool()));
  ASSERT_OK_AND_ASSIGN(const auto table, reader->Read());
  ASSERT_EQ(table->num_columns(), 2);
  for (const auto& column : table->columns()) {
    ASSERT_EQ(column->num_chunks(), 1);
    const auto& stored = column->chunk(0);
    ASSERT_OK_AND_ASSIGN(const auto dates, DatesOfOrc(stored));
    EXPECT_FALSE(dates->Equals(stored));
    ASSERT_OK_AND_ASSIGN(const auto back, DatesForOrc(dates));
    EXPECT_TRUE(back->Equals(stored)) << back->ToString();
    // Parts of an array too.
    ASSERT_OK_AND_ASSIGN(const auto part, DatesForOrc(dates->Slice(2, 3)));
    EXPECT_TRUE(part->Equals(stored->Slice(2, 3))) << part->ToString();
  }
}

TEST(OrcCalendar, TimestampsThatSparkCouldNotReadAreRefused) {
  const auto check = [](int64_t micros) {
    arrow::TimestampBuilder builder(arrow::timestamp(arrow::TimeUnit::MICRO),
                                    arrow::default_memory_pool());
    EXPECT_TRUE(builder.AppendNull().ok());
    EXPECT_TRUE(builder.Append(micros).ok());
    const auto times = builder.Finish().ValueOrDie();
    const auto nested =
        arrow::StructArray::Make({times}, {arrow::field("t", times->type())}).ValueOrDie();
    const Status status = CheckTimestampsForOrc(*times);
    EXPECT_EQ(CheckTimestampsForOrc(*nested).ok(), status.ok()) << micros;
    return status.ok();
  };
  EXPECT_TRUE(check(0));
  EXPECT_TRUE(check(1));
  EXPECT_TRUE(check(-1'000'000));
  EXPECT_FALSE(check(-1));
  EXPECT_FALSE(check(-1'500'000));
  EXPECT_TRUE(check(-12'219'292'800'000'000));
  EXPECT_FALSE(check(-12'219'292'801'000'000));
}

}  // namespace
}  // namespace headrace
