#include "state/encoded_keys.h"

#include <algorithm>
#include <utility>

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_base.h>
#include <arrow/builder.h>

namespace headrace {
namespace {

using Runs = std::vector<std::pair<int64_t, int64_t>>;  // start and length

Result<std::shared_ptr<arrow::Array>> TakeRuns(const arrow::Array& array, const Runs& runs) {
  ARROW_ASSIGN_OR_RAISE(std::unique_ptr<arrow::ArrayBuilder> builder,
                        arrow::MakeBuilder(array.type()));
  const arrow::ArraySpan span(*array.data());
  for (const auto& [start, length] : runs) {
    ARROW_RETURN_NOT_OK(builder->AppendArraySlice(span, start, length));
  }
  return builder->Finish();
}

}  // namespace

void KeysFromArray(const arrow::Array& array, EncodedRows* keys) {
  const auto& binary = static_cast<const arrow::BinaryArray&>(array);
  const int64_t length = binary.length();
  const int32_t first = length == 0 ? 0 : binary.value_offset(0);
  keys->bytes.assign(reinterpret_cast<const char*>(binary.raw_data()) + first,
                     length == 0 ? 0 : static_cast<size_t>(binary.value_offset(length) - first));
  keys->offsets.resize(length + 1);
  keys->hashes.resize(length);
  for (int64_t i = 0; i <= length; ++i) {
    keys->offsets[i] = length == 0 ? 0 : static_cast<uint32_t>(binary.value_offset(i) - first);
  }
  for (int64_t i = 0; i < length; ++i) keys->hashes[i] = HashBytes(keys->row(i));
}

Result<KeyFilter::Rows> KeyFilter::TakeNew(const arrow::Array& keys,
                                           const arrow::RecordBatch& values) {
  const uint32_t bound = table_.bound();
  Add(keys);
  Runs runs;
  int64_t rows = 0;
  for (int64_t i = 0; i < keys.length(); ++i) {
    if (numbers_[i] < bound) continue;
    if (!runs.empty() && runs.back().first + runs.back().second == i) {
      ++runs.back().second;
    } else {
      runs.emplace_back(i, 1);
    }
    ++rows;
  }
  Rows fresh;
  ARROW_ASSIGN_OR_RAISE(fresh.keys, TakeRuns(keys, runs));
  arrow::ArrayVector columns;
  for (const std::shared_ptr<arrow::Array>& column : values.columns()) {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> taken, TakeRuns(*column, runs));
    columns.push_back(std::move(taken));
  }
  fresh.values = arrow::RecordBatch::Make(values.schema(), rows, std::move(columns));
  return fresh;
}

void KeyFilter::Add(const arrow::Array& keys) {
  KeysFromArray(keys, &rows_);
  table_.FindOrInsert(rows_, &numbers_);
}

}  // namespace headrace
