#include "python/table_analysis.h"

#include "python/pickle_writer.h"
#include "python/python_error.h"
#include "python/python_task.h"
#include "python/simple_worker.h"

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

Status PutRequest(const PythonContext& context, const PythonFunction& function,
                  WorkerGeneration generation,
                  const std::vector<TableArgumentDescription>& arguments, FrameWriter* frames) {
  frames->PutText(function.python_version);
  frames->PutText(context.files_directory);
  frames->PutInt(static_cast<int32_t>(context.includes.size()));
  for (const std::string& name : context.includes) frames->PutText(name);
  frames->PutBool(false);  // broadcast variables: no decryption,
  frames->PutInt(0);       // none
  if (generation >= WorkerGeneration::k4_2) frames->PutInt(0);  // configuration
  frames->PutText(function.name);
  frames->PutText(function.command);
  frames->PutInt(static_cast<int32_t>(arguments.size()));
  for (const TableArgumentDescription& argument : arguments) {
    ARROW_RETURN_NOT_OK(PutArgument(argument, generation, frames));
  }
  frames->PutInt(kEndOfStream);
  return Status::OK();
}

Result<TableAnalysis> ReadAnswer(WorkerStream* stream) {
  TableAnalysis analysis;
  ARROW_ASSIGN_OR_RAISE(const int32_t length, stream->ReadInt());
  ARROW_RETURN_NOT_OK(CheckMarker(stream, length));
  ARROW_ASSIGN_OR_RAISE(const std::string schema, stream->ReadText(length));
  ARROW_ASSIGN_OR_RAISE(analysis.schema, ParseJsonType(schema));
  ARROW_ASSIGN_OR_RAISE(analysis.pickled, stream->ReadText());
  ARROW_ASSIGN_OR_RAISE(const int32_t single, stream->ReadInt());
  analysis.single_partition = single == 1;
  ARROW_ASSIGN_OR_RAISE(int32_t count, stream->ReadInt());
  for (; count > 0; --count) {
    ARROW_ASSIGN_OR_RAISE(analysis.partition_by.emplace_back(), stream->ReadText());
  }
  ARROW_ASSIGN_OR_RAISE(count, stream->ReadInt());
  for (; count > 0; --count) {
    TableAnalysis::Order& order = analysis.order_by.emplace_back();
    ARROW_ASSIGN_OR_RAISE(order.column, stream->ReadText());
    ARROW_ASSIGN_OR_RAISE(const int32_t ascending, stream->ReadInt());
    ARROW_ASSIGN_OR_RAISE(const int32_t nulls, stream->ReadInt());  // 0: as usual, 1: first
    order.ascending = ascending == 1;
    if (nulls != 0) order.nulls_first = nulls == 1;
  }
  ARROW_ASSIGN_OR_RAISE(count, stream->ReadInt());
  for (; count > 0; --count) {
    TableAnalysis::Selected& selected = analysis.selected.emplace_back();
    ARROW_ASSIGN_OR_RAISE(selected.column, stream->ReadText());
    ARROW_ASSIGN_OR_RAISE(selected.alias, stream->ReadText());
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
  ARROW_ASSIGN_OR_RAISE(auto worker, SimpleWorker::Start(context, kModule, nullptr));
  WorkerStream& stream = worker->stream();
  stream.set_idle_limit_ms(context.idle_limit_ms);
  ARROW_RETURN_NOT_OK(PutRequest(context, function, installation.generation, arguments, &stream));
  Status sent = stream.Flush();
  if (!sent.ok() && !IsWorkerGone(sent)) return sent;
  auto analysis = ReadAnswer(&stream);
  if (analysis.ok()) return analysis;
  const std::string reason = ReasonOf(worker->Explain(analysis.status()));
  return AnalysisError("TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON",
                       "Failed to analyze the Python user defined table function: " + reason,
                       {{"msg", reason}});
}

}  // namespace headrace
