#include "python/table_analysis.h"

#include "python/module_call.h"
#include "python/pickle_writer.h"
#include "python/python_error.h"

namespace headrace {
namespace {

constexpr char kModule[] = "pyspark.sql.worker.analyze_udtf";

// The numbers that Python's types convert from.
DataTypePtr NumbersOf(const DataTypePtr& type) {
  switch (type->id()) {
    case arrow::Type::DATE32:
      return arrow::int32();
    case arrow::Type::TIMESTAMP:
    case arrow::Type::DURATION:
      return arrow::int64();
    case arrow::Type::LIST:
      return arrow::list(type->field(0)->WithType(NumbersOf(type->field(0)->type())));
    default:
      return type;
  }
}

Status PutArgument(const TableArgumentDescription& argument, WorkerGeneration generation,
                   FrameWriter* frames) {
  frames->PutText(TypeToJson(*argument.type));
  frames->PutBool(argument.constant != nullptr);
  if (argument.constant != nullptr) {
    PickleWriter pickles(generation >= WorkerGeneration::k4_1);
    ARROW_ASSIGN_OR_RAISE(const auto numbers,
                          argument.constant->View(NumbersOf(argument.constant->type())));
    frames->PutText(pickles.Value(*numbers, 0));
  }
  frames->PutBool(argument.is_table);
  frames->PutBool(!argument.keyword.empty());
  if (!argument.keyword.empty()) frames->PutText(argument.keyword);
  return Status::OK();
}

Status PutRequest(const PythonFunction& function,
                  const std::vector<TableArgumentDescription>& arguments, ModuleCall* call) {
  WorkerStream& stream = call->stream();
  stream.PutText(function.name);
  stream.PutText(function.command);
  stream.PutInt(static_cast<int32_t>(arguments.size()));
  for (const TableArgumentDescription& argument : arguments) {
    ARROW_RETURN_NOT_OK(PutArgument(argument, call->generation(), &stream));
  }
  return Status::OK();
}

Result<TableAnalysis> ReadAnswer(ModuleCall* call) {
  TableAnalysis analysis;
  ARROW_ASSIGN_OR_RAISE(const std::string schema, call->ReadText());
  ARROW_ASSIGN_OR_RAISE(analysis.schema, ParseJsonType(schema));
  ARROW_ASSIGN_OR_RAISE(analysis.pickled, call->ReadText());
  ARROW_ASSIGN_OR_RAISE(const int32_t single, call->ReadCount());
  analysis.single_partition = single == 1;
  ARROW_ASSIGN_OR_RAISE(int32_t count, call->ReadCount());
  for (; count > 0; --count) {
    ARROW_ASSIGN_OR_RAISE(analysis.partition_by.emplace_back(), call->ReadText());
  }
  ARROW_ASSIGN_OR_RAISE(count, call->ReadCount());
  for (; count > 0; --count) {
    TableAnalysis::Order& order = analysis.order_by.emplace_back();
    ARROW_ASSIGN_OR_RAISE(order.column, call->ReadText());
    ARROW_ASSIGN_OR_RAISE(const int32_t ascending, call->ReadCount());
    ARROW_ASSIGN_OR_RAISE(const int32_t nulls, call->ReadCount());  // 0: as usual, 1: first
    order.ascending = ascending == 1;
    if (nulls != 0) order.nulls_first = nulls == 1;
  }
  ARROW_ASSIGN_OR_RAISE(count, call->ReadCount());
  for (; count > 0; --count) {
    TableAnalysis::Selected& selected = analysis.selected.emplace_back();
    ARROW_ASSIGN_OR_RAISE(selected.column, call->ReadText());
    ARROW_ASSIGN_OR_RAISE(selected.alias, call->ReadText());
  }
  return analysis;
}

}  // namespace

Result<TableAnalysis> AnalyzeTable(const PythonContext& context, const PythonFunction& function,
                                   const std::vector<TableArgumentDescription>& arguments) {
  ARROW_ASSIGN_OR_RAISE(const PythonInstallation installation,
                        context.runtime->Find(context.interpreter));
  if (installation.generation == WorkerGeneration::k3_5) {
    return NotSupported("analyze() of the table function " + function.name + " in PySpark 3.5",
                        "Give the function a returnType.");
  }
  ARROW_ASSIGN_OR_RAISE(auto call, ModuleCall::Begin(context, kModule, function.python_version,
                                                     nullptr, context.idle_limit_ms));
  ARROW_RETURN_NOT_OK(PutRequest(function, arguments, &call));
  Result<TableAnalysis> analysis = TableAnalysis{};
  const Status status = call.Finish([&] { return (analysis = ReadAnswer(&call)).status(); });
  if (status.ok()) return analysis;
  const std::string reason = ReasonOf(status);
  return AnalysisError("TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON",
                       "Failed to analyze the Python user defined table function: " + reason,
                       {{"msg", reason}});
}

}  // namespace headrace
