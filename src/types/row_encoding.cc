#include "types/row_encoding.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "types/row_layout.h"

namespace headrace {

namespace {

using ArrayPtr = std::shared_ptr<arrow::Array>;

// The row that a value belongs to: value i of a top-level column belongs to row i; elements of
// arrays say it in a table.
struct Identity {
  int64_t operator()(int64_t i) const { return i; }
};
struct Lookup {
  const uint32_t* rows;
  int64_t operator()(int64_t i) const { return rows[i]; }
};

// The elements of the valid lists of a column, and the row of each.
struct Elements {
  ArrayPtr values;
  std::vector<uint32_t> rows;
};

template <typename RowOf>
Result<Elements> ElementsOf(const arrow::ListArray& lists, RowOf row_of) {
  Elements elements;
  ARROW_ASSIGN_OR_RAISE(elements.values, lists.Flatten());
  elements.rows.reserve(elements.values->length());
  for (int64_t i = 0; i < lists.length(); ++i) {
    if (lists.IsNull(i)) continue;
    elements.rows.insert(elements.rows.end(), lists.value_length(i),
                         static_cast<uint32_t>(row_of(i)));
  }
  return elements;
}

// Size of each value when all are equally long, else -1.
int64_t UniformSize(const DataType& type) {
  if (const int width = FixedWidth(type); width > 0) return 1 + width;
  switch (type.id()) {
    case arrow::Type::NA:
      return 0;
    case arrow::Type::BOOL:
      return 1;
    case arrow::Type::STRUCT: {
      int64_t size = 1;
      for (const FieldPtr& field : type.fields()) {
        const int64_t field_size = UniformSize(*field->type());
        if (field_size < 0) return -1;
        size += field_size;
      }
      return size;
    }
    default:
      return -1;
  }
}

template <typename RowOf>
Status AddSizes(const arrow::Array& array, RowOf row_of, uint64_t* sizes) {
  const int64_t length = array.length();
  if (const int64_t size = UniformSize(*array.type()); size >= 0) {
    for (int64_t i = 0; i < length; ++i) sizes[row_of(i)] += size;
    return Status::OK();
  }
  switch (array.type_id()) {
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      const auto& strings = static_cast<const arrow::BinaryArray&>(array);
      const int32_t* offsets = strings.raw_value_offsets();
      const bool nulls = array.null_count() > 0;
      for (int64_t i = 0; i < length; ++i) {
        const uint32_t bytes = offsets[i + 1] - offsets[i];
        sizes[row_of(i)] += nulls && array.IsNull(i) ? 1 : VarintSize(bytes + 1) + bytes;
      }
      return Status::OK();
    }
    case arrow::Type::LIST: {
      const auto& lists = static_cast<const arrow::ListArray&>(array);
      for (int64_t i = 0; i < length; ++i) {
        sizes[row_of(i)] += lists.IsNull(i) ? 1 : VarintSize(lists.value_length(i) + 1);
      }
      ARROW_ASSIGN_OR_RAISE(const Elements elements, ElementsOf(lists, row_of));
      return AddSizes(*elements.values, Lookup{elements.rows.data()}, sizes);
    }
    case arrow::Type::STRUCT: {
      for (int64_t i = 0; i < length; ++i) sizes[row_of(i)] += 1;
      const auto& structs = static_cast<const arrow::StructArray&>(array);
      for (int field = 0; field < structs.num_fields(); ++field) {
        ARROW_ASSIGN_OR_RAISE(const ArrayPtr child, structs.GetFlattenedField(field));
        ARROW_RETURN_NOT_OK(AddSizes(*child, row_of, sizes));
      }
      return Status::OK();
    }
    default:
      return RefuseAsKey(*array.type());
  }
}

// Equal keys must be equal bytes: one NaN, one zero.
template <typename Float>
Float Canonical(Float value) {
  if (value == 0) return 0;
  return std::isnan(value) ? std::numeric_limits<Float>::quiet_NaN() : value;
}

template <typename Value, typename RowOf, typename Read>
void WriteFixed(const arrow::Array& array, RowOf row_of, char** cursors, Read read) {
  const int64_t length = array.length();
  if (array.null_count() == 0) {
    for (int64_t i = 0; i < length; ++i) {
      char*& cursor = cursors[row_of(i)];
      const Value value = read(i);
      *cursor = 1;
      std::memcpy(cursor + 1, &value, sizeof(Value));
      cursor += 1 + sizeof(Value);
    }
    return;
  }
  for (int64_t i = 0; i < length; ++i) {
    char*& cursor = cursors[row_of(i)];
    const bool valid = array.IsValid(i);
    const Value value = valid ? read(i) : Value{};
    *cursor = valid ? 1 : 0;
    std::memcpy(cursor + 1, &value, sizeof(Value));
    cursor += 1 + sizeof(Value);
  }
}

template <typename Value, typename RowOf>
void WritePrimitive(const arrow::Array& array, RowOf row_of, char** cursors) {
  const Value* values = array.data()->GetValues<Value>(1);
  WriteFixed<Value>(array, row_of, cursors, [values](int64_t i) {
    if constexpr (std::is_floating_point_v<Value>) {
      return Canonical(values[i]);
    } else {
      return values[i];
    }
  });
}

template <typename RowOf>
void WriteDecimal(const arrow::Array& array, RowOf row_of, char** cursors) {
  using Wide = std::pair<uint64_t, uint64_t>;
  const auto* values =
      reinterpret_cast<const Wide*>(static_cast<const arrow::Decimal128Array&>(array).raw_values());
  if (FixedWidth(*array.type()) == 8) {
    WriteFixed<uint64_t>(array, row_of, cursors, [values](int64_t i) { return values[i].first; });
  } else {
    WriteFixed<Wide>(array, row_of, cursors, [values](int64_t i) { return values[i]; });
  }
}

template <typename RowOf>
Status Write(const arrow::Array& array, RowOf row_of, char** cursors) {
  const int64_t length = array.length();
  switch (array.type_id()) {
    case arrow::Type::NA:
      return Status::OK();
    case arrow::Type::BOOL: {
      const auto& booleans = static_cast<const arrow::BooleanArray&>(array);
      for (int64_t i = 0; i < length; ++i) {
        *cursors[row_of(i)]++ = booleans.IsNull(i) ? 0 : booleans.Value(i) ? 2 : 1;
      }
      return Status::OK();
    }
    case arrow::Type::INT8:
      WritePrimitive<int8_t>(array, row_of, cursors);
      return Status::OK();
    case arrow::Type::INT16:
      WritePrimitive<int16_t>(array, row_of, cursors);
      return Status::OK();
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      WritePrimitive<int32_t>(array, row_of, cursors);
      return Status::OK();
    case arrow::Type::INT64:
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      WritePrimitive<int64_t>(array, row_of, cursors);
      return Status::OK();
    case arrow::Type::FLOAT:
      WritePrimitive<float>(array, row_of, cursors);
      return Status::OK();
    case arrow::Type::DOUBLE:
      WritePrimitive<double>(array, row_of, cursors);
      return Status::OK();
    case arrow::Type::DECIMAL128:
      WriteDecimal(array, row_of, cursors);
      return Status::OK();
    case arrow::Type::STRING:
    case arrow::Type::BINARY: {
      const auto& strings = static_cast<const arrow::BinaryArray&>(array);
      const int32_t* offsets = strings.raw_value_offsets();
      const auto* data = reinterpret_cast<const char*>(strings.raw_data());
      const bool nulls = array.null_count() > 0;
      for (int64_t i = 0; i < length; ++i) {
        char*& cursor = cursors[row_of(i)];
        if (nulls && array.IsNull(i)) {
          *cursor++ = 0;
          continue;
        }
        const uint32_t bytes = offsets[i + 1] - offsets[i];
        cursor = WriteVarint(bytes + 1, cursor);
        if (bytes > 0) std::memcpy(cursor, data + offsets[i], bytes);
        cursor += bytes;
      }
      return Status::OK();
    }
    case arrow::Type::LIST: {
      const auto& lists = static_cast<const arrow::ListArray&>(array);
      for (int64_t i = 0; i < length; ++i) {
        char*& cursor = cursors[row_of(i)];
        cursor = WriteVarint(lists.IsNull(i) ? 0 : lists.value_length(i) + 1, cursor);
      }
      ARROW_ASSIGN_OR_RAISE(const Elements elements, ElementsOf(lists, row_of));
      return Write(*elements.values, Lookup{elements.rows.data()}, cursors);
    }
    case arrow::Type::STRUCT: {
      for (int64_t i = 0; i < length; ++i) *cursors[row_of(i)]++ = array.IsNull(i) ? 0 : 1;
      const auto& structs = static_cast<const arrow::StructArray&>(array);
      for (int field = 0; field < structs.num_fields(); ++field) {
        ARROW_ASSIGN_OR_RAISE(const ArrayPtr child, structs.GetFlattenedField(field));
        ARROW_RETURN_NOT_OK(Write(*child, row_of, cursors));
      }
      return Status::OK();
    }
    default:
      return RefuseAsKey(*array.type());
  }
}

// Fills in `offsets` and makes room in `bytes`.
Status LayOut(const std::vector<ArrayPtr>& columns, int64_t length, EncodedRows* out) {
  out->offsets.resize(length + 1);
  int64_t uniform = 0;
  std::vector<uint64_t> sizes;
  for (const ArrayPtr& column : columns) {
    if (const int64_t size = UniformSize(*column->type()); size >= 0) {
      uniform += size;
      continue;
    }
    sizes.resize(length);
    ARROW_RETURN_NOT_OK(AddSizes(*column, Identity{}, sizes.data()));
  }
  uint64_t total = 0;
  out->offsets[0] = 0;
  for (int64_t i = 0; i < length; ++i) {
    total += uniform + (sizes.empty() ? 0 : sizes[i]);
    out->offsets[i + 1] = static_cast<uint32_t>(total);
  }
  if (total > std::numeric_limits<uint32_t>::max()) {
    return Status::CapacityError("The keys of one batch of ", length, " rows take ", total,
                                 " bytes, more than 4 GiB; use smaller batches");
  }
  out->bytes.resize(total);
  return Status::OK();
}

}  // namespace

Status RefuseAsKey(const DataType& type) {
  return AnalysisError("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE",
                       "Values of type " + SqlName(type) +
                           " cannot be compared, so they cannot be a key for grouping, joining or "
                           "removing duplicates. Use a part of the value that can.",
                       {{"dataType", "\"" + SqlName(type) + "\""}});
}

Status EncodeRows(const std::vector<ArrayPtr>& columns, int64_t length, EncodedRows* out) {
  ARROW_RETURN_NOT_OK(LayOut(columns, length, out));
  std::vector<char*> cursors(length);
  for (int64_t i = 0; i < length; ++i) cursors[i] = out->bytes.data() + out->offsets[i];
  for (const ArrayPtr& column : columns) {
    ARROW_RETURN_NOT_OK(Write(*column, Identity{}, cursors.data()));
  }
  out->hashes.resize(length);
  const char* bytes = out->bytes.data();
  for (int64_t i = 0; i < length; ++i) {
    const uint32_t start = out->offsets[i];
    out->hashes[i] = HashBytes(std::string_view(bytes + start, out->offsets[i + 1] - start));
  }
  return Status::OK();
}

}  // namespace headrace
