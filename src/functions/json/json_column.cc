#include "functions/json/json_column.h"

#include <limits>

#include <arrow/util/bit_util.h>
#include <fmt/format.h>

namespace headrace {
namespace {

// How values of a type are read; no value: JSON can't be read into it.
std::optional<JsonKind> KindOf(const DataType& type) {
  switch (type.id()) {
    case arrow::Type::NA:
      return JsonKind::kNull;
    case arrow::Type::BOOL:
      return JsonKind::kBoolean;
    case arrow::Type::INT8:
    case arrow::Type::INT16:
    case arrow::Type::INT32:
    case arrow::Type::INT64:
      return JsonKind::kInteger;
    case arrow::Type::FLOAT:
      return JsonKind::kFloat;
    case arrow::Type::DOUBLE:
      return JsonKind::kDouble;
    case arrow::Type::DECIMAL128:
      return JsonKind::kDecimal;
    case arrow::Type::STRING:
      return JsonKind::kString;
    case arrow::Type::BINARY:
      return JsonKind::kBinary;
    case arrow::Type::DATE32:
      return JsonKind::kDate;
    case arrow::Type::TIMESTAMP:
      return IsTimestampLtz(type) ? JsonKind::kTimestamp : JsonKind::kTimestampNtz;
    case arrow::Type::INTERVAL_MONTHS:
      return JsonKind::kMonths;
    case arrow::Type::DURATION:
      return JsonKind::kDuration;
    case arrow::Type::STRUCT:
      return JsonKind::kStruct;
    case arrow::Type::LIST:
      return JsonKind::kList;
    case arrow::Type::MAP:
      return IsString(*static_cast<const arrow::MapType&>(type).key_type())
                 ? std::optional(JsonKind::kMap)
                 : std::nullopt;
    default:
      return std::nullopt;
  }
}

int32_t WidthOf(const DataType& type) {
  if (type.id() == arrow::Type::BOOL) return 1;
  const auto* fixed = dynamic_cast<const arrow::FixedWidthType*>(&type);
  return fixed == nullptr ? 0 : fixed->bit_width() / 8;
}

std::shared_ptr<arrow::Buffer> BitsOf(const std::vector<uint8_t>& bytes) {
  std::string bits(static_cast<size_t>(arrow::bit_util::BytesForBits(bytes.size())), '\0');
  auto* out = reinterpret_cast<uint8_t*>(bits.data());
  for (size_t i = 0; i < bytes.size(); ++i) {
    out[i / 8] = static_cast<uint8_t>(out[i / 8] | (bytes[i] << (i % 8)));
  }
  return arrow::Buffer::FromString(std::move(bits));
}

}  // namespace

Result<std::unique_ptr<JsonColumn>> JsonColumn::Make(const DataTypePtr& type,
                                                     arrow::MemoryPool* pool) {
  const auto kind = KindOf(*type);
  if (!kind) {
    return NotSupported("reading JSON into the type " + SqlName(*type),
                        "read it as STRING, or a map with string keys");
  }
  std::unique_ptr<JsonColumn> column(new JsonColumn);
  column->kind_ = *kind;
  column->type_ = type;
  column->pool_ = pool;
  column->width_ = WidthOf(*type);
  if (*kind == JsonKind::kMap) {
    const auto& map = static_cast<const arrow::MapType&>(*type);
    for (const DataTypePtr& child : {map.key_type(), map.item_type()}) {
      ARROW_ASSIGN_OR_RAISE(auto made, Make(child, pool));
      column->children_.push_back(std::move(made));
    }
    return column;
  }
  for (const FieldPtr& field : type->fields()) {
    ARROW_ASSIGN_OR_RAISE(auto made, Make(field->type(), pool));
    column->names_.try_emplace(field->name(), static_cast<int>(column->children_.size()));
    column->children_.push_back(std::move(made));
  }
  column->value_tokens.resize(column->children_.size());
  return column;
}

int JsonColumn::FindChild(std::string_view name) const {
  const auto found = names_.find(name);
  return found == names_.end() ? -1 : found->second;
}

void JsonColumn::AppendNull() {
  switch (kind_) {
    case JsonKind::kNull:
      break;
    case JsonKind::kString:
    case JsonKind::kBinary:
      ends_.push_back(static_cast<int32_t>(fixed_.size()));
      break;
    case JsonKind::kList:
    case JsonKind::kMap:
      ends_.push_back(static_cast<int32_t>(children_[0]->length()));
      break;
    case JsonKind::kStruct:
      for (auto& child : children_) child->AppendNull();
      break;
    default:
      fixed_.append(static_cast<size_t>(width_), '\0');
  }
  valid_.push_back(0);
}

void JsonColumn::Truncate(int64_t length) {
  const auto rows = static_cast<size_t>(length);
  valid_.resize(rows);
  switch (kind_) {
    case JsonKind::kNull:
      break;
    case JsonKind::kString:
    case JsonKind::kBinary:
      ends_.resize(rows);
      fixed_.resize(rows == 0 ? 0 : static_cast<size_t>(ends_.back()));
      break;
    case JsonKind::kList:
    case JsonKind::kMap:
      ends_.resize(rows);
      for (auto& child : children_) child->Truncate(rows == 0 ? 0 : ends_.back());
      break;
    case JsonKind::kStruct:
      for (auto& child : children_) child->Truncate(length);
      break;
    default:
      fixed_.resize(rows * static_cast<size_t>(width_));
  }
}

Result<std::shared_ptr<arrow::Array>> JsonColumn::Finish() {
  const int64_t rows = length();
  if (kind_ == JsonKind::kNull) {
    valid_.clear();
    return std::make_shared<arrow::NullArray>(rows);
  }
  constexpr auto kMost = static_cast<size_t>(std::numeric_limits<int32_t>::max());
  if (!ends_.empty() &&
      (fixed_.size() > kMost || (!children_.empty() && children_[0]->valid_.size() > kMost))) {
    return Status::CapacityError("a column of one batch exceeds 2 GiB; use smaller batches");
  }
  int64_t nulls = 0;
  for (const uint8_t valid : valid_) nulls += 1 - valid;
  std::shared_ptr<arrow::Buffer> validity = nulls == 0 ? nullptr : BitsOf(valid_);
  std::vector<std::shared_ptr<arrow::Buffer>> buffers = {validity};
  std::vector<std::shared_ptr<arrow::ArrayData>> children;
  if (kind_ == JsonKind::kString || kind_ == JsonKind::kBinary || kind_ == JsonKind::kList ||
      kind_ == JsonKind::kMap) {
    std::vector<int32_t> offsets;
    offsets.reserve(ends_.size() + 1);
    offsets.push_back(0);
    offsets.insert(offsets.end(), ends_.begin(), ends_.end());
    buffers.push_back(arrow::Buffer::FromVector(std::move(offsets)));
  }
  // Next batch is likely to need as much.
  const size_t size = fixed_.size();
  if (kind_ == JsonKind::kBoolean) {
    buffers.push_back(BitsOf({fixed_.begin(), fixed_.end()}));
    fixed_.clear();
  } else if (children_.empty()) {
    buffers.push_back(arrow::Buffer::FromString(std::move(fixed_)));
    fixed_ = std::string();
    fixed_.reserve(size);
  }
  valid_.clear();
  ends_.clear();
  for (auto& child : children_) {
    ARROW_ASSIGN_OR_RAISE(auto array, child->Finish());
    children.push_back(array->data());
  }
  if (kind_ == JsonKind::kMap) {
    const int64_t entries = children[0]->length;
    children = {arrow::ArrayData::Make(type_->field(0)->type(), entries, {nullptr},
                                       std::move(children), 0)};
  }
  return arrow::MakeArray(
      arrow::ArrayData::Make(type_, rows, std::move(buffers), std::move(children), nulls));
}

}  // namespace headrace
