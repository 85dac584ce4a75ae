// Counts with the engine in this process; the table makes it use Arrow's headers as well.
#include <iostream>

#include <arrow/array.h>

#include "headrace/arrow.h"
#include "headrace/headrace.h"

int main() {
  auto spark = headrace::SparkSession::builder().appName("consumer").getOrCreate();
  auto table = headrace::toArrow(spark.range(3));
  for (const auto& chunk : table->column(0)->chunks()) {
    const auto& ids = static_cast<const arrow::Int64Array&>(*chunk);
    for (int64_t i = 0; i < ids.length(); ++i) std::cout << ids.Value(i) << "\n";
  }
}
