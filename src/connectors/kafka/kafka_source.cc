#include "connectors/kafka/kafka_source.h"

#include "types/spark_type.h"

namespace headrace {

namespace {

Status CheckUserSchema(const arrow::Schema& given, const arrow::Schema& actual, bool streaming) {
  if (streaming) {
    return MakeError(ErrorKind::kUnsupportedOperation, "_LEGACY_ERROR_TEMP_2242",
                     "The source kafka has a fixed schema; leave out schema(...).",
                     {{"provider", "KafkaSourceProvider"}});
  }
  if (given.Equals(actual, /*check_metadata=*/false)) return Status::OK();
  return AnalysisError("_LEGACY_ERROR_TEMP_1133",
                       "The schema " + SchemaToDdl(given) + " is not that of Kafka, " +
                           SchemaToDdl(actual) + "; leave out schema(...).",
                       {{"schema", SchemaToDdl(given)}, {"actualSchema", SchemaToDdl(actual)}});
}

class KafkaSourceProvider final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool streaming,
                                  const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(const auto options,
                          KafkaSourceOptions::Parse(specification.options, streaming, context));
    const SchemaPtr schema = KafkaSchema(options.include_headers);
    if (specification.user_schema) {
      ARROW_RETURN_NOT_OK(CheckUserSchema(*specification.user_schema, *schema, streaming));
    }
    return schema;
  }

  Result<std::unique_ptr<BatchScan>> OpenBatch(const SourceSpecification& specification,
                                               const SchemaPtr&,
                                               const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto options,
                          KafkaSourceOptions::Parse(specification.options, false, context));
    return MakeKafkaScan(std::move(options));
  }

  Result<std::unique_ptr<Source>> OpenStream(const SourceSpecification& specification,
                                             const SchemaPtr&, const std::string& metadata_path,
                                             const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto options,
                          KafkaSourceOptions::Parse(specification.options, true, context));
    return OpenKafkaStream(std::move(options), metadata_path, context);
  }
};

}  // namespace

std::shared_ptr<SourceProvider> MakeKafkaSourceProvider() {
  return std::make_shared<KafkaSourceProvider>();
}

}  // namespace headrace
