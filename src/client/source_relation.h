// Relations that read, at rest or as streams.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "headrace/dataframe.h"
#include "headrace/options.h"

#include "client/connection.h"

namespace headrace::client {

struct SourceDescription {
  std::optional<std::string> format = {};
  std::string schema = {};  // DDL or JSON, "" to have it found out
  OptionMap options = {};
  std::vector<std::string> paths = {};
  bool is_streaming = false;
};

DataFrame ReadSource(std::shared_ptr<Connection> connection, SourceDescription source);
DataFrame ReadTable(std::shared_ptr<Connection> connection, const std::string& name,
                    const OptionMap& options, bool is_streaming);

}  // namespace headrace::client
