#include "connectors/file/csv/csv_records.h"

#include <algorithm>

namespace headrace {

Status CsvRecords::Open(const FileSlice& slice) {
  tokenizer_.Forget();
  header_.clear();
  text_ = {};
  position_ = 0;
  full_ = false;
  at_header_ = options_.header && slice.offset == 0;
  if (whole()) {
    ARROW_ASSIGN_OR_RAISE(content_, ReadContent(slice.files, slice.file->path, charset_));
    text_ = content_;
    return Status::OK();
  }
  ARROW_RETURN_NOT_OK(blocks_.Open(slice));
  ARROW_ASSIGN_OR_RAISE(text_, blocks_.Next());
  return Status::OK();
}

bool CsvRecords::Take(std::vector<CsvValue>* values, std::string_view* raw) {
  while (position_ < text_.size()) {
    if (options_.multi_line) {
      const char first = text_[position_];
      if (first == '\n' || first == '\r') {
        ++position_;
        continue;
      }
      if (options_.comment != 0 && first == options_.comment) {
        position_ = std::min(text_.find('\n', position_), text_.size());
        continue;
      }
      const size_t begin = position_;
      tokenizer_.Cut(text_, &position_, values);
      *raw = text_.substr(begin, position_ - begin);
      while (raw->ends_with('\n') || raw->ends_with('\r')) raw->remove_suffix(1);
      return true;
    }
    const std::string_view rest = text_.substr(position_);
    const size_t found =
        line_separator_.empty() ? rest.find_first_of("\r\n") : rest.find(line_separator_);
    const size_t end = std::min(found, rest.size());
    const std::string_view line = rest.substr(0, end);
    position_ += end + std::max<size_t>(line_separator_.size(), 1);
    if (tokenizer_.IsIgnored(line)) continue;
    size_t in_line = 0;
    tokenizer_.Cut(line, &in_line, values);
    *raw = line;
    return true;
  }
  return false;
}

Result<bool> CsvRecords::Next(std::vector<CsvValue>* values, std::string_view* raw) {
  while (true) {
    if (at_header_) {
      std::vector<CsvValue> names;
      if (Take(&names, raw)) {
        for (const auto& name : names) header_.emplace_back(name.text);
        at_header_ = false;
      }
    }
    if (!at_header_ && Take(values, raw)) return true;
    if (whole() || text_.empty()) return false;
    if (!at_header_) {
      // Values point into this block.
      full_ = true;
      return false;
    }
    ARROW_ASSIGN_OR_RAISE(text_, blocks_.Next());
    position_ = 0;
  }
}

Status CsvRecords::Release() {
  tokenizer_.Forget();
  full_ = false;
  if (whole() || position_ < text_.size()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(text_, blocks_.Next());
  position_ = 0;
  return Status::OK();
}

}  // namespace headrace
