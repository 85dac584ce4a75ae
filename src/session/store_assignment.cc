#include "session/store_assignment.h"

#include "session/catalog_errors.h"

namespace headrace {
namespace {

bool IsTime(const DataType& type) {
  return type.id() == arrow::Type::DATE32 || type.id() == arrow::Type::TIMESTAMP;
}

bool IsNested(const DataType& type) {
  return type.id() == arrow::Type::LIST || type.id() == arrow::Type::MAP ||
         type.id() == arrow::Type::STRUCT;
}

// Says of a cast's overflow that it happened on the way into a table.
class TableCast final : public Expression {
 public:
  TableCast(ExpressionPtr cast, std::string column)
      : Expression(cast->type(), cast->nullable(), {cast}), column_(std::move(column)) {}

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override {
    auto value = children()[0]->Evaluate(input, context);
    if (value.ok()) return value;
    const ErrorDetail* detail = ErrorDetail::Get(value.status());
    if (detail == nullptr || !detail->condition().starts_with("CAST_OVERFLOW")) return value;
    return MakeError(ErrorKind::kArithmetic, "CAST_OVERFLOW_IN_TABLE_INSERT",
                     "A value does not fit into the type " + SqlName(*type()) + " of the column " +
                         QuotedParts({column_}) + ". Use try_cast to write null in its place.",
                     {{"sourceType", "\"" + SqlName(*type()) + "\""},
                      {"targetType", "\"" + SqlName(*type()) + "\""},
                      {"columnName", QuotedParts({column_})}});
  }
  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override {
    return std::make_shared<TableCast>(std::move(children[0]), column_);
  }
  std::string ToString() const override { return children()[0]->ToString(); }

 private:
  const std::string column_;
};

}  // namespace

bool CanStore(const DataType& from, const DataType& to) {
  if (SameType(from, to) || from.id() == arrow::Type::NA) return true;
  if (IsNumeric(from) && IsNumeric(to)) return true;
  if (IsTime(from) && IsTime(to)) return true;
  if (!IsNested(from) && IsString(to)) return from.id() != arrow::Type::BINARY;
  if (from.id() != to.id() || from.num_fields() != to.num_fields()) return false;
  for (int i = 0; i < from.num_fields(); ++i) {
    if (!CanStore(*from.field(i)->type(), *to.field(i)->type())) return false;
  }
  return IsNested(from);
}

Result<ExpressionPtr> StoreAs(ExpressionPtr value, const DataTypePtr& type,
                              const std::string& column, const std::string& table,
                              const std::shared_ptr<const TimeZone>& zone) {
  if (SameType(*value->type(), *type)) return value;
  if (!CanStore(*value->type(), *type)) {
    return AnalysisError("INCOMPATIBLE_DATA_FOR_TABLE.CANNOT_SAFELY_CAST",
                         "Cannot write into the table " + table + ": the column " +
                             QuotedParts({column}) + " has the type " + SqlName(*type) + ", and " +
                             SqlName(*value->type()) +
                             " values cannot be cast to it safely; cast them in the query",
                         {{"tableName", table},
                          {"colName", QuotedParts({column})},
                          {"srcType", "\"" + SqlName(*value->type()) + "\""},
                          {"targetType", "\"" + SqlName(*type) + "\""}});
  }
  ARROW_ASSIGN_OR_RAISE(ExpressionPtr cast,
                        MakeCast(std::move(value), type, CastOptions{CastMode::kAnsi, zone}));
  return std::make_shared<TableCast>(std::move(cast), column);
}

}  // namespace headrace
