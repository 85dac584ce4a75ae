#include "connectors/testing/numbered_batches.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

#include <arrow/io/memory.h>
#include <arrow/ipc/reader.h>
#include <arrow/ipc/writer.h>

namespace headrace {
namespace {

constexpr std::string_view kSuffix = ".arrow";

std::optional<int64_t> NumberOf(std::string_view name) {
  if (!name.ends_with(kSuffix)) return std::nullopt;
  name.remove_suffix(kSuffix.size());
  int64_t number = 0;
  const auto parsed = std::from_chars(name.data(), name.data() + name.size(), number);
  if (parsed.ec != std::errc() || parsed.ptr != name.data() + name.size()) return std::nullopt;
  return number;
}

// Who waits for a directory's next batch.
class Wakes {
 public:
  static Wakes& Process() {
    static auto* const wakes = new Wakes;
    return *wakes;
  }
  void Set(const std::string& directory, const void* owner, std::function<void()> wake) {
    std::lock_guard lock(mutex_);
    if (wake) {
      wakes_[{directory, owner}] = std::move(wake);
    } else {
      wakes_.erase({directory, owner});
    }
  }
  void Call(const std::string& directory) {
    std::lock_guard lock(mutex_);
    for (const auto& [key, wake] : wakes_) {
      if (key.first == directory) wake();
    }
  }

 private:
  std::mutex mutex_;
  std::map<std::pair<std::string, const void*>, std::function<void()>> wakes_;
};

}  // namespace

std::string NumberedBatches::FileOf(int64_t number) const {
  return JoinPath(directory_, std::to_string(number) + std::string(kSuffix));
}

Result<std::vector<int64_t>> NumberedBatches::Numbers() const {
  ARROW_ASSIGN_OR_RAISE(const auto entries, files_->List(directory_));
  std::vector<int64_t> numbers;
  for (const FileInformation& entry : entries) {
    if (const auto number = NumberOf(BaseName(entry.path))) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

Status NumberedBatches::Write(int64_t number, const SchemaPtr& schema, const Batches& rows) {
  ARROW_ASSIGN_OR_RAISE(auto sink, arrow::io::BufferOutputStream::Create());
  ARROW_ASSIGN_OR_RAISE(auto writer, arrow::ipc::MakeStreamWriter(sink, schema));
  for (const auto& batch : rows) ARROW_RETURN_NOT_OK(writer->WriteRecordBatch(*batch));
  ARROW_RETURN_NOT_OK(writer->Close());
  ARROW_ASSIGN_OR_RAISE(const auto bytes, sink->Finish());
  ARROW_RETURN_NOT_OK(files_->CreateDirectories(directory_));
  ARROW_RETURN_NOT_OK(files_->WriteFileAtomically(FileOf(number), std::string_view(*bytes),
                                                  /*overwrite=*/true));
  Wakes::Process().Call(directory_);
  return Status::OK();
}

void NumberedBatches::SetWake(const void* owner, std::function<void()> wake) const {
  Wakes::Process().Set(directory_, owner, std::move(wake));
}

Result<SchemaPtr> NumberedBatches::Read(int64_t number, Batches* rows) const {
  ARROW_ASSIGN_OR_RAISE(std::string bytes, files_->ReadFile(FileOf(number)));
  ARROW_ASSIGN_OR_RAISE(
      auto reader,
      arrow::ipc::RecordBatchStreamReader::Open(
          std::make_shared<arrow::io::BufferReader>(arrow::Buffer::FromString(std::move(bytes)))));
  ARROW_ASSIGN_OR_RAISE(const auto batches, reader->ToRecordBatches());
  for (const auto& batch : batches) {
    if (batch->num_rows() > 0) rows->push_back(batch);
  }
  return reader->schema();
}

}  // namespace headrace
