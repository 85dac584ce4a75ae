// Reading and writing what is at rest: spark.read(), df.write().
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "headrace/dataframe.h"
#include "headrace/options.h"

namespace headrace::inline v1 {

class DataFrameReader {
 public:
  explicit DataFrameReader(std::shared_ptr<client::Connection> connection)
      : connection_(std::move(connection)) {}

  DataFrameReader& format(const std::string& source);
  DataFrameReader& schema(const StructType& schema);
  DataFrameReader& schema(const std::string& ddl);
  DataFrameReader& option(const std::string& key, const OptionValue& value);
  DataFrameReader& options(const OptionMap& options);

  DataFrame load() const;
  DataFrame load(const std::string& path) const;
  DataFrame load(const std::vector<std::string>& paths) const;
  DataFrame text(const std::string& path) const { return Load("text", path); }
  DataFrame json(const std::string& path) const { return Load("json", path); }
  DataFrame csv(const std::string& path) const { return Load("csv", path); }
  DataFrame parquet(const std::string& path) const { return Load("parquet", path); }
  DataFrame orc(const std::string& path) const { return Load("orc", path); }
  DataFrame table(const std::string& name) const;

 private:
  DataFrame Load(const std::string& format, const std::string& path) const;

  std::shared_ptr<client::Connection> connection_;
  std::optional<std::string> format_;
  std::string schema_;
  OptionMap options_;
};

class DataFrameWriter {
 public:
  explicit DataFrameWriter(DataFrame input) : input_(std::move(input)) {}

  DataFrameWriter& format(const std::string& source);
  // append, overwrite, error (the default), ignore
  DataFrameWriter& mode(const std::string& mode);
  DataFrameWriter& option(const std::string& key, const OptionValue& value);
  DataFrameWriter& options(const OptionMap& options);
  DataFrameWriter& partitionBy(const std::vector<std::string>& columns);
  template <NameLike... ColumnNames>
  DataFrameWriter& partitionBy(const ColumnNames&... names) {
    return partitionBy(std::vector<std::string>{std::string(names)...});
  }

  void save() const;
  void save(const std::string& path) const;
  void text(const std::string& path) const { Save("text", path); }
  void json(const std::string& path) const { Save("json", path); }
  void csv(const std::string& path) const { Save("csv", path); }
  void parquet(const std::string& path) const { Save("parquet", path); }
  void orc(const std::string& path) const { Save("orc", path); }
  void saveAsTable(const std::string& name) const;
  void insertInto(const std::string& name) const;

 private:
  void Save(const std::string& format, const std::string& path) const;
  void Write(const std::string& path, const std::string& table, bool into_existing) const;

  DataFrame input_;
  std::optional<std::string> format_;
  std::string mode_;
  OptionMap options_;
  std::vector<std::string> partitions_;
};

}  // namespace headrace::inline v1
