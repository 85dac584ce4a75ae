#include "connectors/file/table_files.h"

#include <algorithm>

namespace headrace {

namespace {

// No column of a file's has this character in its name.
constexpr char kSeparator = '\x1f';

}  // namespace

std::string TablePartitionsText(const std::vector<std::string>& columns) {
  std::string text;
  for (const auto& column : columns)
    text += (text.empty() ? "" : std::string(1, kSeparator)) + column;
  return text;
}

std::optional<std::vector<std::string>> TablePartitions(const Options& options) {
  const auto text = options.Get(kTablePartitionsOption);
  if (!text) return std::nullopt;
  std::vector<std::string> columns;
  for (size_t begin = 0; begin < text->size();) {
    const size_t end = std::min(text->find(kSeparator, begin), text->size());
    columns.push_back(text->substr(begin, end - begin));
    begin = end + 1;
  }
  return columns;
}

}  // namespace headrace
