// INTERSECT and EXCEPT, distinct and ALL: rows of the left side by how often the right has them.
#include <utility>

#include "operators/instances.h"
#include "operators/side_input.h"
#include "state/key_table.h"
#include "types/row_encoding.h"

namespace headrace {
namespace {

// How often each row occurs on the right.
struct RightRows {
  KeyTable table;
  std::vector<int64_t> counts;
};

class SetOperation final : public Operator {
 public:
  SetOperation(const PhysicalNode& node, const OperatorSite& site)
      : intersect_(node.kind == PhysicalKind::kIntersect),
        all_(node.all),
        schema_(node.schema),
        side_(site.side) {}

  Status Begin(const BatchContext&) override {
    right_ = nullptr;
    left_counts_.clear();
    seen_.Clear();
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    if (right_ == nullptr) {
      ARROW_ASSIGN_OR_RAISE(right_, side_->Build<RightRows>([this] { return CountRight(); }));
      left_counts_ = right_->counts;
    }
    ARROW_RETURN_NOT_OK(EncodeRows(batch->columns(), batch->num_rows(), &encoded_));
    right_->table.Find(encoded_, &numbers_);
    uint32_t next = seen_.bound();
    if (!all_) seen_.FindOrInsert(encoded_, &seen_numbers_);
    rows_.clear();
    for (size_t i = 0; i < numbers_.size(); ++i) {
      const bool on_right = numbers_[i] != KeyTable::kAbsent;
      bool kept = false;
      if (all_) {
        // Each row on the right pairs with one on the left.
        const bool paired = on_right && left_counts_[numbers_[i]] > 0;
        if (paired) --left_counts_[numbers_[i]];
        kept = paired == intersect_;
      } else if (seen_numbers_[i] == next) {
        ++next;
        kept = on_right == intersect_;
      }
      if (kept) rows_.push_back(static_cast<uint32_t>(i));
    }
    if (rows_.empty()) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(BatchPtr result, TakeRows(*batch, rows_));
    return output->Push(WithSchema(schema_, result));
  }

 private:
  Result<std::shared_ptr<RightRows>> CountRight() const {
    auto right = std::make_shared<RightRows>();
    EncodedRows encoded;
    std::vector<uint32_t> numbers;
    for (const BatchPtr& batch : side_->batches()) {
      ARROW_RETURN_NOT_OK(EncodeRows(batch->columns(), batch->num_rows(), &encoded));
      right->table.FindOrInsert(encoded, &numbers);
      right->counts.resize(right->table.bound(), 0);
      for (const uint32_t number : numbers) ++right->counts[number];
    }
    return right;
  }

  const bool intersect_, all_;
  const SchemaPtr schema_;
  SideInput* const side_;
  std::shared_ptr<const RightRows> right_;
  std::vector<int64_t> left_counts_;  // occurrences on the right that are not paired yet
  KeyTable seen_;
  EncodedRows encoded_;
  std::vector<uint32_t> numbers_, seen_numbers_, rows_;
};

}  // namespace

OperatorPtr MakeSetOperation(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<SetOperation>(node, site);
}

}  // namespace headrace
