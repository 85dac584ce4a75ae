// Equi-joins: the build side in a hash table that all probe partitions share.
#include <span>
#include <utility>

#include "operators/join_rows.h"
#include "operators/side_input.h"
#include "state/key_table.h"
#include "types/row_encoding.h"

namespace headrace {
namespace {

// The rows of key k are rows[starts[k]] .. rows[starts[k + 1] - 1], in the order they came.
struct JoinTable {
  BatchPtr build;
  KeyTable keys;
  std::vector<uint32_t> starts, rows;
  std::vector<uint32_t> null_rows;  // with NullKeys::kMatchAll; then not in `rows`

  std::span<const uint32_t> RowsOf(uint32_t key) const {
    return std::span(rows).subspan(starts[key], starts[key + 1] - starts[key]);
  }
};

class HashJoin final : public Operator {
 public:
  HashJoin(const PhysicalNode& node, const OperatorSite& site)
      : probe_keys_(node.probe_keys),
        build_keys_(node.build_keys),
        null_keys_(node.null_keys),
        build_schema_(node.children[1]->schema),
        side_(site.side),
        joined_(node, site.partition),
        first_pair_decides_(joined_.first_pair_decides()) {}

  Status Begin(const BatchContext& context) override {
    table_ = nullptr;
    joined_.Begin(context);
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput* output) override {
    ARROW_RETURN_NOT_OK(EnsureTable());
    ARROW_RETURN_NOT_OK(EncodeKeys(*batch, probe_keys_, &encoded_));
    table_->keys.Find(encoded_, &numbers_);
    HideNulls(*batch, probe_keys_);
    const int64_t rows = batch->num_rows();
    const ArrayPtr key = batch->column(probe_keys_[0]);
    const bool nulls_match_all = null_keys_ == NullKeys::kMatchAll;
    joined_.Start(std::move(batch));
    probe_rows_.clear();
    build_rows_.clear();
    for (int64_t i = 0; i < rows; ++i) {
      const auto row = static_cast<uint32_t>(i);
      if (numbers_[i] != KeyTable::kAbsent) {
        ARROW_RETURN_NOT_OK(Pair(row, table_->RowsOf(numbers_[i]), output));
      }
      if (!nulls_match_all) continue;
      if (key->IsNull(i)) ARROW_RETURN_NOT_OK(Pair(row, table_->rows, output));
      ARROW_RETURN_NOT_OK(Pair(row, table_->null_rows, output));
    }
    ARROW_RETURN_NOT_OK(FlushPairs(output));
    return joined_.End(output);
  }

  Status Finish(BatchOutput* output) override {
    if (joined_.needs_build_at_end()) ARROW_RETURN_NOT_OK(EnsureTable());
    return joined_.Finish(output);
  }

 private:
  Status Pair(uint32_t probe_row, std::span<const uint32_t> build_rows, BatchOutput* output) {
    if (first_pair_decides_ && !build_rows.empty()) build_rows = build_rows.first(1);
    for (const uint32_t build_row : build_rows) {
      probe_rows_.push_back(probe_row);
      build_rows_.push_back(build_row);
      if (static_cast<int64_t>(probe_rows_.size()) == kPairsAtOnce) {
        ARROW_RETURN_NOT_OK(FlushPairs(output));
      }
    }
    return Status::OK();
  }

  Status EnsureTable() {
    if (table_ != nullptr) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(table_, side_->Build<JoinTable>([this] { return MakeTable(); }));
    joined_.SetBuild(table_->build);
    return Status::OK();
  }

  static Status EncodeKeys(const arrow::RecordBatch& batch, const std::vector<int>& columns,
                           EncodedRows* out) {
    Arrays keys;
    for (const int column : columns) keys.push_back(batch.column(column));
    return EncodeRows(keys, batch.num_rows(), out);
  }

  // Rows with a null in the key are equal to none.
  void HideNulls(const arrow::RecordBatch& batch, const std::vector<int>& columns) {
    if (null_keys_ == NullKeys::kMatchNulls) return;
    for (const int column : columns) {
      const arrow::Array& keys = *batch.column(column);
      if (keys.null_count() == 0 && keys.type_id() != arrow::Type::NA) continue;
      for (int64_t i = 0; i < keys.length(); ++i) {
        if (keys.IsNull(i)) numbers_[i] = KeyTable::kAbsent;
      }
    }
  }

  Result<std::shared_ptr<JoinTable>> MakeTable() {
    auto table = std::make_shared<JoinTable>();
    ARROW_ASSIGN_OR_RAISE(table->build, ConcatenateBatches(build_schema_, side_->batches()));
    ARROW_RETURN_NOT_OK(EncodeKeys(*table->build, build_keys_, &encoded_));
    table->keys.FindOrInsert(encoded_, &numbers_);
    HideNulls(*table->build, build_keys_);
    table->starts.assign(table->keys.bound() + 1, 0);
    for (const uint32_t number : numbers_) {
      if (number != KeyTable::kAbsent) ++table->starts[number + 1];
    }
    for (size_t k = 1; k < table->starts.size(); ++k) table->starts[k] += table->starts[k - 1];
    std::vector<uint32_t> next(table->starts.begin(), table->starts.end() - 1);
    table->rows.resize(table->starts.back());
    for (size_t i = 0; i < numbers_.size(); ++i) {
      if (numbers_[i] != KeyTable::kAbsent) {
        table->rows[next[numbers_[i]]++] = static_cast<uint32_t>(i);
      } else if (null_keys_ == NullKeys::kMatchAll) {
        table->null_rows.push_back(static_cast<uint32_t>(i));
      }
    }
    return table;
  }

  Status FlushPairs(BatchOutput* output) {
    ARROW_RETURN_NOT_OK(joined_.AddPairs(probe_rows_, build_rows_, output));
    probe_rows_.clear();
    build_rows_.clear();
    return Status::OK();
  }

  const std::vector<int> probe_keys_, build_keys_;
  const NullKeys null_keys_;
  const SchemaPtr build_schema_;
  SideInput* const side_;
  JoinRows joined_;
  const bool first_pair_decides_;
  std::shared_ptr<const JoinTable> table_;
  EncodedRows encoded_;
  std::vector<uint32_t> numbers_, probe_rows_, build_rows_;
};

}  // namespace

OperatorPtr MakeHashJoin(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<HashJoin>(node, site);
}

}  // namespace headrace
