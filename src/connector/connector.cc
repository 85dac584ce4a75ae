// What a provider does that has no such side, and the names of the output modes.
#include "connector/sink.h"
#include "connector/source.h"

namespace headrace {

Result<std::unique_ptr<BatchScan>> SourceProvider::OpenBatch(
    const SourceSpecification& specification, const SchemaPtr&, const ConnectorContext&) {
  return AnalysisError(
      "_LEGACY_ERROR_TEMP_1135",
      "Data source " + specification.format + " cannot be read as a batch; use readStream.",
      {{"className", specification.format}});
}

Result<std::unique_ptr<Source>> SourceProvider::OpenStream(const SourceSpecification& specification,
                                                           const SchemaPtr&, const std::string&,
                                                           const ConnectorContext&) {
  return MakeError(
      ErrorKind::kUnsupportedOperation, "_LEGACY_ERROR_TEMP_2049",
      "Data source " + specification.format + " does not support streamed reading; use read.",
      {{"className", specification.format}, {"operator", "reading"}});
}

Result<std::unique_ptr<Sink>> SinkProvider::OpenBatch(const SinkSpecification& specification,
                                                      SaveMode, const ConnectorContext&) {
  return MakeError(
      ErrorKind::kUnsupportedOperation, "_LEGACY_ERROR_TEMP_2049",
      "Data source " + specification.format + " does not support batch writing; use writeStream.",
      {{"className", specification.format}, {"operator", "writing"}});
}

std::string OutputModeName(OutputMode mode) {
  switch (mode) {
    case OutputMode::kAppend:
      return "append";
    case OutputMode::kUpdate:
      return "update";
    case OutputMode::kComplete:
      return "complete";
  }
  return "append";
}

Result<OutputMode> ParseOutputMode(const std::string& text) {
  if (text.empty() || EqualsIgnoreCase(text, "append")) return OutputMode::kAppend;
  if (EqualsIgnoreCase(text, "update")) return OutputMode::kUpdate;
  if (EqualsIgnoreCase(text, "complete")) return OutputMode::kComplete;
  return IllegalArgument("STREAMING_OUTPUT_MODE.INVALID",
                         "'" + text + "' is no output mode. Use append, update or complete.",
                         {{"outputMode", text}});
}

}  // namespace headrace
