#include "connectors/python/pushed_filters.h"

#include <map>
#include <optional>
#include <set>

#include <nlohmann/json.hpp>

#include "connectors/python/variant_value.h"
#include "expression/is_cast.h"
#include "expression/conditional.h"
#include "functions/string/base64.h"

namespace headrace {
namespace {

using Path = std::vector<std::string>;
using ScalarPtr = std::shared_ptr<arrow::Scalar>;

// A column or a field in one; empty: the expression is neither.
Path PathOf(const Expression& expression) {
  if (const auto* column = dynamic_cast<const BoundReference*>(&expression)) {
    return {column->name()};
  }
  const int ordinal = StructFieldOrdinal(expression);
  if (ordinal < 0) return {};
  const Expression& structure = *expression.children()[0];
  Path path = PathOf(structure);
  if (!path.empty()) path.push_back(structure.type()->field(ordinal)->name());
  return path;
}

const std::string& NameOf(const Expression& expression) {
  static const std::string none;
  const auto* call = dynamic_cast<const FunctionCall*>(&expression);
  return call ? call->name() : none;
}

// Of functions that are null if an argument is.
bool NullGivesNull(const Expression& expression) {
  static const std::set<std::string> names = {
      "==",       "<",     ">",     "<=",     ">=",   "not",        "+",
      "-",        "*",     "/",     "%",      "like", "startswith", "endswith",
      "contains", "upper", "lower", "length", "abs",  "negative",   "array_item"};
  return IsCast(expression) || names.contains(NameOf(expression));
}

struct Symbols {
  std::string mirrored, negated;  // with the operands swapped; of the opposite
  std::string filter;             // in Python
};

const std::map<std::string, Symbols>& Comparisons() {
  static const std::map<std::string, Symbols> comparisons = {
      {"==", {"==", "", "EqualTo"}},     {"<=>", {"<=>", "", "EqualNullSafe"}},
      {"<", {">", ">=", "LessThan"}},    {"<=", {">=", ">", "LessThanOrEqual"}},
      {">", {"<", "<=", "GreaterThan"}}, {">=", {"<=", "<", "GreaterThanOrEqual"}},
  };
  return comparisons;
}

// The constant in the type of `column`, if it is the same value there.
ScalarPtr SameValue(const ScalarPtr& value, const DataTypePtr& column) {
  if (!value->is_valid || value->type->Equals(*column)) return value;
  const auto there = arrow::compute::Cast(Datum(value), column);
  if (!there.ok()) return nullptr;
  const auto back = arrow::compute::Cast(*there, value->type);
  return back.ok() && back->scalar()->Equals(*value) ? there->scalar() : nullptr;
}

// Numbers that are made wider to be compared.
bool IsWidened(const Expression& expression) {
  return IsCast(expression) && IsNumeric(*expression.type()) &&
         IsNumeric(*expression.children()[0]->type());
}

std::string Base64(const std::string& bytes) {
  std::string text;
  EncodeBase64(bytes, &text);
  return text;
}

class FilterList {
 public:
  void AddNotNulls(const Expression& condition) {
    const Path path = PathOf(condition);
    if (!path.empty()) {
      if (condition.nullable()) Add("IsNotNull", path, std::nullopt, false);
      return;
    }
    if (NameOf(condition) == "in" && condition.children().size() == 2) {
      AddNotNulls(*condition.children()[0]);
    }
    if (!NullGivesNull(condition)) return;
    for (const ExpressionPtr& child : condition.children()) AddNotNulls(*child);
  }

  void AddCondition(const Expression& condition, bool negated) {
    const std::string& name = NameOf(condition);
    if (name == "not") {
      AddCondition(*condition.children()[0], !negated);
    } else if (name == "isnull" || name == "isnotnull") {
      const Path path = PathOf(*condition.children()[0]);
      const bool null = (name == "isnull") != negated;
      if (!path.empty()) Add(null ? "IsNull" : "IsNotNull", path, std::nullopt, false);
    } else if (Comparisons().contains(name)) {
      AddComparison(condition, name, negated);
    } else if (name == "in") {
      AddIn(condition, negated);
    } else if (name == "like") {
      AddLike(condition, negated);
    } else if (name == "startswith" || name == "endswith" || name == "contains") {
      const Path path = PathOf(*condition.children()[0]);
      const auto* text = dynamic_cast<const Literal*>(condition.children()[1].get());
      if (!path.empty() && text) AddText(name, path, text->value(), negated);
    } else {
      const Path path = PathOf(condition);
      const arrow::BooleanScalar yes(true);
      if (!path.empty()) Add("EqualTo", path, VariantValue(yes), negated);
    }
  }

  const nlohmann::json& filters() const { return filters_; }

 private:
  void Add(const std::string& name, const Path& path, const std::optional<std::string>& value,
           bool negated) {
    nlohmann::json filter = {{"name", name}, {"columnPath", path}, {"isNegated", negated}};
    if (value) filter["value"] = {{"value", Base64(*value)}, {"metadata", metadata_}};
    for (const auto& known : filters_) {
      if (known == filter) return;
    }
    filters_.push_back(std::move(filter));
  }

  void AddComparison(const Expression& condition, std::string symbol, bool negated) {
    const Expression* column = condition.children()[0].get();
    const Expression* constant = condition.children()[1].get();
    if (dynamic_cast<const Literal*>(column)) {
      std::swap(column, constant);
      symbol = Comparisons().at(symbol).mirrored;
    }
    const auto* literal = dynamic_cast<const Literal*>(constant);
    if (!literal) return;
    if (IsWidened(*column)) column = column->children()[0].get();
    const Path path = PathOf(*column);
    const ScalarPtr value = SameValue(literal->value(), column->type());
    if (path.empty() || !value) return;
    if (!value->is_valid) {
      if (symbol == "<=>") Add(negated ? "IsNotNull" : "IsNull", path, std::nullopt, false);
      return;
    }
    const Symbols& symbols = Comparisons().at(symbol);
    if (negated && !symbols.negated.empty()) {
      Add(Comparisons().at(symbols.negated).filter, path, VariantValue(*value), false);
    } else if (symbol == "==" && value->type->id() == arrow::Type::BOOL) {
      const bool yes = static_cast<const arrow::BooleanScalar&>(*value).value;
      Add("EqualTo", path, VariantValue(arrow::BooleanScalar(true)), negated == yes);
    } else if (const auto encoded = VariantValue(*value)) {
      Add(symbols.filter, path, encoded, negated);
    }
  }

  void AddIn(const Expression& condition, bool negated) {
    const Path path = PathOf(*condition.children()[0]);
    if (path.empty()) return;
    std::vector<std::string> values;
    for (size_t i = 1; i < condition.children().size(); ++i) {
      const auto* literal = dynamic_cast<const Literal*>(condition.children()[i].get());
      const auto value = literal ? VariantValue(*literal->value()) : std::nullopt;
      if (!value) return;
      values.push_back(*value);
    }
    if (values.size() == 1) {
      Add("EqualTo", path, values[0], negated);
    } else {
      Add("In", path, VariantArray(values), negated);
    }
  }

  void AddText(const std::string& function, const Path& path, const ScalarPtr& text, bool negated) {
    if (!text->is_valid || text->type->id() != arrow::Type::STRING) return;
    Add(function == "startswith" ? "StringStartsWith"
        : function == "endswith" ? "StringEndsWith"
                                 : "StringContains",
        path, VariantValue(*text), negated);
  }

  // Patterns of which no other character than % at their ends and once within is special.
  void AddLike(const Expression& condition, bool negated) {
    const Path path = PathOf(*condition.children()[0]);
    const auto* literal = dynamic_cast<const Literal*>(condition.children()[1].get());
    if (path.empty() || !literal || condition.children().size() != 2) return;
    if (!literal->value()->is_valid || literal->value()->type->id() != arrow::Type::STRING) return;
    const std::string pattern(static_cast<const arrow::StringScalar&>(*literal->value()).view());
    if (pattern.find_first_of("_\\") != std::string::npos) return;
    const auto text = [&](size_t begin, size_t end) -> ScalarPtr {
      return std::make_shared<arrow::StringScalar>(pattern.substr(begin, end - begin));
    };
    const size_t size = pattern.size();
    const size_t first = pattern.find('%'), last = pattern.rfind('%');
    if (first == std::string::npos) {
      Add("EqualTo", path, VariantValue(*text(0, size)), negated);
    } else if (first == last) {
      if (size == 1 || (negated && first > 0 && first + 1 < size)) return;
      if (first > 0) AddText("startswith", path, text(0, first), negated);
      if (first + 1 < size) AddText("endswith", path, text(first + 1, size), negated);
    } else if (first == 0 && last + 1 == size && size > 2 && pattern.find('%', 1) == last) {
      AddText("contains", path, text(1, last), negated);
    }
  }

  const std::string metadata_ = Base64(EmptyVariantMetadata());
  nlohmann::json filters_ = nlohmann::json::array();
};

struct Conjunct {
  const Expression* expression;
  bool negated;
};

void Split(const Expression& condition, bool negated, std::vector<Conjunct>* conjuncts) {
  if (NameOf(condition) == "not") return Split(*condition.children()[0], !negated, conjuncts);
  if (negated ? IsOr(condition) : IsAnd(condition)) {
    for (const ExpressionPtr& child : condition.children()) Split(*child, negated, conjuncts);
    return;
  }
  conjuncts->push_back({&condition, negated});
}

}  // namespace

std::string PushedFilters(const std::vector<ExpressionPtr>& filters) {
  std::vector<Conjunct> conjuncts;
  for (const ExpressionPtr& filter : filters) Split(*filter, /*negated=*/false, &conjuncts);
  FilterList list;
  for (const Conjunct& conjunct : conjuncts) list.AddNotNulls(*conjunct.expression);
  for (const Conjunct& conjunct : conjuncts) {
    list.AddCondition(*conjunct.expression, conjunct.negated);
  }
  return list.filters().empty() ? "" : list.filters().dump();
}

}  // namespace headrace
