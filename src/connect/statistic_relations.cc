// Statistics of DataFrames; transpose(), whose columns are found in rows as well.
#include "base/random.h"
#include "connect/field_check.h"
#include "connect/literal_messages.h"
#include "connect/plan_translator.h"

namespace headrace {

Result<PlanTranslator::Node> PlanTranslator::Statistic(const std::string& name,
                                                       const messages::Relation& input,
                                                       std::vector<std::string> columns) const {
  ARROW_ASSIGN_OR_RAISE(auto node, Unary(LogicalKind::kDescribe, input));
  node->name = name;
  node->names = std::move(columns);
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Describe(const messages::StatDescribe& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "cols"}));
  return Statistic("describe", message.input(), {message.cols().begin(), message.cols().end()});
}

Result<PlanTranslator::Node> PlanTranslator::Summary(const messages::StatSummary& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "statistics"}));
  return Statistic("summary", message.input(),
                   {message.statistics().begin(), message.statistics().end()});
}

Result<PlanTranslator::Node> PlanTranslator::Covariance(const messages::StatCov& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "col1", "col2"}));
  return Statistic("cov", message.input(), {message.col1(), message.col2()});
}

Result<PlanTranslator::Node> PlanTranslator::Correlation(const messages::StatCorr& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "col1", "col2", "method"}));
  if (message.has_method() && message.method() != "pearson") {
    return IllegalArgument("", "corr() computes Pearson's coefficient only, and the method '" +
                                   message.method() + "' was asked for.");
  }
  return Statistic("corr", message.input(), {message.col1(), message.col2()});
}

Result<PlanTranslator::Node> PlanTranslator::ApproximateQuantiles(
    const messages::StatApproxQuantile& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "cols", "probabilities", "relative_error"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Statistic("approxQuantile", message.input(),
                                             {message.cols().begin(), message.cols().end()}));
  for (const double probability : message.probabilities()) {
    node->expressions.push_back(UnresolvedLiteral(arrow::MakeScalar(probability)));
  }
  node->lower = message.relative_error();
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::CrossTable(
    const messages::StatCrosstab& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "col1", "col2"}));
  return Statistic("crosstab", message.input(), {message.col1(), message.col2()});
}

Result<PlanTranslator::Node> PlanTranslator::FrequentItems(
    const messages::StatFreqItems& message) const {
  constexpr double kSupport = 0.01;
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "cols", "support"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Statistic("freqItems", message.input(),
                                             {message.cols().begin(), message.cols().end()}));
  node->lower = message.has_support() ? message.support() : kSupport;
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::SampleByGroup(
    const messages::StatSampleBy& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "col", "fractions", "seed"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Statistic("sampleBy", message.input(), {}));
  ARROW_ASSIGN_OR_RAISE(node->groupings.emplace_back(), Expression(message.col()));
  for (const auto& each : message.fractions()) {
    ARROW_RETURN_NOT_OK(CheckFields(each, {"stratum", "fraction"}));
    ARROW_ASSIGN_OR_RAISE(auto group, LiteralFromMessage(each.stratum()));
    node->expressions.push_back(UnresolvedLiteral(std::move(group)));
    node->expressions.push_back(UnresolvedLiteral(arrow::MakeScalar(each.fraction())));
  }
  node->seed = message.has_seed() ? message.seed() : static_cast<int64_t>(Random::System()->Next());
  return node;
}

Result<PlanTranslator::Node> PlanTranslator::Transpose(const messages::Transpose& message) const {
  ARROW_RETURN_NOT_OK(CheckFields(message, {"input", "index_columns"}));
  ARROW_ASSIGN_OR_RAISE(auto node, Statistic("transpose", message.input(), {}));
  ARROW_ASSIGN_OR_RAISE(node->expressions, Expressions(message.index_columns()));
  return node;
}

}  // namespace headrace
