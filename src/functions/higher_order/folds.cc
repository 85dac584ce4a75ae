// aggregate (reduce) and array_sort with a comparator: steps that follow each other within a row go
// for all rows of the batch at once.
#include <algorithm>

#include <arrow/array/concatenate.h>

#include "functions/collection/gather.h"
#include "functions/higher_order/elements.h"
#include "functions/higher_order/higher_order_topics.h"
#include "types/with_type.h"

namespace headrace {
namespace {

ArrayPtr Wrap(const std::vector<int64_t>& numbers) {
  return std::make_shared<arrow::Int64Array>(static_cast<int64_t>(numbers.size()),
                                             arrow::Buffer::Wrap(numbers.data(), numbers.size()));
}

// Accumulators of the rows that still have elements, one behind the other; those of the other rows
// are put aside in pieces.
class Fold {
 public:
  Fold(const arrow::ListArray& lists, arrow::MemoryPool* pool) : lists_(lists), pool_(pool) {}

  Result<ArrayPtr> Run(const ArrayPtr& initial, const LambdaCall& merge, const LambdaCall& finish) {
    for (int64_t i = 0; i < lists_.length(); ++i) {
      if (!lists_.IsNull(i)) open_.push_back(i);
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr accumulators, GatherValues(initial, open_, pool_));
    std::vector<int64_t> positions;
    for (int32_t step = 0; !open_.empty(); ++step) {
      ARROW_RETURN_NOT_OK(PutEndedAside(step, &accumulators));
      if (open_.empty()) break;
      positions.clear();
      for (const int64_t row : open_) positions.push_back(lists_.value_offset(row) + step);
      ARROW_ASSIGN_OR_RAISE(ArrayPtr values, GatherValues(lists_.values(), positions, pool_));
      ARROW_ASSIGN_OR_RAISE(ArrayPtr merged, merge(Wrap(open_), {accumulators, std::move(values)}));
      accumulators = WithType(merged, initial->type());
    }
    if (pieces_.empty()) pieces_.push_back(accumulators);
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr all, arrow::Concatenate(pieces_, pool_));
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr result, finish(Wrap(ended_), {all}));
    std::vector<int64_t> places(lists_.length(), -1);
    for (size_t i = 0; i < ended_.size(); ++i) places[ended_[i]] = static_cast<int64_t>(i);
    return GatherValues(result, places, pool_);
  }

 private:
  Status PutEndedAside(int32_t step, ArrayPtr* accumulators) {
    std::vector<int64_t> still_open, kept, ended;
    for (size_t i = 0; i < open_.size(); ++i) {
      const bool more = lists_.value_length(open_[i]) > step;
      (more ? kept : ended).push_back(static_cast<int64_t>(i));
      (more ? still_open : ended_).push_back(open_[i]);
    }
    if (ended.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(ArrayPtr piece, GatherValues(*accumulators, ended, pool_));
    pieces_.push_back(std::move(piece));
    ARROW_ASSIGN_OR_RAISE(*accumulators, GatherValues(*accumulators, kept, pool_));
    open_ = std::move(still_open);
    return Status::OK();
  }

  const arrow::ListArray& lists_;
  arrow::MemoryPool* pool_;
  std::vector<int64_t> open_, ended_;  // rows
  arrow::ArrayVector pieces_;          // accumulators of ended_
};

Result<ExpressionPtr> BindAggregate(const std::string& name, Arguments arguments,
                                    const BindContext&) {
  const DataTypePtr accumulator = arguments[1]->type();
  ARROW_RETURN_NOT_OK(CheckResult(name, 2, *arguments[2], *accumulator));
  if (arguments.size() == 3) {
    auto variable = std::make_shared<LambdaVariable>(0, accumulator, true);
    arguments.push_back(
        std::make_shared<LambdaFunction>(variable, std::vector<LambdaVariablePtr>{variable}));
  }
  const DataTypePtr type = arguments[3]->type();
  const bool nullable = arguments[0]->nullable() || arguments[3]->nullable();
  return MakeHigherOrderCall(
      name, type, nullable, std::move(arguments),
      [](const std::vector<ArrayPtr>& values, const std::vector<LambdaCall>& lambdas, int64_t,
         const EvaluationContext& context) {
        Fold fold(static_cast<const arrow::ListArray&>(*values[0]), context.pool);
        return fold.Run(values[1], lambdas[0], lambdas[1]);
      });
}

// Merge sort from the bottom up. Each round takes the next comparison of every merge in every row
// and asks the comparator about all of them at once: is the right element below the left one?
class ComparatorSort {
 public:
  ComparatorSort(const arrow::ListArray& lists, const LambdaCall& comparator,
                 arrow::MemoryPool* pool)
      : lists_(lists), comparator_(comparator), pool_(pool) {}

  Result<ArrayPtr> Run(const DataTypePtr& type) {
    ARROW_ASSIGN_OR_RAISE(values_, lists_.Flatten(pool_));
    ARROW_ASSIGN_OR_RAISE(elements_, RowsOf(lists_, pool_));
    order_.resize(elements_.count());
    for (size_t i = 0; i < order_.size(); ++i) order_[i] = static_cast<int64_t>(i);
    merged_ = order_;
    int32_t longest = 0;
    for (size_t row = 0; row + 1 < elements_.offsets.size(); ++row) {
      longest = std::max(longest, elements_.offsets[row + 1] - elements_.offsets[row]);
    }
    for (int64_t width = 1; width < longest; width *= 2) ARROW_RETURN_NOT_OK(MergeRuns(width));
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr sorted, GatherValues(values_, order_, pool_));
    ARROW_ASSIGN_OR_RAISE(auto validity, ValidityOf(lists_, pool_));
    return MakeList(type, elements_.offsets, std::move(validity), sorted);
  }

 private:
  struct Merge {
    int64_t row, left, left_end, right, right_end, out;
  };

  Status MergeRuns(int64_t width) {
    std::vector<Merge> merges;
    for (size_t row = 0; row + 1 < elements_.offsets.size(); ++row) {
      const int64_t end = elements_.offsets[row + 1];
      for (int64_t begin = elements_.offsets[row]; begin < end; begin += 2 * width) {
        const int64_t middle = std::min(begin + width, end);
        merges.push_back({static_cast<int64_t>(row), begin, middle, middle,
                          std::min(begin + 2 * width, end), begin});
      }
    }
    for (;;) {
      std::erase_if(merges, [&](const Merge& merge) { return CopyRest(merge); });
      if (merges.empty()) break;
      ARROW_RETURN_NOT_OK(Step(&merges));
    }
    order_ = merged_;
    return Status::OK();
  }

  // Once one side is used up the other follows as it is.
  bool CopyRest(const Merge& merge) {
    if (merge.left < merge.left_end && merge.right < merge.right_end) return false;
    auto out = std::copy(order_.begin() + merge.left, order_.begin() + merge.left_end,
                         merged_.begin() + merge.out);
    std::copy(order_.begin() + merge.right, order_.begin() + merge.right_end, out);
    return true;
  }

  Status Step(std::vector<Merge>* merges) {
    std::vector<int64_t> rows, left, right;
    for (const Merge& merge : *merges) {
      rows.push_back(merge.row);
      left.push_back(order_[merge.left]);
      right.push_back(order_[merge.right]);
    }
    ARROW_ASSIGN_OR_RAISE(ArrayPtr lefts, GatherValues(values_, left, pool_));
    ARROW_ASSIGN_OR_RAISE(ArrayPtr rights, GatherValues(values_, right, pool_));
    ARROW_ASSIGN_OR_RAISE(const ArrayPtr result, comparator_(Wrap(rows), {rights, lefts}));
    const auto& compared = static_cast<const arrow::Int32Array&>(*result);
    for (size_t i = 0; i < merges->size(); ++i) {
      if (compared.IsNull(static_cast<int64_t>(i))) return ComparedToNull(right[i], left[i]);
      Merge& merge = (*merges)[i];
      const bool take_right = compared.Value(static_cast<int64_t>(i)) < 0;
      merged_[merge.out++] = order_[take_right ? merge.right++ : merge.left++];
    }
    return Status::OK();
  }

  Status ComparedToNull(int64_t one, int64_t other) const {
    ARROW_ASSIGN_OR_RAISE(const auto first, values_->GetScalar(one));
    ARROW_ASSIGN_OR_RAISE(const auto second, values_->GetScalar(other));
    return MakeError(ErrorKind::kSpark, "COMPARATOR_RETURNS_NULL",
                     "the comparator of array_sort gives NULL for " + first->ToString() + " and " +
                         second->ToString() +
                         "; it must give a number below, equal to or above 0, for nulls as well",
                     {{"firstValue", first->ToString()}, {"secondValue", second->ToString()}});
  }

  const arrow::ListArray& lists_;
  const LambdaCall& comparator_;
  arrow::MemoryPool* pool_;
  ArrayPtr values_;
  ElementRows elements_;
  std::vector<int64_t> order_, merged_;  // positions in values_
};

}  // namespace

Result<ExpressionPtr> BindComparatorSort(Arguments arguments) {
  if (arguments[1]->type()->id() != arrow::Type::INT32) {
    const std::string actual = "\"" + SqlName(*arguments[1]->type()) + "\"";
    return AnalysisError(
        "DATATYPE_MISMATCH.UNEXPECTED_RETURN_TYPE",
        "the comparator of `array_sort` must give \"INT\", but gives " + actual + "; cast it",
        {{"functionName", "`lambdafunction`"},
         {"expectedType", "\"INT\""},
         {"actualType", actual}});
  }
  const DataTypePtr type = arguments[0]->type();
  const bool nullable = arguments[0]->nullable();
  return MakeHigherOrderCall(
      "array_sort", type, nullable, std::move(arguments),
      [type](const std::vector<ArrayPtr>& values, const std::vector<LambdaCall>& lambdas, int64_t,
             const EvaluationContext& context) {
        ComparatorSort sort(static_cast<const arrow::ListArray&>(*values[0]), lambdas[0],
                            context.pool);
        return sort.Run(type);
      });
}

void RegisterFoldFunctions(FunctionRegistry* registry) {
  for (const std::string name : {"aggregate", "reduce"}) {
    ScalarFunction function;
    function.names = {name};
    function.documentation = {
        name + "(array, start, (sum, x) -> sum[, sum -> value]) -> value",
        "Merges the elements into the start value one after the other, and finishes with the last "
        "function.",
        name + "(array(1, 2, 3), 0, (acc, x) -> acc + x, acc -> acc * 10)"};
    function.display = [name](std::vector<std::string> arguments) {
      if (arguments.size() == 3) {
        arguments.push_back("lambdafunction(namedlambdavariable(), namedlambdavariable())");
      }
      return CallText(name, arguments);
    };
    function.bind = [name](Arguments arguments, const BindContext& context) {
      return BindAggregate(name, std::move(arguments), context);
    };
    registry->Add(std::move(function));
  }
}

}  // namespace headrace
