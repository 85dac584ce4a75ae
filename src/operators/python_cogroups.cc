// cogroup().applyInPandas and applyInArrow: the function sees the rows of two relations that have
// equal keys. They come as the rows of one relation and are told apart here.
#include <numeric>
#include <utility>

#include <arrow/array/array_primitive.h>

#include "operators/python_batches.h"
#include "operators/python_group_operator.h"

namespace headrace {
namespace {

class PythonCogroups final : public PythonGroupOperator {
 public:
  using PythonGroupOperator::PythonGroupOperator;

 private:
  // The rows of one relation, those of a group side by side.
  struct Side {
    std::shared_ptr<arrow::RecordBatch> rows;
    std::vector<int64_t> begins;  // of each group, and the end
  };

  Status SendGroups(const arrow::RecordBatch& all, BatchOutput* output) override {
    std::vector<uint32_t> groups;
    ARROW_ASSIGN_OR_RAISE(const size_t count, AssignGroups(all, &groups));
    ARROW_ASSIGN_OR_RAISE(const Side first, SideOf(all, groups, count, false));
    ARROW_ASSIGN_OR_RAISE(const Side second, SideOf(all, groups, count, true));
    for (size_t group = 0; group < count; ++group) {
      exchange().PutInt(2);
      for (const Side* side : {&first, &second}) {
        const int64_t begin = side->begins[group];
        ARROW_RETURN_NOT_OK(
            exchange().SendBatch(*side->rows->Slice(begin, side->begins[group + 1] - begin)));
        ARROW_RETURN_NOT_OK(exchange().EndStream(nullptr));
      }
      ARROW_RETURN_NOT_OK(Emit(output));
    }
    exchange().PutInt(0);
    return Status::OK();
  }

  Result<Side> SideOf(const arrow::RecordBatch& all, const std::vector<uint32_t>& groups,
                      size_t count, bool is_second) const {
    const auto& second =
        static_cast<const arrow::BooleanArray&>(*all.column(all.num_columns() - 1));
    Side side;
    side.begins.assign(count + 1, 0);
    for (size_t row = 0; row < groups.size(); ++row) {
      if (second.Value(static_cast<int64_t>(row)) == is_second) ++side.begins[groups[row] + 1];
    }
    std::partial_sum(side.begins.begin(), side.begins.end(), side.begins.begin());
    std::vector<int64_t> next(side.begins.begin(), side.begins.end() - 1);
    std::vector<uint32_t> order(static_cast<size_t>(side.begins.back()));
    for (size_t row = 0; row < groups.size(); ++row) {
      if (second.Value(static_cast<int64_t>(row)) != is_second) continue;
      order[static_cast<size_t>(next[groups[row]]++)] = static_cast<uint32_t>(row);
    }
    Arrays columns;
    std::vector<std::string> names;
    const int begin = is_second ? operation_->first_inputs : 0;
    const int end = begin + (is_second ? operation_->second_inputs : operation_->first_inputs);
    for (int i = begin; i < end; ++i) {
      columns.push_back(all.column(i));
      names.push_back(input_schema_->field(i)->name());
    }
    ARROW_ASSIGN_OR_RAISE(columns, TakeRows(columns, order));
    ARROW_ASSIGN_OR_RAISE(
        side.rows, BatchForWorker(columns, names, static_cast<int64_t>(order.size()), zone()));
    return side;
  }
};

}  // namespace

OperatorPtr MakePythonCogroups(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<PythonCogroups>(node, site);
}

}  // namespace headrace
