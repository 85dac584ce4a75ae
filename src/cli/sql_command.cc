#include <cstdio>
#include <memory>

#include <CLI/CLI.hpp>
#include <arrow/array.h>

#include "cli/commands.h"
#include "cli/program.h"
#include "embedded/default_engine.h"

namespace headrace {
namespace {

// Runs one statement and prints its rows as show() does; statements without columns print nothing.
Status RunStatement(Session* session, const std::string& text, int64_t rows) {
  ARROW_ASSIGN_OR_RAISE(auto plan, session->Sql(text, {}));
  ARROW_ASSIGN_OR_RAISE(auto schema, session->SchemaOf(plan));
  if (schema->num_fields() == 0) return Status::OK();
  auto show = NewLogicalPlan(LogicalKind::kShowString, {plan});
  show->number = rows;
  show->truncate = 0;
  return session->Execute(
      show, nullptr, [](const SchemaPtr&) { return Status::OK(); },
      [](const BatchPtr& batch) {
        const auto& texts = static_cast<const arrow::StringArray&>(*batch->column(0));
        for (int64_t i = 0; i < texts.length(); ++i) {
          auto table = texts.GetView(i);
          std::fwrite(table.data(), 1, table.size(), stdout);
        }
        return Status::OK();
      });
}

}  // namespace

CommandRunner AddSqlCommand(CLI::App* app) {
  auto statements = std::make_shared<std::vector<std::string>>();
  auto rows = std::make_shared<int64_t>(1000);
  auto* command = app->add_subcommand("sql", "Run SQL statements, one an argument, in one session");
  command->add_option("statement", *statements, "For example \"SELECT 1 + 1\"")->required();
  command->add_option("--rows", *rows, "How many rows to print at most")
      ->check(CLI::PositiveNumber)
      ->capture_default_str();
  return [statements, rows] {
    auto engine = MakeDefaultEngine();
    Session session(engine, engine->random->Uuid(), "4.1.0");
    for (const auto& statement : *statements) {
      Status status = RunStatement(&session, statement, *rows);
      if (!status.ok()) return Fail(status);
    }
    return 0;
  };
}

}  // namespace headrace
