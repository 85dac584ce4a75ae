// Rows on their way from one stage to the next.
//
// Every chain of the lower stage has a writer of its own, which sorts the rows it gets into
// partitions; nothing is shared while they run. Gather then puts the pieces together in the order
// of the sources they come from, whatever the order in which threads ran.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "operators/rows.h"
#include "plan/physical_plan.h"
#include "types/row_encoding.h"

namespace headrace {

// Where a chain's output goes.
class StageOutput : public BatchOutput {
 public:
  // Forgets what a micro-batch that failed has left behind.
  virtual void Clear() = 0;
  // What is pushed from here on comes from this source partition of the stage.
  virtual void BeginSource(int partition) = 0;
  // The source partition gives no more output.
  virtual Status EndSource(int partition) = 0;
};

class ExchangeWriter final : public StageOutput {
 public:
  ExchangeWriter(std::vector<int> key_columns, int partitions);
  void Clear() override;
  void BeginSource(int partition) override { source_ = partition; }
  Status EndSource(int) override { return Status::OK(); }
  Status Push(BatchPtr batch) override;

 private:
  friend class Exchange;
  struct Piece {
    int source;
    BatchPtr batch;
  };
  Status HashKeys(const arrow::RecordBatch& batch);

  const std::vector<int> key_columns_;
  int source_ = 0;
  std::vector<std::vector<Piece>> pieces_;  // by partition
  EncodedRows encoded_;
  std::vector<uint64_t> hashes_;
  std::vector<std::vector<uint32_t>> rows_;
};

class Exchange {
 public:
  // `key_columns` empty: all rows go to partition 0.
  Exchange(std::vector<int> key_columns, int partitions)
      : key_columns_(std::move(key_columns)), batches_(static_cast<size_t>(partitions)) {}

  int partitions() const { return static_cast<int>(batches_.size()); }
  std::unique_ptr<ExchangeWriter> MakeWriter() const {
    return std::make_unique<ExchangeWriter>(key_columns_, partitions());
  }
  void Clear();
  // Takes over what the writer of the next chain (or union branch) holds.
  void Gather(const std::vector<ExchangeWriter*>& writers);
  const std::vector<BatchPtr>& batches(int partition) const { return batches_[partition]; }
  std::vector<BatchPtr> Take(int partition) { return std::move(batches_[partition]); }
  int64_t rows() const;

 private:
  const std::vector<int> key_columns_;
  std::vector<std::vector<BatchPtr>> batches_;
};

}  // namespace headrace
