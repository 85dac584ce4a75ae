// The parts that need no PySpark: framing, processes, environment, versions.
#include <csignal>
#include <cstdlib>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "python/child_process.h"
#include "python/python_installation.h"
#include "python/worker_environment.h"
#include "python/worker_stream.h"

namespace headrace {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Pair {
  Pair() {
    int sockets[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
    left = std::make_unique<WorkerStream>(sockets[0]);
    right = std::make_unique<WorkerStream>(sockets[1]);
  }
  std::unique_ptr<WorkerStream> left, right;
};

TEST(WorkerStreamTest, NumbersAndTextsArrive) {
  Pair pair;
  pair.left->PutInt(-4);
  pair.left->PutLong(int64_t{1} << 40);
  pair.left->PutText("grüße");
  ASSERT_TRUE(pair.left->Flush().ok());
  EXPECT_EQ(pair.right->ReadInt().ValueOrDie(), -4);
  EXPECT_EQ(pair.right->ReadLong().ValueOrDie(), int64_t{1} << 40);
  EXPECT_EQ(pair.right->ReadText().ValueOrDie(), "grüße");
}

TEST(WorkerStreamTest, BothSidesMayWriteMoreThanSocketsHold) {
  Pair pair;
  const std::string large(8 << 20, 'x');
  std::thread other([&] {
    pair.right->PutText(large);
    EXPECT_TRUE(pair.right->Flush().ok());
    EXPECT_EQ(pair.right->ReadText().ValueOrDie().size(), large.size());
  });
  pair.left->PutText(large);
  ASSERT_TRUE(pair.left->Flush().ok());
  EXPECT_EQ(pair.left->ReadText().ValueOrDie().size(), large.size());
  other.join();
}

TEST(WorkerStreamTest, AClosedEndIsToldFromACancelledWait) {
  Pair pair;
  pair.right.reset();
  EXPECT_TRUE(IsWorkerGone(pair.left->ReadInt().status()));

  Pair waiting;
  CancellationToken token;
  token.Cancel();
  waiting.left->set_cancellation(&token);
  EXPECT_TRUE(waiting.left->ReadInt().status().IsCancelled());
}

TEST(WorkerStreamTest, AnIdleWorkerIsReported) {
  Pair pair;
  pair.left->set_idle_limit_ms(1);
  EXPECT_THAT(pair.left->ReadInt().status().message(), HasSubstr("did nothing"));
}

TEST(ChildProcessTest, OutputIsPassedOnAndTheEndExplained) {
  auto process =
      ChildProcess::Start({{"sh", "-c", "echo out; echo wrong >&2; exit 3"}, {"PATH=/bin"}, 0})
          .ValueOrDie();
  std::vector<std::string> output, errors;
  process->Forward([&](const std::string& line) { output.push_back(line); },
                   [&](const std::string& line) { errors.push_back(line); });
  EXPECT_EQ(process->AwaitExit(-1), 3);
  EXPECT_EQ(process->DescribeEnd(), "exit code 3");
  EXPECT_EQ(process->AwaitErrors(), "wrong\n");
  EXPECT_EQ(output, std::vector<std::string>{"out"});
  EXPECT_EQ(errors, std::vector<std::string>{"wrong"});
}

TEST(ChildProcessTest, WhatAProcessStartedIsKilledWithIt) {
  auto process =
      ChildProcess::Start({{"sh", "-c", "sleep 1000 & echo $!; wait"}, {"PATH=/bin:/usr/bin"}, 0})
          .ValueOrDie();
  std::string line;
  while (line.empty() || line.back() != '\n') line += process->ReadHeader(1, 60000);
  const pid_t grandchild = std::atoi(line.c_str());
  ASSERT_GT(grandchild, 0);
  process.reset();
  // Its parent is gone too, so somebody else collects it; until then it is a zombie.
  while (::kill(grandchild, 0) == 0) {
    std::FILE* state = std::fopen(("/proc/" + std::to_string(grandchild) + "/stat").c_str(), "r");
    if (state == nullptr) break;
    char letter = 0;
    EXPECT_EQ(std::fscanf(state, "%*d %*s %c", &letter), 1);
    std::fclose(state);
    if (letter == 'Z') break;
  }
}

TEST(ChildProcessTest, AMissingProgramIsNamedByItsEnd) {
  auto process = ChildProcess::Start({{"/no/such/program"}, {}, 0}).ValueOrDie();
  process->AwaitExit(-1);
  EXPECT_EQ(process->DescribeEnd(), "the program cannot be started");
}

TEST(WorkerEnvironmentTest, SecretsAndMisleadingVariablesStayBehind) {
  ::setenv("STORE_SECRET_KEY", "hush", 1);
  ::setenv("SPARK_REMOTE", "sc://elsewhere", 1);
  ::setenv("REGION", "north", 1);
  const auto variables = WorkerEnvironment({{"REGION", "south"}});
  EXPECT_THAT(variables, Not(Contains(StartsWith("STORE_SECRET_KEY="))));
  EXPECT_THAT(variables, Not(Contains(StartsWith("SPARK_REMOTE="))));
  EXPECT_THAT(variables, Contains("REGION=south"));
  EXPECT_THAT(WorkerEnvironment({}, /*keep_secrets=*/true), Contains("STORE_SECRET_KEY=hush"));
}

TEST(PythonInstallationTest, GenerationsOfPySpark) {
  EXPECT_EQ(GenerationOf("3.5.9").ValueOrDie(), WorkerGeneration::k3_5);
  EXPECT_EQ(GenerationOf("4.3.0.dev1").ValueOrDie(), WorkerGeneration::k4_3);
  EXPECT_THAT(GenerationOf("3.4.1").status().message(), HasSubstr("PySpark 3.4.1"));
  EXPECT_THAT(GenerationOf("9.0.0").status().message(), HasSubstr("PySpark 9.0.0"));
}

TEST(PythonInstallationTest, AnInterpreterThatIsNoneIsNamed) {
  EXPECT_THAT(InspectPython("/no/such/python").status().message(), HasSubstr("/no/such/python"));
}

}  // namespace
}  // namespace headrace
