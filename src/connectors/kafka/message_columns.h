// Kafka messages as the columns that a reader is asked for.
#pragma once

#include <memory>
#include <vector>

#include <arrow/builder.h>
#include <librdkafka/rdkafka.h>

#include "connectors/kafka/partition_offsets.h"
#include "types/spark_type.h"

namespace headrace {

class MessageColumns {
 public:
  // `schema` holds columns of KafkaSchema in any order.
  static Result<std::unique_ptr<MessageColumns>> Make(SchemaPtr schema, TopicPartition partition);

  Status Append(const rd_kafka_message_t& message);
  int64_t rows() const { return rows_; }
  int64_t bytes() const { return bytes_; }  // of keys and values
  // The rows since the last Finish.
  Result<std::shared_ptr<arrow::RecordBatch>> Finish();

 private:
  enum class Column {
    kKey,
    kValue,
    kTopic,
    kPartition,
    kOffset,
    kTimestamp,
    kTimestampType,
    kHeaders
  };

  MessageColumns(SchemaPtr schema, TopicPartition partition)
      : schema_(std::move(schema)), partition_(std::move(partition)) {}
  Status AppendTo(Column column, arrow::ArrayBuilder* builder, const rd_kafka_message_t& message);

  const SchemaPtr schema_;
  const TopicPartition partition_;
  std::vector<Column> columns_;
  std::vector<std::unique_ptr<arrow::ArrayBuilder>> builders_;
  int64_t rows_ = 0;
  int64_t bytes_ = 0;
};

}  // namespace headrace
