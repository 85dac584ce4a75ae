#include "connectors/kafka/message_columns.h"

#include <arrow/record_batch.h>

#include "connectors/kafka/source_options.h"

namespace headrace {

namespace {

// A key without bytes is no null.
Status AppendBytes(const void* data, size_t size, arrow::BinaryBuilder* builder) {
  if (data == nullptr) return builder->AppendNull();
  return builder->Append(static_cast<const uint8_t*>(data), static_cast<int32_t>(size));
}

Status AppendHeaders(const rd_kafka_message_t& message, arrow::ListBuilder* list) {
  rd_kafka_headers_t* headers = nullptr;
  // The message keeps them; a message without any has a null here, as in Spark.
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR ||
      rd_kafka_header_cnt(headers) == 0) {
    return list->AppendNull();
  }
  ARROW_RETURN_NOT_OK(list->Append());
  auto* entry = static_cast<arrow::StructBuilder*>(list->value_builder());
  auto* keys = static_cast<arrow::StringBuilder*>(entry->field_builder(0));
  auto* values = static_cast<arrow::BinaryBuilder*>(entry->field_builder(1));
  const char* name = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  for (size_t i = 0;
       rd_kafka_header_get_all(headers, i, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR;
       ++i) {
    ARROW_RETURN_NOT_OK(entry->Append());
    ARROW_RETURN_NOT_OK(keys->Append(name));
    ARROW_RETURN_NOT_OK(AppendBytes(value, size, values));
  }
  return Status::OK();
}

}  // namespace

Result<std::unique_ptr<MessageColumns>> MessageColumns::Make(SchemaPtr schema,
                                                             TopicPartition partition) {
  std::unique_ptr<MessageColumns> made(new MessageColumns(std::move(schema), std::move(partition)));
  const SchemaPtr all = KafkaSchema(/*include_headers=*/true);
  for (const auto& field : made->schema_->fields()) {
    made->columns_.push_back(static_cast<Column>(all->GetFieldIndex(field->name())));
    ARROW_ASSIGN_OR_RAISE(auto builder, arrow::MakeBuilder(field->type()));
    made->builders_.push_back(std::move(builder));
  }
  return made;
}

Status MessageColumns::Append(const rd_kafka_message_t& message) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    ARROW_RETURN_NOT_OK(AppendTo(columns_[i], builders_[i].get(), message));
  }
  ++rows_;
  bytes_ += static_cast<int64_t>(message.len + message.key_len);
  return Status::OK();
}

Status MessageColumns::AppendTo(Column column, arrow::ArrayBuilder* builder,
                                const rd_kafka_message_t& message) {
  switch (column) {
    case Column::kKey:
      return AppendBytes(message.key, message.key_len, static_cast<arrow::BinaryBuilder*>(builder));
    case Column::kValue:
      return AppendBytes(message.payload, message.len, static_cast<arrow::BinaryBuilder*>(builder));
    case Column::kTopic:
      return static_cast<arrow::StringBuilder*>(builder)->Append(partition_.topic);
    case Column::kPartition:
      return static_cast<arrow::Int32Builder*>(builder)->Append(partition_.partition);
    case Column::kOffset:
      return static_cast<arrow::Int64Builder*>(builder)->Append(message.offset);
    case Column::kTimestamp: {
      rd_kafka_timestamp_type_t type;
      const int64_t milliseconds = rd_kafka_message_timestamp(&message, &type);
      return static_cast<arrow::TimestampBuilder*>(builder)->Append(milliseconds * 1000);
    }
    case Column::kTimestampType: {
      // Java counts from -1, "no timestamp".
      rd_kafka_timestamp_type_t type;
      rd_kafka_message_timestamp(&message, &type);
      return static_cast<arrow::Int32Builder*>(builder)->Append(static_cast<int32_t>(type) - 1);
    }
    case Column::kHeaders:
      return AppendHeaders(message, static_cast<arrow::ListBuilder*>(builder));
  }
  return Status::OK();
}

Result<std::shared_ptr<arrow::RecordBatch>> MessageColumns::Finish() {
  arrow::ArrayVector arrays;
  for (const auto& builder : builders_) {
    ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
    arrays.push_back(std::move(array));
  }
  auto batch = arrow::RecordBatch::Make(schema_, rows_, std::move(arrays));
  rows_ = 0;
  bytes_ = 0;
  return batch;
}

}  // namespace headrace
