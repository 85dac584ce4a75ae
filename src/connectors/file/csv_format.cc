#include "connectors/file/file_format.h"
#include "connectors/file/write_format.h"

namespace headrace {

Result<std::shared_ptr<const FileFormat>> MakeCsvFormat(const Options&, const ConnectorContext&) {
  return NotSupported("file format csv");
}
Result<std::shared_ptr<const WriteFormat>> MakeCsvWriteFormat(const SchemaPtr&, const Options&,
                                                              const ConnectorContext&) {
  return NotSupported("file format csv");
}

}  // namespace headrace
