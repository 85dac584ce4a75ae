#include "functions/generator/json_tuple.h"

#include "functions/json/json_path.h"
#include "functions/signature.h"

namespace headrace {
namespace {

// The texts of the wanted fields of one document; nulls where there are none.
Status AppendFields(JsonDocument* document, std::string_view json,
                    const std::vector<std::string_view>& keys,
                    std::vector<std::unique_ptr<arrow::StringBuilder>>* out) {
  std::vector<std::optional<std::string>> values(keys.size());
  if (document->Open(json)) {
    JsonPath path;
    path.steps.resize(1);
    for (size_t k = 0; k < keys.size(); ++k) {
      path.steps[0].key = std::string(keys[k]);
      std::string text;
      if (document->Find(path, &text)) values[k] = std::move(text);
    }
  }
  for (size_t k = 0; k < keys.size(); ++k) {
    ARROW_RETURN_NOT_OK(values[k] ? (*out)[k]->Append(*values[k]) : (*out)[k]->AppendNull());
  }
  return Status::OK();
}

Result<BoundGenerator> BindJsonTuple(Arguments arguments, const BindContext& context) {
  ARROW_RETURN_NOT_OK(CheckArgumentCount("json_tuple", arguments.size(), 2, kAnyNumber));
  BoundGenerator bound;
  bound.name = "json_tuple";
  for (size_t i = 0; i < arguments.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(arguments[i], Coerce("json_tuple", static_cast<int>(i), arguments[i],
                                               arrow::utf8(), context));
    if (i > 0) bound.output.push_back(arrow::field("c" + std::to_string(i - 1), arrow::utf8()));
  }
  bound.arguments = std::move(arguments);
  bound.generate = [](const std::vector<std::shared_ptr<arrow::Array>>& arrays, int64_t length,
                      bool, std::vector<int64_t>* parents,
                      std::vector<std::shared_ptr<arrow::Array>>* columns) -> Status {
    JsonDocument document;
    std::vector<std::unique_ptr<arrow::StringBuilder>> builders;
    for (size_t k = 1; k < arrays.size(); ++k) {
      builders.push_back(std::make_unique<arrow::StringBuilder>());
    }
    const auto text = [&](size_t column, int64_t row) -> std::string_view {
      const auto& strings = static_cast<const arrow::StringArray&>(*arrays[column]);
      return strings.IsNull(row) ? std::string_view() : strings.GetView(row);
    };
    std::vector<std::string_view> keys(arrays.size() - 1);
    for (int64_t i = 0; i < length; ++i) {
      for (size_t k = 0; k < keys.size(); ++k) keys[k] = text(k + 1, i);
      ARROW_RETURN_NOT_OK(AppendFields(&document, text(0, i), keys, &builders));
      parents->push_back(i);
    }
    for (auto& builder : builders) {
      ARROW_ASSIGN_OR_RAISE(auto array, builder->Finish());
      columns->push_back(std::move(array));
    }
    return Status::OK();
  };
  return bound;
}

}  // namespace

void RegisterJsonTuple(FunctionRegistry* registry) {
  GeneratorFunction function;
  function.names = {"json_tuple"};
  function.documentation = {"json_tuple(json, key, …) -> row",
                            "The texts of some fields of a JSON object.",
                            "json_tuple('{\"a\":1, \"b\":2}', 'a', 'b')"};
  function.bind = BindJsonTuple;
  registry->Add(std::move(function));
}

}  // namespace headrace
