#include "warehouse/warehouse.h"

#include <cerrno>
#include <cstdlib>
#include <thread>

#include <gtest/gtest.h>

#include "base/fault_file_system.h"
#include "base/injection.h"
#include "base/memory_file_system.h"
#include "base/random.h"

namespace headrace {
namespace {

TableDescription Sample(const std::string& name) {
  TableDescription table;
  table.database = "default";
  table.name = name;
  table.format = "parquet";
  table.schema = *ParseSchema("a INT NOT NULL COMMENT 'x', `b c` ARRAY<STRING>, p DATE");
  table.partition_columns = {"p"};
  table.options = {{"compression", "zstd"}};
  table.properties = {{"owner", "me"}};
  table.comment = "with \"quotes\"\nand lines";
  table.created_ms = 1795259751519;
  return table;
}

class WarehouseTest : public testing::Test {
 protected:
  Warehouse Open() { return {"/warehouse", files_, Clock::System()}; }
  std::shared_ptr<MemoryFileSystem> files_ = std::make_shared<MemoryFileSystem>();
};

TEST_F(WarehouseTest, DescriptionsComeBackAsTheyWere) {
  const TableDescription table = Sample("t");
  const auto parsed = *ParseTable(SerializeTable(table), "t.json");
  EXPECT_EQ(SerializeTable(parsed), SerializeTable(table));
  EXPECT_TRUE(parsed.schema->Equals(*table.schema, /*check_metadata=*/true));
  EXPECT_EQ(parsed.comment, table.comment);
  TableDescription view = Sample("v");
  view.kind = TableKind::kView;
  view.view_text = "SELECT 1 AS a";
  view.view_configuration = {{"spark.sql.ansi.enabled", "false"}};
  EXPECT_EQ(SerializeTable(*ParseTable(SerializeTable(view), "v.json")), SerializeTable(view));
}

TEST_F(WarehouseTest, DamagedDescriptionsAreRefusedByName) {
  for (const std::string text :
       {"", "[]", "{}", R"({"format":2})", R"({"format":"1"})", R"({"format":1,"kind":"heap"})",
        R"({"format":1,"kind":"managed","schema":{"type":"struct"}})",
        R"({"format":1,"kind":"managed","options":[1]})", R"({"format":1,"kind":"managed"})"}) {
    const auto parsed = ParseTable(text, "/w/t.json");
    ASSERT_FALSE(parsed.ok()) << text;
    EXPECT_EQ(ErrorDetail::Get(parsed.status())->condition(), "MALFORMED_LOG_FILE");
    EXPECT_NE(parsed.status().message().find("/w/t.json"), std::string::npos);
  }
}

TEST_F(WarehouseTest, ATableOutlivesTheWarehouseObject) {
  ASSERT_TRUE(Open().CreateTable(Sample("t")).ok());
  const auto random = Random::Seeded(1);
  files_->LosePower(MemoryFileSystem::Loss::kEverything, random.get());
  Warehouse again = Open();
  EXPECT_EQ(*again.Tables("default"), std::vector<std::string>{"t"});
  EXPECT_EQ(*again.LocationOf(**again.FindTable("default", "t")), "/warehouse/t");
  EXPECT_TRUE(again.CreateTable(Sample("t")).IsAlreadyExists());
  EXPECT_TRUE(*again.RemoveTable("default", "t"));
  EXPECT_FALSE(*again.RemoveTable("default", "t"));
  EXPECT_FALSE(again.FindTable("default", "t")->has_value());
}

TEST_F(WarehouseTest, DatabasesHaveDirectories) {
  Warehouse warehouse = Open();
  EXPECT_EQ(*warehouse.Databases(), std::vector<std::string>{"default"});
  DatabaseDescription sales;
  sales.name = "sales";
  ASSERT_TRUE(warehouse.CreateDatabase(sales).ok());
  EXPECT_TRUE(warehouse.CreateDatabase(sales).IsAlreadyExists());
  EXPECT_TRUE(*files_->Exists("/warehouse/sales.db"));
  EXPECT_EQ(*warehouse.Databases(), (std::vector<std::string>{"default", "sales"}));
  TableDescription table = Sample("t");
  table.database = "sales";
  EXPECT_EQ(*warehouse.LocationOf(table), "/warehouse/sales.db/t");
  ASSERT_TRUE(warehouse.RemoveDatabase(sales).ok());
  EXPECT_FALSE(*files_->Exists("/warehouse/sales.db"));
}

TEST(RenameTest, MovesTheData) {
  std::string directory = testing::TempDir() + "warehouse-XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const auto files = FileSystem::Local();
  Warehouse warehouse(directory, files, Clock::System());
  ASSERT_TRUE(warehouse.CreateTable(Sample("t")).ok());
  ASSERT_TRUE(files->CreateDirectories(directory + "/t").ok());
  ASSERT_TRUE(files->WriteFile(directory + "/t/part-0", "x").ok());
  ASSERT_TRUE(warehouse.RenameTable(Sample("t"), "u").ok());
  EXPECT_EQ(*warehouse.Tables("default"), std::vector<std::string>{"u"});
  EXPECT_EQ(*files->ReadFile(directory + "/u/part-0"), "x");
  ASSERT_TRUE(warehouse.CreateTable(Sample("t")).ok());
  EXPECT_TRUE(warehouse.RenameTable(Sample("t"), "u").IsAlreadyExists());
  EXPECT_TRUE(files->RemoveDirectory(directory).ok());
}

// Whatever write fails: the old description or the new one, never half of it, and never none.
TEST_F(WarehouseTest, AChangeThatFailsLeavesTheOldDescription) {
  ASSERT_TRUE(Open().CreateTable(Sample("t")).ok());
  auto change = [](TableDescription* table) {
    table->comment = "new";
    return Status::OK();
  };
  bool done = false;
  for (int failing = 1; !done; ++failing) {
    ASSERT_LT(failing, 100);
    auto faulty = std::make_shared<FaultFileSystem>(files_);
    faulty->FailAt(failing, EIO);
    Warehouse warehouse("/warehouse", faulty, Clock::System());
    done = warehouse.ChangeTable("default", "t", change).ok();
    const auto found = Open().FindTable("default", "t");
    ASSERT_TRUE(found.ok() && found->has_value());
    EXPECT_TRUE((*found)->comment == "new" || (*found)->comment == Sample("t").comment);
  }
  EXPECT_EQ((*Open().FindTable("default", "t"))->comment, "new");
}

TEST_F(WarehouseTest, ChangesOfManyThreadsAreAllKept) {
  ASSERT_TRUE(Open().CreateTable(Sample("t")).ok());
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([this, i] {
      Warehouse warehouse = Open();
      EXPECT_TRUE(warehouse
                      .ChangeTable("default", "t",
                                   [i](TableDescription* table) {
                                     table->properties["k" + std::to_string(i)] = "v";
                                     return Status::OK();
                                   })
                      .ok());
    });
  }
  for (auto& thread : threads) thread.join();
  EXPECT_EQ((*Open().FindTable("default", "t"))->properties.size(), 5);
}

TEST(WarehouseReplacementTest, AReplacedTableIsTheOldOneOrTheNewOne) {
  std::string place = testing::TempDir() + "headrace-XXXXXX";
  ASSERT_NE(mkdtemp(place.data()), nullptr);
  const auto files = FileSystem::Local();
  Warehouse warehouse(place, files, Clock::System());
  const std::string location = place + "/t", fresh = place + "/_temporary-t";
  TableDescription before = Sample("t");
  ASSERT_TRUE(warehouse.CreateTable(before).ok());
  TableDescription after = before;
  after.comment = "new";
  const auto prepare = [&](const std::string& directory, const std::string& content) {
    ASSERT_TRUE(files->RemoveDirectory(directory).ok());
    ASSERT_TRUE(files->CreateDirectories(directory).ok());
    ASSERT_TRUE(files->WriteFile(directory + "/data", content).ok());
  };
  for (const std::string point : {"table.replacing", "table.replaced", ""}) {
    prepare(location, "old");
    prepare(fresh, "new");
    ASSERT_TRUE(warehouse.PutTable(before).ok());
    ASSERT_TRUE(warehouse.BeginCreation("default", "t").ok());
    if (!point.empty()) ASSERT_TRUE(ArmInjection(point, 1, InjectionAction::kError).ok());
    EXPECT_EQ(warehouse.ReplaceTable(after, location, fresh).ok(), point.empty());
    DisarmInjections();
    const bool done = point != "table.replacing";
    EXPECT_EQ(*files->ReadFile(location + "/data"), done ? "new" : "old") << point;
    EXPECT_EQ((*warehouse.FindTable("default", "t"))->comment, done ? "new" : before.comment);
    // What is changed afterwards is changed in what was found.
    ASSERT_TRUE(warehouse
                    .ChangeTable("default", "t",
                                 [](TableDescription* table) {
                                   table->format = "orc";
                                   return Status::OK();
                                 })
                    .ok());
    EXPECT_EQ((*warehouse.FindTable("default", "t"))->comment, done ? "new" : before.comment);
    EXPECT_EQ((*warehouse.FindTable("default", "t"))->format, "orc");
    EXPECT_EQ(files->List(location)->size(), 1u);
  }
  ASSERT_TRUE(*warehouse.RemoveTable("default", "t"));
  EXPECT_FALSE((*warehouse.FindTable("default", "t")).has_value());
  ASSERT_TRUE(files->RemoveDirectory(place).ok());
}

}  // namespace
}  // namespace headrace
