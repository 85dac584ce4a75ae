#include "embedded/group_functions.h"

#include <exception>
#include <functional>
#include <utility>

#include "base/log.h"
#include "client/group_functions.h"
#include "client/row_decoding.h"
#include "embedded/row_conversion.h"
#include "embedded/variable_of_program.h"

namespace headrace {
namespace {

using client::GroupStateContent;
using client::StateVariableAccess;
using Access = StateVariableAccess::Kind;
using Batch = std::shared_ptr<arrow::RecordBatch>;

// Runs a part of the program; `method`: what the program calls it.
Status Call(const GroupFunctionCall& call, const char* method, const std::function<void()>& part) {
  try {
    part();
    return Status::OK();
  } catch (const SparkThrowable& error) {
    return StatusOf(error);
  } catch (const std::exception& error) {
    if (call.kind != GroupFunctionCall::Kind::kTransformWithState) {
      return MakeError(ErrorKind::kSpark, "",
                       "The function of " + call.name + "() threw: " + error.what());
    }
    return MakeError(ErrorKind::kSpark, "TRANSFORM_WITH_STATE_USER_FUNCTION_ERROR",
                     std::string("The StatefulProcessor's ") + method + "() threw: " + error.what(),
                     {{"function", method}, {"reason", error.what()}});
  }
}

client::ColumnNames NamesOf(const arrow::Schema& schema) {
  return std::make_shared<const std::vector<std::string>>(schema.field_names());
}

std::vector<Row> RowsOfGroup(std::vector<Row>* rows, const GroupBatch& groups, size_t group) {
  return {std::make_move_iterator(rows->begin() + groups.begins[group]),
          std::make_move_iterator(rows->begin() + groups.begins[group + 1])};
}

// Rows of output, in the call's schema.
class OutputRows {
 public:
  explicit OutputRows(const GroupFunctionCall& call)
      : schema_(call.output_schema), types_(StructTypeOf(schema_->fields())) {}

  void Add(std::vector<Row> rows) {
    rows_.insert(rows_.end(), std::make_move_iterator(rows.begin()),
                 std::make_move_iterator(rows.end()));
  }
  void Finish(std::vector<Batch>* output) {
    if (!rows_.empty()) output->push_back(BatchOf(rows_, types_, schema_));
    rows_.clear();
  }

 private:
  const SchemaPtr schema_;
  const StructType types_;
  std::vector<Row> rows_;
};

class FlatMapGroups final : public GroupProcessor {
 public:
  FlatMapGroups(std::shared_ptr<const client::GroupFunctionOfProgram> function,
                std::shared_ptr<const GroupFunctionCall> call)
      : function_(std::move(function)),
        call_(std::move(call)),
        stored_(call_->variables[0].schema),
        stored_types_(StructTypeOf(stored_->fields())),
        state_names_(NamesOf(*call_->state_schema)),
        output_(*call_) {}

  Status Process(const GroupBatch& groups, GroupStates* states,
                 std::vector<Batch>* output) override {
    if (groups.call == GroupBatch::Call::kInitialState) return StoreInitial(groups, states);
    std::vector<uint8_t> found;
    ARROW_ASSIGN_OR_RAISE(const Batch before, states->Get(0, &found));
    Changes changes;
    ARROW_RETURN_NOT_OK(Call(*call_, call_->name.c_str(), [&] {
      const std::vector<Row> keys = client::RowsOf(*groups.keys);
      std::vector<Row> rows = client::RowsOf(*groups.rows);
      const std::vector<Row> old = client::RowsOf(*before);
      for (size_t i = 0; i < keys.size(); ++i) {
        GroupStateContent content = ContentOf(groups);
        int64_t old_timeout_ms = -1;
        if (found[i] != 0) {
          content.state = old[i][0].get<std::optional<Row>>();
          if (has_timeouts()) old_timeout_ms = old[i][1].get<int64_t>();
        }
        GroupState state(&content);
        const std::vector<Row> own = RowsOfGroup(&rows, groups, i);
        output_.Add(function_->map ? std::vector<Row>{function_->map(keys[i], own, state)}
                                   : function_->flat_map(keys[i], own, state));
        Note(static_cast<uint32_t>(i), content, found[i] != 0, old_timeout_ms, &changes);
      }
      output_.Finish(output);
      changes.values = BatchOf(changes.rows, stored_types_, stored_);
    }));
    return changes.Write(states);
  }

 private:
  struct Changes {
    std::vector<uint32_t> put, removed;
    std::vector<Row> rows;
    Batch values;

    Status Write(GroupStates* states) const {
      if (!removed.empty()) ARROW_RETURN_NOT_OK(states->Remove(0, removed));
      return put.empty() ? Status::OK() : states->Put(0, put, *values);
    }
  };

  bool has_timeouts() const { return stored_->num_fields() == 2; }

  GroupStateContent ContentOf(const GroupBatch& groups) const {
    GroupStateContent content;
    switch (call_->timeout) {
      case GroupFunctionCall::Timeout::kNone:
        break;
      case GroupFunctionCall::Timeout::kProcessingTime:
        content.timeout = GroupStateTimeout::ProcessingTimeTimeout;
        break;
      case GroupFunctionCall::Timeout::kEventTime:
        content.timeout = GroupStateTimeout::EventTimeTimeout;
        break;
    }
    content.timed_out = groups.call == GroupBatch::Call::kTimers;
    content.has_watermark = groups.has_watermark;
    content.watermark_ms = groups.watermark_ms;
    content.processing_time_ms = groups.processing_time_ms;
    content.state_names = state_names_;
    return content;
  }

  Row Stored(const std::optional<Row>& state, int64_t timeout_ms) const {
    std::vector<Value> values = {state ? Value(*state) : Value()};
    if (has_timeouts()) values.emplace_back(timeout_ms);
    return Row::of(std::move(values));
  }

  // A timeout that the call did not set is none, whatever it was before.
  void Note(uint32_t group, const GroupStateContent& content, bool was_stored,
            int64_t old_timeout_ms, Changes* changes) const {
    if (!content.state && content.timeout_ms < 0) {
      if (was_stored) changes->removed.push_back(group);
      return;
    }
    if (!content.updated && !content.removed && content.timeout_ms == old_timeout_ms) return;
    changes->put.push_back(group);
    changes->rows.push_back(Stored(content.state, content.timeout_ms));
  }

  // The state's fields are columns of the initial state, by name.
  Status StoreInitial(const GroupBatch& groups, GroupStates* states) {
    Changes changes;
    ARROW_RETURN_NOT_OK(Call(*call_, call_->name.c_str(), [&] {
      const std::vector<Row> rows = client::RowsOf(*groups.rows);
      for (size_t i = 0; i < rows.size(); ++i) {
        std::vector<Value> state;
        for (const auto& field : call_->state_schema->fields()) {
          state.push_back(rows[i][field->name()]);
        }
        changes.put.push_back(static_cast<uint32_t>(i));
        changes.rows.push_back(Stored(Row::of(std::move(state)), -1));
      }
      changes.values = BatchOf(changes.rows, stored_types_, stored_);
    }));
    return changes.Write(states);
  }

  const std::shared_ptr<const client::GroupFunctionOfProgram> function_;
  const std::shared_ptr<const GroupFunctionCall> call_;
  const SchemaPtr stored_;
  const StructType stored_types_;
  const client::ColumnNames state_names_;
  OutputRows output_;
};

GroupVariable::Kind KindOf(Access kind) {
  switch (kind) {
    case Access::kValue:
      return GroupVariable::Kind::kValue;
    case Access::kList:
      return GroupVariable::Kind::kList;
    case Access::kMap:
      return GroupVariable::Kind::kMap;
    case Access::kTimers:
      break;
  }
  return GroupVariable::Kind::kTimers;
}

Result<GroupVariable> Declared(const StateVariableAccess& access) {
  ARROW_ASSIGN_OR_RAISE(const SchemaPtr value, ParseSchema(access.schema));
  SchemaPtr key;
  if (access.kind == Access::kMap) {
    ARROW_ASSIGN_OR_RAISE(key, ParseSchema(access.key_schema));
  }
  return DeclareVariable(KindOf(access.kind), access.name, key, value, access.ttl_ms);
}

TimeMode TimeModeOf(const GroupFunctionCall& call) {
  switch (call.timeout) {
    case GroupFunctionCall::Timeout::kNone:
      return TimeMode::None;
    case GroupFunctionCall::Timeout::kProcessingTime:
      return TimeMode::ProcessingTime;
    case GroupFunctionCall::Timeout::kEventTime:
      break;
  }
  return TimeMode::EventTime;
}

class TransformGroups final : public GroupProcessor {
 public:
  // The processor has been initialised with the context.
  TransformGroups(std::unique_ptr<StatefulProcessor> processor,
                  std::shared_ptr<client::StatefulProcessorContext> context,
                  std::shared_ptr<const GroupFunctionCall> call)
      : processor_(std::move(processor)),
        context_(std::move(context)),
        call_(std::move(call)),
        output_(*call_) {
    auto accesses = context_->variables;
    if (context_->timers != nullptr) accesses.push_back(context_->timers);
    for (size_t i = 0; i < accesses.size(); ++i) {
      variables_.push_back(std::make_unique<VariableOfProgram>(static_cast<int>(i), accesses[i],
                                                               call_->variables[i]));
    }
  }

  ~TransformGroups() override {
    const Status closed = Call(*call_, "close", [this] { processor_->close(); });
    if (!closed.ok()) LogWarn("embedded", closed.message());
  }

  Status Process(const GroupBatch& groups, GroupStates* states,
                 std::vector<Batch>* output) override {
    const size_t count = static_cast<size_t>(groups.keys->num_rows());
    for (const auto& variable : variables_) {
      variable->Begin(count, groups.processing_time_ms, states);
    }
    Status status = Call(*call_, MethodOf(groups.call), [&] { Handle(groups, output); });
    for (const auto& variable : variables_) {
      variable->End();
      if (status.ok()) status = variable->Write();
    }
    return status;
  }

 private:
  static const char* MethodOf(GroupBatch::Call call) {
    switch (call) {
      case GroupBatch::Call::kRows:
        return "handleInputRows";
      case GroupBatch::Call::kTimers:
        return "handleExpiredTimer";
      case GroupBatch::Call::kInitialState:
        break;
    }
    return "handleInitialState";
  }

  void Handle(const GroupBatch& groups, std::vector<Batch>* output) {
    const std::vector<Row> keys = client::RowsOf(*groups.keys);
    std::vector<Row> rows = client::RowsOf(*groups.rows);
    const TimerValues times{groups.processing_time_ms, groups.watermark_ms};
    for (size_t i = 0; i < keys.size(); ++i) {
      for (const auto& variable : variables_) variable->SetGroup(i);
      switch (groups.call) {
        case GroupBatch::Call::kRows:
          output_.Add(processor_->handleInputRows(keys[i], RowsOfGroup(&rows, groups, i), times));
          break;
        case GroupBatch::Call::kTimers:
          output_.Add(processor_->handleExpiredTimer(keys[i], times, {groups.timers_ms[i]}));
          break;
        case GroupBatch::Call::kInitialState:
          for (const Row& row : RowsOfGroup(&rows, groups, i)) {
            processor_->handleInitialState(keys[i], row, times);
          }
          break;
      }
    }
    output_.Finish(output);
  }

  const std::unique_ptr<StatefulProcessor> processor_;
  const std::shared_ptr<client::StatefulProcessorContext> context_;
  const std::shared_ptr<const GroupFunctionCall> call_;
  OutputRows output_;
  std::vector<std::unique_ptr<VariableOfProgram>> variables_;
};

class FunctionOfProgram final : public GroupFunction {
 public:
  explicit FunctionOfProgram(std::shared_ptr<const client::GroupFunctionOfProgram> function)
      : function_(std::move(function)) {}

  Result<DeclaredVariables> Variables(const GroupFunctionCall& call) const override {
    std::unique_ptr<StatefulProcessor> processor;
    std::shared_ptr<client::StatefulProcessorContext> context;
    ARROW_RETURN_NOT_OK(Init(call, &processor, &context));
    DeclaredVariables declared;
    declared.deleted = context->deleted;
    for (const auto& access : context->variables) {
      ARROW_ASSIGN_OR_RAISE(GroupVariable variable, Declared(*access));
      declared.Add(std::move(variable));
    }
    return declared;
  }

  Result<std::unique_ptr<GroupProcessor>> Make(
      std::shared_ptr<const GroupFunctionCall> call) const override {
    std::unique_ptr<GroupProcessor> made;
    if (!function_->make_processor) {
      ARROW_RETURN_NOT_OK(Call(*call, call->name.c_str(),
                               [&] { made = std::make_unique<FlatMapGroups>(function_, call); }));
      return made;
    }
    std::unique_ptr<StatefulProcessor> processor;
    std::shared_ptr<client::StatefulProcessorContext> context;
    ARROW_RETURN_NOT_OK(Init(*call, &processor, &context));
    ARROW_RETURN_NOT_OK(Call(*call, "init", [&] {
      made = std::make_unique<TransformGroups>(std::move(processor), std::move(context), call);
    }));
    return made;
  }

 private:
  Status Init(const GroupFunctionCall& call, std::unique_ptr<StatefulProcessor>* processor,
              std::shared_ptr<client::StatefulProcessorContext>* context) const {
    *context = std::make_shared<client::StatefulProcessorContext>(TimeModeOf(call));
    if (call.timeout != GroupFunctionCall::Timeout::kNone) {
      (*context)->timers =
          std::make_shared<StateVariableAccess>(Access::kTimers, "timers", "", "", 0);
    }
    return Call(call, "init", [&] {
      *processor = function_->make_processor();
      if (*processor == nullptr) throw std::runtime_error("the factory made no processor");
      (*processor)->init(StatefulProcessorHandle(*context));
      (*context)->in_init = false;
    });
  }

  const std::shared_ptr<const client::GroupFunctionOfProgram> function_;
};

}  // namespace

std::shared_ptr<const GroupFunction> GroupFunctionOfToken(const std::string& token) {
  auto function = client::FindGroupFunction(token);
  if (function == nullptr) return nullptr;
  return std::make_shared<FunctionOfProgram>(std::move(function));
}

}  // namespace headrace
