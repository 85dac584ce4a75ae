// GroupedData's functions with state: messages as Scala sends them, with a token for the function.
#include "headrace/dataframe.h"
#include "headrace/exceptions.h"

#include "client/connection.h"
#include "client/expression_node.h"
#include "client/group_functions.h"
#include "client/messages.h"
#include "client/plan_node.h"

namespace headrace::inline v1 {
namespace {

using client::messages::GroupMap;

const char* NameOf(GroupStateTimeout timeout) {
  switch (timeout) {
    case GroupStateTimeout::NoTimeout:
      return "NoTimeout";
    case GroupStateTimeout::ProcessingTimeTimeout:
      return "ProcessingTimeTimeout";
    case GroupStateTimeout::EventTimeTimeout:
      break;
  }
  return "EventTimeTimeout";
}

const char* NameOf(TimeMode mode) {
  switch (mode) {
    case TimeMode::None:
      return "None";
    case TimeMode::ProcessingTime:
      return "ProcessingTime";
    case TimeMode::EventTime:
      break;
  }
  return "EventTime";
}

void SetSchema(const std::string& ddl, client::messages::DataType* type) {
  type->mutable_unparsed()->set_data_type_string(ddl);
}

}  // namespace

struct GroupedData::FunctionCall {
  std::string name;
  client::GroupFunctionOfProgram function;
  std::function<void(GroupMap*)> describe;
};

DataFrame GroupedData::WithFunction(FunctionCall call,
                                    const std::optional<GroupedData>& initial_state) const {
  if (!input_.connection()->in_process()) {
    throw UnsupportedOperationException(
        {.message = call.name +
                    "() calls a C++ function, which cannot travel to a server: use a session "
                    "without remote(), with the engine in this process.",
         .condition = "UNSUPPORTED_FEATURE",
         .sql_state = "0A000"});
  }
  auto token = std::make_shared<const client::FunctionToken>(std::move(call.function));
  return client::Derive(
      input_, [self = *this, name = call.name, describe = std::move(call.describe), token,
               initial_state](const client::PlanNode& input, client::messages::Relation* relation) {
        GroupMap* map = relation->mutable_group_map();
        client::WritePlan(input, map->mutable_input());
        for (const Column& group : self.groups_) {
          client::WriteExpression(group, map->add_grouping_expressions());
        }
        if (initial_state) {
          client::WritePlan(*initial_state->input_.plan(), map->mutable_initial_input());
          for (const Column& group : initial_state->groups_) {
            client::WriteExpression(group, map->add_initial_grouping_expressions());
          }
        }
        map->mutable_func()->set_function_name(name);
        map->mutable_func()->mutable_scalar_scala_udf()->set_payload(token->text());
        describe(map);
      });
}

DataFrame GroupedData::flatMapGroupsWithState(
    const FlatMapGroupsFunction& function, const std::string& outputSchema,
    const std::string& stateSchema, const std::string& outputMode, GroupStateTimeout timeout,
    const std::optional<GroupedData>& initialState) const {
  return WithFunction(
      {.name = "flatMapGroupsWithState",
       .function = {.flat_map = function},
       .describe =
           [=](GroupMap* map) {
             SetSchema(outputSchema,
                       map->mutable_func()->mutable_scalar_scala_udf()->mutable_outputtype());
             SetSchema(stateSchema, map->mutable_state_schema());
             map->set_is_map_groups_with_state(false);
             map->set_output_mode(outputMode);
             map->set_timeout_conf(NameOf(timeout));
           }},
      initialState);
}

DataFrame GroupedData::mapGroupsWithState(const MapGroupsFunction& function,
                                          const std::string& outputSchema,
                                          const std::string& stateSchema, GroupStateTimeout timeout,
                                          const std::optional<GroupedData>& initialState) const {
  return WithFunction(
      {.name = "mapGroupsWithState",
       .function = {.map = function},
       .describe =
           [=](GroupMap* map) {
             SetSchema(outputSchema,
                       map->mutable_func()->mutable_scalar_scala_udf()->mutable_outputtype());
             SetSchema(stateSchema, map->mutable_state_schema());
             map->set_is_map_groups_with_state(true);
             map->set_output_mode("update");
             map->set_timeout_conf(NameOf(timeout));
           }},
      initialState);
}

DataFrame GroupedData::transformWithState(const StatefulProcessorFactory& makeProcessor,
                                          const std::string& outputSchema,
                                          const std::string& outputMode, TimeMode timeMode,
                                          const std::optional<GroupedData>& initialState,
                                          const std::string& eventTimeColumn) const {
  return WithFunction({.name = "transformWithState",
                       .function = {.make_processor = makeProcessor},
                       .describe =
                           [=](GroupMap* map) {
                             auto* info = map->mutable_transform_with_state_info();
                             SetSchema(outputSchema, info->mutable_output_schema());
                             info->set_time_mode(NameOf(timeMode));
                             if (!eventTimeColumn.empty())
                               info->set_event_time_column_name(eventTimeColumn);
                             map->set_output_mode(outputMode);
                           }},
                      initialState);
}

}  // namespace headrace::inline v1
