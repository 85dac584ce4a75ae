// What tells of the session and of where a row is computed.
#include <map>
#include <mutex>

#include "functions/introspection/introspection_topics.h"
#include "functions/row_kernel.h"
#include "functions/signature.h"

namespace headrace {
namespace {

void AddText(FunctionRegistry* registry, std::vector<std::string> names,
             const std::string& description, std::function<std::string(const BindContext&)> text) {
  ScalarFunction function;
  function.names = std::move(names);
  function.documentation = {function.names.front() + "() -> string", description, ""};
  function.nulls = NullBehaviour::kNeverNull;
  function.bind = [name = function.names.front(), text](
                      Arguments arguments, const BindContext& context) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 0, 0));
    return MakeLiteral(std::make_shared<arrow::StringScalar>(text(context)));
  };
  registry->Add(std::move(function));
}

// Partition in the upper 31 bits, the row's number within it below. The count goes on from batch to
// batch of one query; streams refuse the function.
Result<ExpressionPtr> BindIncreasingId(Arguments arguments, const BindContext&) {
  const std::string name = "monotonically_increasing_id";
  ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 0, 0));
  struct Counters {
    std::mutex mutex;
    std::map<int32_t, int64_t> next;
  };
  auto counters = std::make_shared<Counters>();
  auto kernel = [counters](const std::vector<Datum>&, int64_t length,
                           const EvaluationContext& context) -> Result<Datum> {
    int64_t first;
    {
      std::lock_guard<std::mutex> lock(counters->mutex);
      int64_t& next = counters->next[context.partition];
      first = next;
      next += length;
    }
    arrow::Int64Builder builder(context.pool);
    ARROW_RETURN_NOT_OK(builder.Reserve(length));
    const int64_t base = static_cast<int64_t>(context.partition) << 33;
    for (int64_t i = 0; i < length; ++i) builder.UnsafeAppend(base + first + i);
    ARROW_ASSIGN_OR_RAISE(auto array, builder.Finish());
    return Datum(std::move(array));
  };
  return std::make_shared<FunctionCall>(name, arrow::int64(), false, Arguments{}, std::move(kernel),
                                        /*deterministic=*/false);
}

}  // namespace

void RegisterSessionFunctions(FunctionRegistry* registry) {
  AddText(registry, {"current_user", "user", "session_user"}, "The user of the session.",
          [](const BindContext& context) { return context.user; });
  AddText(registry, {"current_catalog"}, "The session's catalog.",
          [](const BindContext&) { return std::string("spark_catalog"); });
  AddText(registry, {"current_database", "current_schema"}, "The session's database.",
          [](const BindContext&) { return std::string("default"); });
  AddText(registry, {"version"}, "The Spark version that is spoken, and the engine.",
          [](const BindContext& context) { return context.spark_version + " headrace"; });

  // The analyser answers these where rows come from a file; elsewhere there is none.
  AddText(registry, {"input_file_name"}, "The file that the row comes from, or nothing.",
          [](const BindContext&) { return std::string(); });
  for (const char* name : {"input_file_block_start", "input_file_block_length"}) {
    ScalarFunction block;
    block.names = {name};
    block.documentation = {std::string(name) + "() -> bigint",
                           "Of the part of a file that the row comes from, or -1.", ""};
    block.nulls = NullBehaviour::kNeverNull;
    block.bind = [name](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
      ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments.size(), 0, 0));
      return MakeLiteral(std::make_shared<arrow::Int64Scalar>(-1));
    };
    registry->Add(std::move(block));
  }

  ScalarFunction partition;
  partition.names = {"spark_partition_id"};
  partition.documentation = {"spark_partition_id() -> int", "The partition of the row.", ""};
  partition.nulls = NullBehaviour::kNeverNull;
  partition.deterministic = false;
  partition.display = DisplayAs("SPARK_PARTITION_ID");
  partition.bind = [](Arguments arguments, const BindContext&) -> Result<ExpressionPtr> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount("spark_partition_id", arguments.size(), 0, 0));
    auto kernel = [](const std::vector<Datum>&, int64_t,
                     const EvaluationContext& context) -> Result<Datum> {
      return Datum(std::make_shared<arrow::Int32Scalar>(context.partition));
    };
    return std::make_shared<FunctionCall>("spark_partition_id", arrow::int32(), false, Arguments{},
                                          std::move(kernel), /*deterministic=*/false);
  };
  registry->Add(std::move(partition));

  ScalarFunction increasing;
  increasing.names = {"monotonically_increasing_id"};
  increasing.documentation = {"monotonically_increasing_id() -> bigint",
                              "A number that is different in each row, and grows.", ""};
  increasing.nulls = NullBehaviour::kNeverNull;
  increasing.deterministic = false;
  increasing.bind = BindIncreasingId;
  registry->Add(std::move(increasing));
}

}  // namespace headrace
