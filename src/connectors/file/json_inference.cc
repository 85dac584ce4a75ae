#include "connectors/file/json_inference.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <simdjson.h>

#include "base/error.h"
#include "connectors/file/line_blocks.h"

namespace headrace {

namespace {

namespace ondemand = simdjson::ondemand;

constexpr int kMaxPrecision = 38;

// The type that a value suggests. Null suggests nothing until all records are known.
struct Inferred {
  enum Kind { kNull, kBoolean, kLong, kDecimal, kDouble, kString, kArray, kStruct };
  Kind kind = kNull;
  int precision = 0;
  int scale = 0;
  std::unique_ptr<Inferred> element;
  std::map<std::string, Inferred> fields;  // sorted, as Spark has them
};

Inferred Simple(Inferred::Kind kind) {
  Inferred made;
  made.kind = kind;
  return made;
}

Inferred Decimal(int precision, int scale) {
  if (std::max(precision, scale) > kMaxPrecision) return Simple(Inferred::kDouble);
  Inferred made = Simple(Inferred::kDecimal);
  made.precision = std::max(precision, scale);
  made.scale = scale;
  return made;
}

void Merge(Inferred* into, Inferred other);

void MergeDecimals(Inferred* into, const Inferred& other) {
  const int scale = std::max(into->scale, other.scale);
  const int range = std::max(into->precision - into->scale, other.precision - other.scale);
  *into = Decimal(range + scale, scale);
}

void Merge(Inferred* into, Inferred other) {
  if (other.kind == Inferred::kNull) return;
  if (into->kind == Inferred::kNull) {
    *into = std::move(other);
    return;
  }
  if (into->kind == other.kind) {
    if (into->kind == Inferred::kDecimal) MergeDecimals(into, other);
    if (into->kind == Inferred::kArray) Merge(into->element.get(), std::move(*other.element));
    if (into->kind == Inferred::kStruct) {
      for (auto& [name, type] : other.fields) Merge(&into->fields[name], std::move(type));
    }
    return;
  }
  const auto is_number = [](Inferred::Kind kind) {
    return kind == Inferred::kLong || kind == Inferred::kDecimal || kind == Inferred::kDouble;
  };
  if (!is_number(into->kind) || !is_number(other.kind)) {
    *into = Simple(Inferred::kString);
  } else if (into->kind == Inferred::kDouble || other.kind == Inferred::kDouble) {
    *into = Simple(Inferred::kDouble);
  } else {
    const Inferred long_as_decimal = Decimal(20, 0);
    if (into->kind == Inferred::kLong) {
      *into = std::move(other);
    }
    MergeDecimals(into, long_as_decimal);
  }
}

class Inference {
 public:
  explicit Inference(const JsonReadOptions& options) : options_(options) {}

  // `text` is followed by readable bytes.
  Status AddRecord(std::string_view text) {
    if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return Status::OK();
    Inferred record;
    bool good = Read(text, text.size() + LineBlocks::kPadding, &record);
    if (!good) {
      // Single quotes and the like, which the fast parser does not know.
      std::string strict;
      if (Normalize(text, &strict)) {
        const size_t size = strict.size();
        strict.resize(size + LineBlocks::kPadding);
        record = Inferred();
        good = Read(std::string_view(strict).substr(0, size), strict.size(), &record);
      }
    }
    if (good && record.kind == Inferred::kArray) {
      // An array of objects is several records.
      record = std::move(*record.element);
    }
    if (good && record.kind == Inferred::kNull) return Status::OK();
    if (good && record.kind == Inferred::kStruct) {
      Merge(&root_, std::move(record));
      return Status::OK();
    }
    if (options_.mode == JsonMode::kFailFast) {
      return MakeError(ErrorKind::kSpark, "_LEGACY_ERROR_TEMP_2167",
                       "A malformed record was met while the schema was inferred, and the mode is "
                       "FAILFAST: " +
                           std::string(text.substr(0, 200)),
                       {{"failFastMode", "FAILFAST"}});
    }
    corrupt_ |= options_.mode == JsonMode::kPermissive;
    return Status::OK();
  }

  SchemaPtr Finish() {
    if (corrupt_) {
      root_.kind = Inferred::kStruct;
      root_.fields[options_.corrupt_record_column] = Simple(Inferred::kString);
    }
    const DataTypePtr type = Canonical(root_);
    return type ? arrow::schema(type->fields()) : arrow::schema(arrow::FieldVector{});
  }

 private:
  bool Read(std::string_view text, size_t capacity, Inferred* out) {
    ondemand::document document;
    const simdjson::padded_string_view padded(text.data(), text.size(), capacity);
    if (parser_.iterate(padded).get(document)) return false;
    bool is_scalar = false;
    if (document.is_scalar().get(is_scalar)) return false;
    if (is_scalar) {
      // No record, but null is none at all.
      bool is_null = false;
      if (document.is_null().get(is_null)) return false;
      out->kind = is_null ? Inferred::kNull : Inferred::kString;
      return true;
    }
    ondemand::value value;
    return !document.get_value().get(value) && ReadValue(value, out);
  }

  bool ReadValue(ondemand::value value, Inferred* out) {
    ondemand::json_type type;
    if (value.type().get(type)) return false;
    switch (type) {
      case ondemand::json_type::object:
        return ReadObject(value, out);
      case ondemand::json_type::array:
        return ReadArray(value, out);
      case ondemand::json_type::string: {
        std::string_view text;
        if (value.get_string().get(text)) return false;
        // Writers that know no null write "", so it tells nothing.
        *out = Simple(text.empty() ? Inferred::kNull : Inferred::kString);
        return true;
      }
      case ondemand::json_type::boolean: {
        bool ignored;
        if (value.get_bool().get(ignored)) return false;
        *out = Simple(options_.primitives_as_string ? Inferred::kString : Inferred::kBoolean);
        return true;
      }
      case ondemand::json_type::null: {
        bool is_null = false;
        if (value.is_null().get(is_null) || !is_null) return false;
        *out = Simple(Inferred::kNull);
        return true;
      }
      case ondemand::json_type::number:
        return ReadNumber(value.raw_json_token(), out);
    }
    return false;
  }

  bool ReadObject(ondemand::value value, Inferred* out) {
    *out = Simple(Inferred::kStruct);
    ondemand::object object;
    if (value.get_object().get(object)) return false;
    for (auto field : object) {
      std::string_view key;
      if (field.unescaped_key().get(key)) return false;
      const std::string name(key);
      ondemand::value child;
      Inferred type;
      if (field.value().get(child) || !ReadValue(child, &type)) return false;
      if (!name.empty()) Merge(&out->fields[name], std::move(type));
    }
    return true;
  }

  bool ReadArray(ondemand::value value, Inferred* out) {
    *out = Simple(Inferred::kArray);
    out->element = std::make_unique<Inferred>();
    ondemand::array array;
    if (value.get_array().get(array)) return false;
    for (auto entry : array) {
      ondemand::value child;
      Inferred type;
      if (entry.get(child) || !ReadValue(child, &type)) return false;
      Merge(out->element.get(), std::move(type));
    }
    return true;
  }

  bool ReadNumber(std::string_view token, Inferred* out) const {
    token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
    std::string_view digits = token;
    if (digits.starts_with('-')) digits.remove_prefix(1);
    if (digits.empty() || digits.find_first_not_of("0123456789.eE+-") != std::string_view::npos) {
      return false;
    }
    if (options_.primitives_as_string) {
      *out = Simple(Inferred::kString);
      return true;
    }
    const size_t point = digits.find('.');
    const bool integer = digits.find_first_of(".eE") == std::string_view::npos;
    if (integer) {
      int64_t value;
      const auto parsed = std::from_chars(token.data(), token.data() + token.size(), value);
      *out = parsed.ec == std::errc() ? Simple(Inferred::kLong)
                                      : Decimal(static_cast<int>(digits.size()), 0);
    } else if (options_.prefers_decimal && digits.find_first_of("eE") == std::string_view::npos) {
      std::string all(digits.substr(0, point));
      all += digits.substr(point + 1);
      const size_t first = std::min(all.find_first_not_of('0'), all.size() - 1);
      *out = Decimal(static_cast<int>(all.size() - first),
                     static_cast<int>(digits.size() - point - 1));
    } else {
      *out = Simple(Inferred::kDouble);
    }
    return true;
  }

  // Rewrites what Jackson takes beyond JSON: 'text' and NaN or Infinity. False: nothing to rewrite.
  bool Normalize(std::string_view text, std::string* out) const {
    bool changed = false;
    for (size_t i = 0; i < text.size();) {
      const char quote = text[i];
      if (quote == '"' || (quote == '\'' && options_.allow_single_quotes)) {
        changed |= quote == '\'';
        *out += '"';
        for (++i; i < text.size() && text[i] != quote; ++i) {
          if (text[i] == '\\' && i + 1 < text.size()) {
            if (text[i + 1] != '\'') *out += '\\';
            *out += text[++i];
          } else {
            if (text[i] == '"') *out += '\\';
            *out += text[i];
          }
        }
        *out += '"';
        ++i;
        continue;
      }
      bool special = false;
      if (options_.allow_non_numeric_numbers) {
        for (const std::string_view name :
             {"NaN", "Infinity", "+Infinity", "-Infinity", "+INF", "-INF"}) {
          if (!text.substr(i).starts_with(name)) continue;
          *out += "0.5";  // any double does
          i += name.size();
          special = changed = true;
          break;
        }
      }
      if (!special) *out += text[i++];
    }
    return changed;
  }

  // Null: nothing is known of the value that could be a column.
  DataTypePtr Canonical(const Inferred& inferred) const {
    switch (inferred.kind) {
      case Inferred::kNull:
        return options_.drop_field_if_all_null ? nullptr : arrow::utf8();
      case Inferred::kBoolean:
        return arrow::boolean();
      case Inferred::kLong:
        return arrow::int64();
      case Inferred::kDecimal:
        return arrow::decimal128(inferred.precision, inferred.scale);
      case Inferred::kDouble:
        return arrow::float64();
      case Inferred::kString:
        return arrow::utf8();
      case Inferred::kArray: {
        auto element = Canonical(*inferred.element);
        return element ? ArrayOf(std::move(element)) : nullptr;
      }
      case Inferred::kStruct: {
        arrow::FieldVector fields;
        for (const auto& [name, type] : inferred.fields) {
          if (auto canonical = Canonical(type)) fields.push_back(arrow::field(name, canonical));
        }
        return fields.empty() ? nullptr : arrow::struct_(std::move(fields));
      }
    }
    return nullptr;
  }

  const JsonReadOptions& options_;
  ondemand::parser parser_;
  Inferred root_;
  bool corrupt_ = false;
};

}  // namespace

Result<SchemaPtr> InferJsonSchema(const std::vector<DataFile>& files,
                                  const JsonReadOptions& options) {
  if (files.empty()) return nullptr;
  Inference inference(options);
  for (const auto& file : files) {
    if (file.size_bytes == 0) continue;
    if (options.multi_line) {
      ARROW_ASSIGN_OR_RAISE(auto content, ReadContent(file.path));
      const size_t size = content.size();
      content.resize(size + LineBlocks::kPadding);
      ARROW_RETURN_NOT_OK(inference.AddRecord(std::string_view(content).substr(0, size)));
      continue;
    }
    LineBlocks blocks;
    ARROW_RETURN_NOT_OK(blocks.Open({std::make_shared<DataFile>(file), 0, file.size_bytes}));
    while (true) {
      ARROW_ASSIGN_OR_RAISE(auto block, blocks.Next());
      if (block.empty()) break;
      while (!block.empty()) {
        const size_t end = block.find_first_of("\r\n");
        ARROW_RETURN_NOT_OK(inference.AddRecord(block.substr(0, end)));
        block.remove_prefix(end == std::string_view::npos ? block.size() : end + 1);
      }
    }
  }
  return inference.Finish();
}

}  // namespace headrace
