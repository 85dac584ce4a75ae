#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "cli/program.h"
#include "storage/storage.h"
#include "streaming/checkpoint_report.h"

namespace headrace {
namespace {

constexpr int kDamaged = 2;

int ShowCheckpoint(const std::string& path, bool json) {
  const auto directory = StripFileScheme(path);
  if (!directory.ok()) return Fail(directory.status());
  const auto report = DescribeCheckpoint(
      AbsolutePath(*directory), MakeStorage(FileSystem::Local(), [] { return StoreSettings(); }));
  if (!report.ok()) return Fail(report.status());
  const std::string text = json ? CheckpointJson(*report) + "\n" : CheckpointText(*report);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return report->problems.empty() ? 0 : kDamaged;
}

}  // namespace

CommandRunner AddCheckpointCommand(CLI::App* app) {
  auto directory = std::make_shared<std::string>();
  auto json = std::make_shared<bool>(false);
  auto* command = app->add_subcommand("checkpoint", "Look into a query's checkpoint directory");
  command->require_subcommand(1);
  auto* show = command->add_subcommand(
      "show",
      "Print offsets, batches, watermark and state, and name damaged files (exit code 2). Changes "
      "nothing; the query may be running");
  show->add_option("directory", *directory, "The query's checkpointLocation")->required();
  show->add_flag("--json", *json, "Print JSON for programs");
  return [directory, json] { return ShowCheckpoint(*directory, *json); };
}

}  // namespace headrace
