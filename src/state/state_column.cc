#include "state/state_column.h"

#include <array>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array/array_nested.h>
#include <arrow/array/builder_base.h>
#include <arrow/array/concatenate.h>
#include <arrow/array/data.h>
#include <arrow/buffer.h>
#include <arrow/scalar.h>
#include <arrow/util/bit_util.h>

#include "state/byte_arena.h"

namespace headrace {
namespace {

using arrow::ArrayData;
using arrow::Buffer;

// A validity bitmap that is made only when there is a null.
class Validity {
 public:
  explicit Validity(int64_t length) : length_(length) {}

  Status SetNull(int64_t i) {
    if (bitmap_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(bitmap_, arrow::AllocateBitmap(length_));
      arrow::bit_util::SetBitsTo(bitmap_->mutable_data(), 0, length_, true);
    }
    arrow::bit_util::ClearBit(bitmap_->mutable_data(), i);
    ++null_count_;
    return Status::OK();
  }
  std::shared_ptr<Buffer> bitmap() const { return bitmap_; }
  int64_t null_count() const { return null_count_; }

 private:
  const int64_t length_;
  std::shared_ptr<Buffer> bitmap_;
  int64_t null_count_ = 0;
};

// Values of a fixed number of bytes.
template <typename Value>
class FixedColumn : public StateColumn {
 public:
  explicit FixedColumn(DataTypePtr type) : type_(std::move(type)) {}

  void Resize(uint32_t bound) override {
    values_.resize(bound);
    valid_.resize(bound);
  }

  Status Put(const arrow::Array& values, const uint32_t* numbers) override {
    const Value* raw = values.data()->GetValues<Value>(1);
    const int64_t length = values.length();
    if (values.null_count() == 0) {
      for (int64_t i = 0; i < length; ++i) {
        values_[numbers[i]] = raw[i];
        valid_[numbers[i]] = 1;
      }
      return Status::OK();
    }
    for (int64_t i = 0; i < length; ++i) {
      values_[numbers[i]] = raw[i];
      valid_[numbers[i]] = values.IsValid(i);
    }
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Take(const uint32_t* numbers,
                                             int64_t count) const override {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Buffer> buffer,
                          arrow::AllocateBuffer(count * static_cast<int64_t>(sizeof(Value))));
    auto* out = reinterpret_cast<Value*>(buffer->mutable_data());
    Validity validity(count);
    for (int64_t i = 0; i < count; ++i) {
      if (numbers[i] != kAbsent && valid_[numbers[i]]) {
        out[i] = values_[numbers[i]];
      } else {
        out[i] = Value();
        ARROW_RETURN_NOT_OK(validity.SetNull(i));
      }
    }
    return arrow::MakeArray(ArrayData::Make(type_, count, {validity.bitmap(), std::move(buffer)},
                                            validity.null_count()));
  }

  void Forget(uint32_t) override {}

  int64_t size_bytes() const override {
    return static_cast<int64_t>(values_.capacity() * sizeof(Value) + valid_.capacity());
  }

 private:
  const DataTypePtr type_;
  std::vector<Value> values_;
  std::vector<uint8_t> valid_;
};

class BooleanColumn : public StateColumn {
 public:
  void Resize(uint32_t bound) override { values_.resize(bound, kNull); }

  Status Put(const arrow::Array& values, const uint32_t* numbers) override {
    const auto& booleans = static_cast<const arrow::BooleanArray&>(values);
    for (int64_t i = 0; i < values.length(); ++i) {
      values_[numbers[i]] = booleans.IsNull(i) ? kNull : static_cast<uint8_t>(booleans.Value(i));
    }
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Take(const uint32_t* numbers,
                                             int64_t count) const override {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Buffer> bits, arrow::AllocateEmptyBitmap(count));
    Validity validity(count);
    for (int64_t i = 0; i < count; ++i) {
      const uint8_t value = numbers[i] == kAbsent ? kNull : values_[numbers[i]];
      if (value == kNull) {
        ARROW_RETURN_NOT_OK(validity.SetNull(i));
      } else if (value == 1) {
        arrow::bit_util::SetBit(bits->mutable_data(), i);
      }
    }
    return arrow::MakeArray(ArrayData::Make(
        arrow::boolean(), count, {validity.bitmap(), std::move(bits)}, validity.null_count()));
  }

  void Forget(uint32_t) override {}
  int64_t size_bytes() const override { return static_cast<int64_t>(values_.capacity()); }

 private:
  static constexpr uint8_t kNull = 2;
  std::vector<uint8_t> values_;
};

// Strings and binaries, in an arena. A new value takes the place of the old one if it fits.
class BytesColumn : public StateColumn {
 public:
  explicit BytesColumn(DataTypePtr type) : type_(std::move(type)) {}

  void Resize(uint32_t bound) override { places_.resize(bound); }

  Status Put(const arrow::Array& values, const uint32_t* numbers) override {
    const auto& strings = static_cast<const arrow::BinaryArray&>(values);
    for (int64_t i = 0; i < values.length(); ++i) {
      Place& place = places_[numbers[i]];
      if (strings.IsNull(i)) {
        Free(&place);
        continue;
      }
      const std::string_view value = strings.GetView(i);
      const auto length = static_cast<uint32_t>(value.size());
      if (place.length != kNull && length <= place.length) {
        arena_.Replace(place.offset, value);
        arena_.Free(place.length - length);
      } else {
        Free(&place);
        place.offset = arena_.Add(value);
      }
      place.length = length;
    }
    if (arena_.worth_moving()) Move();
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Take(const uint32_t* numbers,
                                             int64_t count) const override {
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Buffer> offsets,
                          arrow::AllocateBuffer((count + 1) * int64_t{sizeof(int32_t)}));
    auto* offset = reinterpret_cast<int32_t*>(offsets->mutable_data());
    Validity validity(count);
    int64_t total = 0;
    offset[0] = 0;
    for (int64_t i = 0; i < count; ++i) {
      if (IsNull(numbers[i])) {
        ARROW_RETURN_NOT_OK(validity.SetNull(i));
      } else {
        total += places_[numbers[i]].length;
      }
      if (total > std::numeric_limits<int32_t>::max()) {
        return Status::CapacityError("the values of ", count, " keys of the state exceed 2 GiB");
      }
      offset[i + 1] = static_cast<int32_t>(total);
    }
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<Buffer> bytes, arrow::AllocateBuffer(total));
    for (int64_t i = 0; i < count; ++i) {
      if (IsNull(numbers[i])) continue;
      const Place& place = places_[numbers[i]];
      const std::string_view value = arena_.Get(place.offset, place.length);
      std::copy(value.begin(), value.end(), bytes->mutable_data() + offset[i]);
    }
    return arrow::MakeArray(
        ArrayData::Make(type_, count, {validity.bitmap(), std::move(offsets), std::move(bytes)},
                        validity.null_count()));
  }

  void Forget(uint32_t number) override { Free(&places_[number]); }

  int64_t size_bytes() const override {
    return static_cast<int64_t>(places_.capacity() * sizeof(Place)) + arena_.size_bytes();
  }

 private:
  static constexpr uint32_t kNull = 0xffffffffu;

  struct Place {
    uint64_t offset = 0;
    uint32_t length = kNull;
  };

  bool IsNull(uint32_t number) const {
    return number == kAbsent || places_[number].length == kNull;
  }

  void Free(Place* place) {
    if (place->length != kNull) arena_.Free(place->length);
    place->length = kNull;
  }

  void Move() {
    ByteArena moved;
    for (Place& place : places_) {
      if (place.length != kNull) place.offset = moved.Add(arena_.Get(place.offset, place.length));
    }
    arena_ = std::move(moved);
  }

  const DataTypePtr type_;
  std::vector<Place> places_;
  ByteArena arena_;
};

class StructColumn : public StateColumn {
 public:
  explicit StructColumn(DataTypePtr type) : type_(std::move(type)) {
    for (const FieldPtr& field : type_->fields()) fields_.push_back(Make(field->type()));
  }

  void Resize(uint32_t bound) override {
    valid_.resize(bound);
    for (const auto& field : fields_) field->Resize(bound);
  }

  Status Put(const arrow::Array& values, const uint32_t* numbers) override {
    const auto& structs = static_cast<const arrow::StructArray&>(values);
    for (int64_t i = 0; i < values.length(); ++i) valid_[numbers[i]] = structs.IsValid(i);
    for (size_t f = 0; f < fields_.size(); ++f) {
      ARROW_RETURN_NOT_OK(fields_[f]->Put(*structs.field(static_cast<int>(f)), numbers));
    }
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Take(const uint32_t* numbers,
                                             int64_t count) const override {
    Validity validity(count);
    for (int64_t i = 0; i < count; ++i) {
      if (numbers[i] == kAbsent || !valid_[numbers[i]]) ARROW_RETURN_NOT_OK(validity.SetNull(i));
    }
    arrow::ArrayVector children;
    for (const auto& field : fields_) {
      ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Array> child, field->Take(numbers, count));
      children.push_back(std::move(child));
    }
    return std::make_shared<arrow::StructArray>(type_, count, std::move(children),
                                                validity.bitmap(), validity.null_count());
  }

  void Forget(uint32_t number) override {
    for (const auto& field : fields_) field->Forget(number);
  }

  int64_t size_bytes() const override {
    int64_t total = static_cast<int64_t>(valid_.capacity());
    for (const auto& field : fields_) total += field->size_bytes();
    return total;
  }

 private:
  const DataTypePtr type_;
  std::vector<std::unique_ptr<StateColumn>> fields_;
  std::vector<uint8_t> valid_;
};

class VoidColumn : public StateColumn {
 public:
  void Resize(uint32_t) override {}
  Status Put(const arrow::Array&, const uint32_t*) override { return Status::OK(); }
  Result<std::shared_ptr<arrow::Array>> Take(const uint32_t*, int64_t count) const override {
    return std::make_shared<arrow::NullArray>(count);
  }
  void Forget(uint32_t) override {}
  int64_t size_bytes() const override { return 0; }
};

// Arrays and maps: a scalar a value.
class ScalarColumn : public StateColumn {
 public:
  explicit ScalarColumn(DataTypePtr type)
      : type_(std::move(type)), null_(arrow::MakeNullScalar(type_)) {}

  void Resize(uint32_t bound) override { values_.resize(bound); }

  Status Put(const arrow::Array& values, const uint32_t* numbers) override {
    for (int64_t i = 0; i < values.length(); ++i) {
      Forget(numbers[i]);
      if (values.IsNull(i)) continue;
      // A copy: the scalar of a row would keep the whole batch alive.
      ARROW_ASSIGN_OR_RAISE(const std::shared_ptr<arrow::Array> copy,
                            arrow::Concatenate({values.Slice(i, 1)}));
      ARROW_ASSIGN_OR_RAISE(values_[numbers[i]], copy->GetScalar(0));
      bytes_ += Size(*copy->data());
      sizes_.resize(values_.size());
      sizes_[numbers[i]] = Size(*copy->data());
    }
    return Status::OK();
  }

  Result<std::shared_ptr<arrow::Array>> Take(const uint32_t* numbers,
                                             int64_t count) const override {
    ARROW_ASSIGN_OR_RAISE(std::unique_ptr<arrow::ArrayBuilder> builder, arrow::MakeBuilder(type_));
    for (int64_t i = 0; i < count; ++i) {
      const bool is_null = numbers[i] == kAbsent || values_[numbers[i]] == nullptr;
      ARROW_RETURN_NOT_OK(builder->AppendScalar(is_null ? *null_ : *values_[numbers[i]]));
    }
    return builder->Finish();
  }

  void Forget(uint32_t number) override {
    if (values_[number] != nullptr) bytes_ -= sizes_[number];
    values_[number] = nullptr;
  }

  int64_t size_bytes() const override {
    return bytes_ + static_cast<int64_t>(values_.capacity() * sizeof(values_[0]) +
                                         sizes_.capacity() * sizeof(sizes_[0]));
  }

 private:
  static int64_t Size(const ArrayData& data) {
    int64_t total = 0;
    for (const auto& buffer : data.buffers) total += buffer == nullptr ? 0 : buffer->capacity();
    for (const auto& child : data.child_data) total += Size(*child);
    return total;
  }

  const DataTypePtr type_;
  const std::shared_ptr<arrow::Scalar> null_;
  std::vector<std::shared_ptr<arrow::Scalar>> values_;
  std::vector<int64_t> sizes_;
  int64_t bytes_ = 0;
};

}  // namespace

std::unique_ptr<StateColumn> StateColumn::Make(const DataTypePtr& type) {
  switch (type->id()) {
    case arrow::Type::BOOL:
      return std::make_unique<BooleanColumn>();
    case arrow::Type::INT8:
      return std::make_unique<FixedColumn<int8_t>>(type);
    case arrow::Type::INT16:
      return std::make_unique<FixedColumn<int16_t>>(type);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::FLOAT:
    case arrow::Type::INTERVAL_MONTHS:
      return std::make_unique<FixedColumn<int32_t>>(type);
    case arrow::Type::INT64:
    case arrow::Type::DOUBLE:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return std::make_unique<FixedColumn<int64_t>>(type);
    case arrow::Type::DECIMAL128:
      return std::make_unique<FixedColumn<std::array<uint64_t, 2>>>(type);
    case arrow::Type::STRING:
    case arrow::Type::BINARY:
      return std::make_unique<BytesColumn>(type);
    case arrow::Type::STRUCT:
      return std::make_unique<StructColumn>(type);
    case arrow::Type::NA:
      return std::make_unique<VoidColumn>();
    default:
      return std::make_unique<ScalarColumn>(type);
  }
}

}  // namespace headrace
