// applyInPandas, applyInArrow, aggregating functions: they see the rows of one group at a time.
#include <numeric>
#include <utility>

#include "operators/python_group_operator.h"

namespace headrace {
namespace {

class PythonGroups final : public PythonGroupOperator {
 public:
  using PythonGroupOperator::PythonGroupOperator;

 private:
  // Without keys there is one group even if there are no rows.
  bool runs_without_rows() const override { return aggregates() && operation_->key_inputs.empty(); }
  Result<BatchPtr> FromResults(const arrow::RecordBatch& results) override {
    return aggregates() ? WithKeys(results) : PythonGroupOperator::FromResults(results);
  }
  bool aggregates() const { return operation_->shape == PythonOperation::Shape::kAggregate; }

  Status SendGroups(const arrow::RecordBatch& all, BatchOutput* output) override {
    std::vector<uint32_t> groups;
    ARROW_ASSIGN_OR_RAISE(const size_t count, AssignGroups(all, &groups));
    emitted_ = 0;
    if (aggregates()) {
      ARROW_ASSIGN_OR_RAISE(keys_, table_.Keys());
    }
    // Rows of a group side by side, in their order.
    std::vector<int64_t> begins(count + 1, 0);
    for (const uint32_t group : groups) ++begins[group + 1];
    std::partial_sum(begins.begin(), begins.end(), begins.begin());
    std::vector<int64_t> next(begins.begin(), begins.end() - 1);
    std::vector<uint32_t> order(groups.size());
    for (size_t row = 0; row < groups.size(); ++row) {
      order[static_cast<size_t>(next[groups[row]]++)] = static_cast<uint32_t>(row);
    }
    ARROW_ASSIGN_OR_RAISE(const Arrays sorted, TakeRows(all.columns(), order));
    ARROW_ASSIGN_OR_RAISE(const auto flat, ForWorker(sorted, all.num_rows()));

    // Workers before 4.1 take a batch of one stream for a group.
    const bool stream_a_group = exchange().generation() >= WorkerGeneration::k4_1;
    const auto named = WithNames(flat);
    for (size_t group = 0; group < count; ++group) {
      if (stream_a_group) exchange().PutInt(1);
      ARROW_RETURN_NOT_OK(
          SendGroup(*named, begins[group], begins[group + 1], stream_a_group && !aggregates()));
      if (stream_a_group) ARROW_RETURN_NOT_OK(exchange().EndStream(nullptr));
      ARROW_RETURN_NOT_OK(Emit(output));
    }
    if (!stream_a_group) return exchange().EndStream(named->schema());
    exchange().PutInt(0);
    return Status::OK();
  }

  Status SendGroup(const arrow::RecordBatch& all, int64_t begin, int64_t end, bool in_slices) {
    const int64_t step = in_slices ? largest_batch() : end - begin;
    if (begin == end) return exchange().SendBatch(*all.Slice(begin, 0));
    for (int64_t row = begin; row < end; row += step) {
      ARROW_RETURN_NOT_OK(exchange().SendBatch(*all.Slice(row, std::min(step, end - row))));
    }
    return Status::OK();
  }

  // Functions know the columns by their names.
  std::shared_ptr<arrow::RecordBatch> WithNames(
      const std::shared_ptr<arrow::RecordBatch>& batch) const {
    arrow::FieldVector fields;
    for (int i = 0; i < batch->num_columns(); ++i) {
      fields.push_back(batch->schema()->field(i)->WithName(input_schema_->field(i)->name()));
    }
    const int64_t rows = batch->num_rows();
    const PythonEvaluation evaluation = operation_->task.evaluation;
    if (evaluation != PythonEvaluation::kGroupedMapArrow &&
        evaluation != PythonEvaluation::kGroupedMapArrowIterator) {
      return arrow::RecordBatch::Make(arrow::schema(std::move(fields)), rows, batch->columns());
    }
    // These take the whole row as one struct.
    auto all = std::make_shared<arrow::StructArray>(arrow::struct_(fields), rows, batch->columns());
    return arrow::RecordBatch::Make(arrow::schema({arrow::field("struct", all->type())}), rows,
                                    {all});
  }

  // Results come a row a group, in the order of the groups.
  Result<BatchPtr> WithKeys(const arrow::RecordBatch& results) {
    const int64_t rows = results.num_rows();
    Arrays columns;
    for (const ArrayPtr& key : keys_) columns.push_back(key->Slice(emitted_, rows));
    ARROW_ASSIGN_OR_RAISE(const Arrays values, ResultColumns(results));
    columns.insert(columns.end(), values.begin(), values.end());
    emitted_ += rows;
    return MakeBatch(schema_, rows, std::move(columns));
  }

  Arrays keys_;  // kAggregate: of the groups
  int64_t emitted_ = 0;
};

}  // namespace

OperatorPtr MakePythonGroups(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<PythonGroups>(node, site);
}

}  // namespace headrace
