#include "functions/avro/avro_encoder.h"

#include <algorithm>
#include <unordered_map>

#include <arrow/util/decimal.h>

#include "functions/avro/avro_bytes.h"

namespace headrace {

namespace {

enum class Step {
  kNull,
  kBoolean,
  kInteger,  // of any width, divided by `divisor`
  kFloat,
  kFloatAsDouble,
  kDouble,
  kBytes,
  kFixed,
  kEnum,
  kDecimalBytes,
  kDecimalFixed,
  kRecord,
  kMember,  // a struct of which one field is set, as a union
  kArray,
  kMap,
};

struct Node {
  Step step = Step::kNull;
  std::string path;
  const AvroType* type = nullptr;
  int64_t divisor = 1;
  int64_t size = 0;  // fixed
  // Branches of the union that the value is in; -1: not in a union, or no null in it.
  int value_branch = -1;
  int null_branch = -1;
  std::vector<Node> children;  // record: in the schema's order
  std::vector<int> columns;    // record: the struct's field for each child
  std::unordered_map<std::string, int64_t> symbols;
};

Status Incompatible(const std::string& path, const DataType& type, const AvroType& wanted) {
  return MakeError(ErrorKind::kSpark, "",
                   "The column " + (path.empty() ? "at the top" : path) + " of the type " +
                       SqlName(type) + " cannot be written as the Avro type " +
                       AvroKindName(wanted.kind) + ". Change the schema or cast the column.");
}

class Compiler {
 public:
  explicit Compiler(bool positional) : positional_(positional) {}

  Result<Node> Compile(const DataType& type, const AvroType& wanted, const std::string& path) {
    if (wanted.kind != AvroKind::kUnion) return CompileValue(type, wanted, path);
    const auto branches = NonNullBranches(wanted);
    int null_branch = -1;
    for (size_t i = 0; i < wanted.children.size(); ++i) {
      if (wanted.children[i]->kind == AvroKind::kNull) null_branch = static_cast<int>(i);
    }
    const auto index_of = [&](const AvroType* branch) {
      return static_cast<int>(std::find(wanted.children.begin(), wanted.children.end(), branch) -
                              wanted.children.begin());
    };
    if (branches.size() > 1 && type.id() == arrow::Type::STRUCT &&
        type.num_fields() == static_cast<int>(branches.size()) &&
        type.field(0)->name().starts_with("member")) {
      Node node;
      node.step = Step::kMember;
      node.path = path;
      node.type = &wanted;
      node.null_branch = null_branch;
      for (size_t i = 0; i < branches.size(); ++i) {
        ARROW_ASSIGN_OR_RAISE(
            auto child, Compile(*type.field(static_cast<int>(i))->type(), *branches[i], path));
        child.value_branch = index_of(branches[i]);
        node.children.push_back(std::move(child));
      }
      return node;
    }
    if (branches.empty()) return CompileValue(type, *wanted.children.at(0), path);
    Status failure;
    for (const AvroType* branch : branches) {
      auto node = CompileValue(type, *branch, path);
      if (!node.ok()) {
        failure = node.status();
        continue;
      }
      node->value_branch = index_of(branch);
      node->null_branch = null_branch;
      return node;
    }
    return failure;
  }

 private:
  Result<Node> CompileValue(const DataType& type, const AvroType& wanted, const std::string& path) {
    Node node;
    node.path = path;
    node.type = &wanted;
    const auto id = type.id();
    const auto done = [&](Step step) {
      node.step = step;
      return node;
    };
    switch (wanted.kind) {
      case AvroKind::kNull:
        if (id == arrow::Type::NA) return done(Step::kNull);
        break;
      case AvroKind::kBoolean:
        if (id == arrow::Type::BOOL) return done(Step::kBoolean);
        break;
      case AvroKind::kInt:
        if (id == arrow::Type::INT8 || id == arrow::Type::INT16 || id == arrow::Type::INT32 ||
            id == arrow::Type::DATE32 || id == arrow::Type::INTERVAL_MONTHS) {
          return done(Step::kInteger);
        }
        break;
      case AvroKind::kLong:
        if (id == arrow::Type::INT64 || id == arrow::Type::DURATION) return done(Step::kInteger);
        if (id == arrow::Type::TIMESTAMP) {
          // Without a logical type it counts milliseconds, as in Spark.
          if (!wanted.logical_type.ends_with("micros")) node.divisor = 1000;
          return done(Step::kInteger);
        }
        break;
      case AvroKind::kFloat:
        if (id == arrow::Type::FLOAT) return done(Step::kFloat);
        break;
      case AvroKind::kDouble:
        if (id == arrow::Type::DOUBLE) return done(Step::kDouble);
        if (id == arrow::Type::FLOAT) return done(Step::kFloatAsDouble);
        break;
      case AvroKind::kString:
        if (id == arrow::Type::STRING) return done(Step::kBytes);
        break;
      case AvroKind::kBytes:
        if (id == arrow::Type::BINARY) return done(Step::kBytes);
        if (IsDecimal(type, wanted)) return done(Step::kDecimalBytes);
        break;
      case AvroKind::kFixed:
        node.size = wanted.size;
        if (id == arrow::Type::BINARY) return done(Step::kFixed);
        if (IsDecimal(type, wanted)) return done(Step::kDecimalFixed);
        break;
      case AvroKind::kEnum:
        if (id != arrow::Type::STRING) break;
        for (size_t i = 0; i < wanted.symbols.size(); ++i) {
          node.symbols.emplace(wanted.symbols[i], static_cast<int64_t>(i));
        }
        return done(Step::kEnum);
      case AvroKind::kArray: {
        if (id != arrow::Type::LIST) break;
        ARROW_ASSIGN_OR_RAISE(
            auto item, Compile(*type.field(0)->type(), *wanted.children[0], path + ".element"));
        node.children.push_back(std::move(item));
        return done(Step::kArray);
      }
      case AvroKind::kMap: {
        if (id != arrow::Type::MAP) break;
        const auto& map = static_cast<const arrow::MapType&>(type);
        if (!IsString(*map.key_type())) break;
        ARROW_ASSIGN_OR_RAISE(auto value,
                              Compile(*map.item_type(), *wanted.children[0], path + ".value"));
        node.children.push_back(std::move(value));
        return done(Step::kMap);
      }
      case AvroKind::kRecord:
        if (id == arrow::Type::STRUCT) return CompileRecord(type, wanted, std::move(node));
        break;
      case AvroKind::kUnion:
        break;
    }
    return Incompatible(path, type, wanted);
  }

  static bool IsDecimal(const DataType& type, const AvroType& wanted) {
    if (type.id() != arrow::Type::DECIMAL128 || wanted.logical_type != "decimal") return false;
    const auto& decimal = static_cast<const arrow::Decimal128Type&>(type);
    return decimal.precision() == wanted.precision && decimal.scale() == wanted.scale;
  }

  Result<Node> CompileRecord(const DataType& type, const AvroType& wanted, Node node) {
    node.step = Step::kRecord;
    std::vector<bool> used(static_cast<size_t>(type.num_fields()), false);
    for (size_t i = 0; i < wanted.fields.size(); ++i) {
      const AvroField& field = wanted.fields[i];
      const std::string below = node.path.empty() ? field.name : node.path + "." + field.name;
      int column = -1;
      if (positional_) {
        if (static_cast<int>(i) < type.num_fields()) column = static_cast<int>(i);
      } else {
        column = FindField(arrow::Schema(type.fields()), field.name);
      }
      Node child;
      if (column >= 0) {
        used[static_cast<size_t>(column)] = true;
        ARROW_ASSIGN_OR_RAISE(child, Compile(*type.field(column)->type(), *field.type, below));
      } else if (field.type->IsNullable()) {
        ARROW_ASSIGN_OR_RAISE(child, CompileNull(*field.type, below));
      } else {
        return MakeError(ErrorKind::kSpark, "",
                         "The Avro schema has the field " + below +
                             ", which must not be null, but there is no such column.");
      }
      node.columns.push_back(column);
      node.children.push_back(std::move(child));
    }
    for (int i = 0; i < type.num_fields(); ++i) {
      if (used[static_cast<size_t>(i)]) continue;
      return MakeError(ErrorKind::kSpark, "",
                       "The Avro schema has no field for the column " + type.field(i)->name() +
                           ". Add one, or drop the column.");
    }
    return node;
  }

  static Result<Node> CompileNull(const AvroType& type, const std::string& path) {
    Node node;
    node.path = path;
    node.type = &type;
    for (size_t i = 0; i < type.children.size(); ++i) {
      if (type.children[i]->kind == AvroKind::kNull) node.null_branch = static_cast<int>(i);
    }
    return node;
  }

  const bool positional_;
};

// A node with the arrays of one call.
struct Bound {
  const Node* node;
  const arrow::Array* array;  // null: absent
  std::shared_ptr<arrow::Array> owned;
  std::vector<Bound> children;
};

Bound Bind(const Node& node, std::shared_ptr<arrow::Array> array) {
  Bound bound{&node, array.get(), array, {}};
  if (array == nullptr) return bound;
  switch (node.step) {
    case Step::kRecord:
    case Step::kMember: {
      const auto& rows = static_cast<const arrow::StructArray&>(*array);
      for (size_t i = 0; i < node.children.size(); ++i) {
        const int column = node.step == Step::kMember ? static_cast<int>(i) : node.columns[i];
        bound.children.push_back(Bind(node.children[i], column < 0 ? nullptr : rows.field(column)));
      }
      break;
    }
    case Step::kArray:
      bound.children.push_back(
          Bind(node.children[0], static_cast<const arrow::ListArray&>(*array).values()));
      break;
    case Step::kMap:
      bound.children.push_back(
          Bind(node.children[0], static_cast<const arrow::MapArray&>(*array).items()));
      break;
    default:
      break;
  }
  return bound;
}

int64_t IntegerAt(const arrow::Array& array, int64_t row) {
  switch (array.type_id()) {
    case arrow::Type::INT8:
      return static_cast<const arrow::Int8Array&>(array).Value(row);
    case arrow::Type::INT16:
      return static_cast<const arrow::Int16Array&>(array).Value(row);
    case arrow::Type::INT32:
    case arrow::Type::DATE32:
    case arrow::Type::INTERVAL_MONTHS:
      return array.data()->GetValues<int32_t>(1)[row];
    default:
      return array.data()->GetValues<int64_t>(1)[row];
  }
}

// Rounds down, so that times before 1970 keep their order.
int64_t FloorDivide(int64_t value, int64_t divisor) {
  const int64_t quotient = value / divisor;
  return quotient - (value % divisor < 0 ? 1 : 0);
}

Status NullForbidden(const Node& node) {
  return MakeError(ErrorKind::kSpark, "AVRO_CANNOT_WRITE_NULL_FIELD",
                   "The column " + node.path +
                       " is null, but its Avro field takes no null. Make the field nullable, or "
                       "fill the column.",
                   {{"name", node.path}, {"dataType", AvroKindName(node.type->kind)}});
}

std::string BigEndian(const arrow::Decimal128& value, int64_t size) {
  std::array<uint8_t, 16> little{};
  value.ToBytes(little.data());
  std::string bytes(static_cast<size_t>(size), value.high_bits() < 0 ? '\xFF' : '\0');
  for (int64_t i = 0; i < std::min<int64_t>(size, 16); ++i) {
    bytes[static_cast<size_t>(size - 1 - i)] = static_cast<char>(little[static_cast<size_t>(i)]);
  }
  return bytes;
}

// As few bytes as hold value and sign.
std::string ShortBigEndian(const arrow::Decimal128& value) {
  std::string bytes = BigEndian(value, 16);
  const char sign = value.high_bits() < 0 ? '\xFF' : '\0';
  size_t skip = 0;
  while (skip + 1 < bytes.size() && bytes[skip] == sign &&
         (bytes[skip + 1] & 0x80) == (sign & 0x80)) {
    ++skip;
  }
  return bytes.substr(skip);
}

Status AppendValue(const Bound& bound, int64_t row, std::string* out);

Status AppendOrNull(const Bound& bound, int64_t row, std::string* out) {
  const Node& node = *bound.node;
  if (bound.array == nullptr || bound.array->IsNull(row)) {
    if (node.null_branch >= 0) {
      AppendAvroLong(node.null_branch, out);
      return Status::OK();
    }
    return node.step == Step::kNull ? Status::OK() : NullForbidden(node);
  }
  if (node.value_branch >= 0) AppendAvroLong(node.value_branch, out);
  return AppendValue(bound, row, out);
}

Status AppendEnum(const Node& node, std::string_view text, std::string* out) {
  const auto found = node.symbols.find(std::string(text));
  if (found == node.symbols.end()) {
    return MakeError(ErrorKind::kSpark, "",
                     "The value '" + std::string(text.substr(0, 100)) + "' of the column " +
                         node.path + " is no symbol of the Avro enum " + node.type->name + ".");
  }
  AppendAvroLong(found->second, out);
  return Status::OK();
}

Status AppendValue(const Bound& bound, int64_t row, std::string* out) {
  const Node& node = *bound.node;
  const arrow::Array& array = *bound.array;
  switch (node.step) {
    case Step::kNull:
      return Status::OK();
    case Step::kBoolean:
      *out += static_cast<char>(static_cast<const arrow::BooleanArray&>(array).Value(row));
      return Status::OK();
    case Step::kInteger: {
      const int64_t value = IntegerAt(array, row);
      AppendAvroLong(node.divisor == 1 ? value : FloorDivide(value, node.divisor), out);
      return Status::OK();
    }
    case Step::kFloat:
      AppendAvroFixed(static_cast<const arrow::FloatArray&>(array).Value(row), out);
      return Status::OK();
    case Step::kFloatAsDouble:
      AppendAvroFixed(static_cast<double>(static_cast<const arrow::FloatArray&>(array).Value(row)),
                      out);
      return Status::OK();
    case Step::kDouble:
      AppendAvroFixed(static_cast<const arrow::DoubleArray&>(array).Value(row), out);
      return Status::OK();
    case Step::kBytes:
      AppendAvroBytes(static_cast<const arrow::BinaryArray&>(array).GetView(row), out);
      return Status::OK();
    case Step::kFixed: {
      const auto bytes = static_cast<const arrow::BinaryArray&>(array).GetView(row);
      if (static_cast<int64_t>(bytes.size()) != node.size) {
        return MakeError(ErrorKind::kSpark, "",
                         "The column " + node.path + " has a value of " +
                             std::to_string(bytes.size()) + " bytes, but its Avro field holds " +
                             std::to_string(node.size) + ".");
      }
      out->append(bytes);
      return Status::OK();
    }
    case Step::kEnum:
      return AppendEnum(node, static_cast<const arrow::StringArray&>(array).GetView(row), out);
    case Step::kDecimalBytes:
      AppendAvroBytes(ShortBigEndian(arrow::Decimal128(
                          static_cast<const arrow::Decimal128Array&>(array).GetValue(row))),
                      out);
      return Status::OK();
    case Step::kDecimalFixed:
      out->append(BigEndian(
          arrow::Decimal128(static_cast<const arrow::Decimal128Array&>(array).GetValue(row)),
          node.size));
      return Status::OK();
    case Step::kRecord:
      for (const Bound& child : bound.children) ARROW_RETURN_NOT_OK(AppendOrNull(child, row, out));
      return Status::OK();
    case Step::kMember:
      for (const Bound& child : bound.children) {
        if (child.array->IsNull(row)) continue;
        AppendAvroLong(child.node->value_branch, out);
        return AppendValue(child, row, out);
      }
      if (node.null_branch < 0) return NullForbidden(node);
      AppendAvroLong(node.null_branch, out);
      return Status::OK();
    case Step::kArray:
    case Step::kMap: {
      const auto& list = static_cast<const arrow::ListArray&>(array);
      const int64_t begin = list.value_offset(row);
      const int64_t end = list.value_offset(row + 1);
      if (end > begin) AppendAvroLong(end - begin, out);
      for (int64_t i = begin; i < end; ++i) {
        if (node.step == Step::kMap) {
          const auto& keys = *static_cast<const arrow::MapArray&>(array).keys();
          AppendAvroBytes(static_cast<const arrow::StringArray&>(keys).GetView(i), out);
        }
        ARROW_RETURN_NOT_OK(AppendOrNull(bound.children[0], i, out));
      }
      AppendAvroLong(0, out);
      return Status::OK();
    }
  }
  return Status::OK();
}

class Encoder final : public AvroEncoder {
 public:
  Encoder(AvroSchemaPtr schema, Node root) : schema_(std::move(schema)), root_(std::move(root)) {}

  Status Append(const arrow::Array& values, std::string* out,
                std::vector<int64_t>* ends) const override {
    const Bound bound = Bind(root_, arrow::MakeArray(values.data()));
    ends->resize(static_cast<size_t>(values.length()));
    const bool skip_nulls = root_.null_branch < 0 && root_.step != Step::kNull;
    for (int64_t row = 0; row < values.length(); ++row) {
      if (!(skip_nulls && values.IsNull(row))) ARROW_RETURN_NOT_OK(AppendOrNull(bound, row, out));
      (*ends)[static_cast<size_t>(row)] = static_cast<int64_t>(out->size());
    }
    return Status::OK();
  }

 private:
  const AvroSchemaPtr schema_;  // nodes point into it
  const Node root_;
};

}  // namespace

Result<std::shared_ptr<const AvroEncoder>> AvroEncoder::Make(const DataTypePtr& type,
                                                             AvroSchemaPtr schema,
                                                             bool positional) {
  ARROW_ASSIGN_OR_RAISE(auto root, Compiler(positional).Compile(*type, schema->root(), ""));
  return std::make_shared<Encoder>(std::move(schema), std::move(root));
}

}  // namespace headrace
