// mapInPandas, mapInArrow: the function sees the rows of a partition as they come.
#include <utility>

#include "operators/python_operators.h"

namespace headrace {
namespace {

class PythonRows final : public PythonOperator {
 public:
  PythonRows(const PhysicalNode& node, const OperatorSite& site) : PythonOperator(node, site) {
    for (const ExpressionPtr& input : node.expressions) {
      const auto* column = dynamic_cast<const BoundReference*>(input.get());
      fields_.push_back(arrow::field(column ? column->name() : "", input->type()));
    }
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    return OfStage(SendRows(*batch, output));
  }

  Status Finish(BatchOutput* output) override { return OfStage(Complete(output)); }

 private:
  // A task of a barrier stage does not fail alone, so what is told is that the stage failed.
  Status OfStage(Status status) const {
    const ErrorDetail* detail = ErrorDetail::Get(status);
    if (!operation_->task.is_barrier || detail == nullptr || detail->kind() != ErrorKind::kPython) {
      return status;
    }
    return MakeError(ErrorKind::kSpark, "", "A barrier stage failed: " + status.message());
  }

  Status SendRows(const arrow::RecordBatch& batch, BatchOutput* output) {
    ARROW_RETURN_NOT_OK(Start());
    for (int64_t row = 0; row < batch.num_rows(); row += largest_batch()) {
      const BatchPtr slice = batch.Slice(row, largest_batch());
      ARROW_ASSIGN_OR_RAISE(auto rows, RowsOf(*slice));
      ARROW_RETURN_NOT_OK(exchange().SendBatch(*rows));
      ARROW_RETURN_NOT_OK(Emit(output));
    }
    return Status::OK();
  }

  // The function is called for a partition without rows too.
  Status Complete(BatchOutput* output) {
    ARROW_RETURN_NOT_OK(Start());
    Arrays none;
    for (const FieldPtr& field : fields_) {
      ARROW_ASSIGN_OR_RAISE(none.emplace_back(), arrow::MakeEmptyArray(field->type()));
    }
    ARROW_ASSIGN_OR_RAISE(const auto empty, Wrap(none, 0));
    ARROW_RETURN_NOT_OK(exchange().EndStream(empty->schema()));
    ARROW_RETURN_NOT_OK(exchange().Finish());
    ARROW_RETURN_NOT_OK(Emit(output));
    End();
    return Status::OK();
  }

  // One struct column that holds the whole row.
  Result<std::shared_ptr<arrow::RecordBatch>> Wrap(const Arrays& columns, int64_t length) const {
    ARROW_ASSIGN_OR_RAISE(auto flat, ForWorker(columns, length));
    arrow::FieldVector fields;
    for (int i = 0; i < flat->num_columns(); ++i) {
      fields.push_back(flat->schema()->field(i)->WithName(fields_[static_cast<size_t>(i)]->name()));
    }
    auto rows =
        std::make_shared<arrow::StructArray>(arrow::struct_(fields), length, flat->columns());
    return arrow::RecordBatch::Make(arrow::schema({arrow::field("struct", rows->type())}), length,
                                    {rows});
  }

  Result<std::shared_ptr<arrow::RecordBatch>> RowsOf(const arrow::RecordBatch& batch) const {
    ARROW_ASSIGN_OR_RAISE(const Arrays columns, Inputs(batch));
    return Wrap(columns, batch.num_rows());
  }

  Status Emit(BatchOutput* output) {
    while (auto results = exchange().TakeBatch()) {
      ARROW_ASSIGN_OR_RAISE(auto batch, FromStruct(*results, schema_));
      if (batch->num_rows() > 0) ARROW_RETURN_NOT_OK(PushInSlices(batch, output));
    }
    return Status::OK();
  }

  arrow::FieldVector fields_;  // of the rows that are sent
};

}  // namespace

OperatorPtr MakePythonRows(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<PythonRows>(node, site);
}

}  // namespace headrace
