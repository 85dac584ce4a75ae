// listagg(x[, delimiter]) [WITHIN GROUP (ORDER BY …)]: texts or binaries in one.
#include <algorithm>
#include <numeric>
#include <string>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>
#include <arrow/scalar.h>

#include "functions/aggregate/grouped_values.h"
#include "functions/aggregate/ordering_argument.h"
#include "functions/aggregate/registration.h"
#include "functions/compare_values.h"
#include "functions/signature.h"

namespace headrace::aggregate {
namespace {

// State: the list of the values that are not null, each with its sort keys.
class ListAggregateAccumulator final : public Accumulator {
 public:
  ListAggregateAccumulator(DataTypePtr type, std::string delimiter,
                           std::vector<DataTypePtr> columns, std::vector<Ordering> orderings)
      : type_(std::move(type)),
        delimiter_(std::move(delimiter)),
        orderings_(std::move(orderings)),
        values_(std::move(columns)) {}

  Status Resize(int64_t groups) override {
    values_.Resize(groups);
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    ValidRows(*arguments[0], groups, length, filter, &rows_);
    return values_.Append(groups, arguments, rows_);
  }
  Status Merge(const uint32_t* groups, int64_t, const Arrays& states) override {
    return values_.AppendLists(groups, *states[0]);
  }
  Result<Arrays> States() const override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr lists, values_.Lists(GroupedValues::ListType(values_.types())));
    return Arrays{std::move(lists)};
  }

  Result<ArrayPtr> Finish() const override {
    std::vector<uint32_t> groups;
    ARROW_ASSIGN_OR_RAISE(const Arrays columns, values_.Sorted(&groups));
    const auto& texts = static_cast<const arrow::BinaryArray&>(*columns[0]);
    std::vector<uint32_t> rows(groups.size());
    std::iota(rows.begin(), rows.end(), 0U);
    arrow::BinaryBuilder builder;
    std::string joined;
    size_t begin = 0;
    for (int64_t group = 0; group < values_.groups(); ++group) {
      size_t end = begin;
      while (end < groups.size() && groups[end] == group) ++end;
      if (begin == end) {
        ARROW_RETURN_NOT_OK(builder.AppendNull());
        continue;
      }
      if (!orderings_.empty()) {
        std::stable_sort(rows.begin() + begin, rows.begin() + end,
                         [&](uint32_t a, uint32_t b) { return Compare(columns, a, b) < 0; });
      }
      joined.clear();
      for (size_t k = begin; k < end; ++k) {
        if (k > begin) joined += delimiter_;
        joined += texts.GetView(rows[k]);
      }
      ARROW_RETURN_NOT_OK(builder.Append(joined));
      begin = end;
    }
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr binaries, builder.Finish());
    return binaries->View(type_);
  }

  void Clear() override { values_.Clear(); }
  int64_t size_bytes() const override { return values_.size_bytes(); }

 private:
  int Compare(const Arrays& columns, int64_t a, int64_t b) const {
    for (size_t i = 0; i < orderings_.size(); ++i) {
      const arrow::Array& keys = *columns[i + 1];
      const bool a_null = keys.IsNull(a), b_null = keys.IsNull(b);
      if (a_null && b_null) continue;
      if (a_null || b_null) return a_null == orderings_[i].nulls_first ? -1 : 1;
      const int order = CompareValues(keys, a, keys, b);
      if (order != 0) return orderings_[i].ascending ? order : -order;
    }
    return 0;
  }

  const DataTypePtr type_;
  const std::string delimiter_;
  const std::vector<Ordering> orderings_;
  GroupedValues values_;
  std::vector<uint32_t> rows_;
};

// The constant behind `argument`, as a text or binary like the values.
Result<std::string> Delimiter(const ExpressionPtr& argument, const DataType& type,
                              const BindContext& context) {
  if (!argument->foldable()) {
    return AnalysisError(
        "DATATYPE_MISMATCH.NON_FOLDABLE_INPUT",
        "The delimiter of `listagg` is a constant, not \"" + argument->ToString() + "\".",
        {{"inputName", "`delimiter`"},
         {"inputType", "\"" + SqlName(type) + "\""},
         {"inputExpr", "\"" + argument->ToString() + "\""}});
  }
  ExpressionPtr delimiter = argument;
  if (IsNullType(*delimiter->type())) return "";
  if (delimiter->type()->id() != arrow::Type::BINARY) {
    ARROW_ASSIGN_OR_RAISE(delimiter,
                          Coerce("listagg", 1, std::move(delimiter), arrow::utf8(), context));
  }
  if (delimiter->type()->id() != type.id()) {
    const std::string types =
        "(\"" + SqlName(type) + "\" or \"" + SqlName(*delimiter->type()) + "\")";
    return AnalysisError(
        "DATATYPE_MISMATCH.DATA_DIFF_TYPES",
        "The values and the delimiter of `listagg` have the types " + types + "; cast one of them.",
        {{"functionName", "`listagg`"}, {"dataType", types}});
  }
  ARROW_ASSIGN_OR_RAISE(const auto value, Fold(*delimiter));
  if (!value->is_valid) return "";
  return static_cast<const arrow::BaseBinaryScalar&>(*value).value->ToString();
}

Result<BoundAggregate> BindListAggregate(Arguments arguments, const BindContext& context) {
  Arguments keys;
  std::vector<Ordering> orderings = TakeOrderings(&arguments, &keys);
  ARROW_RETURN_NOT_OK(CheckArgumentCount("listagg", arguments, 1, 2));
  for (const ExpressionPtr& key : keys) {
    if (IsOrderable(*key->type())) continue;
    return AnalysisError(
        "DATATYPE_MISMATCH.INVALID_ORDERING_TYPE",
        "Values of the type " + SqlName(*key->type()) + " have no order: \"" + key->ToString() +
            "\".",
        {{"functionName", "`sortorder`"}, {"dataType", "\"" + SqlName(*key->type()) + "\""}});
  }
  ExpressionPtr value = arguments[0];
  if (value->type()->id() != arrow::Type::BINARY) {
    if (!CanCoerce(*value->type(), *arrow::utf8())) {
      return UnexpectedInputType("listagg", 0, "(\"STRING\" or \"BINARY\")", *value);
    }
    ARROW_ASSIGN_OR_RAISE(value, Coerce("listagg", 0, value, arrow::utf8(), context));
  }
  const DataTypePtr type = value->type();
  std::string delimiter;
  if (arguments.size() == 2) {
    ARROW_ASSIGN_OR_RAISE(delimiter, Delimiter(arguments[1], *type, context));
  }
  BoundAggregate bound;
  bound.name = "listagg";
  bound.type = type;
  bound.arguments = {std::move(value)};
  bound.arguments.insert(bound.arguments.end(), keys.begin(), keys.end());
  std::vector<DataTypePtr> columns;
  for (const ExpressionPtr& argument : bound.arguments) columns.push_back(argument->type());
  bound.state_types = {GroupedValues::ListType(columns)};
  bound.deterministic = false;
  bound.make = [type, delimiter, columns, orderings] {
    return std::make_unique<ListAggregateAccumulator>(type, delimiter, columns, orderings);
  };
  return bound;
}

}  // namespace

void RegisterListAggregate(FunctionRegistry* registry) {
  for (const std::string name : {"listagg", "string_agg"}) {
    AggregateFunction function;
    function.names = {name};
    function.documentation = {
        name + "(string or binary[, delimiter]) [WITHIN GROUP (ORDER BY …)] -> string or binary",
        "The values that are not null, one behind the other; null if there are none.",
        name + "(d, ',')"};
    function.bind = BindListAggregate;
    function.display = [name](const std::vector<std::string>& arguments) {
      std::string text = name + "(";
      for (size_t i = 0; i < arguments.size(); ++i) text += (i == 0 ? "" : ", ") + arguments[i];
      return text + (arguments.size() == 1 ? ", NULL)" : ")");
    };
    registry->Add(std::move(function));
  }
}

}  // namespace headrace::aggregate
