// DataFrames made of DataFrames.
#include "headrace/dataframe.h"

#include "base/random.h"
#include "client/exception_factory.h"
#include "client/expression_node.h"
#include "client/literal_message.h"
#include "client/messages.h"
#include "client/plan_node.h"

namespace headrace::inline v1 {
namespace {

using client::Derive;
using client::PlanNode;
using client::WriteExpression;
using client::WritePlan;
using client::messages::Expression;
using client::messages::Join;
using client::messages::Relation;
using client::messages::SetOperation;

Join::JoinType JoinTypeOf(const std::string& how) {
  static const std::map<std::string, Join::JoinType> kTypes = {
      {"inner", Join::JOIN_TYPE_INNER},
      {"cross", Join::JOIN_TYPE_CROSS},
      {"outer", Join::JOIN_TYPE_FULL_OUTER},
      {"full", Join::JOIN_TYPE_FULL_OUTER},
      {"fullouter", Join::JOIN_TYPE_FULL_OUTER},
      {"left", Join::JOIN_TYPE_LEFT_OUTER},
      {"leftouter", Join::JOIN_TYPE_LEFT_OUTER},
      {"right", Join::JOIN_TYPE_RIGHT_OUTER},
      {"rightouter", Join::JOIN_TYPE_RIGHT_OUTER},
      {"semi", Join::JOIN_TYPE_LEFT_SEMI},
      {"leftsemi", Join::JOIN_TYPE_LEFT_SEMI},
      {"anti", Join::JOIN_TYPE_LEFT_ANTI},
      {"leftanti", Join::JOIN_TYPE_LEFT_ANTI},
  };
  std::string plain;
  for (char c : how) {
    if (c != '_') plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  auto found = kTypes.find(plain);
  if (found != kTypes.end()) return found->second;
  client::ThrowIllegalArgument("UNSUPPORTED_JOIN_TYPE",
                               "\"" + how +
                                   "\" is no type of join. There are inner, cross, left, right, "
                                   "full, semi and anti.",
                               {{"typ", how}});
}

template <typename FillIn>
DataFrame JoinOf(const DataFrame& left, const DataFrame& right, Join::JoinType type,
                 FillIn fill_in) {
  return Derive(left,
                [right = right.plan(), type, fill_in](const PlanNode& input, Relation* relation) {
                  Join* join = relation->mutable_join();
                  WritePlan(input, join->mutable_left());
                  WritePlan(*right, join->mutable_right());
                  join->set_join_type(type);
                  fill_in(join);
                });
}

DataFrame SetOf(const DataFrame& left, const DataFrame& right, SetOperation::SetOpType type,
                bool is_all, bool by_name = false, bool allow_missing = false) {
  return Derive(left, [=, right = right.plan()](const PlanNode& input, Relation* relation) {
    SetOperation* set = relation->mutable_set_op();
    WritePlan(input, set->mutable_left_input());
    WritePlan(*right, set->mutable_right_input());
    set->set_set_op_type(type);
    set->set_is_all(is_all);
    set->set_by_name(by_name);
    set->set_allow_missing_columns(allow_missing);
  });
}

DataFrame Deduplicated(const DataFrame& input, const std::vector<std::string>& columns,
                       bool within_watermark) {
  return Derive(input, [columns, within_watermark](const PlanNode& plan, Relation* relation) {
    auto* deduplicate = relation->mutable_deduplicate();
    WritePlan(plan, deduplicate->mutable_input());
    deduplicate->set_all_columns_as_keys(columns.empty());
    for (const std::string& column : columns) deduplicate->add_column_names(column);
    deduplicate->set_within_watermark(within_watermark);
  });
}

DataFrame Repartitioned(const DataFrame& input, int32_t partitions, bool shuffle) {
  return Derive(input, [partitions, shuffle](const PlanNode& plan, Relation* relation) {
    auto* repartition = relation->mutable_repartition();
    WritePlan(plan, repartition->mutable_input());
    repartition->set_num_partitions(partitions);
    repartition->set_shuffle(shuffle);
  });
}

DataFrame Filtered(const DataFrame& input, const Column& condition) {
  return Derive(input, [condition](const PlanNode& plan, Relation* relation) {
    WritePlan(plan, relation->mutable_filter()->mutable_input());
    WriteExpression(condition, relation->mutable_filter()->mutable_condition());
  });
}

Column SqlExpression(const std::string& sql) {
  return client::MakeColumn(
      [sql](Expression* message) { message->mutable_expression_string()->set_expression(sql); });
}

}  // namespace

Column DataFrame::col(const std::string& name) const {
  return client::MakeColumn(
      [column = Column(ColumnOrName(name)), id = plan_->id](Expression* message) {
        WriteExpression(column, message);
        if (message->has_unresolved_star()) {
          message->mutable_unresolved_star()->set_plan_id(id);
        } else {
          message->mutable_unresolved_attribute()->set_plan_id(id);
        }
      });
}

DataFrame DataFrame::select(const std::vector<ColumnOrName>& columns) const {
  return Derive(*this, [columns](const PlanNode& input, Relation* relation) {
    auto* project = relation->mutable_project();
    WritePlan(input, project->mutable_input());
    for (const Column& column : columns) WriteExpression(column, project->add_expressions());
  });
}

DataFrame DataFrame::selectExpr(const std::vector<std::string>& expressions) const {
  std::vector<ColumnOrName> columns;
  for (const std::string& expression : expressions) {
    columns.push_back(ColumnOrName(SqlExpression(expression)));
  }
  return select(columns);
}

DataFrame DataFrame::withColumn(const std::string& name, const Column& column) const {
  return withColumns({{name, column}});
}

DataFrame DataFrame::withColumns(const std::vector<std::pair<std::string, Column>>& columns) const {
  return Derive(*this, [columns](const PlanNode& input, Relation* relation) {
    auto* with_columns = relation->mutable_with_columns();
    WritePlan(input, with_columns->mutable_input());
    for (const auto& [name, column] : columns) {
      auto* alias = with_columns->add_aliases();
      alias->add_name(name);
      WriteExpression(column, alias->mutable_expr());
    }
  });
}

DataFrame DataFrame::withColumnRenamed(const std::string& existing, const std::string& name) const {
  return withColumnsRenamed({{existing, name}});
}

DataFrame DataFrame::withColumnsRenamed(
    const std::vector<std::pair<std::string, std::string>>& names) const {
  return Derive(*this, [names](const PlanNode& input, Relation* relation) {
    auto* renamed = relation->mutable_with_columns_renamed();
    WritePlan(input, renamed->mutable_input());
    for (const auto& [existing, name] : names) {
      auto* rename = renamed->add_renames();
      rename->set_col_name(existing);
      rename->set_new_col_name(name);
    }
  });
}

DataFrame DataFrame::drop(const std::vector<std::string>& names) const {
  return Derive(*this, [names](const PlanNode& input, Relation* relation) {
    WritePlan(input, relation->mutable_drop()->mutable_input());
    for (const std::string& name : names) relation->mutable_drop()->add_column_names(name);
  });
}

DataFrame DataFrame::drop(const std::vector<ColumnOrName>& columns) const {
  return Derive(*this, [columns](const PlanNode& input, Relation* relation) {
    auto* drop = relation->mutable_drop();
    WritePlan(input, drop->mutable_input());
    for (const Column& column : columns) WriteExpression(column, drop->add_columns());
  });
}

DataFrame DataFrame::toDF(const std::vector<std::string>& names) const {
  return Derive(*this, [names](const PlanNode& input, Relation* relation) {
    WritePlan(input, relation->mutable_to_df()->mutable_input());
    for (const std::string& name : names) relation->mutable_to_df()->add_column_names(name);
  });
}

DataFrame DataFrame::alias(const std::string& name) const {
  return Derive(*this, [name](const PlanNode& input, Relation* relation) {
    WritePlan(input, relation->mutable_subquery_alias()->mutable_input());
    relation->mutable_subquery_alias()->set_alias(name);
  });
}

DataFrame DataFrame::filter(const Column& condition) const { return Filtered(*this, condition); }
DataFrame DataFrame::filter(const std::string& condition) const {
  return Filtered(*this, SqlExpression(condition));
}

DataFrame DataFrame::limit(int32_t rows) const {
  return Derive(*this, [rows](const PlanNode& input, Relation* relation) {
    WritePlan(input, relation->mutable_limit()->mutable_input());
    relation->mutable_limit()->set_limit(rows);
  });
}

DataFrame DataFrame::offset(int32_t rows) const {
  return Derive(*this, [rows](const PlanNode& input, Relation* relation) {
    WritePlan(input, relation->mutable_offset()->mutable_input());
    relation->mutable_offset()->set_offset(rows);
  });
}

DataFrame DataFrame::distinct() const { return Deduplicated(*this, {}, false); }
DataFrame DataFrame::dropDuplicates(const std::vector<std::string>& columns) const {
  return Deduplicated(*this, columns, false);
}
DataFrame DataFrame::dropDuplicatesWithinWatermark(const std::vector<std::string>& columns) const {
  return Deduplicated(*this, columns, true);
}

DataFrame DataFrame::orderBy(const std::vector<ColumnOrName>& columns) const {
  return Derive(*this, [columns](const PlanNode& input, Relation* relation) {
    auto* sort = relation->mutable_sort();
    WritePlan(input, sort->mutable_input());
    for (const Column& column : columns) client::WriteSortOrder(column, sort->add_order());
    sort->set_is_global(true);
  });
}

DataFrame DataFrame::sample(double fraction, std::optional<int64_t> seed) const {
  // Fixed now: the same DataFrame asked twice gives the same rows.
  const int64_t fixed_seed = seed.value_or(static_cast<int64_t>(Random::System()->Next() >> 1));
  return Derive(*this, [fraction, fixed_seed](const PlanNode& input, Relation* relation) {
    auto* sample = relation->mutable_sample();
    WritePlan(input, sample->mutable_input());
    sample->set_lower_bound(0);
    sample->set_upper_bound(fraction);
    sample->set_with_replacement(false);
    sample->set_seed(fixed_seed);
  });
}

DataFrame DataFrame::repartition(int32_t partitions) const {
  return Repartitioned(*this, partitions, true);
}
DataFrame DataFrame::coalesce(int32_t partitions) const {
  return Repartitioned(*this, partitions, false);
}

DataFrame DataFrame::dropna(const std::vector<std::string>& columns) const {
  return Derive(*this, [columns](const PlanNode& input, Relation* relation) {
    auto* drop = relation->mutable_drop_na();
    WritePlan(input, drop->mutable_input());
    for (const std::string& column : columns) drop->add_cols(column);
  });
}

DataFrame DataFrame::fillna(const Value& value, const std::vector<std::string>& columns) const {
  return Derive(*this, [value, columns](const PlanNode& input, Relation* relation) {
    auto* fill = relation->mutable_fill_na();
    WritePlan(input, fill->mutable_input());
    for (const std::string& column : columns) fill->add_cols(column);
    client::WriteLiteral(value, "fillna()", fill->add_values());
  });
}

DataFrame DataFrame::union_(const DataFrame& other) const {
  return SetOf(*this, other, SetOperation::SET_OP_TYPE_UNION, true);
}
DataFrame DataFrame::unionByName(const DataFrame& other, bool allowMissingColumns) const {
  return SetOf(*this, other, SetOperation::SET_OP_TYPE_UNION, true, true, allowMissingColumns);
}
DataFrame DataFrame::intersect(const DataFrame& other) const {
  return SetOf(*this, other, SetOperation::SET_OP_TYPE_INTERSECT, false);
}
DataFrame DataFrame::subtract(const DataFrame& other) const {
  return SetOf(*this, other, SetOperation::SET_OP_TYPE_EXCEPT, false);
}
DataFrame DataFrame::exceptAll(const DataFrame& other) const {
  return SetOf(*this, other, SetOperation::SET_OP_TYPE_EXCEPT, true);
}

DataFrame DataFrame::join(const DataFrame& other) const {
  return JoinOf(*this, other, Join::JOIN_TYPE_INNER, [](Join*) {});
}
DataFrame DataFrame::join(const DataFrame& other, const Column& on, const std::string& how) const {
  return JoinOf(*this, other, JoinTypeOf(how),
                [on](Join* join) { WriteExpression(on, join->mutable_join_condition()); });
}
DataFrame DataFrame::join(const DataFrame& other, const std::string& column,
                          const std::string& how) const {
  return join(other, std::vector<std::string>{column}, how);
}
DataFrame DataFrame::join(const DataFrame& other, const std::vector<std::string>& columns,
                          const std::string& how) const {
  return JoinOf(*this, other, JoinTypeOf(how), [columns](Join* join) {
    for (const std::string& column : columns) join->add_using_columns(column);
  });
}
DataFrame DataFrame::crossJoin(const DataFrame& other) const {
  return JoinOf(*this, other, Join::JOIN_TYPE_CROSS, [](Join*) {});
}

DataFrame DataFrame::agg(const std::vector<Column>& aggregates) const {
  return groupBy().agg(aggregates);
}

DataFrame DataFrame::withWatermark(const std::string& eventTime,
                                   const std::string& delayThreshold) const {
  return Derive(*this, [eventTime, delayThreshold](const PlanNode& input, Relation* relation) {
    auto* watermark = relation->mutable_with_watermark();
    WritePlan(input, watermark->mutable_input());
    watermark->set_event_time(eventTime);
    watermark->set_delay_threshold(delayThreshold);
  });
}

}  // namespace headrace::inline v1
