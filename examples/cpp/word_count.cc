// The streaming word count: counts words of text files, or of lines that a socket sends.
//
//   word_count DIRECTORY               counts what is there and ends
//   word_count HOST PORT               counts until it is interrupted (`nc -lk 9999` sends lines)
//   word_count --remote sc://localhost:15002 DIRECTORY    the same on a server, Headrace or Spark
//
// Without --remote the engine runs in this process. On a server, the console that the counts are
// printed on is the server's.
#include <iostream>
#include <string>
#include <vector>

#include "headrace/headrace.h"

using namespace headrace::functions;
using headrace::SparkSession;
using headrace::Trigger;

int main(int argc, char** argv) {
  std::vector<std::string> arguments(argv + 1, argv + argc);
  auto builder = SparkSession::builder();
  builder.appName("word count");
  if (arguments.size() >= 2 && arguments[0] == "--remote") {
    builder.remote(arguments[1]);
    arguments.erase(arguments.begin(), arguments.begin() + 2);
  }
  if (arguments.empty() || arguments.size() > 2) {
    std::cerr << "usage: word_count [--remote sc://HOST:PORT] DIRECTORY | HOST PORT\n";
    return 2;
  }

  try {
    SparkSession spark = builder.getOrCreate();
    const bool from_files = arguments.size() == 1;
    auto lines = from_files ? spark.readStream().text(arguments[0])
                            : spark.readStream()
                                  .format("socket")
                                  .option("host", arguments[0])
                                  .option("port", arguments[1])
                                  .load();
    auto words = lines.select(explode(split(col("value"), " ")).alias("word"));
    auto counts = words.groupBy("word").count();

    auto writer = counts.orderBy(col("count").desc(), "word").writeStream();
    writer.outputMode("complete").format("console");
    if (from_files) writer.trigger(Trigger::AvailableNow());
    auto query = writer.start();
    query.awaitTermination();
    spark.stop();
  } catch (const headrace::SparkThrowable& error) {
    std::cerr << "word_count: " << error.what() << "\n";
    return 1;
  }
  return 0;
}
