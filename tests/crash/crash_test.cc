// The process dies at every injection point, with no destructor run; a new process goes on from the
// checkpoint. The file sink must then hold what an undisturbed run gives (reliability: R1).
//
// The program runs itself as a child with HEADRACE_INJECT set, so that the crash is a real end of a
// process and recovery starts from files alone.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/injection.h"
#include "connectors/file/file.h"
#include "session/session.h"
#include "types/value_text.h"

namespace headrace {
namespace {

namespace fs = std::filesystem;

constexpr int kCrashed = 137;
constexpr int kFiles = 6;  // one a batch
std::string program;       // this executable

struct Shape {
  const char* name;
  const char* sql;
  bool watermark;
};
// What runs between the file source and the file sink.
constexpr Shape kShapes[] = {
    {"stateless", "SELECT k, v * 2 AS v FROM input WHERE v % 3 <> 0", false},
    {"windows",
     "SELECT window.start AS start, k, count(*) AS n, sum(v) AS v FROM input GROUP BY window(ts, "
     "'1 minute'), k",
     true},
};

std::unique_ptr<Session> NewSession() {
  static ConnectorRegistry* const connectors = [] {
    auto* registry = new ConnectorRegistry;
    RegisterFileConnector(registry);
    return registry;
  }();
  auto engine = std::make_shared<Engine>();
  engine->connectors = connectors;
  auto session = std::make_unique<Session>(engine, "session", "4.1.0");
  ARROW_UNUSED(session->configuration().Set("spark.sql.session.timeZone", "UTC"));
  // Compaction of the logs comes within the few batches of a run.
  for (const char* log : {"fileSource", "fileSink"}) {
    ARROW_UNUSED(session->configuration().Set(
        "spark.sql.streaming." + std::string(log) + ".log.compactInterval", "3"));
  }
  ARROW_UNUSED(
      session->configuration().Set("spark.sql.streaming.stateStore.minDeltasForSnapshot", "2"));
  ARROW_UNUSED(session->configuration().Set("spark.sql.streaming.minBatchesToRetain", "2"));
  return session;
}

void WriteInput(const fs::path& directory, int first, int end) {
  fs::create_directories(directory);
  for (int file = first; file < end; ++file) {
    std::ofstream out(directory / ("part-" + std::to_string(file) + ".json"));
    for (int row = 0; row < 50; ++row) {
      const int v = file * 50 + row;
      out << R"({"k":"k)" << v % 7 << R"(","v":)" << v << R"(,"ts":"2026-01-01T00:)"
          << (10 + file * 2) << ":" << (10 + row) << R"(Z"})"
          << "\n";
    }
    out.close();
    fs::last_write_time(directory / ("part-" + std::to_string(file) + ".json"),
                        fs::file_time_type::clock::now() - std::chrono::minutes(kFiles - file));
  }
}

// One run of the query to the end of the input. Exit code of the child process.
int RunQuery(const Shape& shape, const fs::path& directory) {
  auto session = NewSession();
  auto read = NewLogicalPlan(LogicalKind::kRead);
  read->format = "json";
  read->streaming = true;
  read->schema_text = "k STRING, v BIGINT, ts TIMESTAMP";
  read->paths = {(directory / "in").string()};
  read->options.Set("maxFilesPerTrigger", "1");
  LogicalPlanPtr input = read;
  if (shape.watermark) {
    auto watermark = NewLogicalPlan(LogicalKind::kWatermark, {input});
    watermark->name = "ts";
    watermark->delay = "1 minute";
    input = watermark;
  }
  auto run = [&]() -> Status {
    ARROW_RETURN_NOT_OK(session->CreateTempView("input", input, true, false));
    StreamStart start;
    ARROW_ASSIGN_OR_RAISE(start.input, session->Sql(shape.sql, {}));
    start.format = "parquet";
    start.path = (directory / "out").string();
    start.options["checkpointLocation"] = (directory / "checkpoint").string();
    start.trigger.kind = TriggerSpecification::Kind::kAvailableNow;
    ARROW_ASSIGN_OR_RAISE(auto query, session->StartStream(start));
    return query->AwaitTermination(std::nullopt, nullptr).status();
  };
  const Status status = run();
  if (!status.ok()) fprintf(stderr, "%s\n", status.message().c_str());
  return status.ok() ? 0 : 1;
}

int RunChild(const Shape& shape, const fs::path& directory, const std::string& injection) {
  const pid_t child = fork();
  if (child == 0) {
    if (injection.empty())
      unsetenv("HEADRACE_INJECT");
    else
      setenv("HEADRACE_INJECT", injection.c_str(), 1);
    execl(program.c_str(), program.c_str(), "--child", shape.name, directory.c_str(), nullptr);
    _exit(127);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

// What a reader of the sink's directory sees, sorted.
std::vector<std::string> SinkRows(const fs::path& directory) {
  auto session = NewSession();
  auto read = NewLogicalPlan(LogicalKind::kRead);
  read->format = "parquet";
  read->paths = {(directory / "out").string()};
  std::vector<std::string> rows;
  const Status status = session->Execute(
      read, nullptr, [](const SchemaPtr&) { return Status::OK(); },
      [&](const BatchPtr& batch) {
        for (int64_t row = 0; row < batch->num_rows(); ++row) {
          std::string text;
          for (int column = 0; column < batch->num_columns(); ++column) {
            AppendValue(*batch->column(column), row, *TimeZone::Utc(), TextStyle::kShow, &text);
            text += "|";
          }
          rows.push_back(std::move(text));
        }
        return Status::OK();
      });
  EXPECT_TRUE(status.ok()) << status.message();
  std::sort(rows.begin(), rows.end());
  return rows;
}

class CrashTest : public ::testing::TestWithParam<Shape> {
 protected:
  fs::path Prepare(const std::string& name) {
    const fs::path directory = root_ / name;
    WriteInput(directory / "in", 0, kFiles);
    return directory;
  }
  // What the sink has after one more run, with one more file. Windows that the last batch closed
  // come out in a batch without data, but, as in Spark, not in that of a query that was started
  // anew and had no batch yet: a crash just before it delays them until there is new data.
  std::vector<std::string> RowsInTheEnd(const Shape& shape, const fs::path& directory) {
    WriteInput(directory / "in", kFiles, kFiles + 1);
    EXPECT_EQ(RunChild(shape, directory, ""), 0);
    return SinkRows(directory);
  }
  void TearDown() override {
    if (!HasFailure()) fs::remove_all(root_);
  }
  fs::path root_ = fs::temp_directory_path() / ("headrace-crash-test-" + Random::System()->Uuid());
};

TEST_P(CrashTest, EndsInTheUndisturbedResult) {
  const Shape& shape = GetParam();
  const fs::path undisturbed = Prepare("undisturbed");
  ASSERT_EQ(RunChild(shape, undisturbed, ""), 0);
  const auto expected = RowsInTheEnd(shape, undisturbed);
  ASSERT_GT(expected.size(), 10u);

  int crashes = 0;
  for (const std::string& point : InjectionPoints()) {
    // The first passage is the first batch or the start; the fourth is in the midst.
    for (const int passage : {1, 4}) {
      const std::string name = point + "-" + std::to_string(passage);
      const fs::path directory = Prepare(name);
      const int code = RunChild(shape, directory, point + ":" + std::to_string(passage) + "=crash");
      ASSERT_TRUE(code == kCrashed || code == 0) << name << " ended with " << code;
      if (code == kCrashed) ++crashes;
      ASSERT_EQ(RunChild(shape, directory, ""), 0) << "recovery after a crash at " << name;
      EXPECT_EQ(RowsInTheEnd(shape, directory), expected)
          << "after a crash at " << name << " in " << directory;
    }
  }
  // The points are on this query's path, or the test would prove nothing.
  EXPECT_GT(crashes, 25) << "too few of the points were reached";
}

// Recovery itself may crash, at any of the points.
TEST_P(CrashTest, SurvivesACrashDuringRecovery) {
  const Shape& shape = GetParam();
  const fs::path undisturbed = Prepare("undisturbed");
  ASSERT_EQ(RunChild(shape, undisturbed, ""), 0);
  const auto expected = RowsInTheEnd(shape, undisturbed);
  for (const std::string& point : InjectionPoints()) {
    const fs::path directory = Prepare(point);
    RunChild(shape, directory, "sink.prepared:3=crash");
    RunChild(shape, directory, point + "=crash");
    ASSERT_EQ(RunChild(shape, directory, ""), 0) << "recovery after a second crash at " << point;
    EXPECT_EQ(RowsInTheEnd(shape, directory), expected)
        << "after a second crash at " << point << " in " << directory;
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, CrashTest, ::testing::ValuesIn(kShapes),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace headrace

int main(int argc, char** argv) {
  headrace::program = std::filesystem::canonical("/proc/self/exe").string();
  if (argc == 4 && std::string(argv[1]) == "--child") {
    for (const auto& shape : headrace::kShapes) {
      if (shape.name == std::string(argv[2])) return headrace::RunQuery(shape, argv[3]);
    }
    return 2;
  }
  ::testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
