#include "operators/join_rows.h"

#include <utility>

#include <arrow/array/builder_primitive.h>
#include <arrow/array/util.h>

#include "operators/join_side.h"
#include "plan/existence_join.h"

namespace headrace {
namespace {

SchemaPtr PairSchema(const PhysicalNode& node) {
  const SchemaPtr& left = node.children[node.build_is_left ? 1 : 0]->schema;
  const SchemaPtr& right = node.children[node.build_is_left ? 0 : 1]->schema;
  std::vector<FieldPtr> fields = left->fields();
  fields.insert(fields.end(), right->fields().begin(), right->fields().end());
  return arrow::schema(std::move(fields));
}

bool GivesPairs(JoinType type) {
  return type != JoinType::kLeftSemi && type != JoinType::kLeftAnti;
}

std::vector<uint32_t> RowsWith(const std::vector<uint8_t>& marks, bool marked) {
  std::vector<uint32_t> rows;
  for (size_t i = 0; i < marks.size(); ++i) {
    if ((marks[i] != 0) == marked) rows.push_back(static_cast<uint32_t>(i));
  }
  return rows;
}

}  // namespace

JoinRows::JoinRows(const PhysicalNode& node, int partition)
    : schema_(node.schema),
      probe_schema_(node.children[0]->schema),
      build_schema_(node.children[1]->schema),
      pair_schema_(PairSchema(node)),
      type_(ProbeJoinType(node)),
      build_is_left_(node.build_is_left),
      gives_build_rows_(GivesBuildRows(node)),
      preserves_build_(PreservesBuildSide(node)),
      gives_existence_(IsExistenceJoin(node)),
      condition_(node.condition),
      partition_(partition) {}

void JoinRows::Begin(const BatchContext& context) {
  evaluation_ = EvaluationFor(context, partition_);
  probe_ = nullptr;
  build_ = nullptr;
  build_matched_.clear();
}

void JoinRows::SetBuild(BatchPtr build) {
  build_ = std::move(build);
  if (preserves_build_) build_matched_.assign(static_cast<size_t>(build_->num_rows()), 0);
}

bool JoinRows::first_pair_decides() const {
  return !GivesPairs(type_) && !preserves_build_ && condition_ == nullptr;
}

void JoinRows::Start(BatchPtr probe) {
  probe_ = std::move(probe);
  probe_matched_.assign(static_cast<size_t>(probe_->num_rows()), 0);
}

Status JoinRows::AddPairs(const std::vector<uint32_t>& probe_rows,
                          const std::vector<uint32_t>& build_rows, BatchOutput* output) {
  if (probe_rows.empty()) return Status::OK();
  const bool gives_pairs = GivesPairs(type_);
  Arrays probe, build;
  if (gives_pairs || condition_ != nullptr) {
    ARROW_ASSIGN_OR_RAISE(probe, TakeRows(probe_->columns(), probe_rows));
    ARROW_ASSIGN_OR_RAISE(build, TakeRows(build_->columns(), build_rows));
  }
  const auto rows = static_cast<int64_t>(probe_rows.size());
  mask_.assign(probe_rows.size(), 1);
  bool all = true;
  if (condition_ != nullptr) {
    Arrays pair = build_is_left_ ? build : probe;
    const Arrays& second = build_is_left_ ? probe : build;
    pair.insert(pair.end(), second.begin(), second.end());
    ARROW_ASSIGN_OR_RAISE(
        ArrayPtr holds,
        EvaluateToArray(*condition_, *MakeBatch(pair_schema_, rows, std::move(pair)), evaluation_));
    TrueRows(*holds, &mask_);
  }
  for (size_t i = 0; i < mask_.size(); ++i) {
    if (mask_[i] == 0) {
      all = false;
      continue;
    }
    probe_matched_[probe_rows[i]] = 1;
    if (preserves_build_) build_matched_[build_rows[i]] = 1;
  }
  if (!gives_pairs) return Status::OK();
  if (all) return PushJoined(std::move(probe), std::move(build), rows, output);
  const std::vector<uint32_t> kept = RowsWith(mask_, true);
  if (kept.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(probe, TakeRows(probe, kept));
  ARROW_ASSIGN_OR_RAISE(build, TakeRows(build, kept));
  return PushJoined(std::move(probe), std::move(build), static_cast<int64_t>(kept.size()), output);
}

Status JoinRows::End(BatchOutput* output) {
  if (type_ == JoinType::kInner || type_ == JoinType::kCross || type_ == JoinType::kRightOuter ||
      gives_build_rows_) {
    return Status::OK();
  }
  if (gives_existence_) return PushExistence(output);
  const std::vector<uint32_t> rows = RowsWith(probe_matched_, type_ == JoinType::kLeftSemi);
  if (rows.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(Arrays probe, TakeRows(probe_->columns(), rows));
  const auto count = static_cast<int64_t>(rows.size());
  if (!GivesPairs(type_)) return output->Push(MakeBatch(schema_, count, std::move(probe)));
  ARROW_ASSIGN_OR_RAISE(Arrays build, NullRows(build_schema_, count));
  return PushJoined(std::move(probe), std::move(build), count, output);
}

Status JoinRows::PushExistence(BatchOutput* output) const {
  arrow::BooleanBuilder exists(evaluation_.pool);
  ARROW_RETURN_NOT_OK(
      exists.AppendValues(probe_matched_.data(), static_cast<int64_t>(probe_matched_.size())));
  Arrays columns = probe_->columns();
  ARROW_ASSIGN_OR_RAISE(columns.emplace_back(), exists.Finish());
  return output->Push(MakeBatch(schema_, probe_->num_rows(), std::move(columns)));
}

Status JoinRows::Finish(BatchOutput* output) {
  if (!preserves_build_) return Status::OK();
  const std::vector<uint32_t> rows = RowsWith(build_matched_, type_ == JoinType::kLeftSemi);
  if (rows.empty()) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(Arrays build, TakeRows(build_->columns(), rows));
  const auto count = static_cast<int64_t>(rows.size());
  if (gives_build_rows_) {
    return PushInSlices(MakeBatch(schema_, count, std::move(build)), output);
  }
  ARROW_ASSIGN_OR_RAISE(Arrays probe, NullRows(probe_schema_, count));
  return PushJoined(std::move(probe), std::move(build), count, output);
}

Status JoinRows::PushJoined(Arrays probe, Arrays build, int64_t rows, BatchOutput* output) const {
  Arrays columns = build_is_left_ ? std::move(build) : std::move(probe);
  const Arrays& second = build_is_left_ ? probe : build;
  columns.insert(columns.end(), second.begin(), second.end());
  return PushInSlices(MakeBatch(schema_, rows, std::move(columns)), output);
}

Result<Arrays> JoinRows::NullRows(const SchemaPtr& schema, int64_t rows) const {
  Arrays columns;
  for (const FieldPtr& field : schema->fields()) {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr column, arrow::MakeArrayOfNull(field->type(), rows));
    columns.push_back(std::move(column));
  }
  return columns;
}

}  // namespace headrace
