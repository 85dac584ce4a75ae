// A column under construction by the JSON decoder.
//
// Rows are appended one by one and can be taken back (a malformed record, a key that occurs
// twice). What a node's children hold beyond its own rows is the record in progress.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include <arrow/array.h>
#include <arrow/buffer_builder.h>

#include "types/spark_type.h"

namespace headrace {

enum class JsonKind {
  kNull,
  kBoolean,
  kInteger,  // tinyint to bigint
  kFloat,
  kDouble,
  kDecimal,
  kString,
  kBinary,
  kDate,
  kTimestamp,
  kTimestampNtz,
  kMonths,
  kDuration,
  kStruct,
  kList,
  kMap,
};

class JsonColumn {
 public:
  // Error: a type that JSON can't be read into.
  static Result<std::unique_ptr<JsonColumn>> Make(const DataTypePtr& type, arrow::MemoryPool* pool);

  JsonKind kind() const { return kind_; }
  const DataTypePtr& type() const { return type_; }
  int64_t length() const { return static_cast<int64_t>(valid_.size()); }
  int32_t width() const { return width_; }

  void AppendNull();
  // Fixed width; T is the physical type (booleans: uint8_t, one byte a row).
  template <typename T>
  void AppendFixed(T value) {
    fixed_.append(reinterpret_cast<const char*>(&value), sizeof(T));
    valid_.push_back(1);
  }
  void AppendInteger(int64_t value) {
    fixed_.append(reinterpret_cast<const char*>(&value), static_cast<size_t>(width_));
    valid_.push_back(1);
  }
  // Strings and binaries: append to bytes(), then end the row.
  std::string* bytes() { return &fixed_; }
  void EndBytes() { End(static_cast<int64_t>(fixed_.size())); }
  // Lists and maps: append to the children, then end the row.
  void EndList() { End(children_[0]->length()); }
  void EndStruct() { valid_.push_back(1); }

  // Takes rows back; also what is in progress.
  void Truncate(int64_t length);
  // Rows [0, length) as an array; the column is empty afterwards.
  Result<std::shared_ptr<arrow::Array>> Finish();

  std::vector<std::unique_ptr<JsonColumn>>& children() { return children_; }
  JsonColumn& child(size_t i) { return *children_[i]; }
  // Struct fields by name; -1: none.
  int FindChild(std::string_view name) const;
  // No key names the field any more.
  void HideChild(const std::string& name) { names_.erase(name); }

  // Struct: what the keys of the last object were, in order. The next object's keys most likely
  // are the same, so that each costs one comparison.
  struct KeyHint {
    std::string text;  // the raw key with its closing quote
    int child = -1;
  };
  std::vector<KeyHint> hints;
  // Struct: where each field's value in the current object starts (token pointers).
  std::vector<const uint32_t*> value_tokens;

 private:
  JsonColumn() = default;
  void End(int64_t end) {
    ends_.push_back(static_cast<int32_t>(end));
    valid_.push_back(1);
  }

  JsonKind kind_ = JsonKind::kNull;
  DataTypePtr type_;
  arrow::MemoryPool* pool_ = nullptr;
  int32_t width_ = 0;
  std::vector<uint8_t> valid_;  // one byte a row
  std::string fixed_;           // values of fixed width, or the bytes of strings
  std::vector<int32_t> ends_;   // of strings, lists, maps
  std::vector<std::unique_ptr<JsonColumn>> children_;
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::unordered_map<std::string, int, Hash, std::equal_to<>> names_;
};

}  // namespace headrace
