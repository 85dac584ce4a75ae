#include "conservation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace headrace {
namespace {

std::string Progress(int batch, const std::string& name, int total, int updated, int removed,
                     int in, int out, int late, int again) {
  const auto text = [](int number) { return std::to_string(number); };
  return R"({"batchId":)" + text(batch) + R"(,"durationMs":{"addBatch":1},"stateOperators":[{)" +
         R"("operatorName":")" + name + R"(","numRowsTotal":)" + text(total) +
         R"(,"numRowsUpdated":)" + text(updated) + R"(,"numRowsRemoved":)" + text(removed) +
         R"(,"numRowsDroppedByWatermark":)" + text(late) +
         R"(,"customMetrics":{"numDroppedDuplicateRows":)" + text(again) +
         R"(}}],"sources":[{"numInputRows":)" + text(in) + R"(}],"sink":{"numOutputRows":)" +
         text(out) + "}}";
}

// What is planted here, the scripts would find.
TEST(Conservation, FindsWhatDoesNotBalance) {
  Conservation rows(true);
  EXPECT_TRUE(rows.Check(Progress(0, "dedupe", 3, 3, 0, 6, 3, 1, 2)).ok());
  EXPECT_TRUE(rows.Check(Progress(1, "dedupe", 2, 1, 2, 1, 1, 0, 0)).ok());
  EXPECT_FALSE(rows.Check(Progress(2, "dedupe", 2, 1, 0, 1, 1, 0, 0)).ok());  // a row vanished
  EXPECT_FALSE(rows.Check(Progress(3, "dedupe", 3, 1, 0, 3, 1, 1, 0)).ok());  // a row not told of
  EXPECT_TRUE(rows.Check(Progress(9, "dedupe", 8, 1, 0, 1, 1, 0, 0)).ok());   // batches unseen

  Conservation groups(false);
  EXPECT_TRUE(groups.Check(Progress(0, "stateStoreSave", 3, 3, 0, 9, 3, 0, 0)).ok());
  EXPECT_TRUE(groups.Check(Progress(1, "stateStoreSave", 2, 2, 1, 9, 3, 0, 0)).ok());
  EXPECT_FALSE(groups.Check(Progress(2, "stateStoreSave", 5, 2, 0, 9, 3, 0, 0)).ok());
  EXPECT_FALSE(groups.Check(Progress(3, "stateStoreSave", 3, 2, 0, 9, 3, 0, 0)).ok());
}

}  // namespace
}  // namespace headrace
