// For tests of the file connector: scratch directories, files with a time, rows as texts.
#pragma once

#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

#include <arrow/array.h>
#include <gtest/gtest.h>

#include "connectors/file/file.h"
#include "types/value_text.h"

namespace headrace {

#define ASSERT_OK(expression)                        \
  do {                                               \
    const ::arrow::Status status_ = (expression);    \
    ASSERT_TRUE(status_.ok()) << status_.ToString(); \
  } while (false)
#define ASSERT_OK_AND_ASSIGN_NAMED(result, target, expression) \
  auto result = (expression);                                  \
  ASSERT_TRUE(result.ok()) << result.status().ToString();      \
  target = std::move(result).ValueUnsafe()
#define ASSERT_OK_AND_ASSIGN_JOIN(a, b) a##b
#define ASSERT_OK_AND_ASSIGN_LINE(line, target, expression) \
  ASSERT_OK_AND_ASSIGN_NAMED(ASSERT_OK_AND_ASSIGN_JOIN(result_, line), target, expression)
#define ASSERT_OK_AND_ASSIGN(target, expression) \
  ASSERT_OK_AND_ASSIGN_LINE(__LINE__, target, expression)

class ScratchDirectory {
 public:
  ScratchDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "headrace-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~ScratchDirectory() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }
  std::string operator/(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

// `modified_s`: seconds since 1970; 0: now.
inline void PutFile(const std::string& path, const std::string& content, int64_t modified_s = 0) {
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  std::ofstream(path, std::ios::binary) << content;
  if (modified_s > 0) {
    const timespec times[2] = {{modified_s, 0}, {modified_s, 0}};
    ASSERT_EQ(utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
  }
}

inline std::string ContentOf(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline Options Given(const std::map<std::string, std::string>& values) { return Options(values); }

using TextRow = std::vector<std::optional<std::string>>;

inline std::string ShowRow(const TextRow& row) {
  std::string text;
  for (const auto& value : row) text += (text.empty() ? "" : "|") + value.value_or("NULL");
  return text;
}

// All rows of all partitions, values as CAST(… AS STRING) gives them.
inline Result<std::vector<TextRow>> TextRows(PartitionReaders readers) {
  std::vector<TextRow> rows;
  for (auto& reader : readers) {
    while (true) {
      ARROW_ASSIGN_OR_RAISE(const auto batch, reader->Next());
      if (!batch) break;
      ARROW_RETURN_NOT_OK(batch->ValidateFull());
      const size_t first = rows.size();
      rows.resize(first + batch->num_rows());
      for (const auto& column : batch->columns()) {
        ARROW_ASSIGN_OR_RAISE(const auto texts, CastToString(*column, *TimeZone::Utc()));
        for (int64_t i = 0; i < texts->length(); ++i) {
          rows[first + i].push_back(texts->IsNull(i) ? std::nullopt
                                                     : std::optional(texts->GetString(i)));
        }
      }
    }
  }
  return rows;
}

// Rows as "a|1|NULL".
inline Result<std::vector<std::string>> ShownRows(Result<PartitionReaders> readers) {
  ARROW_RETURN_NOT_OK(readers.status());
  ARROW_ASSIGN_OR_RAISE(const auto rows, TextRows(std::move(readers).ValueUnsafe()));
  std::vector<std::string> shown;
  for (const auto& row : rows) shown.push_back(ShowRow(row));
  return shown;
}

inline std::string ConditionOf(const Status& status) {
  const auto* detail = ErrorDetail::Get(status);
  return detail ? detail->condition() : status.ToString();
}

inline ScanRequest AllColumns(const arrow::Schema& schema) { return {schema.field_names(), {}}; }

}  // namespace headrace
