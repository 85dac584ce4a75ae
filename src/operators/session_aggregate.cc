// Aggregation over session windows within one batch.
#include <utility>

#include "operators/instances.h"
#include "operators/session_rows.h"

namespace headrace {
namespace {

class SessionAggregate final : public Operator {
 public:
  SessionAggregate(const PhysicalNode& node, const OperatorSite&)
      : schema_(node.schema),
        key_count_(node.key_count),
        session_key_(node.session_key),
        rows_(OtherKeyTypes(node), node.aggregates) {}

  Status Begin(const BatchContext&) override {
    rows_.Clear();
    return Status::OK();
  }

  Status Process(BatchPtr batch, int, BatchOutput*) override {
    const Arrays& columns = batch->columns();
    const Arrays keys(columns.begin(), columns.begin() + key_count_);
    const Arrays states(columns.begin() + key_count_, columns.end());
    return rows_.Add(WithoutColumn(keys, session_key_), *keys[session_key_], states);
  }

  Status Finish(BatchOutput* output) override {
    ARROW_ASSIGN_OR_RAISE(const MergedSessions sessions, rows_.Merge());
    if (sessions.size() == 0) return Status::OK();
    ARROW_ASSIGN_OR_RAISE(Arrays columns, rows_.GroupKeys());
    ARROW_ASSIGN_OR_RAISE(columns, TakeRows(columns, sessions.groups));
    columns.insert(
        columns.begin() + session_key_,
        SessionColumn(schema_->field(session_key_)->type(), sessions.starts, sessions.ends));
    ARROW_ASSIGN_OR_RAISE(const Arrays results, rows_.Results());
    columns.insert(columns.end(), results.begin(), results.end());
    rows_.Clear();
    return PushInSlices(MakeBatch(schema_, sessions.size(), std::move(columns)), output);
  }

 private:
  static std::vector<DataTypePtr> OtherKeyTypes(const PhysicalNode& node) {
    std::vector<DataTypePtr> types;
    for (int i = 0; i < node.key_count; ++i) {
      if (i != node.session_key) types.push_back(node.schema->field(i)->type());
    }
    return types;
  }

  const SchemaPtr schema_;
  const int key_count_, session_key_;
  SessionRows rows_;
};

}  // namespace

OperatorPtr MakeSessionAggregate(const PhysicalNode& node, const OperatorSite& site) {
  return std::make_unique<SessionAggregate>(node, site);
}

}  // namespace headrace
