// applyInPandas, applyInArrow, aggregating functions: they see the rows of one group at a time.
#include <numeric>
#include <utility>

#include "operators/group_table.h"
#include "operators/python_operators.h"
#include "types/wire_types.h"

namespace headrace {
namespace {

class PythonGroups final : public PythonOperator {
 public:
  PythonGroups(const PhysicalNode& node, const OperatorSite& site)
      : PythonOperator(node, site),
        input_schema_(node.children[0]->schema),
        table_(KeyTypes(node)) {}

  Status Begin(const BatchContext& context) override {
    rows_.clear();
    return PythonOperator::Begin(context);
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    if (batch->num_rows() > 0) rows_.push_back(std::move(batch));
    return Status::OK();
  }

  Status Finish(BatchOutput* output) override {
    // Without keys there is one group even if there are no rows.
    if (rows_.empty() && !(aggregates() && operation_->key_inputs.empty())) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(const BatchPtr all, ConcatenateBatches(input_schema_, rows_));
    rows_.clear();
    ARROW_RETURN_NOT_OK(Start());
    ARROW_RETURN_NOT_OK(SendGroups(*all, output));
    ARROW_RETURN_NOT_OK(exchange().Finish());
    ARROW_RETURN_NOT_OK(Emit(output));
    End();
    return Status::OK();
  }

 private:
  bool aggregates() const { return operation_->shape == PythonOperation::Shape::kAggregate; }

  static std::vector<DataTypePtr> KeyTypes(const PhysicalNode& node) {
    std::vector<DataTypePtr> types;
    for (const int key : node.python->key_inputs) {
      types.push_back(node.children[0]->schema->field(key)->type());
    }
    return types;
  }

  Status SendGroups(const arrow::RecordBatch& all, BatchOutput* output) {
    table_.Clear();
    Arrays keys;
    for (const int key : operation_->key_inputs) keys.push_back(all.column(key));
    std::vector<uint32_t> groups;
    ARROW_RETURN_NOT_OK(table_.Assign(keys, all.num_rows(), &groups));
    // Rows of a group side by side, in their order.
    const auto count =
        operation_->key_inputs.empty() ? size_t{1} : static_cast<size_t>(table_.size());
    emitted_ = 0;
    if (aggregates()) {
      ARROW_ASSIGN_OR_RAISE(keys_, table_.Keys());
    }
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

  Status Emit(BatchOutput* output) {
    while (auto results = exchange().TakeBatch()) {
      ARROW_ASSIGN_OR_RAISE(auto batch,
                            aggregates() ? WithKeys(*results) : FromStruct(*results, schema_));
      if (batch->num_rows() > 0) ARROW_RETURN_NOT_OK(PushInSlices(batch, output));
    }
    return Status::OK();
  }

  // Results come a row a group, in the order of the groups.
  Result<BatchPtr> WithKeys(const arrow::RecordBatch& results) {
    const int64_t rows = results.num_rows();
    std::vector<std::shared_ptr<arrow::ArrayData>> columns;
    for (const ArrayPtr& key : keys_) columns.push_back(key->Slice(emitted_, rows)->data());
    for (size_t i = 0; i < operation_->results.size(); ++i) {
      ARROW_ASSIGN_OR_RAISE(
          columns.emplace_back(),
          ConvertLayout(results.column(static_cast<int>(i))->data(), operation_->results[i]));
    }
    emitted_ += rows;
    return arrow::RecordBatch::Make(schema_, rows, std::move(columns));
  }

  const SchemaPtr input_schema_;
  Arrays keys_;  // kAggregate: of the groups
  int64_t emitted_ = 0;
  GroupTable table_;
  std::vector<BatchPtr> rows_;
};

}  // namespace

OperatorPtr MakePythonGroups(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<PythonGroups>(node, site);
}

}  // namespace headrace
