#include "functions/avro/avro_decoder.h"

#include <algorithm>

#include <arrow/util/decimal.h>

#include "functions/avro/avro_bytes.h"
#include "functions/json/json_column.h"

namespace headrace {

namespace {

// Elements without bytes could claim any number of themselves.
constexpr int64_t kMostEmptyElements = int64_t{1} << 24;
constexpr int64_t kMillisPerDay = 86400000;

enum class Step {
  kSkip,
  kNull,
  kBoolean,
  kInteger,  // an int or long as it is
  kScaled,   // an int or long times `factor`
  kDays,     // milliseconds to days
  kFloat,    // a float as it is
  kDouble,   // a double as it is
  kFloatToDouble,
  kLongToFloat,
  kLongToDouble,
  kBytes,  // bytes or string
  kFixed,
  kEnum,
  kDecimalBytes,
  kDecimalFixed,
  kRecord,
  kUnion,
  kMember,  // one of several branches: the others' columns are null
  kArray,
  kMap,
  kFail,  // a branch that has no place in what is wanted
};

struct Node {
  Step step = Step::kSkip;
  const AvroType* type = nullptr;  // as written
  JsonColumn* column = nullptr;
  int64_t factor = 1;
  int32_t scale_change = 0;            // decimal
  std::vector<Node> children;          // record: as written; union: by branch
  std::vector<std::string> symbols;    // enum
  std::vector<std::string> constants;  // record: the bytes of defaults
  std::vector<Node> constant_nodes;
  std::vector<JsonColumn*> absent;  // record: columns without a value
  size_t member = 0;
};

Status Incompatible(const std::string& path, const AvroType& given, const DataType& wanted) {
  const std::string avro =
      given.logical_type.empty() ? AvroKindName(given.kind) : given.logical_type;
  return AnalysisError("AVRO_INCOMPATIBLE_READ_TYPE",
                       "The Avro field " + path + " is " + avro + ", which cannot be read as " +
                           SqlName(wanted) + ". Correct the schema.",
                       {{"avroPath", path},
                        {"sqlPath", path},
                        {"avroType", avro},
                        {"sqlType", "\"" + SqlName(wanted) + "\""}});
}

class Compiler {
 public:
  explicit Compiler(const AvroReadOptions& options) : options_(options) {}

  // `wanted` gives names and logical types; without a column the value is passed over.
  Result<Node> Compile(const AvroType& written, const AvroType& wanted, JsonColumn* column,
                       const std::string& path) {
    Node node;
    node.type = &written;
    node.column = column;
    if (column == nullptr) return node;
    if (wanted.kind == AvroKind::kUnion) return CompileToUnion(written, wanted, node, path);
    if (written.kind == AvroKind::kUnion) {
      node.step = Step::kUnion;
      for (const AvroType* branch : written.children) {
        auto child = Compile(*branch, wanted, column, path);
        node.children.push_back(child.ok() ? child.MoveValueUnsafe() : Failing(*branch));
      }
      return node;
    }
    return CompileValue(written, wanted, node, path);
  }

 private:
  static Node Failing(const AvroType& type) {
    Node node;
    node.step = Step::kFail;
    node.type = &type;
    return node;
  }

  Result<Node> CompileToUnion(const AvroType& written, const AvroType& wanted, Node node,
                              const std::string& path) {
    const auto branches = NonNullBranches(wanted);
    const bool one_type = branches.size() <= 1 || CommonNumberOf(branches) != nullptr;
    const auto compile_branch = [&](const AvroType& branch) -> Result<Node> {
      if (branch.kind == AvroKind::kNull) {
        Node null;
        null.step = Step::kNull;
        null.type = &branch;
        null.column = node.column;
        return null;
      }
      for (const bool exact : {true, false}) {
        for (size_t i = 0; i < branches.size(); ++i) {
          const AvroType& candidate = *branches[i];
          const bool same =
              candidate.kind == branch.kind && (candidate.name == branch.name || !exact);
          if (exact && !same) continue;
          auto child = one_type ? Compile(branch, candidate, node.column, path)
                                : CompileMember(branch, candidate, i, node.column, path);
          if (child.ok()) return child;
          if (branches.size() == 1) return child;
        }
      }
      return Incompatible(path, branch, *node.column->type());
    };
    if (written.kind != AvroKind::kUnion) return compile_branch(written);
    node.step = Step::kUnion;
    for (const AvroType* branch : written.children) {
      auto child = compile_branch(*branch);
      // The file of a writer that never used the branch is fine.
      if (!child.ok() && written.children.size() == 1) return child;
      if (!child.ok() && &written == &wanted) return child;
      node.children.push_back(child.ok() ? child.MoveValueUnsafe() : Failing(*branch));
    }
    return node;
  }

  // The member's column among those of the struct, which may have fewer than the union.
  Result<Node> CompileMember(const AvroType& branch, const AvroType& candidate, size_t index,
                             JsonColumn* column, const std::string& path) {
    if (column->kind() != JsonKind::kStruct) return Incompatible(path, branch, *column->type());
    Node node;
    node.step = Step::kMember;
    node.type = &branch;
    node.column = column;
    const int child = column->FindChild(UnionMemberName(candidate, index, options_.types));
    node.member = child < 0 ? column->children().size() : static_cast<size_t>(child);
    ARROW_ASSIGN_OR_RAISE(
        auto value, Compile(branch, candidate, child < 0 ? nullptr : &column->child(child), path));
    node.children.push_back(std::move(value));
    return node;
  }

  Result<Node> CompileValue(const AvroType& written, const AvroType& wanted, Node node,
                            const std::string& path) {
    const JsonKind target = node.column->kind();
    const bool integer = written.kind == AvroKind::kInt || written.kind == AvroKind::kLong;
    const bool wanted_integer = wanted.kind == AvroKind::kInt || wanted.kind == AvroKind::kLong;
    const auto is_bytes = [](AvroKind kind) {
      return kind == AvroKind::kBytes || kind == AvroKind::kString;
    };
    const auto done = [&](Step step) {
      node.step = step;
      return node;
    };
    if (target == JsonKind::kNull && written.kind == AvroKind::kNull) return done(Step::kNull);
    if (integer && wanted_integer &&
        !(written.kind == AvroKind::kLong && wanted.kind == AvroKind::kInt)) {
      return CompileInteger(wanted, node, path);
    }
    if (written.kind == AvroKind::kBoolean && target == JsonKind::kBoolean) {
      return done(Step::kBoolean);
    }
    if (integer && wanted.kind == AvroKind::kFloat && target == JsonKind::kFloat) {
      return done(Step::kLongToFloat);
    }
    if (integer && wanted.kind == AvroKind::kDouble && target == JsonKind::kDouble) {
      return done(Step::kLongToDouble);
    }
    if (written.kind == AvroKind::kFloat) {
      if (target == JsonKind::kFloat) return done(Step::kFloat);
      if (target == JsonKind::kDouble) return done(Step::kFloatToDouble);
    }
    if (written.kind == AvroKind::kDouble && target == JsonKind::kDouble)
      return done(Step::kDouble);
    if (is_bytes(written.kind) && is_bytes(wanted.kind)) {
      if (target == JsonKind::kDecimal) return CompileDecimal(wanted, node, path, false);
      const bool text = wanted.kind == AvroKind::kString;
      if (target == (text ? JsonKind::kString : JsonKind::kBinary)) return done(Step::kBytes);
    }
    if (written.kind == AvroKind::kFixed && wanted.kind == AvroKind::kFixed &&
        written.size == wanted.size) {
      if (target == JsonKind::kDecimal) return CompileDecimal(wanted, node, path, true);
      if (target == JsonKind::kBinary) return done(Step::kFixed);
    }
    if (written.kind == AvroKind::kEnum && target == JsonKind::kString) {
      return CompileEnum(written, wanted, node);
    }
    if (written.kind == AvroKind::kArray && wanted.kind == AvroKind::kArray &&
        target == JsonKind::kList) {
      return CompileContainer(Step::kArray, written, wanted, node, 0, path);
    }
    if (written.kind == AvroKind::kMap && wanted.kind == AvroKind::kMap &&
        target == JsonKind::kMap) {
      return CompileContainer(Step::kMap, written, wanted, node, 1, path);
    }
    if (written.kind == AvroKind::kRecord && wanted.kind == AvroKind::kRecord &&
        target == JsonKind::kStruct) {
      return CompileRecord(written, wanted, node, path);
    }
    return Incompatible(path, written, *node.column->type());
  }

  Result<Node> CompileInteger(const AvroType& wanted, Node node, const std::string& path) {
    const bool is_long = wanted.kind == AvroKind::kLong;
    switch (node.column->kind()) {
      case JsonKind::kInteger:
        // An interval or date is not a number, but both are read as one by who asks for it.
        if (node.column->width() != 8 && (is_long || node.column->width() != 4)) break;
        node.step = Step::kInteger;
        return node;
      case JsonKind::kDouble:
        if (is_long) break;
        node.step = Step::kLongToDouble;
        return node;
      case JsonKind::kDate:
        node.step = is_long ? Step::kDays : Step::kInteger;
        return node;
      case JsonKind::kMonths:
        if (is_long) break;
        node.step = Step::kInteger;
        return node;
      case JsonKind::kDuration:
        if (!is_long || !wanted.logical_type.empty()) break;
        node.step = Step::kInteger;
        return node;
      case JsonKind::kTimestamp:
      case JsonKind::kTimestampNtz:
        if (!is_long) break;
        // A long without a logical type counts milliseconds, as in Spark.
        node.step = wanted.logical_type.ends_with("micros") ? Step::kInteger : Step::kScaled;
        node.factor = 1000;
        return node;
      default:
        break;
    }
    return Incompatible(path, wanted, *node.column->type());
  }

  Result<Node> CompileDecimal(const AvroType& wanted, Node node, const std::string& path,
                              bool fixed) {
    const auto& type = static_cast<const arrow::Decimal128Type&>(*node.column->type());
    if (wanted.logical_type != "decimal" || type.scale() < wanted.scale ||
        type.precision() - type.scale() < wanted.precision - wanted.scale) {
      return Incompatible(path, wanted, type);
    }
    node.step = fixed ? Step::kDecimalFixed : Step::kDecimalBytes;
    node.scale_change = type.scale() - wanted.scale;
    return node;
  }

  Result<Node> CompileEnum(const AvroType& written, const AvroType& wanted, Node node) {
    node.step = Step::kEnum;
    node.symbols = written.symbols;
    if (wanted.kind == AvroKind::kEnum && !wanted.default_symbol.empty()) {
      for (std::string& symbol : node.symbols) {
        const auto& known = wanted.symbols;
        if (std::find(known.begin(), known.end(), symbol) == known.end()) {
          symbol = wanted.default_symbol;
        }
      }
    }
    return node;
  }

  Result<Node> CompileContainer(Step step, const AvroType& written, const AvroType& wanted,
                                Node node, size_t child, const std::string& path) {
    node.step = step;
    ARROW_ASSIGN_OR_RAISE(auto element, Compile(*written.children[0], *wanted.children[0],
                                                &node.column->child(child), path + ".element"));
    node.children.push_back(std::move(element));
    return node;
  }

  Result<Node> CompileRecord(const AvroType& written, const AvroType& wanted, Node node,
                             const std::string& path) {
    node.step = Step::kRecord;
    const auto& targets = node.column->type()->fields();
    // For each field as written: the wanted field and the column that it goes to.
    std::vector<std::pair<const AvroType*, JsonColumn*>> places(written.fields.size());
    for (size_t i = 0; i < targets.size(); ++i) {
      JsonColumn* column = &node.column->child(i);
      const std::string below = path.empty() ? targets[i]->name() : path + "." + targets[i]->name();
      ARROW_ASSIGN_OR_RAISE(const AvroField* field, FindField(wanted, targets[i]->name(), i));
      if (field == nullptr) {
        if (!targets[i]->nullable()) {
          return MakeError(
              ErrorKind::kSpark, "",
              "The Avro schema has no field for the column " + below + ", which must not be null.");
        }
        node.absent.push_back(column);
        continue;
      }
      const int source = FindWritten(written, *field);
      if (source >= 0) {
        places[source] = {field->type, column};
        continue;
      }
      if (field->default_json.empty()) {
        return MakeError(ErrorKind::kSpark, "",
                         "The Avro field " + below +
                             " was not written, and the schema gives no default for it.");
      }
      ARROW_ASSIGN_OR_RAISE(auto bytes, EncodeAvroDefault(field->default_json, *field->type));
      ARROW_ASSIGN_OR_RAISE(auto constant, Compile(*field->type, *field->type, column, below));
      node.constants.push_back(std::move(bytes));
      node.constant_nodes.push_back(std::move(constant));
    }
    for (size_t i = 0; i < places.size(); ++i) {
      const auto& [type, column] = places[i];
      const AvroType& own = *written.fields[i].type;
      const std::string below =
          path.empty() ? written.fields[i].name : path + "." + written.fields[i].name;
      ARROW_ASSIGN_OR_RAISE(auto child, Compile(own, type ? *type : own, column, below));
      node.children.push_back(std::move(child));
    }
    return node;
  }

  Result<const AvroField*> FindField(const AvroType& record, const std::string& name,
                                     size_t position) const {
    if (options_.positional) {
      return position < record.fields.size() ? &record.fields[position] : nullptr;
    }
    const AvroField* found = nullptr;
    for (const AvroField& field : record.fields) {
      if (field.name == name) return &field;
      if (options_.case_sensitive || !EqualsIgnoreCase(field.name, name)) continue;
      if (found != nullptr) {
        return MakeError(ErrorKind::kSpark, "",
                         "The column " + QuoteIdentifier(name) + " could be " + found->name +
                             " or " + field.name + " of the Avro record " + record.name + ".");
      }
      found = &field;
    }
    return found;
  }

  static int FindWritten(const AvroType& written, const AvroField& wanted) {
    const auto find = [&](const std::string& name) {
      for (size_t i = 0; i < written.fields.size(); ++i) {
        if (written.fields[i].name == name) return static_cast<int>(i);
      }
      return -1;
    };
    int found = find(wanted.name);
    for (size_t i = 0; found < 0 && i < wanted.aliases.size(); ++i) found = find(wanted.aliases[i]);
    return found;
  }

  const AvroReadOptions& options_;
};

bool Decode(const Node& node, AvroCursor* cursor);

bool DecodeDecimal(const Node& node, std::string_view bytes) {
  // Bytes beyond 16 may only repeat the sign.
  while (bytes.size() > 16) {
    const bool negative = static_cast<int8_t>(bytes[1]) < 0;
    if (bytes[0] != (negative ? '\xFF' : '\0')) return false;
    bytes.remove_prefix(1);
  }
  arrow::Decimal128 value;
  if (!bytes.empty()) {
    auto read = arrow::Decimal128::FromBigEndian(reinterpret_cast<const uint8_t*>(bytes.data()),
                                                 static_cast<int32_t>(bytes.size()));
    if (!read.ok()) return false;
    value = *read;
  }
  if (node.scale_change != 0) {
    auto scaled = value.Rescale(0, node.scale_change);
    if (!scaled.ok()) return false;
    value = *scaled;
  }
  const auto& type = static_cast<const arrow::Decimal128Type&>(*node.column->type());
  if (value.FitsInPrecision(type.precision())) {
    node.column->AppendFixed(value);
  } else {
    node.column->AppendNull();
  }
  return true;
}

bool DecodeRecord(const Node& node, AvroCursor* cursor) {
  for (const Node& child : node.children) {
    if (child.step == Step::kSkip ? !cursor->Skip(*child.type) : !Decode(child, cursor)) {
      return false;
    }
  }
  for (size_t i = 0; i < node.constants.size(); ++i) {
    const std::string& bytes = node.constants[i];
    AvroCursor constant{bytes.data(), bytes.data() + bytes.size()};
    if (!Decode(node.constant_nodes[i], &constant)) return false;
  }
  for (JsonColumn* column : node.absent) column->AppendNull();
  node.column->EndStruct();
  return true;
}

bool DecodeMember(const Node& node, AvroCursor* cursor) {
  if (!Decode(node.children[0], cursor)) return false;
  auto& columns = node.column->children();
  for (size_t i = 0; i < columns.size(); ++i) {
    if (i != node.member) columns[i]->AppendNull();
  }
  node.column->EndStruct();
  return true;
}

bool DecodeElements(const Node& node, AvroCursor* cursor) {
  const Node& element = node.children[0];
  int64_t empty = 0;
  while (true) {
    int64_t count;
    if (!cursor->ReadBlockCount(&count)) return false;
    if (count == 0) break;
    for (; count > 0; --count) {
      const char* const before = cursor->at;
      if (node.step == Step::kMap) {
        std::string_view key;
        if (!cursor->ReadBytes(&key)) return false;
        node.column->child(0).bytes()->append(key);
        node.column->child(0).EndBytes();
      }
      if (!Decode(element, cursor)) return false;
      if (cursor->at == before && ++empty > kMostEmptyElements) return false;
    }
  }
  node.column->EndList();
  return true;
}

bool Decode(const Node& node, AvroCursor* cursor) {
  int64_t number;
  std::string_view bytes;
  JsonColumn* const column = node.column;
  switch (node.step) {
    case Step::kSkip:
      return cursor->Skip(*node.type);
    case Step::kNull:
      column->AppendNull();
      return true;
    case Step::kBoolean:
      if (!cursor->ReadRaw(1, &bytes)) return false;
      column->AppendFixed(static_cast<uint8_t>(bytes[0] != 0));
      return true;
    case Step::kInteger:
      if (!cursor->ReadLong(&number)) return false;
      column->AppendInteger(number);
      return true;
    case Step::kScaled:
      if (!cursor->ReadLong(&number)) return false;
      if (__builtin_mul_overflow(number, node.factor, &number)) return false;
      column->AppendInteger(number);
      return true;
    case Step::kDays:
      if (!cursor->ReadLong(&number)) return false;
      column->AppendInteger(number / kMillisPerDay);
      return true;
    case Step::kFloat: {
      float value;
      if (!cursor->ReadFixed(&value)) return false;
      column->AppendFixed(value);
      return true;
    }
    case Step::kFloatToDouble: {
      float value;
      if (!cursor->ReadFixed(&value)) return false;
      column->AppendFixed(static_cast<double>(value));
      return true;
    }
    case Step::kDouble: {
      double value;
      if (!cursor->ReadFixed(&value)) return false;
      column->AppendFixed(value);
      return true;
    }
    case Step::kLongToFloat:
      if (!cursor->ReadLong(&number)) return false;
      column->AppendFixed(static_cast<float>(number));
      return true;
    case Step::kLongToDouble:
      if (!cursor->ReadLong(&number)) return false;
      column->AppendFixed(static_cast<double>(number));
      return true;
    case Step::kBytes:
      if (!cursor->ReadBytes(&bytes)) return false;
      column->bytes()->append(bytes);
      column->EndBytes();
      return true;
    case Step::kFixed:
      if (!cursor->ReadRaw(node.type->size, &bytes)) return false;
      column->bytes()->append(bytes);
      column->EndBytes();
      return true;
    case Step::kEnum:
      if (!cursor->ReadLong(&number) || number < 0 ||
          number >= static_cast<int64_t>(node.symbols.size())) {
        return false;
      }
      column->bytes()->append(node.symbols[number]);
      column->EndBytes();
      return true;
    case Step::kDecimalBytes:
      return cursor->ReadBytes(&bytes) && DecodeDecimal(node, bytes);
    case Step::kDecimalFixed:
      return cursor->ReadRaw(node.type->size, &bytes) && DecodeDecimal(node, bytes);
    case Step::kRecord:
      return DecodeRecord(node, cursor);
    case Step::kUnion:
      return cursor->ReadLong(&number) && number >= 0 &&
             number < static_cast<int64_t>(node.children.size()) &&
             Decode(node.children[number], cursor);
    case Step::kMember:
      return DecodeMember(node, cursor);
    case Step::kArray:
    case Step::kMap:
      return DecodeElements(node, cursor);
    case Step::kFail:
      return false;
  }
  return false;
}

class Decoder final : public AvroDecoder {
 public:
  Decoder(AvroSchemaPtr written, AvroSchemaPtr wanted, std::unique_ptr<JsonColumn> root, Node node)
      : written_(std::move(written)),
        wanted_(std::move(wanted)),
        root_(std::move(root)),
        node_(std::move(node)) {}

  Result<size_t> Append(std::string_view bytes) override {
    const int64_t before = root_->length();
    AvroCursor cursor{bytes.data(), bytes.data() + bytes.size()};
    if (!Decode(node_, &cursor)) {
      root_->Truncate(before);
      return Status::Invalid("the bytes are no Avro value of the schema");
    }
    return static_cast<size_t>(cursor.at - bytes.data());
  }
  void AppendNull() override { root_->AppendNull(); }
  int64_t rows() const override { return root_->length(); }
  Result<std::shared_ptr<arrow::Array>> Finish() override { return root_->Finish(); }

 private:
  // Nodes point into both.
  const AvroSchemaPtr written_;
  const AvroSchemaPtr wanted_;
  const std::unique_ptr<JsonColumn> root_;
  const Node node_;
};

}  // namespace

Result<std::unique_ptr<AvroDecoder>> AvroDecoder::Make(AvroSchemaPtr written, AvroSchemaPtr wanted,
                                                       const DataTypePtr& target,
                                                       const AvroReadOptions& options) {
  if (!wanted) wanted = written;
  ARROW_ASSIGN_OR_RAISE(auto root, JsonColumn::Make(target, arrow::default_memory_pool()));
  ARROW_ASSIGN_OR_RAISE(auto node,
                        Compiler(options).Compile(written->root(), wanted->root(), root.get(), ""));
  return std::make_unique<Decoder>(std::move(written), std::move(wanted), std::move(root),
                                   std::move(node));
}

}  // namespace headrace
