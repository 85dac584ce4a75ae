#include "connectors/socket/line_buffer.h"

#include <cstring>

#include <arrow/util/utf8.h>

namespace headrace {

namespace {

constexpr int64_t kMaxWaitingBytes = int64_t{64} << 20;

// Java's decoder puts U+FFFD in place of what is no UTF-8.
std::string ReplaceInvalidUtf8(std::string_view text) {
  std::string out;
  size_t i = 0;
  while (i < text.size()) {
    const auto byte = static_cast<unsigned char>(text[i]);
    size_t length = byte < 0x80 ? 1 : (byte >> 5) == 6 ? 2 : (byte >> 4) == 14 ? 3 : 4;
    if (length > text.size() - i ||
        !arrow::util::ValidateUTF8(reinterpret_cast<const uint8_t*>(text.data()) + i,
                                   static_cast<int64_t>(length))) {
      out += "\xEF\xBF\xBD";
      ++i;
      continue;
    }
    out.append(text.substr(i, length));
    i += length;
  }
  return out;
}

}  // namespace

LineBuffer::LineBuffer(SchemaPtr schema, bool with_time)
    : schema_(std::move(schema)), with_time_(with_time) {
  arrow::util::InitializeUTF8();
}

Result<bool> LineBuffer::Append(std::string_view bytes, int64_t now_us) {
  std::unique_lock lock(mutex_);
  room_.wait(lock, [&] {
    return closed_ || values_.value_data_length() < kMaxWaitingBytes || handed_out_ == lines_;
  });
  if (closed_) return false;
  if (skip_line_feed_ && !bytes.empty()) {
    if (bytes.front() == '\n') bytes.remove_prefix(1);
    skip_line_feed_ = false;
  }
  while (!bytes.empty()) {
    const size_t end = bytes.find_first_of("\r\n");
    if (end == std::string_view::npos) {
      partial_.append(bytes);
      break;
    }
    if (partial_.empty()) {
      ARROW_RETURN_NOT_OK(AddLine(bytes.substr(0, end), now_us));
    } else {
      partial_.append(bytes.substr(0, end));
      ARROW_RETURN_NOT_OK(AddLine(partial_, now_us));
      partial_.clear();
    }
    const bool carriage_return = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    if (carriage_return) {
      if (bytes.empty()) {
        skip_line_feed_ = true;
      } else if (bytes.front() == '\n') {
        bytes.remove_prefix(1);
      }
    }
  }
  return true;
}

Status LineBuffer::Finish(int64_t now_us) {
  std::lock_guard lock(mutex_);
  if (partial_.empty()) return Status::OK();
  ARROW_RETURN_NOT_OK(AddLine(partial_, now_us));
  partial_.clear();
  return Status::OK();
}

void LineBuffer::Close() {
  std::lock_guard lock(mutex_);
  closed_ = true;
  room_.notify_all();
}

Status LineBuffer::AddLine(std::string_view line, int64_t now_us) {
  if (arrow::util::ValidateUTF8(line)) {
    ARROW_RETURN_NOT_OK(values_.Append(line));
  } else {
    ARROW_RETURN_NOT_OK(values_.Append(ReplaceInvalidUtf8(line)));
  }
  if (with_time_) ARROW_RETURN_NOT_OK(times_.Append(now_us));
  ++lines_;
  return Status::OK();
}

int64_t LineBuffer::latest() const {
  std::lock_guard lock(mutex_);
  return lines_ - 1;
}

Status LineBuffer::Seal() {
  if (values_.length() == 0) return Status::OK();
  const int64_t count = values_.length();
  arrow::ArrayVector columns(1);
  ARROW_RETURN_NOT_OK(values_.Finish(&columns[0]));
  if (with_time_) {
    std::shared_ptr<arrow::Array> times;
    ARROW_RETURN_NOT_OK(times_.Finish(&times));
    ARROW_ASSIGN_OR_RAISE(times, times->View(schema_->field(1)->type()));
    columns.push_back(std::move(times));
  }
  chunks_.push_back({lines_ - count, arrow::RecordBatch::Make(schema_, count, std::move(columns))});
  return Status::OK();
}

Result<std::vector<std::shared_ptr<arrow::RecordBatch>>> LineBuffer::Range(int64_t start,
                                                                           int64_t end) {
  std::lock_guard lock(mutex_);
  ARROW_RETURN_NOT_OK(Seal());
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  if (end <= start) return batches;
  const int64_t oldest = chunks_.empty() ? lines_ : chunks_.front().first;
  if (start + 1 < oldest || end >= lines_) {
    return Status::Invalid(
        "The lines ", start + 1, " to ", end,
        " of the socket source are gone: it keeps only what "
        "came in this run and is not committed (",
        oldest, " to ", lines_ - 1,
        "). A socket cannot be read again, so delete the checkpoint to start over.");
  }
  for (const auto& chunk : chunks_) {
    const int64_t from = std::max(start + 1 - chunk.first, int64_t{0});
    const int64_t to = std::min(end + 1 - chunk.first, chunk.rows->num_rows());
    if (from < to) batches.push_back(chunk.rows->Slice(from, to - from));
  }
  handed_out_ = std::max(handed_out_, end + 1);
  room_.notify_all();
  return batches;
}

Status LineBuffer::Release(int64_t end) {
  std::lock_guard lock(mutex_);
  while (!chunks_.empty() && chunks_.front().first + chunks_.front().rows->num_rows() <= end + 1) {
    chunks_.pop_front();
  }
  return Status::OK();
}

}  // namespace headrace
