#include "headrace/arrow.h"

#include "client/exception_factory.h"
#include "client/row_decoding.h"

namespace headrace::inline v1 {

std::shared_ptr<arrow::Table> toArrow(const DataFrame& dataframe) {
  std::vector<std::shared_ptr<arrow::RecordBatch>> batches;
  client::FetchBatches(dataframe.connection().get(), *dataframe.plan(),
                       [&batches](const auto& batch) {
                         batches.push_back(batch);
                         return true;
                       });
  // The protocol has a batch, if an empty one, in every result.
  if (batches.empty()) client::ThrowConnectError("The server sent a result without any batch.");
  auto table = arrow::Table::FromRecordBatches(batches);
  if (!table.ok()) {
    client::ThrowConnectError("The server sent batches that do not fit each other: " +
                              table.status().message());
  }
  return *table;
}

}  // namespace headrace::inline v1
