// Keys and values for tests of the state.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/array/array_primitive.h>
#include <arrow/builder.h>
#include <gtest/gtest.h>

#include "state/state_store.h"

namespace headrace::state_test {

// A string key; values `count` and `last`, of which `last` may be null.
struct Value {
  int64_t count = 0;
  std::optional<std::string> last;
  bool operator==(const Value&) const = default;
};
using Contents = std::map<std::string, Value>;

inline StateStoreDeclaration Declaration(std::string name = "default") {
  return {.name = std::move(name),
          .key_schema = arrow::schema({arrow::field("word", arrow::utf8())}),
          .value_schema = arrow::schema(
              {arrow::field("count", arrow::int64(), false), arrow::field("last", arrow::utf8())})};
}

inline EncodedRows Keys(const std::vector<std::string>& keys) {
  arrow::StringBuilder builder;
  EXPECT_TRUE(builder.AppendValues(keys).ok());
  EncodedRows rows;
  EXPECT_TRUE(
      EncodeRows({builder.Finish().ValueOrDie()}, static_cast<int64_t>(keys.size()), &rows).ok());
  return rows;
}

inline std::shared_ptr<arrow::RecordBatch> Values(const std::vector<Value>& values) {
  arrow::Int64Builder counts;
  arrow::StringBuilder lasts;
  for (const Value& value : values) {
    EXPECT_TRUE(counts.Append(value.count).ok());
    EXPECT_TRUE((value.last ? lasts.Append(*value.last) : lasts.AppendNull()).ok());
  }
  return arrow::RecordBatch::Make(Declaration().value_schema, static_cast<int64_t>(values.size()),
                                  {counts.Finish().ValueOrDie(), lasts.Finish().ValueOrDie()});
}

inline Value ValueAt(const arrow::RecordBatch& values, int64_t row) {
  Value value;
  value.count = static_cast<const arrow::Int64Array&>(*values.column(0)).Value(row);
  const auto& lasts = static_cast<const arrow::StringArray&>(*values.column(1));
  if (lasts.IsValid(row)) value.last = lasts.GetString(row);
  return value;
}

inline Status Put(StateStore* store, const Contents& contents) {
  std::vector<std::string> keys;
  std::vector<Value> values;
  for (const auto& [key, value] : contents) {
    keys.push_back(key);
    values.push_back(value);
  }
  return store->Put(Keys(keys), *Values(values));
}

inline Result<Contents> ScanAll(StateStore* store) {
  Contents contents;
  ARROW_RETURN_NOT_OK(
      store->Scan([&](const arrow::RecordBatch& keys, const arrow::RecordBatch& values) -> Status {
        const auto& words = static_cast<const arrow::StringArray&>(*keys.column(0));
        for (int64_t i = 0; i < keys.num_rows(); ++i) {
          const bool fresh = contents.emplace(words.GetString(i), ValueAt(values, i)).second;
          if (!fresh) return Status::Invalid("scanned twice: ", words.GetString(i));
        }
        return Status::OK();
      }));
  return contents;
}

inline std::string ConditionOf(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  return detail == nullptr ? "" : detail->condition();
}

}  // namespace headrace::state_test
