#include "connector/batch_list_reader.h"
#include "connectors/memory/memory_stream_provider.h"

namespace headrace {

namespace {

struct Streams {
  std::mutex mutex;
  std::map<std::string, std::shared_ptr<MemoryStream>> by_name;

  static Streams& Process() {
    static auto* streams = new Streams;
    return *streams;
  }
};

Result<int64_t> ParseOffset(const OffsetJson& json) {
  try {
    size_t used = 0;
    const int64_t offset = std::stoll(json, &used);
    if (used == json.size()) return offset;
  } catch (const std::logic_error&) {
  }
  return Status::Invalid("'", json, "' is no offset of a memory stream: it must be an integer");
}

}  // namespace

MemoryStream::MemoryStream(std::string name, SchemaPtr schema)
    : name_(std::move(name)), schema_(std::move(schema)) {}

std::shared_ptr<MemoryStream> MemoryStream::Create(const std::string& name, SchemaPtr schema) {
  auto stream = std::make_shared<MemoryStream>(name, std::move(schema));
  auto& streams = Streams::Process();
  std::lock_guard lock(streams.mutex);
  streams.by_name[name] = stream;
  return stream;
}

std::shared_ptr<MemoryStream> MemoryStream::Find(const std::string& name) {
  auto& streams = Streams::Process();
  std::lock_guard lock(streams.mutex);
  const auto found = streams.by_name.find(name);
  return found == streams.by_name.end() ? nullptr : found->second;
}

void MemoryStream::Remove(const std::string& name) {
  auto& streams = Streams::Process();
  std::lock_guard lock(streams.mutex);
  streams.by_name.erase(name);
}

Result<int64_t> MemoryStream::AddData(std::shared_ptr<arrow::RecordBatch> rows) {
  if (!rows->schema()->Equals(*schema_, /*check_metadata=*/false)) {
    return Status::Invalid("The memory stream ", name_, " takes rows of ", schema_->ToString(),
                           ", not of ", rows->schema()->ToString());
  }
  std::vector<std::function<void()>> wakes;
  int64_t offset = 0;
  {
    std::lock_guard lock(mutex_);
    data_.push_back(std::move(rows));
    offset = static_cast<int64_t>(data_.size()) - 1;
    for (const auto& [owner, wake] : wakes_) wakes.push_back(wake);
  }
  for (const auto& wake : wakes) wake();
  return offset;
}

int64_t MemoryStream::latest_offset() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(data_.size()) - 1;
}

Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> MemoryStream::Range(int64_t start,
                                                                             int64_t end) const {
  std::lock_guard lock(mutex_);
  if (start < -1 || end < start || end >= static_cast<int64_t>(data_.size())) {
    return Status::Invalid("The memory stream ", name_, " holds offsets up to ",
                           static_cast<int64_t>(data_.size()) - 1, ", so not the range (", start,
                           ", ", end, "]");
  }
  return std::vector<std::shared_ptr<arrow::RecordBatch>>(data_.begin() + start + 1,
                                                          data_.begin() + end + 1);
}

void MemoryStream::SetWake(const void* owner, std::function<void()> wake) {
  std::lock_guard lock(mutex_);
  if (wake) {
    wakes_[owner] = std::move(wake);
  } else {
    wakes_.erase(owner);
  }
}

class MemoryStreamSource final : public Source {
 public:
  explicit MemoryStreamSource(std::shared_ptr<MemoryStream> stream) : stream_(std::move(stream)) {}
  ~MemoryStreamSource() override { stream_->SetWake(this, nullptr); }

  SchemaPtr schema() const override { return stream_->schema(); }
  std::string Description() const override { return "MemoryStream[" + stream_->name() + "]"; }

  Result<std::optional<OffsetJson>> LatestOffset(const std::optional<OffsetJson>& start,
                                                 const ReadLimit&) override {
    const int64_t latest = fixed_end_ ? *fixed_end_ : stream_->latest_offset();
    if (latest < 0) return start;
    return std::to_string(latest);
  }
  std::optional<OffsetJson> ReportLatestOffset() override {
    const int64_t latest = stream_->latest_offset();
    return latest < 0 ? std::nullopt : std::optional(std::to_string(latest));
  }
  Result<PartitionReaders> Read(const std::optional<OffsetJson>& start, const OffsetJson& end,
                                const ScanRequest& request) override {
    ARROW_ASSIGN_OR_RAISE(const int64_t first, start ? ParseOffset(*start) : Result<int64_t>(-1));
    ARROW_ASSIGN_OR_RAISE(const int64_t last, ParseOffset(end));
    ARROW_ASSIGN_OR_RAISE(auto batches, stream_->Range(first, last));
    ARROW_ASSIGN_OR_RAISE(
        auto reader, MakeBatchListReader(std::move(batches), *stream_->schema(), request.columns));
    PartitionReaders readers;
    readers.push_back(std::move(reader));
    return readers;
  }
  Status Commit(const OffsetJson& end) override { return ParseOffset(end).status(); }
  void SetWake(std::function<void()> wake) override { stream_->SetWake(this, std::move(wake)); }
  int64_t next_poll_us() const override { return -1; }
  Result<bool> PrepareForAvailableNow() override {
    fixed_end_ = stream_->latest_offset();
    return true;
  }

 private:
  std::shared_ptr<MemoryStream> stream_;
  std::optional<int64_t> fixed_end_;
};

namespace {

class MemoryStreamProvider final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool,
                                  const ConnectorContext&) override {
    ARROW_ASSIGN_OR_RAISE(auto stream, FindStream(specification));
    return stream->schema();
  }
  Result<std::unique_ptr<Source>> OpenStream(const SourceSpecification& specification,
                                             const SchemaPtr&, const std::string&,
                                             const ConnectorContext&) override {
    ARROW_ASSIGN_OR_RAISE(auto stream, FindStream(specification));
    return std::make_unique<MemoryStreamSource>(std::move(stream));
  }

 private:
  static Result<std::shared_ptr<MemoryStream>> FindStream(const SourceSpecification& source) {
    const std::string name = source.options.GetOr("stream", "");
    auto stream = MemoryStream::Find(name);
    if (stream) return stream;
    return IllegalArgument("",
                           "There is no memory stream named '" + name +
                               "'. Make it with MemoryStream::Create before the query.",
                           {{"option", "stream"}, {"value", name}});
  }
};

}  // namespace

std::shared_ptr<SourceProvider> MakeMemoryStreamProvider() {
  return std::make_shared<MemoryStreamProvider>();
}

}  // namespace headrace
