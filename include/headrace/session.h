// The way in: a session with the engine.
//
//   auto spark = headrace::SparkSession::builder().appName("word count").getOrCreate();
//
// Without remote() the engine runs in this process. With remote("sc://host:15002"), or with the
// environment variable SPARK_REMOTE, the same program drives a Headrace server or an Apache Spark
// cluster.
#pragma once

#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "headrace/dataframe.h"
#include "headrace/options.h"
#include "headrace/readwriter.h"
#include "headrace/streaming.h"

namespace headrace::inline v1 {

// spark.conf()
class RuntimeConfig {
 public:
  explicit RuntimeConfig(std::shared_ptr<client::Connection> connection)
      : connection_(std::move(connection)) {}

  void set(const std::string& key, const OptionValue& value) const;
  // SparkNoSuchElementException for an unknown key.
  std::string get(const std::string& key) const;
  std::string get(const std::string& key, const std::string& fallback) const;
  std::map<std::string, std::string> getAll() const;
  void unset(const std::string& key) const;
  bool isModifiable(const std::string& key) const;

 private:
  std::shared_ptr<client::Connection> connection_;
};

class SparkSession {
 public:
  class Builder;

  explicit SparkSession(std::shared_ptr<client::Connection> connection)
      : connection_(std::move(connection)) {}

  static Builder builder();
  // The session that getOrCreate() would return; nothing if there is none.
  static std::optional<SparkSession> getActiveSession();

  DataFrameReader read() const { return DataFrameReader(connection_); }
  DataStreamReader readStream() const { return DataStreamReader(connection_); }
  StreamingQueryManager streams() const { return StreamingQueryManager(connection_); }
  RuntimeConfig conf() const { return RuntimeConfig(connection_); }

  // Commands run at once; a query is analysed and runs when its result is asked for.
  DataFrame sql(const std::string& query) const;
  // `arguments` stand for :name markers.
  DataFrame sql(const std::string& query,
                const std::vector<std::pair<std::string, ColumnOrValue>>& arguments) const;
  DataFrame table(const std::string& name) const;
  DataFrame range(int64_t end) const;
  DataFrame range(int64_t start, int64_t end, int64_t step = 1,
                  std::optional<int32_t> partitions = std::nullopt) const;
  // Values that do not fit the schema throw IllegalArgumentException naming row and column.
  DataFrame createDataFrame(const std::vector<Row>& rows, const StructType& schema) const;
  DataFrame createDataFrame(const std::vector<Row>& rows, const std::string& ddl) const;
  // Types are those of the values.
  DataFrame createDataFrame(const std::vector<Row>& rows,
                            const std::vector<std::string>& names) const;
  DataFrame createDataFrame(const std::vector<Row>& rows,
                            std::initializer_list<const char*> names) const {
    return createDataFrame(rows, std::vector<std::string>(names.begin(), names.end()));
  }

  std::string version() const;
  // A session of its own (configuration, views) with the same engine.
  SparkSession newSession() const;

  // Operations started by this thread carry its tags.
  void addTag(const std::string& tag) const;
  void removeTag(const std::string& tag) const;
  std::vector<std::string> getTags() const;
  void clearTags() const;
  // Return the ids of the operations interrupted.
  std::vector<std::string> interruptAll() const;
  std::vector<std::string> interruptTag(const std::string& tag) const;
  std::vector<std::string> interruptOperation(const std::string& id) const;

  // Ends the session and its streaming queries. An embedded engine also ends with the last handle
  // (session, DataFrame, query) to it; a remote session lives on until its server's timeout.
  void stop() const;

  const std::shared_ptr<client::Connection>& connection() const { return connection_; }

 private:
  std::shared_ptr<client::Connection> connection_;
};

class SparkSession::Builder {
 public:
  Builder& appName(const std::string& name);
  // "local[4]": how many cores an embedded engine uses. Not together with remote().
  Builder& master(const std::string& master);
  // sc://host:port/;token=…;use_ssl=true;user_id=…
  Builder& remote(const std::string& url);
  Builder& config(const std::string& key, const OptionValue& value);

  // The session of this process if there is one, with the settings applied to it.
  SparkSession getOrCreate() const;
  SparkSession create() const;

 private:
  std::string Remote() const;  // "" for an engine in this process

  std::string remote_;
  std::map<std::string, std::string> config_;
};

}  // namespace headrace::inline v1
