// What the tests share: a session with the engine that SPARK_REMOTE names, or in this process.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "headrace/headrace.h"

namespace headrace {

class ClientFixture : public testing::Test {
 protected:
  ClientFixture()
      : scratch_(std::filesystem::temp_directory_path() /
                 ("headrace-cpp-client-" + std::to_string(getpid()) + "-" +
                  testing::UnitTest::GetInstance()->current_test_info()->name())) {
    std::filesystem::create_directories(scratch_);
  }
  ~ClientFixture() override { std::filesystem::remove_all(scratch_); }

  std::string Path(const std::string& name) const { return scratch_ / name; }
  void WriteFile(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories(std::filesystem::path(Path(name)).parent_path());
    std::ofstream(Path(name)) << content;
  }

  // Apache Spark answers, not Headrace.
  static bool OnSpark() {
    const char* server = std::getenv("HEADRACE_TEST_SERVER");
    return server != nullptr && std::string(server) == "spark";
  }

  // Sessions of their own, for tests that end them or change their configuration.
  static SparkSession NewSession() { return SparkSession::builder().appName("test").create(); }

  SparkSession spark_ = SparkSession::builder().appName("test").getOrCreate();

 private:
  std::filesystem::path scratch_;
};

// Runs `action`, which has to throw Exception with `condition`.
#define EXPECT_CONDITION(action, Exception, condition)                     \
  try {                                                                    \
    action;                                                                \
    ADD_FAILURE() << #action << " did not throw";                          \
  } catch (const Exception& error) {                                       \
    EXPECT_EQ(error.getCondition(), condition) << error.what();            \
  } catch (const SparkThrowable& error) {                                  \
    ADD_FAILURE() << #action << " threw something else: " << error.what(); \
  }

}  // namespace headrace
