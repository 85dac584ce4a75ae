#include "expression/constant_parser.h"

#include <charconv>

#include <arrow/array/util.h>
#include <arrow/builder.h>

#include "expression/cast_kernels.h"
#include "types/interval_text.h"

namespace headrace {

namespace {

// Thrown as a value: the text is no constant that this parser knows.
Status Unknown() { return Status::NotImplemented("not a constant"); }

class ConstantParser {
 public:
  ConstantParser(const std::string& text, CastOptions options)
      : text_(text), options_(std::move(options)) {}

  Result<ExpressionPtr> Whole() {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr expression, Expression());
    SkipSpace();
    if (position_ != text_.size()) return Unknown();
    return expression;
  }

  Result<std::vector<ExpressionPtr>> List(char close) {
    std::vector<ExpressionPtr> items;
    if (Accept(close)) return items;
    do {
      ARROW_ASSIGN_OR_RAISE(ExpressionPtr item, Expression());
      items.push_back(std::move(item));
    } while (Accept(','));
    if (close != '\0' && !Accept(close)) return Unknown();
    return items;
  }

 private:
  void SkipSpace() {
    while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  }
  bool Accept(char c) {
    SkipSpace();
    if (c == '\0' || position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }
  std::string Word() {
    SkipSpace();
    const size_t start = position_;
    while (
        position_ < text_.size() &&
        (std::isalnum(static_cast<unsigned char>(text_[position_])) || text_[position_] == '_')) {
      ++position_;
    }
    return ToLower(text_.substr(start, position_ - start));
  }

  Result<std::string> Quoted() {
    if (!Accept('\'')) return Unknown();
    std::string value;
    for (; position_ < text_.size(); ++position_) {
      char c = text_[position_];
      if (c == '\'') {
        ++position_;
        return value;
      }
      if (c == '\\' && position_ + 1 < text_.size()) {
        c = text_[++position_];
        c = c == 't' ? '\t' : c == 'n' ? '\n' : c == '0' ? '\0' : c;
      }
      value += c;
    }
    return Unknown();
  }

  Result<ExpressionPtr> Typed(const DataTypePtr& type) {
    ARROW_ASSIGN_OR_RAISE(const std::string text, Quoted());
    ARROW_ASSIGN_OR_RAISE(const Datum value,
                          CastValues(Datum(text), type, {CastMode::kAnsi, options_.zone}));
    return MakeLiteral(value.scalar());
  }

  Result<ExpressionPtr> Expression() {
    SkipSpace();
    if (position_ >= text_.size()) return Unknown();
    const char c = text_[position_];
    if (c == '\'') {
      ARROW_ASSIGN_OR_RAISE(const std::string text, Quoted());
      return MakeLiteral(arrow::MakeScalar(text));
    }
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '-' || c == '.') return Number();
    const std::string word = Word();
    if (word == "null") return MakeLiteral(arrow::MakeNullScalar(arrow::null()));
    if (word == "true" || word == "false") return MakeLiteral(arrow::MakeScalar(word == "true"));
    if (word == "date") return Typed(arrow::date32());
    if (word == "timestamp" || word == "timestamp_ltz") return Typed(TimestampType());
    if (word == "timestamp_ntz") return Typed(TimestampNtzType());
    if (word == "x") return Hexadecimal();
    if (word == "interval") return Interval();
    if (word == "cast" || word == "try_cast") return Cast(word == "try_cast");
    if (word == "array" || word == "map" || word == "named_struct") {
      if (!Accept('(')) return Unknown();
      ARROW_ASSIGN_OR_RAISE(const std::vector<ExpressionPtr> items, List(')'));
      return word == "array" ? Array(items) : word == "map" ? Map(items) : Struct(items);
    }
    return Unknown();
  }

  Result<ExpressionPtr> Hexadecimal() {
    ARROW_ASSIGN_OR_RAISE(const std::string digits, Quoted());
    std::string bytes;
    for (size_t i = 0; i + 1 < digits.size(); i += 2) {
      bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    }
    return MakeLiteral(std::make_shared<arrow::BinaryScalar>(bytes));
  }

  Result<ExpressionPtr> Interval() {
    ARROW_ASSIGN_OR_RAISE(const std::string text, Quoted());
    const std::string from = Word();
    if (Word() != "to") return Unknown();
    const std::string to = Word();
    if (from == "year" && to == "month") {
      int32_t months = 0;
      if (ParseYearMonthInterval(text, &months) != IntervalParse::kOk) return Unknown();
      return MakeLiteral(std::make_shared<arrow::MonthIntervalScalar>(months));
    }
    int64_t microseconds = 0;
    if (to != "second" || ParseDayTimeInterval(text, &microseconds) != IntervalParse::kOk) {
      return Unknown();
    }
    return MakeLiteral(
        std::make_shared<arrow::DurationScalar>(microseconds, arrow::TimeUnit::MICRO));
  }

  Result<ExpressionPtr> Number() {
    const size_t start = position_;
    while (position_ < text_.size() &&
           (std::isalnum(static_cast<unsigned char>(text_[position_])) ||
            std::string_view("+-.").find(text_[position_]) != std::string_view::npos)) {
      const bool sign = text_[position_] == '+' || text_[position_] == '-';
      if (sign && position_ > start && ToLower(text_.substr(position_ - 1, 1)) != "e") break;
      ++position_;
    }
    std::string digits = text_.substr(start, position_ - start);
    DataTypePtr type;
    const auto suffix = [&](const char* letters, const DataTypePtr& candidate) {
      if (type != nullptr || !ToLower(digits).ends_with(letters)) return;
      digits.resize(digits.size() - std::string_view(letters).size());
      type = candidate;
    };
    suffix("l", arrow::int64());
    suffix("s", arrow::int16());
    suffix("y", arrow::int8());
    suffix("bd", nullptr);
    suffix("d", arrow::float64());
    suffix("f", arrow::float32());
    if (type == nullptr && digits.find_first_of("eE") != std::string::npos) type = arrow::float64();
    if (type == nullptr && digits.find('.') == std::string::npos && digits.size() < 10) {
      type = arrow::int32();
    }
    if (type == nullptr && digits.find('.') == std::string::npos) {
      for (const auto& candidate : {arrow::int32(), arrow::int64()}) {
        if (CastValues(Datum(digits), candidate, options_).ok()) {
          const Result<Datum> value = CastValues(Datum(digits), candidate, {CastMode::kTry});
          if (value.ok() && value->scalar()->is_valid) {
            type = candidate;
            break;
          }
        }
      }
    }
    if (type == nullptr) {
      const size_t point = digits.find('.');
      const int scale =
          point == std::string::npos ? 0 : static_cast<int>(digits.size() - point - 1);
      int whole = 0;
      for (size_t i = 0; i < std::min(point, digits.size()); ++i) {
        if (digits[i] != '-' && !(whole == 0 && digits[i] == '0')) ++whole;
      }
      type = arrow::decimal128(std::max(whole + scale, 1), scale);
    }
    ARROW_ASSIGN_OR_RAISE(const Datum value,
                          CastValues(Datum(digits), type, {CastMode::kAnsi, options_.zone}));
    return MakeLiteral(value.scalar());
  }

  Result<ExpressionPtr> Cast(bool try_cast) {
    if (!Accept('(')) return Unknown();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr input, Expression());
    if (Word() != "as") return Unknown();
    SkipSpace();
    const size_t start = position_;
    for (int depth = 0; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (c == '(') ++depth;
      if (c == ')' && depth-- == 0) break;
    }
    const std::string type_text = text_.substr(start, position_ - start);
    if (!Accept(')')) return Unknown();
    // Intervals of single units have no type of their own here.
    const std::string lower = ToLower(type_text);
    if (lower.starts_with("interval") && lower.find(" to ") == std::string::npos) return Unknown();
    ARROW_ASSIGN_OR_RAISE(DataTypePtr type, ParseDdlType(type_text));
    CastOptions options = options_;
    if (try_cast) options.mode = CastMode::kTry;
    return MakeCast(std::move(input), std::move(type), options);
  }

  // The values of constant expressions, cast to `type`, as one column.
  Result<ArrayPtr> Column(const std::vector<ExpressionPtr>& items, const DataTypePtr& type) {
    arrow::ArrayVector pieces;
    for (const ExpressionPtr& item : items) {
      ARROW_ASSIGN_OR_RAISE(const auto value, Fold(*item));
      ARROW_ASSIGN_OR_RAISE(const Datum casted, CastValues(Datum(value), type, options_));
      ARROW_ASSIGN_OR_RAISE(ArrayPtr piece, arrow::MakeArrayFromScalar(*casted.scalar(), 1));
      pieces.push_back(std::move(piece));
    }
    if (pieces.empty()) return arrow::MakeArrayOfNull(type, 0);
    return arrow::Concatenate(pieces);
  }

  bool ansi() const { return options_.mode == CastMode::kAnsi; }

  static DataTypePtr CommonOf(const std::vector<ExpressionPtr>& items, bool ansi, bool* nullable) {
    std::vector<DataTypePtr> types;
    *nullable = false;
    for (const ExpressionPtr& item : items) {
      types.push_back(item->type());
      *nullable |= item->nullable();
    }
    return CommonType(types, ansi);
  }

  Result<ExpressionPtr> Array(const std::vector<ExpressionPtr>& items) {
    bool nullable = false;
    const DataTypePtr type = CommonOf(items, ansi(), &nullable);
    if (type == nullptr) return Unknown();
    ARROW_ASSIGN_OR_RAISE(ArrayPtr column, Column(items, type));
    return MakeLiteral(
        std::make_shared<arrow::ListScalar>(std::move(column), ArrayOf(type, nullable)));
  }

  Result<ExpressionPtr> Map(const std::vector<ExpressionPtr>& items) {
    std::vector<ExpressionPtr> keys;
    std::vector<ExpressionPtr> values;
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      keys.push_back(items[i]);
      values.push_back(items[i + 1]);
    }
    bool ignored = false;
    bool nullable = false;
    const DataTypePtr key_type = CommonOf(keys, ansi(), &ignored);
    const DataTypePtr value_type = CommonOf(values, ansi(), &nullable);
    if (key_type == nullptr || value_type == nullptr) return Unknown();
    ARROW_ASSIGN_OR_RAISE(ArrayPtr key_column, Column(keys, key_type));
    ARROW_ASSIGN_OR_RAISE(ArrayPtr value_column, Column(values, value_type));
    const DataTypePtr type = MapOf(key_type, value_type, nullable);
    ARROW_ASSIGN_OR_RAISE(
        ArrayPtr entries,
        arrow::StructArray::Make({key_column, value_column}, type->field(0)->type()->fields()));
    return MakeLiteral(std::make_shared<arrow::MapScalar>(std::move(entries), type));
  }

  Result<ExpressionPtr> Struct(const std::vector<ExpressionPtr>& items) {
    arrow::FieldVector fields;
    arrow::ScalarVector values;
    for (size_t i = 0; i + 1 < items.size(); i += 2) {
      ARROW_ASSIGN_OR_RAISE(const auto name, Fold(*items[i]));
      ARROW_ASSIGN_OR_RAISE(const auto value, Fold(*items[i + 1]));
      fields.push_back(arrow::field(name->ToString(), value->type, items[i + 1]->nullable()));
      values.push_back(value);
    }
    return MakeLiteral(std::make_shared<arrow::StructScalar>(values, arrow::struct_(fields)));
  }

  const std::string text_;
  CastOptions options_;
  size_t position_ = 0;
};

}  // namespace

ParsedConstant ParseConstant(const std::string& text, const CastOptions& options) {
  ParsedConstant parsed;
  Result<ExpressionPtr> expression = ConstantParser(text, options).Whole();
  parsed.understood = expression.ok() || ErrorDetail::Get(expression.status()) != nullptr;
  if (expression.ok()) {
    parsed.expression = std::move(expression).ValueUnsafe();
  } else {
    parsed.error = expression.status();
  }
  return parsed;
}

std::optional<std::vector<ExpressionPtr>> ParseConstants(const std::string& text,
                                                         const CastOptions& options) {
  Result<std::vector<ExpressionPtr>> items = ConstantParser(text, options).List('\0');
  if (!items.ok()) return std::nullopt;
  return std::move(items).ValueUnsafe();
}

}  // namespace headrace
