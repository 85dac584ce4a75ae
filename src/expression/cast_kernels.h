// The casts of whole columns, by families of types. Inputs have passed CheckCast.
#pragma once

#include <optional>
#include <string_view>

#include <arrow/buffer.h>
#include <arrow/util/bit_util.h>
#include <arrow/util/bitmap_ops.h>

#include "expression/cast.h"

namespace headrace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// Any cast; the entry that nested types use for their children.
Result<ArrayPtr> CastArray(const ArrayPtr& input, const DataTypePtr& to,
                           const CastOptions& options);

// Each returns null when it does not know the pair of types.
Result<ArrayPtr> CastString(const arrow::Array& input, const DataTypePtr& to,
                            const CastOptions& options);
Result<ArrayPtr> CastNumber(const arrow::Array& input, const DataTypePtr& to,
                            const CastOptions& options);
Result<ArrayPtr> CastToDecimal(const arrow::Array& input, const DataTypePtr& to,
                               const CastOptions& options);
Result<ArrayPtr> CastFromDecimal(const arrow::Array& input, const DataTypePtr& to,
                                 const CastOptions& options);
Result<ArrayPtr> CastDateTime(const arrow::Array& input, const DataTypePtr& to,
                              const CastOptions& options);
Result<ArrayPtr> CastNested(const ArrayPtr& input, const DataTypePtr& to,
                            const CastOptions& options);

// Whether a cast without errors may turn a value into null (Spark's Cast.forceNullable).
bool MayMakeNull(const DataType& from, const DataType& to);
// Whether every value of `from` has its like in `to` (Spark's Cast.canUpCast).
bool KeepsValues(const DataType& from, const DataType& to);

// Errors that tell the value at `row`.
Status InvalidInput(const arrow::Array& input, int64_t row, const DataType& to);
Status CastOverflow(const arrow::Array& input, int64_t row, const DataType& to);
Status DecimalOutOfRange(const arrow::Array& input, int64_t row, const DataType& to);

// Text of a number as a decimal with `scale` digits behind the point, rounded half up.
enum class DecimalParse { kOk, kInvalid, kTooWide, kBeyondAllDecimals };
DecimalParse ParseDecimal(std::string_view text, int precision, int scale, __int128* value);
// White space and control characters off both ends, as Spark's casts do.
std::string_view TrimAll(std::string_view text);

inline __int128 LoadInt128(const uint8_t* bytes) {
  __int128 value;
  std::memcpy(&value, bytes, sizeof(value));
  return value;
}

// What to do with a value that cannot be cast.
inline bool FailsOnError(const CastOptions& options) { return options.mode == CastMode::kAnsi; }

// Builds an array of fixed-width values. `convert(row, &value)` returns false for a value that
// cannot be cast; that gives `fail(row)` when `errors` is set, else null.
template <typename Value, typename Convert, typename Fail>
Result<ArrayPtr> MapRows(const arrow::Array& input, const DataTypePtr& to, bool errors,
                         Convert convert, Fail fail) {
  const int64_t length = input.length();
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> values,
                        arrow::AllocateBuffer(length * static_cast<int64_t>(sizeof(Value))));
  auto* out = reinterpret_cast<Value*>(values->mutable_data());
  std::shared_ptr<arrow::Buffer> validity;
  int64_t nulls = input.null_count();
  if (nulls > 0) {
    ARROW_ASSIGN_OR_RAISE(
        validity, arrow::internal::CopyBitmap(arrow::default_memory_pool(),
                                              input.null_bitmap_data(), input.offset(), length));
  }
  const bool check_valid = nulls > 0;
  for (int64_t i = 0; i < length; ++i) {
    if (check_valid && input.IsNull(i)) {
      out[i] = Value{};
      continue;
    }
    if (convert(i, &out[i])) [[likely]] {
      continue;
    }
    if (errors) return fail(i);
    if (validity == nullptr) {
      ARROW_ASSIGN_OR_RAISE(validity, arrow::AllocateBitmap(length));
      arrow::bit_util::SetBitsTo(validity->mutable_data(), 0, length, true);
    }
    arrow::bit_util::ClearBit(validity->mutable_data(), i);
    out[i] = Value{};
    ++nulls;
  }
  return arrow::MakeArray(arrow::ArrayData::Make(to, length, {validity, values}, nulls));
}

// The same for booleans.
template <typename Convert, typename Fail>
Result<ArrayPtr> MapRowsToBoolean(const arrow::Array& input, bool errors, Convert convert,
                                  Fail fail) {
  ARROW_ASSIGN_OR_RAISE(const ArrayPtr bytes, MapRows<int8_t>(
                                                  input, arrow::int8(), errors,
                                                  [&](int64_t i, int8_t* out) {
                                                    bool value = false;
                                                    const bool ok = convert(i, &value);
                                                    *out = value ? 1 : 0;
                                                    return ok;
                                                  },
                                                  fail));
  ARROW_ASSIGN_OR_RAISE(auto bits, arrow::AllocateEmptyBitmap(bytes->length()));
  const int8_t* values = bytes->data()->GetValues<int8_t>(1);
  for (int64_t i = 0; i < bytes->length(); ++i) {
    if (values[i] != 0) arrow::bit_util::SetBit(bits->mutable_data(), i);
  }
  return arrow::MakeArray(arrow::ArrayData::Make(arrow::boolean(), bytes->length(),
                                                 {bytes->data()->buffers[0], std::move(bits)},
                                                 bytes->null_count()));
}

}  // namespace headrace
