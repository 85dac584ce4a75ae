#include "connectors/file/file.h"

#include "connectors/file/file_sink.h"
#include "connectors/file/file_source.h"

namespace headrace {

void RegisterFileConnector(ConnectorRegistry* registry) {
  const auto source = MakeFileSourceProvider();
  const auto sink = MakeFileSinkProvider();
  // The last two are known by name only, so that they are refused as what they are.
  for (const char* format :
       {"text", "json", "csv", "parquet", "orc", "avro", "xml", "binaryFile"}) {
    registry->AddSource(format, source);
    registry->AddSink(format, sink);
  }
}

}  // namespace headrace
