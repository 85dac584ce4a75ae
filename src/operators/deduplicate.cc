// distinct() and dropDuplicates() within one batch: the first row of each key stays.
#include <utility>

#include "operators/group_table.h"
#include "operators/instances.h"

namespace headrace {
namespace {

class Deduplicate final : public Operator {
 public:
  explicit Deduplicate(const PhysicalNode& node)
      : key_columns_(node.key_columns), table_(KeyTypes(node, key_columns_)) {}

  Status Begin(const BatchContext&) override {
    table_.Clear();
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    Arrays keys;
    for (const int column : key_columns_) keys.push_back(batch->column(column));
    int64_t next = table_.size();
    ARROW_RETURN_NOT_OK(table_.Assign(keys, batch->num_rows(), &groups_));
    rows_.clear();
    for (size_t i = 0; i < groups_.size(); ++i) {
      if (groups_[i] != next) continue;
      rows_.push_back(static_cast<uint32_t>(i));
      ++next;
    }
    if (static_cast<int64_t>(rows_.size()) == batch->num_rows()) return output->Push(batch);
    if (rows_.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(BatchPtr kept, TakeRows(*batch, rows_));
    return output->Push(std::move(kept));
  }

 private:
  static std::vector<DataTypePtr> KeyTypes(const PhysicalNode& node,
                                           const std::vector<int>& columns) {
    std::vector<DataTypePtr> types;
    for (const int column : columns) types.push_back(node.schema->field(column)->type());
    return types;
  }

  const std::vector<int> key_columns_;
  GroupTable table_;
  std::vector<uint32_t> groups_, rows_;
};

}  // namespace

OperatorPtr MakeDeduplicate(const PhysicalNode& node, const OperatorSite&) {
  return std::make_unique<Deduplicate>(node);
}

}  // namespace headrace
