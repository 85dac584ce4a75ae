// Answers with several items: elements, entries, timers.
#include <algorithm>
#include <utility>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/io/interfaces.h>
#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>

#include "operators/python_batches.h"
#include "operators/python_state/state_requests.h"
#include "types/wire_types.h"

namespace headrace {
namespace {

namespace messages = state_messages;

constexpr size_t kItemsOfAnswer = 1000;

// Arrow's reader on top of the stream.
class StreamInput final : public arrow::io::InputStream {
 public:
  explicit StreamInput(WorkerStream* stream) : stream_(stream) {}
  Status Close() override {
    closed_ = true;
    return Status::OK();
  }
  bool closed() const override { return closed_; }
  Result<int64_t> Tell() const override { return position_; }
  Result<int64_t> Read(int64_t size, void* target) override {
    ARROW_RETURN_NOT_OK(stream_->ReadRaw(target, static_cast<size_t>(size)));
    position_ += size;
    return size;
  }
  Result<std::shared_ptr<arrow::Buffer>> Read(int64_t size) override {
    ARROW_ASSIGN_OR_RAISE(auto buffer, arrow::AllocateBuffer(size));
    ARROW_RETURN_NOT_OK(Read(size, buffer->mutable_data()));
    return std::shared_ptr<arrow::Buffer>(std::move(buffer));
  }

 private:
  WorkerStream* const stream_;
  int64_t position_ = 0;
  bool closed_ = false;
};

Status PutArrow(const arrow::RecordBatch& rows, WorkerStream* stream) {
  ARROW_ASSIGN_OR_RAISE(auto output, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(output, rows.schema()));
  ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(rows));
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(const auto bytes, output->Finish());
  stream->PutRaw(bytes->ToString());
  return Status::OK();
}

Result<ArrayPtr> Binaries(const std::vector<std::string>& values) {
  arrow::BinaryBuilder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(values));
  return builder.Finish();
}

Result<ArrayPtr> Numbers(const std::vector<int64_t>& values) {
  arrow::Int64Builder builder;
  ARROW_RETURN_NOT_OK(builder.AppendValues(values));
  return builder.Finish();
}

}  // namespace

Status StateRequests::AnswerItems(const std::string& id, PythonVariable* variable, Part part,
                                  WorkerStream* stream) {
  auto known = iterations_.find(id);
  if (known == iterations_.end()) {
    ARROW_ASSIGN_OR_RAISE(auto items, variable->Items(static_cast<size_t>(group_)));
    known = iterations_.emplace(id, Iteration{std::move(items), 0}).first;
  }
  Iteration& iteration = known->second;
  if (iteration.next == iteration.items.size()) {
    PutStatus(kNothing, "there is nothing more", stream);
    return Status::OK();
  }
  const auto begin = iteration.items.begin() + static_cast<std::ptrdiff_t>(iteration.next);
  const size_t count = std::min(kItemsOfAnswer, iteration.items.size() - iteration.next);
  const std::vector<StateItem> items(begin, begin + static_cast<std::ptrdiff_t>(count));
  iteration.next += count;
  if (in_arrow()) return PutItemsInArrow(items, variable, part, stream);
  return PutItems(items, iteration.next < iteration.items.size(), variable, part, stream);
}

Status StateRequests::PutItems(const std::vector<StateItem>& items, bool more,
                               PythonVariable* variable, Part part, WorkerStream* stream) const {
  switch (part) {
    case Part::kTimers: {
      messages::StateResponseWithTimer response;
      response.set_requirenextfetch(more);
      for (const StateItem& item : items) response.add_timer()->set_timestampms(item.time_ms);
      Put(response, stream);
      return Status::OK();
    }
    case Part::kElements: {
      messages::StateResponseWithListGet response;
      response.set_requirenextfetch(more);
      for (const StateItem& item : items) {
        ARROW_ASSIGN_OR_RAISE(*response.add_value(), variable->values().PickledTuple(item.value));
      }
      Put(response, stream);
      return Status::OK();
    }
    case Part::kEntries: {
      messages::StateResponseWithMapIterator response;
      response.set_requirenextfetch(more);
      for (const StateItem& item : items) {
        auto* pair = response.add_kvpair();
        ARROW_ASSIGN_OR_RAISE(*pair->mutable_key(), variable->keys().PickledTuple(item.key));
        ARROW_ASSIGN_OR_RAISE(*pair->mutable_value(), variable->values().PickledTuple(item.value));
      }
      Put(response, stream);
      return Status::OK();
    }
    case Part::kKeys:
    case Part::kValues:
      break;
  }
  messages::StateResponseWithMapKeysOrValues response;
  response.set_requirenextfetch(more);
  for (const StateItem& item : items) {
    ARROW_ASSIGN_OR_RAISE(*response.add_value(), part == Part::kKeys
                                                     ? variable->keys().PickledTuple(item.key)
                                                     : variable->values().PickledTuple(item.value));
  }
  Put(response, stream);
  return Status::OK();
}

Status StateRequests::PutItemsInArrow(const std::vector<StateItem>& items, PythonVariable* variable,
                                      Part part, WorkerStream* stream) const {
  PutStatus(kFine, "", stream);
  const auto count = static_cast<int64_t>(items.size());
  if (part == Part::kTimers) {
    std::vector<int64_t> times;
    for (const StateItem& item : items) times.push_back(item.time_ms);
    ARROW_ASSIGN_OR_RAISE(ArrayPtr column, Numbers(times));
    return PutArrow(
        *arrow::RecordBatch::Make(arrow::schema({arrow::field("timestamp", arrow::int64())}), count,
                                  Arrays{std::move(column)}),
        stream);
  }
  if (part == Part::kEntries) {
    std::vector<std::string> keys, values;
    for (const StateItem& item : items) {
      ARROW_ASSIGN_OR_RAISE(keys.emplace_back(), variable->keys().PickledTuple(item.key));
      ARROW_ASSIGN_OR_RAISE(values.emplace_back(), variable->values().PickledTuple(item.value));
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr key, Binaries(keys));
    ARROW_ASSIGN_OR_RAISE(ArrayPtr value, Binaries(values));
    return PutArrow(
        *arrow::RecordBatch::Make(arrow::schema({arrow::field("keys", arrow::binary()),
                                                 arrow::field("values", arrow::binary())}),
                                  count, Arrays{std::move(key), std::move(value)}),
        stream);
  }
  StateRows& rows = part == Part::kKeys ? variable->keys() : variable->values();
  std::vector<int64_t> numbers;
  for (const StateItem& item : items) {
    numbers.push_back(part == Part::kKeys ? item.key : item.value);
  }
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr structs, rows.Take(numbers));
  ARROW_ASSIGN_OR_RAISE(const auto batch,
                        BatchForWorker(static_cast<const arrow::StructArray&>(*structs).fields(),
                                       rows.schema()->field_names(), count, zone_));
  return PutArrow(*batch, stream);
}

Status StateRequests::PutExpired(WorkerStream* stream) const {
  PickleWriter pickles(/*binary_as_bytes=*/true);
  std::vector<std::string> keys;
  for (int64_t i = 0; i < groups_->keys->num_rows(); ++i) {
    keys.push_back(pickles.Row(*groups_->keys->schema(), groups_->keys->columns(), i));
  }
  if (in_arrow()) {
    PutStatus(kFine, "", stream);
    ARROW_ASSIGN_OR_RAISE(ArrayPtr key, Binaries(keys));
    ARROW_ASSIGN_OR_RAISE(ArrayPtr time, Numbers(groups_->timers_ms));
    return PutArrow(*arrow::RecordBatch::Make(
                        arrow::schema({arrow::field("key", arrow::binary()),
                                       arrow::field("timestamp", arrow::int64())}),
                        static_cast<int64_t>(keys.size()), Arrays{std::move(key), std::move(time)}),
                    stream);
  }
  messages::StateResponseWithTimer response;
  for (size_t i = 0; i < keys.size(); ++i) {
    messages::TimerInfo* timer = response.add_timer();
    timer->set_key(std::move(keys[i]));
    timer->set_timestampms(groups_->timers_ms[i]);
  }
  Put(response, stream);
  return Status::OK();
}

Result<BatchPtr> StateRequests::ReadRows(const SchemaPtr& schema, WorkerStream* stream) {
  ARROW_ASSIGN_OR_RAISE(auto reader, arrow::ipc::RecordBatchStreamReader::Open(
                                         std::make_shared<StreamInput>(stream)));
  std::vector<BatchPtr> batches;
  for (;;) {
    BatchPtr batch;
    ARROW_RETURN_NOT_OK(reader->ReadNext(&batch));
    if (batch == nullptr) break;
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    for (int i = 0; i < schema->num_fields(); ++i) {
      ARROW_ASSIGN_OR_RAISE(columns.emplace_back(),
                            ConvertLayout(batch->column(i)->data(), schema->field(i)->type()));
    }
    batches.push_back(arrow::RecordBatch::Make(schema, batch->num_rows(), std::move(columns)));
  }
  if (batches.empty()) return arrow::RecordBatch::MakeEmpty(schema);
  return ConcatenateBatches(schema, batches);
}

}  // namespace headrace
