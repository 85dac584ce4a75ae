#include "connectors/kafka/kafka_source.h"

namespace headrace {

namespace {

class KafkaSourceProvider final : public SourceProvider {
 public:
  Result<SchemaPtr> ResolveSchema(const SourceSpecification& specification, bool streaming,
                                  const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(const auto options,
                          KafkaSourceOptions::Parse(specification.options, streaming, context));
    if (specification.user_schema) {
      return IllegalArgument("",
                             "Kafka source has a fixed schema and cannot be set with a custom one");
    }
    return KafkaSchema(options.include_headers);
  }

  Result<std::unique_ptr<BatchScan>> OpenBatch(const SourceSpecification& specification,
                                               const SchemaPtr&,
                                               const ConnectorContext& context) override {
    ARROW_ASSIGN_OR_RAISE(auto options,
                          KafkaSourceOptions::Parse(specification.options, false, context));
    return MakeKafkaScan(std::move(options), context);
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
