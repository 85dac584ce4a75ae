#include "stream_script.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <arrow/array.h>
#include <arrow/builder.h>

#include "base/injection.h"
#include "connectors/file/file.h"
#include "expression/cast.h"

namespace headrace {
namespace {

std::vector<std::string> SplitCells(const std::string& row) {
  std::vector<std::string> cells(1);
  for (const char c : row) {
    if (c == '|')
      cells.emplace_back();
    else
      cells.back().push_back(c);
  }
  return cells;
}

std::string Joined(std::vector<std::string> rows) {
  std::sort(rows.begin(), rows.end());
  std::string text;
  for (const auto& row : rows) text += "\n    " + row;
  return rows.empty() ? " (none)" : text;
}

Status SameRows(std::vector<std::string> expected, std::vector<std::string> actual) {
  std::sort(expected.begin(), expected.end());
  std::sort(actual.begin(), actual.end());
  if (expected == actual) return Status::OK();
  return Status::Invalid("expected:", Joined(expected), "\n  but got:", Joined(actual));
}

std::string Report(const StreamScript& script, size_t failing, const std::string& what) {
  std::string text = what + "\n" + script.sql + "\n";
  for (size_t i = 0; i < script.steps.size(); ++i)
    text += (i == failing ? "=> " : "   ") + script.steps[i].text + "\n";
  return text;
}

std::string Listed(const std::vector<std::string>& rows) {
  std::string text;
  for (const auto& row : rows) text += (text.empty() ? "" : ", ") + row;
  return "[" + text + "]";
}

LogicalPlanPtr Watermarked(const LogicalPlanPtr& rows,
                           const std::pair<std::string, std::string>& watermark) {
  if (watermark.first.empty()) return rows;
  auto node = NewLogicalPlan(LogicalKind::kWatermark, {rows});
  node->name = watermark.first;
  node->delay = watermark.second;
  return node;
}

bool OnlyDeduplicates(const StreamScript& script) {
  const std::string all = "SELECT * FROM ";
  return script.views.empty() && script.then.size() == 1 &&
         script.then[0].method.rfind("dropDuplicates", 0) == 0 && script.sql.rfind(all, 0) == 0 &&
         script.sql.find(' ', all.size()) == std::string::npos;
}

}  // namespace

StreamRun::StreamRun(const StreamScript& script)
    : script_(script), conservation_(OnlyDeduplicates(script)) {
  static std::atomic<int> runs{0};
  name_ = "stream-" + std::to_string(runs++);
  // Thousands of small files are synced: in memory, if there is such a place.
  const std::filesystem::path memory = "/dev/shm";
  const std::filesystem::path parent =
      std::filesystem::exists(memory) ? memory : std::filesystem::temp_directory_path();
  checkpoint_ = (parent / ("headrace-stream-test-" + Random::System()->Uuid())).string();
  input_directory_ = checkpoint_ + "-input";
  clock_ = std::make_shared<ManualClock>(1800000000LL * 1000000);
  collected_ = std::make_shared<CollectedRows>();
  if (script.inputs.empty()) {
    auto columns = ParseSchema(script.columns);
    EXPECT_TRUE(columns.ok()) << columns.status().message();
    stream_ = MemoryStream::Create(name_, *columns);
  }
  for (const JsonInput& input : script.inputs) {
    std::filesystem::create_directories(input_directory_ + "/" + input.name);
  }
  RegisterMemoryConnector(&connectors_);
  RegisterFileConnector(&connectors_);
  connectors_.AddSink("collect", MakeCollectingSink(collected_));
  engine_ = std::make_shared<Engine>();
  engine_->clock = clock_;
  engine_->random = Random::Seeded(42);
  engine_->connectors = &connectors_;
}

StreamRun::~StreamRun() {
  session_.reset();
  MemoryStream::Remove(name_);
  std::filesystem::remove_all(checkpoint_);
  std::filesystem::remove_all(input_directory_);
}

Status StreamRun::Start() {
  // A session of its own for each start: nothing in memory survives.
  query_.reset();
  session_ = std::make_unique<Session>(engine_, "session", "4.1.0");
  ARROW_RETURN_NOT_OK(session_->configuration().Set("spark.sql.session.timeZone", "UTC"));
  for (const auto& [key, value] : script_.configuration)
    ARROW_RETURN_NOT_OK(session_->configuration().Set(key, value));
  ARROW_RETURN_NOT_OK(CreateViews());
  StreamStart start;
  ARROW_ASSIGN_OR_RAISE(start.input, Query());
  start.format = "collect";
  start.output_mode = script_.output_mode;
  start.options["checkpointLocation"] = checkpoint_;
  ARROW_ASSIGN_OR_RAISE(query_, session_->StartStream(start));
  return Status::OK();
}

Status StreamRun::CreateViews() {
  auto create = [&](const std::string& view, const LogicalPlanPtr& rows,
                    const std::pair<std::string, std::string>& watermark) {
    return session_->CreateTempView(view, Watermarked(rows, watermark), /*replace=*/true,
                                    /*global=*/false);
  };
  if (stream_) {
    auto read = NewLogicalPlan(LogicalKind::kRead);
    read->format = "headrace-memory-test";
    read->streaming = true;
    read->options.Set("stream", name_);
    input_ = Watermarked(read, script_.watermark);
    ARROW_RETURN_NOT_OK(create("input", read, script_.watermark));
  }
  for (const JsonInput& input : script_.inputs) {
    auto read = NewLogicalPlan(LogicalKind::kRead);
    read->format = "json";
    read->streaming = true;
    read->schema_text = input.columns;
    read->options.Set("maxFilesPerTrigger", "1");
    read->paths = {input_directory_ + "/" + input.name};
    ARROW_RETURN_NOT_OK(create(input.name, read, input.watermark));
  }
  for (const StreamView& view : script_.views) {
    ARROW_ASSIGN_OR_RAISE(const LogicalPlanPtr rows, session_->Sql(view.sql, {}));
    ARROW_RETURN_NOT_OK(create(view.name, rows, view.watermark));
  }
  return Status::OK();
}

Result<LogicalPlanPtr> StreamRun::Query() {
  if (script_.plan) return script_.plan(input_);
  ARROW_ASSIGN_OR_RAISE(LogicalPlanPtr plan, session_->Sql(script_.sql, {}));
  for (const auto& [method, arguments] : script_.then) {
    if (method == "query") {
      ARROW_RETURN_NOT_OK(session_->CreateTempView("previous", plan, true, false));
      ARROW_ASSIGN_OR_RAISE(plan, session_->Sql(arguments, {}));
    } else if (method == "withWatermark") {
      const size_t end = arguments.find(' ');
      plan = Watermarked(plan, {arguments.substr(0, end), arguments.substr(end + 1)});
    } else {
      auto node = NewLogicalPlan(LogicalKind::kDeduplicate, {plan});
      std::istringstream names(arguments);
      for (std::string name; names >> name;) node->names.push_back(name);
      node->within_watermark = method == "dropDuplicatesWithinWatermark";
      plan = node;
    }
  }
  return plan;
}

Status StreamRun::Stop() { return query_ ? query_->Stop() : Status::OK(); }

Status StreamRun::ProcessAll() {
  if (!query_) return Status::Invalid("the query is not started");
  ARROW_RETURN_NOT_OK(query_->ProcessAllAvailable());
  return CheckConservation();
}

Status StreamRun::CheckConservation() {
  for (const std::string& progress : query_->recent_progress()) {
    ARROW_RETURN_NOT_OK(conservation_.Check(progress));
  }
  return Status::OK();
}

Status StreamRun::AddRows(const std::vector<std::string>& rows) {
  const auto& schema = stream_->schema();
  std::vector<std::shared_ptr<arrow::Array>> columns;
  for (int c = 0; c < schema->num_fields(); ++c) {
    arrow::StringBuilder builder;
    for (const auto& row : rows) {
      const auto cells = SplitCells(row);
      ARROW_RETURN_NOT_OK(cells.at(c) == "NULL" ? builder.AppendNull()
                                                : builder.Append(cells.at(c)));
    }
    ARROW_ASSIGN_OR_RAISE(auto texts, builder.Finish());
    ARROW_ASSIGN_OR_RAISE(auto values, CastValues(texts, schema->field(c)->type(), CastOptions{}));
    columns.push_back(values.make_array());
  }
  return stream_
      ->AddData(
          arrow::RecordBatch::Make(schema, static_cast<int64_t>(rows.size()), std::move(columns)))
      .status();
}

Status StreamRun::AddFile(const std::string& input, const std::vector<std::string>& lines) {
  // Written aside and renamed, so that no half file is ever listed. Files are read in order of
  // time.
  const std::string number = std::to_string(10000 + files_);
  const std::string aside = input_directory_ + "/" + number;
  std::ofstream file(aside);
  for (const std::string& line : lines) file << line << "\n";
  file.close();
  std::filesystem::last_write_time(
      aside, std::filesystem::file_time_type::clock::now() + std::chrono::seconds(files_ - 10000));
  std::filesystem::rename(aside, input_directory_ + "/" + input + "/" + number + ".json");
  ++files_;
  return Status::OK();
}

StreamStep AddFile(std::string input, std::vector<std::string> lines) {
  return {"AddFile " + input + " " + Listed(lines),
          [input, lines](StreamRun& run) { return run.AddFile(input, lines); }};
}
StreamStep AddData(std::vector<std::string> rows) {
  return {"AddData" + Listed(rows), [rows](StreamRun& run) { return run.AddRows(rows); }};
}
StreamStep AdvanceClock(int64_t milliseconds) {
  return {"AdvanceClock " + std::to_string(milliseconds) + " ms", [milliseconds](StreamRun& run) {
            run.clock().Advance(milliseconds * 1000);
            return Status::OK();
          }};
}
StreamStep ProcessAllAvailable() {
  return {"ProcessAllAvailable", [](StreamRun& run) { return run.ProcessAll(); }};
}
StreamStep StopStream() {
  return {"StopStream", [](StreamRun& run) { return run.Stop(); }};
}
StreamStep StartStream() {
  return {"StartStream", [](StreamRun& run) { return run.Start(); }};
}
StreamStep CheckAnswer(std::vector<std::string> rows) {
  return {"CheckAnswer" + Listed(rows),
          [rows](StreamRun& run) { return SameRows(rows, run.collected().All()); }, true};
}
StreamStep CheckLastBatch(std::vector<std::string> rows) {
  return {"CheckLastBatch" + Listed(rows),
          [rows](StreamRun& run) {
            return SameRows(rows, run.collected().Of(run.collected().last_batch_id()));
          },
          true};
}
StreamStep CheckProgress(std::string text) {
  return {"CheckProgress " + text,
          [text](StreamRun& run) {
            const auto progress = run.query()->recent_progress();
            if (!progress.empty() && progress.back().find(text) != std::string::npos)
              return Status::OK();
            return Status::Invalid("the progress is ",
                                   progress.empty() ? "missing" : progress.back());
          },
          true};
}
StreamStep ExpectFailure(std::string condition) {
  return {"ExpectFailure " + condition, [condition](StreamRun& run) {
            const Status status = run.ProcessAll();
            if (status.ok()) return Status::Invalid("the query has not failed");
            const auto failure = run.query()->exception();
            const ErrorDetail* detail = failure ? ErrorDetail::Get(failure->cause) : nullptr;
            if (detail && detail->condition() == condition) return Status::OK();
            return Status::Invalid("it failed with ", status.message());
          }};
}

void RunStraight(const StreamScript& script) {
  StreamRun run(script);
  const Status started = run.Start();
  ASSERT_TRUE(started.ok()) << Report(script, script.steps.size(), started.message());
  for (size_t i = 0; i < script.steps.size(); ++i) {
    const Status status = script.steps[i].run(run);
    ASSERT_TRUE(status.ok()) << Report(script, i, status.message());
  }
}

namespace {

// The sink's content after the script with `between` called after each step.
std::vector<std::string> FinalRows(const StreamScript& script, const std::string& mode,
                                   const std::function<Status(StreamRun&)>& between,
                                   const std::function<bool(StreamRun&)>& recover) {
  StreamRun run(script);
  EXPECT_TRUE(run.Start().ok() || recover(run)) << mode;
  auto attempt = [&](const std::function<Status(StreamRun&)>& step) {
    Status status = step(run);
    // After an injected failure the query is started again and the step is taken anew.
    for (int tries = 0; !status.ok() && tries < 3 && recover(run); ++tries) status = step(run);
    return status;
  };
  for (size_t i = 0; i < script.steps.size(); ++i) {
    if (script.steps[i].is_check) continue;
    const Status status = attempt(script.steps[i].run);
    EXPECT_TRUE(status.ok()) << Report(script, i, mode + ": " + status.message());
    const Status after = attempt(between);
    EXPECT_TRUE(after.ok()) << Report(script, i, mode + ", after the step: " + after.message());
  }
  const Status status = attempt([](StreamRun& last) { return last.ProcessAll(); });
  EXPECT_TRUE(status.ok()) << mode << ": " << status.message();
  return run.collected().All();
}

enum class Failures { kNone, kSome, kAll };

void RunWith(const StreamScript& script, Failures failures) {
  RunStraight(script);
  if (::testing::Test::HasFailure()) return;
  auto nothing = [](StreamRun&) { return Status::OK(); };
  auto give_up = [](StreamRun&) { return false; };
  const auto expected = FinalRows(script, "straight", nothing, give_up);

  const auto restarted = FinalRows(
      script, "a restart after every step",
      [](StreamRun& run) {
        ARROW_RETURN_NOT_OK(run.ProcessAll());
        ARROW_RETURN_NOT_OK(run.Stop());
        return run.Start();
      },
      give_up);
  EXPECT_TRUE(SameRows(expected, restarted).ok())
      << Report(script, script.steps.size(),
                "with a restart after every step: " + SameRows(expected, restarted).message());
  if (failures == Failures::kNone) return;

  size_t number = std::hash<std::string>()(script.sql);
  for (const std::string& point : InjectionPoints()) {
    ++number;
    if (failures == Failures::kSome && number % 3 != 0) continue;
    for (const int passage : {1, 3}) {
      ASSERT_TRUE(ArmInjection(point, passage, InjectionAction::kError).ok());
      const std::string mode = "an error at " + point + ", passage " + std::to_string(passage);
      const auto rows = FinalRows(script, mode, nothing, [](StreamRun& run) {
        DisarmInjections();
        return run.Start().ok();
      });
      DisarmInjections();
      const Status same = SameRows(expected, rows);
      EXPECT_TRUE(same.ok()) << Report(script, script.steps.size(), mode + ": " + same.message());
    }
  }
}

}  // namespace

void RunEverywhere(const StreamScript& script) { RunWith(script, Failures::kAll); }
void RunSomewhere(const StreamScript& script) { RunWith(script, Failures::kSome); }
void RunWithRestarts(const StreamScript& script) { RunWith(script, Failures::kNone); }

}  // namespace headrace
