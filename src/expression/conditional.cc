// Expressions that evaluate an argument only on the rows that reach it.
#include <arrow/array/util.h>
#include <arrow/compute/initialize.h>

#include "expression/expression.h"
#include "expression/conditional.h"
#include "expression/selection.h"

namespace headrace {

namespace {

Status EnsureKernels() {
  static const Status status = arrow::compute::Initialize();
  return status;
}

// Row numbers among `rows` where `condition` is true, and the others. The condition has a value
// for each of `rows`, or (`aligned`) for each row of the batch.
void Split(const arrow::BooleanArray& condition, const std::vector<int32_t>& rows, bool aligned,
           std::vector<int32_t>* chosen, std::vector<int32_t>* others) {
  const bool nulls = condition.null_count() > 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    const int64_t position = aligned ? rows[i] : static_cast<int64_t>(i);
    const bool is_true = condition.Value(position) && !(nulls && condition.IsNull(position));
    (is_true ? chosen : others)->push_back(rows[i]);
  }
}

bool IsTrue(const arrow::Scalar& scalar) {
  return scalar.is_valid && static_cast<const arrow::BooleanScalar&>(scalar).value;
}

std::vector<Branch> MakeBranches(const std::vector<ExpressionPtr>& expressions) {
  std::vector<Branch> branches;
  branches.reserve(expressions.size());
  for (const ExpressionPtr& expression : expressions) branches.emplace_back(expression);
  return branches;
}

class CaseWhen final : public Expression {
 public:
  CaseWhen(std::vector<ExpressionPtr> children, DataTypePtr type)
      : Expression(std::move(type), MayBeNull(children), children),
        branches_(MakeBranches(children)) {}

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override {
    std::vector<int32_t> remaining = AllRows(input.num_rows());
    Merger merger(type(), input.num_rows());
    for (size_t i = 0; i + 1 < branches_.size() && !remaining.empty(); i += 2) {
      const Branch& condition = branches_[i];
      const bool aligned = condition.on_all_rows();
      ARROW_ASSIGN_OR_RAISE(const Datum truth,
                            aligned ? condition.expression().Evaluate(input, context)
                                    : condition.EvaluateOn(input, remaining, context));
      std::vector<int32_t> chosen;
      std::vector<int32_t> others;
      if (truth.is_scalar()) {
        if (!IsTrue(*truth.scalar())) continue;
        chosen.swap(remaining);
      } else {
        Split(*truth.array_as<arrow::BooleanArray>(), remaining, aligned, &chosen, &others);
        remaining.swap(others);
      }
      if (static_cast<int64_t>(chosen.size()) == input.num_rows() && input.num_rows() > 0) {
        return Whole(branches_[i + 1], input, context);
      }
      ARROW_RETURN_NOT_OK(Assign(branches_[i + 1], input, chosen, context, &merger));
    }
    if (branches_.size() % 2 == 1) {
      if (static_cast<int64_t>(remaining.size()) == input.num_rows() && input.num_rows() > 0) {
        return Whole(branches_.back(), input, context);
      }
      ARROW_RETURN_NOT_OK(Assign(branches_.back(), input, remaining, context, &merger));
    }
    return std::move(merger).Finish(context.pool);
  }

  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override {
    return std::make_shared<CaseWhen>(std::move(children), type());
  }

  std::string ToString() const override {
    std::string text = "CASE";
    for (size_t i = 0; i + 1 < children().size(); i += 2) {
      text += " WHEN " + children()[i]->ToString() + " THEN " + children()[i + 1]->ToString();
    }
    if (children().size() % 2 == 1) text += " ELSE " + children().back()->ToString();
    return text + " END";
  }

 private:
  static bool MayBeNull(const std::vector<ExpressionPtr>& children) {
    if (children.size() % 2 == 0 || children.back()->nullable()) return true;
    for (size_t i = 1; i < children.size(); i += 2) {
      if (children[i]->nullable()) return true;
    }
    return false;
  }

  // All rows take one branch.
  static Result<Datum> Whole(const Branch& branch, const arrow::RecordBatch& input,
                             const EvaluationContext& context) {
    return branch.expression().Evaluate(input, context);
  }

  static Status Assign(const Branch& branch, const arrow::RecordBatch& input,
                       const std::vector<int32_t>& rows, const EvaluationContext& context,
                       Merger* merger) {
    if (rows.empty()) return Status::OK();
    if (branch.on_all_rows()) {
      ARROW_ASSIGN_OR_RAISE(const Datum values, branch.expression().Evaluate(input, context));
      return merger->AddAligned(values, rows, context.pool);
    }
    ARROW_ASSIGN_OR_RAISE(const Datum values, branch.EvaluateOn(input, rows, context));
    return merger->Add(values, rows, context.pool);
  }

  std::vector<Branch> branches_;
};

// AND and OR: the left side decides a row when it equals `decisive` (false for AND, true for OR);
// only the other rows evaluate the right side.
class ShortCircuit final : public Expression {
 public:
  ShortCircuit(ExpressionPtr left, ExpressionPtr right, bool decisive)
      : Expression(arrow::boolean(), left->nullable() || right->nullable(), {left, right}),
        right_(right),
        decisive_(decisive) {}

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override {
    ARROW_RETURN_NOT_OK(EnsureKernels());
    ARROW_ASSIGN_OR_RAISE(const Datum left, children()[0]->Evaluate(input, context));
    if (left.is_scalar()) {
      const bool decided =
          left.scalar()->is_valid && left.scalar_as<arrow::BooleanScalar>().value == decisive_;
      if (decided) return left;
      ARROW_ASSIGN_OR_RAISE(const Datum right, right_.expression().Evaluate(input, context));
      return left.scalar()->is_valid ? right : Combine(left, right, context);
    }
    if (right_.on_all_rows()) {
      ARROW_ASSIGN_OR_RAISE(const Datum right, right_.expression().Evaluate(input, context));
      return Combine(left, right, context);
    }
    const std::vector<int32_t> open = Undecided(*left.array_as<arrow::BooleanArray>());
    if (open.empty()) return left;
    ARROW_ASSIGN_OR_RAISE(const Datum right, right_.EvaluateOn(input, open, context));
    if (right.is_scalar() || static_cast<int64_t>(open.size()) == input.num_rows()) {
      return Combine(left, right, context);
    }
    Merger merger(arrow::boolean(), input.num_rows());
    ARROW_RETURN_NOT_OK(merger.Add(right, open, context.pool));
    ARROW_ASSIGN_OR_RAISE(const Datum spread, std::move(merger).Finish(context.pool));
    return Combine(left, spread, context);
  }

  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override {
    return std::make_shared<ShortCircuit>(std::move(children[0]), std::move(children[1]),
                                          decisive_);
  }

  bool is_and() const { return !decisive_; }

  std::string ToString() const override {
    return "(" + children()[0]->ToString() + (decisive_ ? " OR " : " AND ") +
           children()[1]->ToString() + ")";
  }

 private:
  std::vector<int32_t> Undecided(const arrow::BooleanArray& left) const {
    std::vector<int32_t> open;
    const bool nulls = left.null_count() > 0;
    for (int64_t i = 0; i < left.length(); ++i) {
      if (left.Value(i) != decisive_ || (nulls && left.IsNull(i))) {
        open.push_back(static_cast<int32_t>(i));
      }
    }
    return open;
  }

  Result<Datum> Combine(const Datum& left, const Datum& right,
                        const EvaluationContext& context) const {
    arrow::compute::ExecContext exec(context.pool);
    return arrow::compute::CallFunction(decisive_ ? "or_kleene" : "and_kleene", {left, right},
                                        &exec);
  }

  Branch right_;
  bool decisive_;
};

class Coalesce final : public Expression {
 public:
  Coalesce(std::vector<ExpressionPtr> children, DataTypePtr type)
      : Expression(std::move(type), MayBeNull(children), children),
        branches_(MakeBranches(children)) {}

  Result<Datum> Evaluate(const arrow::RecordBatch& input,
                         const EvaluationContext& context) const override {
    std::vector<int32_t> remaining = AllRows(input.num_rows());
    Merger merger(type(), input.num_rows());
    for (const Branch& branch : branches_) {
      if (remaining.empty()) break;
      const bool whole = static_cast<int64_t>(remaining.size()) == input.num_rows();
      ARROW_ASSIGN_OR_RAISE(const Datum values, branch.EvaluateOn(input, remaining, context));
      if (values.is_scalar()) {
        if (!values.scalar()->is_valid) continue;
        if (whole) return values;
        ARROW_RETURN_NOT_OK(merger.Add(values, remaining, context.pool));
        remaining.clear();
        break;
      }
      const std::shared_ptr<arrow::Array> array = values.make_array();
      if (whole && array->null_count() == 0) return values;
      std::vector<int32_t> nulls;
      for (size_t i = 0; i < remaining.size(); ++i) {
        if (array->IsNull(static_cast<int64_t>(i))) nulls.push_back(remaining[i]);
      }
      // Rows that are null here are assigned again, or stay null.
      ARROW_RETURN_NOT_OK(merger.Add(values, remaining, context.pool));
      remaining.swap(nulls);
    }
    return std::move(merger).Finish(context.pool);
  }

  ExpressionPtr WithChildren(std::vector<ExpressionPtr> children) const override {
    return std::make_shared<Coalesce>(std::move(children), type());
  }

  std::string ToString() const override {
    std::string text = "coalesce(";
    for (size_t i = 0; i < children().size(); ++i) {
      text += (i > 0 ? ", " : "") + children()[i]->ToString();
    }
    return text + ")";
  }

 private:
  static bool MayBeNull(const std::vector<ExpressionPtr>& children) {
    for (const ExpressionPtr& child : children) {
      if (!child->nullable()) return false;
    }
    return true;
  }

  std::vector<Branch> branches_;
};

}  // namespace

ExpressionPtr MakeCaseWhen(std::vector<ExpressionPtr> conditions_and_values, DataTypePtr type) {
  return std::make_shared<CaseWhen>(std::move(conditions_and_values), std::move(type));
}

ExpressionPtr MakeAnd(ExpressionPtr left, ExpressionPtr right) {
  return std::make_shared<ShortCircuit>(std::move(left), std::move(right), /*decisive=*/false);
}

ExpressionPtr MakeOr(ExpressionPtr left, ExpressionPtr right) {
  return std::make_shared<ShortCircuit>(std::move(left), std::move(right), /*decisive=*/true);
}

bool IsAnd(const Expression& expression) {
  const auto* connective = dynamic_cast<const ShortCircuit*>(&expression);
  return connective && connective->is_and();
}

bool IsOr(const Expression& expression) {
  const auto* connective = dynamic_cast<const ShortCircuit*>(&expression);
  return connective && !connective->is_and();
}

bool IsCoalesce(const Expression& expression) {
  return dynamic_cast<const Coalesce*>(&expression) != nullptr;
}

ExpressionPtr MakeCoalesce(std::vector<ExpressionPtr> arguments, DataTypePtr type) {
  return std::make_shared<Coalesce>(std::move(arguments), std::move(type));
}

}  // namespace headrace
