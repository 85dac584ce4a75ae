#include "connectors/file/avro/avro_options.h"

#include "connectors/file/line_blocks.h"

namespace headrace {

namespace {

const FormatOptionNames& AvroOptionNames() {
  // Days and times are of one calendar here, which differs from the old one before 1582 only.
  static const auto* names = new FormatOptionNames{
      {"avroschema", "avroschemaurl", "recordname", "recordnamespace", "ignoreextension",
       "compression", "positionalfieldmatching", "enablestableidentifiersforuniontype",
       "stableidentifierprefixforuniontype", "recursivefieldmaxdepth", "mode"},
      {{"datetimerebasemode", {"corrected", "exception"}}}};
  return *names;
}

}  // namespace

Result<AvroFileOptions> AvroFileOptions::Parse(const Options& options,
                                               const ConnectorContext& context) {
  ARROW_RETURN_NOT_OK(CheckOptionNames("avro", options, AvroOptionNames()));
  AvroFileOptions parsed;
  if (const auto json = options.Get("avroSchema")) {
    ARROW_ASSIGN_OR_RAISE(parsed.schema, AvroSchema::Parse(*json));
  } else if (const auto url = options.Get("avroSchemaUrl")) {
    ARROW_ASSIGN_OR_RAISE(const auto path, StripFileScheme(*url));
    ARROW_ASSIGN_OR_RAISE(const auto text, ReadContent(context.files.get(), AbsolutePath(path)));
    ARROW_ASSIGN_OR_RAISE(parsed.schema, AvroSchema::Parse(text));
  }
  parsed.record_name = options.GetOr("recordName", parsed.record_name);
  parsed.record_namespace = options.GetOr("recordNamespace", "");
  ARROW_ASSIGN_OR_RAISE(parsed.ignore_extension, options.GetBool("ignoreExtension", true));
  ARROW_ASSIGN_OR_RAISE(parsed.read.positional, options.GetBool("positionalFieldMatching", false));
  ARROW_ASSIGN_OR_RAISE(parsed.read.case_sensitive,
                        BoolConfiguration(context, "spark.sql.caseSensitive", false));
  ARROW_ASSIGN_OR_RAISE(parsed.read.types.stable_union_names,
                        options.GetBool("enableStableIdentifiersForUnionType", false));
  parsed.read.types.stable_union_prefix =
      options.GetOr("stableIdentifierPrefixForUnionType", "member_");
  ARROW_ASSIGN_OR_RAISE(const int64_t depth, options.GetInt("recursiveFieldMaxDepth", -1));
  if (depth > 15) {
    return IllegalArgument("", "The option recursiveFieldMaxDepth is " + std::to_string(depth) +
                                   ", but must not be above 15.");
  }
  parsed.read.types.recursive_field_max_depth = static_cast<int>(std::max<int64_t>(depth, 0));
  return parsed;
}

}  // namespace headrace
