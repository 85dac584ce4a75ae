// first(x), last(x), any_value(x), with or without nulls.
#include <vector>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/kept_rows.h"
#include "functions/aggregate/registration.h"

namespace headrace::aggregate {
namespace {

// State: the value, whether there is one (it may be null itself).
class EndAccumulator final : public Accumulator {
 public:
  EndAccumulator(DataTypePtr type, bool last, bool ignore_nulls)
      : kept_(std::move(type)), last_(last), ignore_nulls_(ignore_nulls) {}

  Status Resize(int64_t groups) override {
    kept_.Resize(groups);
    return Status::OK();
  }

  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const arrow::Array& values = *arguments[0];
    ARROW_RETURN_NOT_OK(kept_.Begin(arguments[0]));
    for (int64_t i = 0; i < length; ++i) {
      if (filter != nullptr && filter[i] == 0) continue;
      if (!last_ && kept_.has(groups[i])) continue;
      if (ignore_nulls_ && values.IsNull(i)) continue;
      kept_.Set(groups[i], i);
    }
    return Status::OK();
  }

  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    ARROW_RETURN_NOT_OK(kept_.Begin(states[0]));
    for (int64_t i = 0; i < length; ++i) {
      if (!BoolValue(*states[1], i)) continue;
      if (last_ || !kept_.has(groups[i])) kept_.Set(groups[i], i);
    }
    return Status::OK();
  }

  Result<Arrays> States() const override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr values, kept_.Values());
    std::vector<uint8_t> present(static_cast<size_t>(kept_.groups()));
    for (size_t group = 0; group < present.size(); ++group) {
      present[group] = kept_.has(static_cast<uint32_t>(group));
    }
    return Arrays{std::move(values), MakeBoolean(present, nullptr)};
  }
  Result<ArrayPtr> Finish() const override { return kept_.Values(); }
  void Clear() override { kept_.Clear(); }
  int64_t size_bytes() const override { return kept_.size_bytes(); }

 private:
  KeptRows kept_;
  const bool last_, ignore_nulls_;
};

Result<BoundAggregate> BindEnd(const std::string& name, bool last, Arguments arguments) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 2));
  bool ignore_nulls = false;
  if (arguments.size() == 2) {
    ARROW_ASSIGN_OR_RAISE(ignore_nulls, ConstantBoolean(name, arguments[1]));
    arguments.pop_back();
  }
  const DataTypePtr type = arguments[0]->type();
  BoundAggregate bound;
  // Which row is taken is then told by more than the order of rows.
  bound.name = ignore_nulls ? name + "_not_null" : name;
  bound.type = type;
  bound.state_types = {type, arrow::boolean()};
  bound.deterministic = false;
  bound.make = [type, last, ignore_nulls] {
    return std::make_unique<EndAccumulator>(type, last, ignore_nulls);
  };
  bound.arguments = std::move(arguments);
  return bound;
}

// ignoreNulls does not show in the name of an unaliased call.
DisplayName FirstArgumentOnly(const std::string& name) {
  return [name](const std::vector<std::string>& arguments) {
    return name + "(" + (arguments.empty() ? "" : arguments[0]) + ")";
  };
}

}  // namespace

void RegisterFirstLast(FunctionRegistry* registry) {
  const auto add = [registry](std::vector<std::string> names, bool last, std::string description) {
    const std::string name = names[0];
    AggregateFunction function;
    function.names = std::move(names);
    function.documentation = {name + "(any[, ignoreNulls]) -> same type", std::move(description),
                              name + "(a)"};
    function.bind = [name, last](Arguments arguments, const BindContext&) {
      return BindEnd(name, last, std::move(arguments));
    };
    function.display = FirstArgumentOnly(name);
    registry->Add(std::move(function));
  };
  add({"first"}, false, "The value of the first row, or of the first that is not null.");
  add({"first_value"}, false, "The value of the first row, or of the first that is not null.");
  add({"last"}, true, "The value of the last row, or of the last that is not null.");
  add({"last_value"}, true, "The value of the last row, or of the last that is not null.");
  add({"any_value"}, false, "The value of some row.");
}

}  // namespace headrace::aggregate
