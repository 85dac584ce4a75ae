// Cuts CSV text into records and values, by the rules of the parser that Spark uses.
//
// A value that begins with the quote reaches to the next quote; the escape character makes a quote
// part of the value. A quote that neither ends the value nor is escaped makes everything up to the
// next separator the value as it stands, quotes included. Other values are taken as they stand.
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "functions/csv/csv_options.h"

namespace headrace {

inline bool IsCsvSpace(char c) { return static_cast<unsigned char>(c) <= ' '; }

struct CsvValue {
  std::string_view text;
  bool quoted = false;  // tells "" from nothing
};

// Not thread-safe. Values point into the text or into buffers that live until Forget.
class CsvTokenizer {
 public:
  explicit CsvTokenizer(const CsvOptions& options);

  // Cuts the record that begins at *position, which is the text's end or the line end (kept in the
  // text) after it; *position moves behind that. Without `multi_line` the text is one line.
  void Cut(std::string_view text, size_t* position, std::vector<CsvValue>* values);
  void Forget() { used_ = 0; }

  // Lines that hold no record: blank ones and comments.
  bool IsIgnored(std::string_view line) const;

 private:
  CsvValue CutQuoted(std::string_view text, size_t* position);
  CsvValue CutPlain(std::string_view text, size_t* position) const;
  // The slow way, for values with escapes or stray quotes: *position is behind the first quote.
  std::string_view Unescape(std::string_view text, size_t* position);
  // Appends what comes before the next separator or line end.
  void AppendToSeparator(std::string_view text, size_t* position, std::string* out) const;
  bool AtSeparator(std::string_view text, size_t position) const;
  bool AtEnd(std::string_view text, size_t position) const;
  std::string* NewBuffer();

  const CsvOptions options_;
  std::deque<std::string> buffers_;
  size_t used_ = 0;
};

// MALFORMED_CSV_RECORD for more values, or longer ones, than the options maxColumns and
// maxCharsPerColumn allow.
Status CheckCsvLimits(const std::vector<CsvValue>& values, const CsvOptions& options);

}  // namespace headrace
