#include "python/python_task.h"

#include <nlohmann/json.hpp>

#include "python/python_error.h"

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
  if (!place.batch_id) return {};
  return {{"streaming.sql.batchId", std::to_string(*place.batch_id)}};
}

void PutContext(const TaskPlace& place, WorkerGeneration generation, FrameWriter* frames) {
  if (generation >= WorkerGeneration::k4_2) {
    nlohmann::json context = {{"isBarrier", false},
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
    frames->PutText(context.dump());
    return;
  }
  frames->PutBool(false);  // barrier
  if (generation <= WorkerGeneration::k4_0) {
    frames->PutInt(0);  // the barrier's port and secret
    frames->PutText("");
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

void PutConfiguration(const PythonTask& task, WorkerGeneration generation, FrameWriter* frames) {
  const bool arrow_input = task.evaluation == PythonEvaluation::kArrowBatched;
  if (generation >= WorkerGeneration::k4_2) {
    PutPairs(task.configuration, frames);
    PutPairs(arrow_input ? Pairs{{"input_type", task.input_schema}} : Pairs{}, frames);
    return;
  }
  const bool pickled =
      task.evaluation == PythonEvaluation::kNone || task.evaluation == PythonEvaluation::kBatched;
  if (pickled) return;
  PutPairs(task.configuration, frames);
  if (arrow_input && generation == WorkerGeneration::k4_1) frames->PutText(task.input_schema);
}

void PutCalls(const PythonTask& task, WorkerGeneration generation, FrameWriter* frames) {
  if (generation == WorkerGeneration::k4_0 || generation == WorkerGeneration::k4_1) {
    frames->PutBool(false);  // profiling
  }
  const bool keywords = TakesKeywords(task.evaluation, generation);
  frames->PutInt(static_cast<int32_t>(task.calls.size()));
  for (const PythonCall& call : task.calls) {
    frames->PutInt(static_cast<int32_t>(call.arguments.size()));
    for (const PythonArgument& argument : call.arguments) {
      frames->PutInt(argument.column);
      if (!keywords) continue;
      frames->PutBool(!argument.keyword.empty());
      if (!argument.keyword.empty()) frames->PutText(argument.keyword);
    }
    frames->PutInt(static_cast<int32_t>(call.commands.size()));
    for (const std::string& command : call.commands) frames->PutText(command);
    if (generation >= WorkerGeneration::k4_2) frames->PutLong(0);
  }
}

}  // namespace

void PutTask(const PythonTask& task, const TaskPlace& place, WorkerGeneration generation,
             FrameWriter* frames) {
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
  PutConfiguration(task, generation, out);
  if (task.evaluation == PythonEvaluation::kNone) {
    out->PutText(task.calls.front().commands.front());
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
