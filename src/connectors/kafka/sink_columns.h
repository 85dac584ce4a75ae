// Rows as Kafka messages: which columns a sink takes, and the message of a row.
#pragma once

#include <optional>
#include <string>

#include <arrow/array.h>
#include <arrow/record_batch.h>

#include "types/spark_type.h"

namespace headrace {

// Positions of the columns that make a message, by their exact names; -1: absent. Others are passed
// over.
struct SinkColumns {
  int key = -1;
  int value = -1;
  int topic = -1;
  int partition = -1;
  int headers = -1;

  // `topic`: the option, which goes before the column. AnalysisException for a column that is
  // missing or has a type that Kafka does not take.
  static Result<SinkColumns> Find(const arrow::Schema& schema,
                                  const std::optional<std::string>& topic);
};

}  // namespace headrace
