// The records of a slice of a CSV file, one after the other.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "connectors/file/csv/csv_source_options.h"
#include "connectors/file/line_blocks.h"
#include "functions/csv/csv_tokenizer.h"

namespace headrace {

// Passes over blank lines, comments and the header. Values and texts that it gives live until
// Release, which must be called when it says `full`. Not thread-safe.
class CsvRecords {
 public:
  explicit CsvRecords(const CsvFileOptions& options)
      : options_(options.csv),
        charset_(options.charset),
        line_separator_(options.line_separator),
        tokenizer_(options.csv),
        blocks_(options.charset) {}

  Status Open(const FileSlice& slice);
  // Appends the values of the next record; false at the end of the slice or of what can be held at
  // once (see full). `raw`: the record's text.
  Result<bool> Next(std::vector<CsvValue>* values, std::string_view* raw);
  // There are more records, but Release must come first.
  bool full() const { return full_; }
  Status Release();
  // The values of the header; empty without one or before the first Next.
  const std::vector<std::string>& header() const { return header_; }

 private:
  bool Take(std::vector<CsvValue>* values, std::string_view* raw);

  // The content is there as a whole.
  bool whole() const { return options_.multi_line || !line_separator_.empty(); }

  const CsvOptions options_;
  const std::string charset_;
  const std::string line_separator_;
  CsvTokenizer tokenizer_;
  LineBlocks blocks_;
  std::string content_;    // when it is read as a whole
  std::string_view text_;  // of the current block
  size_t position_ = 0;
  bool at_header_ = false;
  bool full_ = false;
  std::vector<std::string> header_;
};

}  // namespace headrace
