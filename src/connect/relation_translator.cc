#include <google/protobuf/descriptor.h>

#include "connect/field_check.h"
#include "connect/plan_translator.h"

namespace headrace {
namespace {

using Kind = messages::Relation::RelTypeCase;

// What PySpark calls relations that are known and not supported.
Status RefuseRelation(const messages::Relation& message, const std::string& field) {
  switch (message.rel_type_case()) {
    case Kind::kCommonInlineUserDefinedDataSource:
      return NotSupported("a Python data source");
    case Kind::kAsOfJoin:
      return NotSupported("an as-of join");
    case Kind::kNearestByJoin:
      return NotSupported("a nearest-by join");
    case Kind::kRelationChanges:
      return NotSupported("reading the changes of a table");
    case Kind::kParse:
      return NotSupported("spark.read.json/csv/xml over a DataFrame of texts",
                          "from_json and from_csv parse a column.");
    case Kind::kMlRelation:
      return NotSupported("spark.ml");
    case Kind::kExtension:
      return NotSupported("the relation extension " + message.extension().type_url());
    default:
      return NotSupported("the relation " + field);
  }
}

}  // namespace

Result<LogicalPlanPtr> PlanTranslator::Plan(const messages::Plan& plan) const {
  ARROW_RETURN_NOT_OK(CheckFields(plan, {"root"}));
  if (!plan.has_root()) {
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.NO_RELATION",
                     "The plan holds no relation.");
  }
  return Relation(plan.root());
}

Result<LogicalPlanPtr> PlanTranslator::Relation(const messages::Relation& message) const {
  const auto* one = message.GetDescriptor()->FindOneofByName("rel_type");
  const auto* set = message.GetReflection()->GetOneofFieldDescriptor(message, one);
  if (set == nullptr) {
    ARROW_RETURN_NOT_OK(CheckFields(message, {"common"}));
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.INPUT_RELATION_NOT_SET",
                     "A relation without content.");
  }
  ARROW_RETURN_NOT_OK(CheckFields(message, {"common", set->name()}));
  ARROW_ASSIGN_OR_RAISE(auto node, Dispatch(message));
  if (node == nullptr) return RefuseRelation(message, set->name());
  if (message.has_common()) {
    ARROW_RETURN_NOT_OK(CheckFields(message.common(), {"plan_id"}));
    if (message.common().has_plan_id()) node->plan_id = message.common().plan_id();
  }
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Unary(LogicalKind kind,
                                                   const messages::Relation& input) const {
  ARROW_ASSIGN_OR_RAISE(auto child, Relation(input));
  return NewLogicalPlan(kind, {std::move(child)});
}

// Null: the kind is not supported.
Result<PlanTranslator::Node> PlanTranslator::Dispatch(const messages::Relation& message) const {
  switch (message.rel_type_case()) {
    case Kind::kRead:
      return Read(message.read());
    case Kind::kProject:
      return Project(message.project());
    case Kind::kFilter:
      return Filter(message.filter());
    case Kind::kJoin:
      return Join(message.join());
    case Kind::kSetOp:
      return SetOperation(message.set_op());
    case Kind::kSort:
      return Sort(message.sort());
    case Kind::kLimit:
      return Limit(LogicalKind::kLimit, message.limit(), "limit", message.limit().limit());
    case Kind::kOffset:
      return Limit(LogicalKind::kOffset, message.offset(), "offset", message.offset().offset());
    case Kind::kTail:
      return Limit(LogicalKind::kTail, message.tail(), "limit", message.tail().limit());
    case Kind::kAggregate:
      return Aggregate(message.aggregate());
    case Kind::kSql:
      return Sql(message.sql());
    case Kind::kLocalRelation:
      return LocalRelation(message.local_relation());
    case Kind::kSample:
      return Sample(message.sample());
    case Kind::kDeduplicate:
      return Deduplicate(message.deduplicate());
    case Kind::kRange:
      return Range(message.range());
    case Kind::kSubqueryAlias:
      return SubqueryAlias(message.subquery_alias());
    case Kind::kRepartition:
      return Repartition(message.repartition());
    case Kind::kToDf:
      return ToDf(message.to_df());
    case Kind::kWithColumnsRenamed:
      return WithColumnsRenamed(message.with_columns_renamed());
    case Kind::kShowString:
      return ShowString(message.show_string());
    case Kind::kHtmlString:
      return HtmlString(message.html_string());
    case Kind::kDrop:
      return Drop(message.drop());
    case Kind::kWithColumns:
      return WithColumns(message.with_columns());
    case Kind::kHint:
      return Hint(message.hint());
    case Kind::kUnpivot:
      return Unpivot(message.unpivot());
    case Kind::kToSchema:
      return ToSchema(message.to_schema());
    case Kind::kRepartitionByExpression:
      return RepartitionByExpression(message.repartition_by_expression());
    case Kind::kCollectMetrics:
      return CollectMetrics(message.collect_metrics());
    case Kind::kWithWatermark:
      return WithWatermark(message.with_watermark());
    case Kind::kCachedLocalRelation:
      return CachedLocalRelation(message.cached_local_relation());
    case Kind::kChunkedCachedLocalRelation:
      return ChunkedCachedLocalRelation(message.chunked_cached_local_relation());
    case Kind::kCachedRemoteRelation:
      return CachedRemoteRelation(message.cached_remote_relation());
    case Kind::kWithRelations:
      return WithRelations(message.with_relations());
    case Kind::kMapPartitions:
      return MapPartitions(message.map_partitions());
    case Kind::kGroupMap:
      return GroupMap(message.group_map());
    case Kind::kCoGroupMap:
      return CoGroupMap(message.co_group_map());
    case Kind::kApplyInPandasWithState:
      return ApplyInPandasWithState(message.apply_in_pandas_with_state());
    case Kind::kCommonInlineUserDefinedTableFunction:
      return TableFunction(message.common_inline_user_defined_table_function());
    case Kind::kLateralJoin:
      return LateralJoin(message.lateral_join());
    case Kind::kFillNa:
      return FillNa(message.fill_na());
    case Kind::kDropNa:
      return DropNa(message.drop_na());
    case Kind::kReplace:
      return ReplaceNa(message.replace());
    case Kind::kDescribe:
      return Describe(message.describe());
    case Kind::kSummary:
      return Summary(message.summary());
    case Kind::kCov:
      return Covariance(message.cov());
    case Kind::kCorr:
      return Correlation(message.corr());
    case Kind::kApproxQuantile:
      return ApproximateQuantiles(message.approx_quantile());
    case Kind::kCrosstab:
      return CrossTable(message.crosstab());
    case Kind::kFreqItems:
      return FrequentItems(message.freq_items());
    case Kind::kSampleBy:
      return SampleByGroup(message.sample_by());
    case Kind::kTranspose:
      return Transpose(message.transpose());
    case Kind::kUnresolvedTableValuedFunction:
      return TableValues(message.unresolved_table_valued_function());
    case Kind::kCatalog:
      return Catalog(message.catalog());
    default:
      return Node();
  }
}

}  // namespace headrace
