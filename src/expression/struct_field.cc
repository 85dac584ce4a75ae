// struct.field: the child column, null where the struct is null.
#include "expression/expression.h"

namespace headrace {

namespace {

class StructField final : public Expression {
 public:
  StructField(ExpressionPtr structure, int ordinal)
      : Expression(structure->type()->field(ordinal)->type(),
                   structure->nullable() || structure->type()->field(ordinal)->nullable(),
                   {structure}),
        ordinal_(ordinal) {}

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override {
    ARROW_ASSIGN_OR_RAISE(const Datum structure, children()[0]->Evaluate(input, context));
    if (structure.is_scalar()) {
      if (!structure.scalar()->is_valid) return Datum(arrow::MakeNullScalar(type()));
      return Datum(structure.scalar_as<arrow::StructScalar>().value[ordinal_]);
    }
    const auto array = structure.array_as<arrow::StructArray>();
    if (array->null_count() == 0) return Datum(array->field(ordinal_));
    ARROW_ASSIGN_OR_RAISE(auto field, array->GetFlattenedField(ordinal_, context.pool));
    return Datum(std::move(field));
  }

  int ordinal() const { return ordinal_; }

  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override {
    return std::make_shared<StructField>(std::move(children[0]), ordinal_);
  }

  std::string ToString() const override {
    return children()[0]->ToString() + "." + children()[0]->type()->field(ordinal_)->name();
  }

 private:
  int ordinal_;
};

}  // namespace

ExpressionPtr MakeStructField(ExpressionPtr structure, int ordinal) {
  return std::make_shared<StructField>(std::move(structure), ordinal);
}

int StructFieldOrdinal(const Expression& expression) {
  const auto* field = dynamic_cast<const StructField*>(&expression);
  return field ? field->ordinal() : -1;
}

}  // namespace headrace
