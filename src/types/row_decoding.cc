// The inverse of row_encoding.cc: encoded rows back to columns.
#include <cstring>

#include <arrow/array/builder_binary.h>
#include <arrow/array/builder_decimal.h>
#include <arrow/array/builder_primitive.h>
#include <arrow/util/decimal.h>

#include "types/row_encoding.h"
#include "types/row_layout.h"

namespace headrace {

namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

Status Corrupt() { return Status::Invalid("An encoded row ends early; the stored key is damaged"); }

// What is left of each row, and how many values of the current column each row holds.
class Decoder {
 public:
  explicit Decoder(const std::vector<std::string_view>& rows) : rows_(rows) {}

  Result<ArrayPtr> Column(const DataTypePtr& type, const std::vector<uint32_t>& counts) {
    switch (type->id()) {
      case arrow::Type::NA: {
        int64_t length = 0;
        for (uint32_t count : counts) length += count;
        return std::make_shared<arrow::NullArray>(length);
      }
      case arrow::Type::BOOL:
        return Booleans(counts);
      case arrow::Type::STRING:
      case arrow::Type::BINARY:
        return Strings(type, counts);
      case arrow::Type::LIST:
        return Lists(type, counts);
      case arrow::Type::STRUCT:
        return Structs(type, counts);
      case arrow::Type::DECIMAL128:
        return Decimals(type, counts);
      default:
        break;
    }
    switch (FixedWidth(*type)) {
      case 1:
        return Fixed<int8_t>(type, counts);
      case 2:
        return Fixed<int16_t>(type, counts);
      case 4:
        return Fixed<int32_t>(type, counts);
      case 8:
        return Fixed<int64_t>(type, counts);
      default:
        return RefuseAsKey(*type);
    }
  }

  Status ExpectEnd() const {
    for (std::string_view row : rows_) {
      if (!row.empty()) return Status::Invalid("An encoded row has bytes left over");
    }
    return Status::OK();
  }

 private:
  // Calls `read(row)` for each value of the column, in order.
  template <typename Read>
  Status ForEach(const std::vector<uint32_t>& counts, Read read) {
    for (size_t i = 0; i < rows_.size(); ++i) {
      for (uint32_t j = 0; j < counts[i]; ++j) ARROW_RETURN_NOT_OK(read(&rows_[i]));
    }
    return Status::OK();
  }

  static Status TakeByte(std::string_view* row, uint8_t* byte) {
    if (row->empty()) return Corrupt();
    *byte = static_cast<uint8_t>(row->front());
    row->remove_prefix(1);
    return Status::OK();
  }

  static Status TakeVarint(std::string_view* row, uint32_t* value) {
    *value = 0;
    for (int shift = 0; shift < 35; shift += 7) {
      uint8_t byte = 0;
      ARROW_RETURN_NOT_OK(TakeByte(row, &byte));
      *value |= static_cast<uint32_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return Status::OK();
    }
    return Corrupt();
  }

  template <typename Value>
  static Status TakeFixed(std::string_view* row, bool* valid, Value* value) {
    if (row->size() < 1 + sizeof(Value)) return Corrupt();
    *valid = row->front() != 0;
    std::memcpy(value, row->data() + 1, sizeof(Value));
    row->remove_prefix(1 + sizeof(Value));
    return Status::OK();
  }

  template <typename Value>
  Result<ArrayPtr> Fixed(const DataTypePtr& type, const std::vector<uint32_t>& counts) {
    using ArrowType = typename arrow::CTypeTraits<Value>::ArrowType;
    arrow::NumericBuilder<ArrowType> builder;
    ARROW_RETURN_NOT_OK(ForEach(counts, [&](std::string_view* row) {
      bool valid = false;
      Value value{};
      ARROW_RETURN_NOT_OK(TakeFixed(row, &valid, &value));
      return valid ? builder.Append(value) : builder.AppendNull();
    }));
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr array, builder.Finish());
    return array->View(type);
  }

  Result<ArrayPtr> Decimals(const DataTypePtr& type, const std::vector<uint32_t>& counts) {
    arrow::Decimal128Builder builder(type);
    const bool narrow = FixedWidth(*type) == 8;
    ARROW_RETURN_NOT_OK(ForEach(counts, [&](std::string_view* row) {
      bool valid = false;
      arrow::Decimal128 value;
      if (narrow) {
        int64_t low = 0;
        ARROW_RETURN_NOT_OK(TakeFixed(row, &valid, &low));
        value = arrow::Decimal128(low);
      } else {
        std::array<uint8_t, 16> bytes{};
        ARROW_RETURN_NOT_OK(TakeFixed(row, &valid, &bytes));
        value = arrow::Decimal128(bytes.data());
      }
      return valid ? builder.Append(value) : builder.AppendNull();
    }));
    return builder.Finish();
  }

  Result<ArrayPtr> Booleans(const std::vector<uint32_t>& counts) {
    arrow::BooleanBuilder builder;
    ARROW_RETURN_NOT_OK(ForEach(counts, [&](std::string_view* row) {
      uint8_t byte = 0;
      ARROW_RETURN_NOT_OK(TakeByte(row, &byte));
      return byte == 0 ? builder.AppendNull() : builder.Append(byte == 2);
    }));
    return builder.Finish();
  }

  Result<ArrayPtr> Strings(const DataTypePtr& type, const std::vector<uint32_t>& counts) {
    arrow::BinaryBuilder builder;
    ARROW_RETURN_NOT_OK(ForEach(counts, [&](std::string_view* row) {
      uint32_t header = 0;
      ARROW_RETURN_NOT_OK(TakeVarint(row, &header));
      if (header == 0) return builder.AppendNull();
      if (row->size() < header - 1) return Corrupt();
      ARROW_RETURN_NOT_OK(builder.Append(row->substr(0, header - 1)));
      row->remove_prefix(header - 1);
      return Status::OK();
    }));
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr array, builder.Finish());
    return array->View(type);
  }

  Result<ArrayPtr> Lists(const DataTypePtr& type, const std::vector<uint32_t>& counts) {
    arrow::TypedBufferBuilder<int32_t> offsets;
    arrow::TypedBufferBuilder<bool> validity;
    std::vector<uint32_t> element_counts(rows_.size(), 0);
    int32_t offset = 0;
    for (size_t i = 0; i < rows_.size(); ++i) {
      for (uint32_t j = 0; j < counts[i]; ++j) {
        uint32_t header = 0;
        ARROW_RETURN_NOT_OK(TakeVarint(&rows_[i], &header));
        ARROW_RETURN_NOT_OK(offsets.Append(offset));
        ARROW_RETURN_NOT_OK(validity.Append(header != 0));
        if (header == 0) continue;
        // An element takes at least a byte unless it is void.
        if (header - 1 > rows_[i].size() &&
            static_cast<const arrow::ListType&>(*type).value_type()->id() != arrow::Type::NA) {
          return Corrupt();
        }
        offset += static_cast<int32_t>(header - 1);
        element_counts[i] += header - 1;
      }
    }
    ARROW_RETURN_NOT_OK(offsets.Append(offset));
    const int64_t length = validity.length();
    const int64_t nulls = validity.false_count();
    const auto& list = static_cast<const arrow::ListType&>(*type);
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr values, Column(list.value_type(), element_counts));
    ARROW_ASSIGN_OR_RAISE(auto offsets_buffer, offsets.Finish());
    ARROW_ASSIGN_OR_RAISE(auto validity_buffer, validity.Finish());
    return std::make_shared<arrow::ListArray>(type, length, offsets_buffer, values,
                                              nulls == 0 ? nullptr : validity_buffer, nulls);
  }

  Result<ArrayPtr> Structs(const DataTypePtr& type, const std::vector<uint32_t>& counts) {
    arrow::TypedBufferBuilder<bool> validity;
    ARROW_RETURN_NOT_OK(ForEach(counts, [&](std::string_view* row) {
      uint8_t byte = 0;
      ARROW_RETURN_NOT_OK(TakeByte(row, &byte));
      return validity.Append(byte != 0);
    }));
    const int64_t length = validity.length();
    const int64_t nulls = validity.false_count();
    std::vector<ArrayPtr> children;
    for (const FieldPtr& field : type->fields()) {
      ARROW_ASSIGN_OR_RAISE(ArrayPtr child, Column(field->type(), counts));
      children.push_back(std::move(child));
    }
    ARROW_ASSIGN_OR_RAISE(auto validity_buffer, validity.Finish());
    return std::make_shared<arrow::StructArray>(type, length, std::move(children),
                                                nulls == 0 ? nullptr : validity_buffer, nulls);
  }

  std::vector<std::string_view> rows_;
};

}  // namespace

Result<std::vector<ArrayPtr>> DecodeRows(const std::vector<std::string_view>& rows,
                                         const std::vector<DataTypePtr>& types) {
  Decoder decoder(rows);
  const std::vector<uint32_t> one_each(rows.size(), 1);
  std::vector<ArrayPtr> columns;
  columns.reserve(types.size());
  for (const DataTypePtr& type : types) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr column, decoder.Column(type, one_each));
    columns.push_back(std::move(column));
  }
  ARROW_RETURN_NOT_OK(decoder.ExpectEnd());
  return columns;
}

}  // namespace headrace
