// What all joins share: pairs of rows in, condition, output by join type.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "operators/instances.h"

namespace headrace {

// Pairs that are looked at together.
inline constexpr int64_t kPairsAtOnce = 32 * 1024;

class JoinRows {
 public:
  JoinRows(const PhysicalNode& node, int partition);

  void Begin(const BatchContext& context);
  // The build side of this micro-batch in one batch.
  void SetBuild(BatchPtr build);
  bool has_build() const { return build_ != nullptr; }
  const BatchPtr& build() const { return build_; }

  // A probe row's first pair tells all about it: its others need not be given.
  bool first_pair_decides() const;

  // For each probe batch: Start, pairs (row of the batch, row of the build side), End.
  void Start(BatchPtr probe);
  Status AddPairs(const std::vector<uint32_t>& probe_rows, const std::vector<uint32_t>& build_rows,
                  BatchOutput* output);
  Status End(BatchOutput* output);
  // After all probe rows: what the build side has left to give.
  Status Finish(BatchOutput* output);

  bool needs_build_at_end() const { return preserves_build_; }

 private:
  Status PushExistence(BatchOutput* output) const;
  Status PushJoined(Arrays probe, Arrays build, int64_t rows, BatchOutput* output) const;
  Result<Arrays> NullRows(const SchemaPtr& schema, int64_t rows) const;

  const SchemaPtr schema_, probe_schema_, build_schema_, pair_schema_;
  const JoinType type_;  // from the probe side
  const bool build_is_left_, gives_build_rows_, preserves_build_, gives_existence_;
  const ExpressionPtr condition_;
  const int partition_;
  EvaluationContext evaluation_;
  BatchPtr probe_, build_;
  std::vector<uint8_t> probe_matched_, build_matched_, mask_;
};

}  // namespace headrace
