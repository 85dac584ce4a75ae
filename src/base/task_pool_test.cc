#include "base/task_pool.h"

#include <latch>
#include <stdexcept>
#include <thread>

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(TaskPoolTest, RunsEveryTaskAndReturnsTheFirstErrorByIndex) {
  for (const int threads : {1, 2, 4}) {
    const auto pool = TaskPool::Create(threads);
    EXPECT_EQ(pool->thread_count(), threads);
    std::atomic<int> ran = 0;
    std::vector<std::function<Status()>> tasks;
    for (int i = 0; i < 100; ++i) {
      tasks.push_back([&ran, i]() -> Status {
        ++ran;
        return i >= 50 ? Status::Invalid("task ", i) : Status::OK();
      });
    }
    EXPECT_EQ(pool->RunAll(tasks).message(), "task 50");
    EXPECT_EQ(ran, 100);
    EXPECT_TRUE(pool->RunAll({}).ok());
  }
}

TEST(TaskPoolTest, TasksRunAtTheSameTime) {
  const auto pool = TaskPool::Create(3);
  std::latch all_started(3);  // nobody passes it alone
  const auto task = [&] {
    all_started.arrive_and_wait();
    return Status::OK();
  };
  EXPECT_TRUE(pool->RunAll({task, task, task}).ok());
}

TEST(TaskPoolTest, SingleTaskRunsOnTheCallingThread) {
  std::thread::id id;
  EXPECT_TRUE(TaskPool::Create(4)
                  ->RunAll({[&] {
                    id = std::this_thread::get_id();
                    return Status::OK();
                  }})
                  .ok());
  EXPECT_EQ(id, std::this_thread::get_id());
}

TEST(TaskPoolTest, ServesSeveralCallersAtOnce) {
  const auto pool = TaskPool::Create(2);
  std::atomic<int> ran = 0;
  std::vector<std::thread> callers;
  for (int caller = 0; caller < 4; ++caller) {
    callers.emplace_back([&] {
      for (int round = 0; round < 50; ++round) {
        const auto task = [&] {
          ++ran;
          return Status::OK();
        };
        EXPECT_TRUE(pool->RunAll({task, task, task}).ok());
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(ran, 4 * 50 * 3);
}

TEST(TaskPoolTest, ExceptionsBecomeErrors) {
  const auto fail = []() -> Status { throw std::runtime_error("broken"); };
  const auto status = TaskPool::Create(2)->RunAll({fail, fail});
  EXPECT_NE(status.message().find("broken"), std::string::npos);
}

TEST(TaskPoolTest, WhatTasksCapturedIsGoneAfterwards) {
  const auto pool = TaskPool::Create(2);
  auto captured = std::make_shared<int>(1);
  const auto task = [captured] { return Status::OK(); };
  EXPECT_TRUE(pool->RunAll({task, task}).ok());
  EXPECT_EQ(captured.use_count(), 2);  // `captured` and `task`
}

TEST(CancellationTokenTest, Check) {
  CancellationToken token;
  EXPECT_TRUE(token.Check().ok());
  token.Cancel();
  EXPECT_TRUE(token.Check().IsCancelled());
  EXPECT_EQ(ErrorDetail::Get(token.Check())->condition(), "OPERATION_CANCELED");
}

}  // namespace
}  // namespace headrace
