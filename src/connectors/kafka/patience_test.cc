#include "connectors/kafka/patience.h"

#include <gtest/gtest.h>

namespace headrace {
namespace {

TEST(Patience, AsksUntilThereIsAnAnswer) {
  int asked = 0;
  const Status status = Patience{}.Until([&](Status*) -> Result<bool> { return ++asked == 3; });
  EXPECT_TRUE(status.ok());
  EXPECT_EQ(asked, 3);
}

TEST(Patience, TellsTheLastTroubleOnceTheTimeIsOver) {
  const Status status = Patience{.timeout_us = 0}.Until([](Status* trouble) -> Result<bool> {
    *trouble = Status::IOError("nobody is there");
    return false;
  });
  EXPECT_EQ(status.message(), "nobody is there");
}

TEST(Patience, PassesAnErrorOnAtOnce) {
  const Status status =
      Patience{}.Until([](Status*) -> Result<bool> { return Status::Invalid("never"); });
  EXPECT_EQ(status.message(), "never");
}

TEST(Patience, EndsWhenTheQueryIsStopped) {
  CancellationToken stopped;
  const Patience patience{.cancellation = &stopped};
  int asked = 0;
  const Status status = patience.Until([&](Status*) -> Result<bool> {
    if (++asked == 2) stopped.Cancel();
    return false;
  });
  EXPECT_TRUE(status.IsCancelled());
  EXPECT_EQ(asked, 2);
  EXPECT_TRUE(patience.Pause(int64_t{3600} * 1000000).IsCancelled());
}

}  // namespace
}  // namespace headrace
