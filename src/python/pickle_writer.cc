#include "python/pickle_writer.h"

#include <algorithm>
#include <bit>

#include <arrow/util/decimal.h>
#include <arrow/util/endian.h>

#include "types/user_defined_type.h"

namespace headrace {
namespace {

using arrow::Type;

// Opcodes of pickle protocol 3.
constexpr char kProtocol[] = "\x80\x03";
constexpr char kNone = 'N', kTrue = '\x88', kFalse = '\x89', kStop = '.', kMark = '(';
constexpr char kSmallInteger = 'K', kInteger = 'J', kLongInteger = '\x8a', kReal = 'G';
constexpr char kText = 'X', kBytes = 'B', kEmptyList = ']', kAppends = 'e', kEmptyDict = '}';
constexpr char kSetItems = 'u', kEmptyTuple = ')', kTuple = 't', kTuple1 = '\x85', kTuple2 = '\x86';
constexpr char kGlobal = 'c', kReduce = 'R', kPut = 'q', kGet = 'h';

enum GlobalSlot {
  kCreateRow,
  kDate,
  kDatetime,
  kTimedelta,
  kDecimal,
  kBytearray,
  kGetattr,
  kParseType,
  kGlobalSlots
};
constexpr int kMemoSlots = 256;

template <typename ArrayType>
const ArrayType& As(const arrow::Array& array) {
  return static_cast<const ArrayType&>(array);
}

template <typename Integer>
void AppendLittle(Integer value, std::string* out) {
  const Integer little = arrow::bit_util::ToLittleEndian(value);
  out->append(reinterpret_cast<const char*>(&little), sizeof little);
}

}  // namespace

PickleWriter::PickleWriter(bool binary_as_bytes)
    : binary_as_bytes_(binary_as_bytes),
      host_zone_(TimeZone::Find(TimeZone::HostZoneName()).ValueOr(TimeZone::Utc())) {}

void PickleWriter::Start() {
  out_ = kProtocol;
  globals_ = 0;
  names_.clear();
}

void PickleWriter::StartList() {
  Start();
  out_ += kEmptyList;
  out_ += kMark;
}

void PickleWriter::Recall(int slot) {
  out_ += kGet;
  out_ += static_cast<char>(slot);
}

void PickleWriter::Memoize(int slot) {
  out_ += kPut;
  out_ += static_cast<char>(slot);
}

void PickleWriter::AppendGlobal(int slot, const char* name) {
  if (globals_ & (1u << slot)) {
    Recall(slot);
    return;
  }
  globals_ |= 1u << slot;
  out_ += kGlobal;
  out_ += name;
  out_ += '\n';
  Memoize(slot);
}

template <typename Fields>
void PickleWriter::AppendNames(const void* identity, const Fields& fields) {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i] == identity) {
      Recall(kGlobalSlots + static_cast<int>(i));
      return;
    }
  }
  out_ += kEmptyList;
  out_ += kMark;
  for (const auto& field : fields) AppendText(field->name());
  out_ += kAppends;
  if (kGlobalSlots + names_.size() >= kMemoSlots) return;
  names_.push_back(identity);
  Memoize(kGlobalSlots + static_cast<int>(names_.size()) - 1);
}

std::string PickleWriter::Rows(const arrow::Schema& fields,
                               const std::vector<std::shared_ptr<arrow::Array>>& columns,
                               int64_t begin, int64_t end) {
  StartList();
  for (int64_t row = begin; row < end; ++row) AppendRow(fields, columns, row);
  out_ += kAppends;
  out_ += kStop;
  return std::move(out_);
}

std::string PickleWriter::Row(const arrow::Schema& fields,
                              const std::vector<std::shared_ptr<arrow::Array>>& columns,
                              int64_t row) {
  Start();
  AppendRow(fields, columns, row);
  out_ += kStop;
  return std::move(out_);
}

void PickleWriter::AppendRow(const arrow::Schema& fields,
                             const std::vector<std::shared_ptr<arrow::Array>>& columns,
                             int64_t row) {
  AppendGlobal(kCreateRow, "pyspark.sql.types\n_create_row");
  AppendNames(&fields, fields.fields());
  out_ += kEmptyList;
  out_ += kMark;
  for (const auto& column : columns) AppendValue(*column, row);
  out_ += kAppends;
  out_ += kTuple2;
  out_ += kReduce;
}

std::string PickleWriter::Tuples(const std::vector<std::shared_ptr<arrow::Array>>& columns,
                                 int64_t begin, int64_t end) {
  StartList();
  for (int64_t row = begin; row < end; ++row) AppendTuple(columns, row);
  out_ += kAppends;
  out_ += kStop;
  return std::move(out_);
}

std::string PickleWriter::Tuple(const std::vector<std::shared_ptr<arrow::Array>>& columns,
                                int64_t row) {
  Start();
  AppendTuple(columns, row);
  out_ += kStop;
  return std::move(out_);
}

std::string PickleWriter::Value(const arrow::Array& array, int64_t i) {
  Start();
  AppendValue(array, i);
  out_ += kStop;
  return std::move(out_);
}

void PickleWriter::AppendTuple(const std::vector<std::shared_ptr<arrow::Array>>& columns,
                               int64_t row) {
  if (columns.empty()) {
    out_ += kEmptyTuple;
    return;
  }
  out_ += kMark;
  for (const auto& column : columns) AppendValue(*column, row);
  out_ += kTuple;
}

void PickleWriter::AppendText(std::string_view text) {
  out_ += kText;
  AppendLittle(static_cast<uint32_t>(text.size()), &out_);
  out_ += text;
}

void PickleWriter::AppendInteger(int64_t value) {
  if (value >= 0 && value < 256) {
    out_ += kSmallInteger;
    out_ += static_cast<char>(value);
  } else if (value == static_cast<int32_t>(value)) {
    out_ += kInteger;
    AppendLittle(static_cast<int32_t>(value), &out_);
  } else {
    out_ += kLongInteger;
    out_ += static_cast<char>(sizeof value);
    AppendLittle(value, &out_);
  }
}

void PickleWriter::AppendDateTime(int64_t local_us) {
  const CivilTime civil = CivilFromMicros(local_us);
  AppendGlobal(kDatetime, "datetime\ndatetime");
  out_ += kMark;
  for (int32_t part : {civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second,
                       civil.microsecond}) {
    AppendInteger(part);
  }
  out_ += kTuple;
  out_ += kReduce;
}

void PickleWriter::AppendObject(const arrow::Array& array, int64_t i) {
  const DataType& type = *array.type();
  // Its names may be in the memo under the type itself.
  const void* const identity = type.fields().data();
  const auto known = std::find(names_.begin(), names_.end(), identity);
  if (known != names_.end()) {
    Recall(kGlobalSlots + static_cast<int>(known - names_.begin()));
  } else {
    AppendGlobal(kGetattr, "builtins\ngetattr");
    AppendGlobal(kParseType, "pyspark.sql.types\n_parse_datatype_json_string");
    AppendText(TypeToJson(type));
    out_ += kTuple1;
    out_ += kReduce;
    AppendText("deserialize");
    out_ += kTuple2;
    out_ += kReduce;
    if (kGlobalSlots + names_.size() < kMemoSlots) {
      names_.push_back(identity);
      Memoize(kGlobalSlots + static_cast<int>(names_.size()) - 1);
    }
  }
  AppendStored(array, i);
  out_ += kTuple1;
  out_ += kReduce;
}

void PickleWriter::AppendValue(const arrow::Array& array, int64_t i) {
  if (array.type_id() == Type::NA || array.IsNull(i)) {
    out_ += kNone;
  } else if (IsDefined(*array.type())) {
    AppendObject(array, i);
  } else {
    AppendStored(array, i);
  }
}

void PickleWriter::AppendStored(const arrow::Array& array, int64_t i) {
  switch (array.type_id()) {
    case Type::BOOL:
      out_ += As<arrow::BooleanArray>(array).Value(i) ? kTrue : kFalse;
      return;
    case Type::INT8:
      return AppendInteger(As<arrow::Int8Array>(array).Value(i));
    case Type::INT16:
      return AppendInteger(As<arrow::Int16Array>(array).Value(i));
    case Type::INT32:
      return AppendInteger(As<arrow::Int32Array>(array).Value(i));
    case Type::INT64:
      return AppendInteger(As<arrow::Int64Array>(array).Value(i));
    case Type::INTERVAL_MONTHS:
      return AppendInteger(As<arrow::MonthIntervalArray>(array).Value(i));
    case Type::FLOAT:
    case Type::DOUBLE: {
      const double value = array.type_id() == Type::FLOAT ? As<arrow::FloatArray>(array).Value(i)
                                                          : As<arrow::DoubleArray>(array).Value(i);
      const uint64_t bits = arrow::bit_util::ToBigEndian(std::bit_cast<uint64_t>(value));
      out_ += kReal;
      out_.append(reinterpret_cast<const char*>(&bits), sizeof bits);
      return;
    }
    case Type::STRING:
      return AppendText(As<arrow::StringArray>(array).GetView(i));
    case Type::BINARY: {
      const std::string_view value = As<arrow::BinaryArray>(array).GetView(i);
      if (!binary_as_bytes_) AppendGlobal(kBytearray, "builtins\nbytearray");
      out_ += kBytes;
      AppendLittle(static_cast<uint32_t>(value.size()), &out_);
      out_ += value;
      if (binary_as_bytes_) return;
      out_ += kTuple1;
      out_ += kReduce;
      return;
    }
    case Type::DATE32: {
      int32_t year, month, day;
      CivilFromDays(As<arrow::Date32Array>(array).Value(i), &year, &month, &day);
      AppendGlobal(kDate, "datetime\ndate");
      out_ += kMark;
      for (int32_t part : {year, month, day}) AppendInteger(part);
      out_ += kTuple;
      out_ += kReduce;
      return;
    }
    case Type::TIMESTAMP: {
      const int64_t value = As<arrow::TimestampArray>(array).Value(i);
      return AppendDateTime(IsTimestampLtz(*array.type()) ? host_zone_->InstantToLocal(value)
                                                          : value);
    }
    case Type::DURATION:
      AppendGlobal(kTimedelta, "datetime\ntimedelta");
      out_ += kMark;
      AppendInteger(0);
      AppendInteger(0);
      AppendInteger(As<arrow::DurationArray>(array).Value(i));
      out_ += kTuple;
      out_ += kReduce;
      return;
    case Type::DECIMAL128:
      AppendGlobal(kDecimal, "decimal\nDecimal");
      AppendText(As<arrow::Decimal128Array>(array).FormatValue(i));
      out_ += kTuple1;
      out_ += kReduce;
      return;
    case Type::LIST: {
      const auto& list = As<arrow::ListArray>(array);
      out_ += kEmptyList;
      out_ += kMark;
      for (int64_t k = list.value_offset(i); k < list.value_offset(i + 1); ++k) {
        AppendValue(*list.values(), k);
      }
      out_ += kAppends;
      return;
    }
    case Type::MAP: {
      const auto& map = As<arrow::MapArray>(array);
      out_ += kEmptyDict;
      out_ += kMark;
      for (int64_t k = map.value_offset(i); k < map.value_offset(i + 1); ++k) {
        AppendValue(*map.keys(), k);
        AppendValue(*map.items(), k);
      }
      out_ += kSetItems;
      return;
    }
    case Type::STRUCT: {
      const auto& structure = As<arrow::StructArray>(array);
      AppendGlobal(kCreateRow, "pyspark.sql.types\n_create_row");
      AppendNames(array.type().get(), array.type()->fields());
      out_ += kEmptyList;
      out_ += kMark;
      for (int k = 0; k < structure.num_fields(); ++k) AppendValue(*structure.field(k), i);
      out_ += kAppends;
      out_ += kTuple2;
      out_ += kReduce;
      return;
    }
    default:
      // The engine has no other types (types/spark_type.h).
      out_ += kNone;
  }
}

}  // namespace headrace
