// Connectors by format name. Each folder under connectors/ exposes
// `void Register<Name>Connector(ConnectorRegistry*)`; the program that links them calls those.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "connector/sink.h"
#include "connector/source.h"

namespace headrace {

class ConnectorRegistry {
 public:
  ConnectorRegistry();
  // The one that programs fill; tests may have registries of their own.
  static ConnectorRegistry& Process();

  void AddSource(const std::string& format, std::shared_ptr<SourceProvider> provider);
  void AddSink(const std::string& format, std::shared_ptr<SinkProvider> provider);
  // Case-insensitive; also Spark's long class names where common. DATA_SOURCE_NOT_FOUND (42K02)
  // naming the format and what there is.
  Result<std::shared_ptr<SourceProvider>> FindSource(const std::string& format) const;
  Result<std::shared_ptr<SinkProvider>> FindSink(const std::string& format) const;
  std::vector<std::string> SourceFormats() const;
  std::vector<std::string> SinkFormats() const;

 private:
  struct Tables;
  std::shared_ptr<Tables> tables_;
};

}  // namespace headrace
