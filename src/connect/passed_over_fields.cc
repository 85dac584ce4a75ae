// The only list of fields of Spark Connect's messages that are not looked at. A field belongs here
// if no value of it can change a result, a side effect or an error.
#include "connect/field_check.h"

namespace headrace {
namespace {

constexpr std::string_view kOrigin = "where in the program the call stands; for error texts only";
constexpr std::string_view kVariation = "left over from Substrait, never set by a client";
constexpr std::string_view kPartitioning = "how rows lie in partitions, not which rows there are";
constexpr std::string_view kStorage = "a hint where to keep what is computed again anyway";

}  // namespace

const std::vector<PassedOverField>& PassedOverFields() {
  static const std::vector<PassedOverField> fields = {
      {"UserContext", "user_name", "a display name; sessions are told apart by user_id"},
      {"UserContext", "extensions", "the client's call stack, sent for debugging"},
      {"RelationCommon", "source_info", kOrigin},
      {"RelationCommon", "origin", kOrigin},
      {"ResultChunkingOptions", "allow_arrow_batch_chunking", "batches are sent whole"},
      {"ResultChunkingOptions", "preferred_arrow_chunk_size", "batches are sent whole"},
      {"AnalyzePlanRequest.Persist", "storage_level", kStorage},
      {"CacheTable", "storage_level", kStorage},
      {"AnalyzePlanRequest.Unpersist", "blocking", kStorage},
      {"AnalyzePlanRequest.Unpersist", "relation", kStorage},
      {"AnalyzePlanRequest.GetStorageLevel", "relation", kStorage},
      {"CheckpointCommand", "storage_level", "a checkpoint lies in memory"},
      {"Hint", "parameters", "hints choose among plans with the same result"},
      {"Range", "num_partitions", kPartitioning},
      {"Sample", "deterministic_order", "rows are always sampled in their order"},
      {"Expression.UnresolvedFunction", "is_internal",
       "chooses among functions of one name; there is one registry"},
      {"Expression.UnresolvedFunction", "is_user_defined_function",
       "says where the client found the name; there is one registry"},
      {"DataType.NULL", "type_variation_reference", kVariation},
      {"DataType.Boolean", "type_variation_reference", kVariation},
      {"DataType.Byte", "type_variation_reference", kVariation},
      {"DataType.Short", "type_variation_reference", kVariation},
      {"DataType.Integer", "type_variation_reference", kVariation},
      {"DataType.Long", "type_variation_reference", kVariation},
      {"DataType.Float", "type_variation_reference", kVariation},
      {"DataType.Double", "type_variation_reference", kVariation},
      {"DataType.Decimal", "type_variation_reference", kVariation},
      {"DataType.String", "type_variation_reference", kVariation},
      {"DataType.Char", "type_variation_reference", kVariation},
      {"DataType.VarChar", "type_variation_reference", kVariation},
      {"DataType.Binary", "type_variation_reference", kVariation},
      {"DataType.Date", "type_variation_reference", kVariation},
      {"DataType.Timestamp", "type_variation_reference", kVariation},
      {"DataType.TimestampNTZ", "type_variation_reference", kVariation},
      {"DataType.YearMonthInterval", "type_variation_reference", kVariation},
      {"DataType.DayTimeInterval", "type_variation_reference", kVariation},
      {"DataType.Array", "type_variation_reference", kVariation},
      {"DataType.Map", "type_variation_reference", kVariation},
      {"DataType.Struct", "type_variation_reference", kVariation},
  };
  return fields;
}

}  // namespace headrace
