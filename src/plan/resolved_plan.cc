#include "plan/resolved_plan.h"

#include <atomic>

#include <arrow/util/key_value_metadata.h>
#include <nlohmann/json.hpp>

namespace headrace {
namespace {

// The attribute's metadata as the JSON object that Spark would show in the schema.
std::string SparkMetadata(const Attribute& attribute) {
  if (!attribute.watermark_delay_us && !attribute.is_window) return attribute.metadata;
  nlohmann::ordered_json object = nlohmann::ordered_json::object();
  if (!attribute.metadata.empty()) {
    auto parsed = nlohmann::ordered_json::parse(attribute.metadata, nullptr, false);
    if (parsed.is_object()) object = std::move(parsed);
  }
  if (attribute.is_window) {
    object[attribute.is_session ? "spark.sessionWindow" : "spark.timeWindow"] = true;
  }
  if (attribute.watermark_delay_us) {
    object["spark.watermarkDelayMs"] = *attribute.watermark_delay_us / 1000;
  }
  return object.dump();
}

}  // namespace

int64_t NextAttributeId() {
  static std::atomic<int64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

ExpressionPtr ToReference(const Attribute& attribute) {
  return std::make_shared<AttributeReference>(attribute.id, attribute.name, attribute.type,
                                              attribute.nullable);
}

SchemaPtr ResolvedPlan::schema() const {
  arrow::FieldVector fields;
  fields.reserve(output.size());
  for (const Attribute& attribute : output) {
    FieldPtr field = arrow::field(attribute.name, attribute.type, attribute.nullable);
    const std::string metadata = SparkMetadata(attribute);
    if (!metadata.empty()) {
      field = field->WithMetadata(arrow::key_value_metadata({"spark_metadata"}, {metadata}));
    }
    fields.push_back(std::move(field));
  }
  return arrow::schema(std::move(fields));
}

bool IsStreaming(const ResolvedPlan& plan) {
  if (plan.kind == ResolvedKind::kScan && plan.streaming) return true;
  for (const ResolvedPlanPtr& child : plan.children) {
    if (IsStreaming(*child)) return true;
  }
  return false;
}

}  // namespace headrace
