#include "python/python_task.h"

#include <nlohmann/json.hpp>

#include "python/python_error.h"
#include "python/transform_evaluation.h"

namespace headrace {
namespace {

using Pairs = std::map<std::string, std::string>;

void PutPairs(const Pairs& pairs, FrameWriter* frames) {
  frames->PutInt(static_cast<int32_t>(pairs.size()));
  for (const auto& [key, value] : pairs) {
    frames->PutText(key);
    frames->PutText(value);
  }
}

Pairs LocalProperties(const TaskPlace& place) {
  Pairs properties;
  if (place.batch_id) properties["streaming.sql.batchId"] = std::to_string(*place.batch_id);
  if (place.barrier_port != 0) properties["addresses"] = "localhost";
  return properties;
}

void PutContext(const TaskPlace& place, WorkerGeneration generation, FrameWriter* frames) {
  const bool is_barrier = place.barrier_port != 0;
  if (generation >= WorkerGeneration::k4_2) {
    nlohmann::json context = {{"isBarrier", is_barrier},
                              {"connInfo", nullptr},
                              {"secret", nullptr},
                              {"stageId", 0},
                              {"partitionId", place.partition},
                              {"attemptNumber", 0},
                              {"taskAttemptId", place.partition},
                              {"cpus", 1},
                              {"resources", nlohmann::json::object()},
                              {"localProperties", LocalProperties(place)}};
    if (generation >= WorkerGeneration::k4_3) context["cpuAmount"] = "1";
    if (is_barrier) {
      context["connInfo"] = place.barrier_port;
      context["secret"] = place.barrier_secret;
    }
    frames->PutText(context.dump());
    return;
  }
  frames->PutBool(is_barrier);
  if (is_barrier || generation <= WorkerGeneration::k4_0) {
    frames->PutInt(place.barrier_port);
    frames->PutText(place.barrier_secret);
  }
  frames->PutInt(0);  // stage
  frames->PutInt(place.partition);
  frames->PutInt(0);                 // attempt
  frames->PutLong(place.partition);  // id of the attempt
  frames->PutInt(1);                 // processors
  frames->PutInt(0);                 // resources
  PutPairs(LocalProperties(place), frames);
}

// Evaluations whose arguments may have keywords, before 4.2 made that general.
bool TakesKeywords(PythonEvaluation evaluation, WorkerGeneration generation) {
  if (generation >= WorkerGeneration::k4_2) return true;
  if (generation == WorkerGeneration::k3_5) return false;
  switch (evaluation) {
    case PythonEvaluation::kBatched:
    case PythonEvaluation::kArrowBatched:
    case PythonEvaluation::kScalarPandas:
    case PythonEvaluation::kGroupedAggregatePandas:
    case PythonEvaluation::kWindowAggregatePandas:
    case PythonEvaluation::kScalarPandasIterator:
      return true;
    case PythonEvaluation::kScalarArrow:
    case PythonEvaluation::kScalarArrowIterator:
    case PythonEvaluation::kGroupedAggregateArrow:
    case PythonEvaluation::kWindowAggregateArrow:
      return generation == WorkerGeneration::k4_1;
    default:
      return false;
  }
}

bool WantsInputSchema(PythonEvaluation evaluation) {
  return evaluation == PythonEvaluation::kArrowBatched || evaluation == kTableOfArrowRows;
}

std::string Joined(const std::vector<int>& numbers) {
  std::string text;
  for (const int number : numbers) text += (text.empty() ? "" : ",") + std::to_string(number);
  return text;
}

// Workers from 4.2 on read these texts in lower case. In JSON a letter has a form without case.
std::string WithoutCase(const std::string& json) {
  const auto parsed = nlohmann::json::parse(json, nullptr, /*allow_exceptions=*/false);
  if (parsed.is_discarded()) return json;
  const std::string ascii = parsed.dump(-1, ' ', /*ensure_ascii=*/true);
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  for (const char c : ascii) {
    if (c < 'A' || c > 'Z') {
      text += c;
    } else {
      (text += "\\u00") += {kDigits[c >> 4], kDigits[c & 15]};
    }
  }
  return text;
}

// What one kind of evaluation needs to know, from 4.2 on.
Pairs EvaluationConfiguration(const PythonTask& task, const TaskPlace& place) {
  if (WantsInputSchema(task.evaluation)) return {{"input_type", WithoutCase(task.input_schema)}};
  if (task.evaluation == kTableOfBatches) {
    return {{"table_arg_offsets", Joined(task.table->table_columns)}};
  }
  if (task.evaluation == PythonEvaluation::kGroupedMapPandasWithState) {
    return {{"state_value_schema", WithoutCase(task.state_schema)}};
  }
  if (TransformsWithState(task.evaluation)) {
    return {{"state_server_socket_port", std::to_string(place.state_server_port)},
            {"grouping_key_schema", WithoutCase(task.key_schema)}};
  }
  return {};
}

void PutConfiguration(const PythonTask& task, const TaskPlace& place, WorkerGeneration generation,
                      FrameWriter* frames) {
  if (generation >= WorkerGeneration::k4_2) {
    PutPairs(task.configuration, frames);
    PutPairs(EvaluationConfiguration(task, place), frames);
    return;
  }
  if (task.evaluation == PythonEvaluation::kNone || TravelsPickled(task.evaluation)) return;
  PutPairs(task.configuration, frames);
  if (task.evaluation == PythonEvaluation::kGroupedMapPandasWithState) {
    frames->PutText(task.state_schema);
  }
  if (TransformsWithState(task.evaluation)) {
    frames->PutInt(place.state_server_port);
    frames->PutText(task.key_schema);
  }
  if (generation != WorkerGeneration::k4_1) return;
  if (WantsInputSchema(task.evaluation)) frames->PutText(task.input_schema);
  if (task.evaluation != kTableOfBatches) return;
  frames->PutInt(static_cast<int32_t>(task.table->table_columns.size()));
  for (const int column : task.table->table_columns) frames->PutInt(column);
}

void PutArguments(const PythonCall& call, bool keywords, FrameWriter* frames) {
  frames->PutInt(static_cast<int32_t>(call.arguments.size()));
  for (const PythonArgument& argument : call.arguments) {
    frames->PutInt(argument.column);
    if (!keywords) continue;
    frames->PutBool(!argument.keyword.empty());
    if (!argument.keyword.empty()) frames->PutText(argument.keyword);
  }
}

void PutTableCall(const PythonTask& task, WorkerGeneration generation, FrameWriter* frames) {
  const PythonCall& call = task.calls.front();
  const PythonTableCall& table = *task.table;
  const bool simple = generation == WorkerGeneration::k3_5;
  PutArguments(call, !simple, frames);
  if (!simple) {
    frames->PutInt(static_cast<int32_t>(table.partition_fields.size()));
    for (const int field : table.partition_fields) frames->PutInt(field);
    frames->PutBool(!table.analyzed.empty());
    if (!table.analyzed.empty()) frames->PutText(table.analyzed);
  }
  frames->PutText(call.commands.front());
  frames->PutText(table.result_schema);
  if (!simple) frames->PutText(table.name);
}

void PutCalls(const PythonTask& task, WorkerGeneration generation, FrameWriter* frames) {
  if (generation == WorkerGeneration::k4_0 || generation == WorkerGeneration::k4_1) {
    frames->PutBool(false);  // profiling
  }
  const bool keywords = TakesKeywords(task.evaluation, generation);
  frames->PutInt(static_cast<int32_t>(task.calls.size()));
  for (const PythonCall& call : task.calls) {
    PutArguments(call, keywords, frames);
    frames->PutInt(static_cast<int32_t>(call.commands.size()));
    for (const std::string& command : call.commands) frames->PutText(command);
    if (generation >= WorkerGeneration::k4_2) frames->PutLong(0);
  }
}

}  // namespace

bool TravelsPickled(PythonEvaluation evaluation) {
  return evaluation == PythonEvaluation::kBatched || evaluation == kTableOfRows;
}

void PutTask(const PythonTask& task, const TaskPlace& place, WorkerGeneration generation,
             FrameWriter* frames) {
  // Workers of the pool are told their module first; those of 3.5 know one only.
  if (generation > WorkerGeneration::k3_5) frames->PutText("pyspark.worker");
  FrameWriter task_frames;
  FrameWriter* out = generation >= WorkerGeneration::k4_3 ? &task_frames : frames;
  out->PutInt(place.partition);
  out->PutText(task.python_version);
  PutContext(place, generation, out);
  out->PutText(task.files_directory);
  out->PutInt(static_cast<int32_t>(task.includes.size()));
  for (const std::string& name : task.includes) out->PutText(name);
  out->PutBool(false);  // broadcast variables: no decryption,
  out->PutInt(0);       // none
  out->PutInt(static_cast<int32_t>(task.evaluation));
  PutConfiguration(task, place, generation, out);
  if (task.evaluation == PythonEvaluation::kNone) {
    out->PutText(task.calls.front().commands.front());
  } else if (task.table) {
    PutTableCall(task, generation, out);
  } else {
    PutCalls(task, generation, out);
  }
  if (out == frames) return;
  frames->PutInt(kStartOfInit);
  frames->PutText(task_frames.bytes());
}

Result<bool> ReadTaskEnd(WorkerStream* stream, WorkerGeneration generation) {
  // Times of start, initialisation, end, from 4.2 on of processing; memory and disk spilled.
  const int numbers = generation >= WorkerGeneration::k4_2 ? 6 : 5;
  for (int i = 0; i < numbers; ++i) ARROW_RETURN_NOT_OK(stream->ReadLong());
  ARROW_ASSIGN_OR_RAISE(int32_t marker, stream->ReadInt());
  if (marker != kEndOfDataSection) {
    ARROW_RETURN_NOT_OK(CheckMarker(stream, marker));
    return Status::IOError("a Python worker ended its results with ", marker);
  }
  ARROW_ASSIGN_OR_RAISE(const int32_t accumulators, stream->ReadInt());
  for (int32_t i = 0; i < accumulators; ++i) ARROW_RETURN_NOT_OK(stream->ReadText());
  ARROW_ASSIGN_OR_RAISE(marker, stream->ReadInt());
  return marker == kEndOfStream;
}

Status CheckMarker(WorkerStream* stream, int32_t marker) {
  if (marker != kPythonException) return Status::OK();
  ARROW_ASSIGN_OR_RAISE(const std::string traceback, stream->ReadText());
  return PythonRaised(traceback);
}

}  // namespace headrace
