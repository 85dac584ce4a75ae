// Calls of Python table functions: beside the rows of a relation, over a table argument, or alone.
#include <utility>

#include "plan/analysis/relation_resolver.h"
#include "plan/python_operation.h"
#include "python/table_analysis.h"

namespace headrace {
namespace {

bool IsTable(const UnresolvedExpression& argument) {
  return argument.kind == UnresolvedKind::kSubquery && argument.name == "TABLE";
}

// A table argument taken apart: TABLE(…) PARTITION BY … ORDER BY ….
struct TableArgument {
  LogicalPlanPtr table;
  bool single_partition = false;
  std::vector<UnresolvedPtr> partition_by, order_by;
  std::optional<Relation> rows;

  bool is_arranged() const { return single_partition || !partition_by.empty(); }
};

TableArgument TakeApart(const LogicalPlanPtr& argument) {
  TableArgument parts;
  parts.table = argument;
  if (argument->kind == LogicalKind::kSort && !argument->global) {
    parts.order_by = argument->expressions;
    parts.table = argument->children[0];
  }
  if (parts.table->kind == LogicalKind::kRepartition) {
    parts.single_partition = parts.table->number == 1;
    parts.partition_by = parts.table->expressions;
    parts.table = parts.table->children[0];
  }
  return parts;
}

// What analyze() says is the name of a column.
Result<UnresolvedPtr> ColumnOf(const std::string& name) {
  ARROW_ASSIGN_OR_RAISE(auto parts, ParseNameParts(name));
  return UnresolvedAttribute(std::move(parts));
}

// Arranges the table argument as analyze() asked for.
Status Arrange(const TableAnalysis& analysis, const std::string& function,
               TableArgument* argument) {
  if (!analysis.single_partition && analysis.partition_by.empty()) return Status::OK();
  if (argument->is_arranged()) {
    const std::string requested = analysis.single_partition ? "a single partition" : "PARTITION BY";
    return AnalysisError(
        "TABLE_VALUED_FUNCTION_REQUIRED_METADATA_INCOMPATIBLE_WITH_CALL",
        "The table function " + function + " asks for " + requested +
            " in its analyze(), and its call arranges the table argument itself. Leave that out.",
        {{"functionName", "`" + function + "`"},
         {"requestedMetadata", requested},
         {"invalidFunctionCallProperty", "the partitioning of the table argument"}});
  }
  argument->single_partition = analysis.single_partition;
  for (const std::string& column : analysis.partition_by) {
    ARROW_ASSIGN_OR_RAISE(argument->partition_by.emplace_back(), ColumnOf(column));
  }
  for (const TableAnalysis::Order& order : analysis.order_by) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr column, ColumnOf(order.column));
    argument->order_by.push_back(UnresolvedSortOrder(std::move(column), order.ascending,
                                                     order.nulls_first.value_or(order.ascending)));
  }
  return Status::OK();
}

// A row of the table argument as one value; the keys of its partition stand at the end.
Result<UnresolvedPtr> RowOf(const TableAnalysis& analysis,
                            const std::vector<UnresolvedPtr>& partition_by) {
  std::vector<UnresolvedPtr> fields;
  for (const TableAnalysis::Selected& selected : analysis.selected) {
    ARROW_ASSIGN_OR_RAISE(UnresolvedPtr column, ColumnOf(selected.column));
    if (!selected.alias.empty()) column = UnresolvedAlias(column, {selected.alias});
    fields.push_back(std::move(column));
  }
  if (fields.empty()) fields.push_back(UnresolvedStar());
  for (size_t i = 0; i < partition_by.size(); ++i) {
    fields.push_back(UnresolvedAlias(partition_by[i], {"partition_by_" + std::to_string(i)}));
  }
  return UnresolvedCall("struct", std::move(fields));
}

struct Argument {
  std::string keyword;
  ExpressionPtr value;  // null: the table
};

Result<TableArgumentDescription> Describe(const Argument& argument, const TableArgument* table) {
  TableArgumentDescription description;
  description.keyword = argument.keyword;
  description.is_table = argument.value == nullptr;
  if (description.is_table) {
    description.type = arrow::struct_(table->rows->plan->schema()->fields());
    return description;
  }
  description.type = argument.value->type();
  if (!argument.value->foldable()) return description;
  ARROW_ASSIGN_OR_RAISE(const auto constant, Fold(*argument.value));
  ARROW_ASSIGN_OR_RAISE(description.constant, arrow::MakeArrayFromScalar(*constant, 1));
  return description;
}

// Puts the operation of one call together.
class TableCall {
 public:
  TableCall(const AnalyzerContext* context, PythonFunction function)
      : context_(context), function_(std::move(function)) {}

  Status Begin() {
    const std::string what = "the table function " + function_.name;
    if (!context_->python) return NotSupported(what + " here");
    ARROW_ASSIGN_OR_RAISE(operation_.context, context_->python(what));
    return Status::OK();
  }

  // Asks analyze() for the columns if the function has no fixed ones.
  Status Analyze(const std::vector<Argument>& arguments, TableArgument* table) {
    if (function_.result == nullptr) {
      std::vector<TableArgumentDescription> descriptions;
      for (const Argument& argument : arguments) {
        ARROW_ASSIGN_OR_RAISE(descriptions.emplace_back(), Describe(argument, table));
      }
      ARROW_ASSIGN_OR_RAISE(analysis_, AnalyzeTable(*operation_.context, function_, descriptions));
      function_.result = analysis_.schema;
      if (table != nullptr) ARROW_RETURN_NOT_OK(Arrange(analysis_, function_.name, table));
    }
    if (function_.result->id() == arrow::Type::STRUCT) return Status::OK();
    return AnalysisError("_LEGACY_ERROR_TEMP_3077",
                         "The table function " + function_.name +
                             " makes rows, so its return type must be a struct of columns.");
  }

  // Workers of 3.5 do not know partitions.
  Status CheckPartitions() const {
    const PythonContext& python = *operation_.context;
    ARROW_ASSIGN_OR_RAISE(const auto installation, python.runtime->Find(python.interpreter));
    if (installation.generation > WorkerGeneration::k3_5) return Status::OK();
    return NotSupported("PARTITION BY of a table argument in PySpark 3.5");
  }

  Status AddArguments(const std::vector<Argument>& arguments, const TableArgument* table) {
    operation_.task = TaskOf(function_, *operation_.context);
    details_.name = function_.name;
    details_.result_schema = TypeToJson(*function_.result);
    details_.analyzed = analysis_.pickled;
    PythonCall& call = operation_.task.calls.emplace_back();
    call.commands = {function_.command};
    for (const Argument& argument : arguments) {
      ExpressionPtr value = argument.value;
      if (value == nullptr) {
        ARROW_ASSIGN_OR_RAISE(value, RowOfTable(*table));
      }
      call.arguments.push_back({AddInput(std::move(value)), argument.keyword});
    }
    arrow::FieldVector fields;
    for (const NamedExpression& input : inputs_) {
      fields.push_back(arrow::field(input.attribute.name, input.attribute.type));
    }
    operation_.task.input_schema = SchemaToJson(*arrow::schema(std::move(fields)));
    return table == nullptr ? Status::OK() : ArrangeRows(*table);
  }

  // The node over `child`; `plan` says what its columns are called.
  Result<ResolvedPlanPtr> Make(const LogicalPlan& plan, ResolvedPlanPtr child, bool keeps_input) {
    std::vector<Attribute> made = AttributesOf(*arrow::schema(function_.result->fields()));
    if (!plan.names.empty() && plan.names.size() != made.size()) {
      return AnalysisError("NUM_TABLE_VALUE_ALIASES_MISMATCH",
                           "The table function " + function_.name + " makes " +
                               std::to_string(made.size()) + " columns, but there are " +
                               std::to_string(plan.names.size()) + " names for them.",
                           {{"funcName", "`" + function_.name + "`"},
                            {"aliasesNum", std::to_string(plan.names.size())},
                            {"outColsNum", std::to_string(made.size())}});
    }
    for (size_t i = 0; i < made.size(); ++i) {
      operation_.results.push_back(made[i].type);
      if (!plan.name.empty()) made[i].qualifier = {plan.name};
      if (!plan.names.empty()) made[i].name = plan.names[i];
      made[i].nullable |= plan.outer;
    }
    operation_.shape = PythonOperation::Shape::kTable;
    operation_.name = function_.name;
    operation_.keeps_input = keeps_input;
    operation_.outer = plan.outer;
    operation_.task.table = std::move(details_);
    auto node = std::make_shared<ResolvedPlan>();
    node->kind = ResolvedKind::kPython;
    node->python = std::make_shared<const PythonOperation>(std::move(operation_));
    node->projections = std::move(inputs_);
    if (keeps_input) node->output = child->output;
    node->output.insert(node->output.end(), made.begin(), made.end());
    node->children = {std::move(child)};
    return ResolvedPlanPtr(node);
  }

 private:
  int AddInput(ExpressionPtr value) {
    const int position = static_cast<int>(inputs_.size());
    inputs_.push_back(Computed(std::move(value), "_" + std::to_string(position)));
    return position;
  }

  Result<ExpressionPtr> RowOfTable(const TableArgument& table) {
    ARROW_ASSIGN_OR_RAISE(auto row, RowOf(analysis_, table.partition_by));
    ExpressionResolver resolver(context_, {&*table.rows});
    ARROW_ASSIGN_OR_RAISE(TypedExpression value, resolver.Resolve(row));
    details_.table_columns.push_back(static_cast<int>(inputs_.size()));
    const int fields = value.expression->type()->num_fields();
    const int keys = static_cast<int>(table.partition_by.size());
    for (int field = fields - keys; field < fields; ++field) {
      details_.partition_fields.push_back(field);
    }
    return value.expression;
  }

  Status ArrangeRows(const TableArgument& table) {
    operation_.single_partition = table.single_partition;
    ExpressionResolver resolver(context_, {&*table.rows});
    for (const UnresolvedPtr& key : table.partition_by) {
      ARROW_ASSIGN_OR_RAISE(TypedExpression value, resolver.Resolve(key));
      operation_.key_inputs.push_back(AddInput(std::move(value.expression)));
    }
    for (const UnresolvedPtr& order : table.order_by) {
      const bool sorted = order->kind == UnresolvedKind::kSortOrder;
      ARROW_ASSIGN_OR_RAISE(TypedExpression value,
                            resolver.Resolve(sorted ? order->children[0] : order));
      operation_.orders.push_back({AddInput(std::move(value.expression)),
                                   !sorted || order->ascending, !sorted || order->nulls_first});
    }
    return Status::OK();
  }

  const AnalyzerContext* context_;
  PythonFunction function_;
  TableAnalysis analysis_;
  PythonOperation operation_;
  PythonTableCall details_;
  std::vector<NamedExpression> inputs_;
};

}  // namespace

Result<Relation> RelationResolver::ResolveTableFunction(const LogicalPlan& plan) {
  const UnresolvedExpression& call = *plan.expressions[0];
  const std::string& name = call.python->name;
  TableCall table_call(context_, *call.python);
  ARROW_RETURN_NOT_OK(table_call.Begin());
  const bool lateral = !plan.children.empty();
  if (lateral && call.python->evaluation == kTableOfBatches) {
    return AnalysisError("LATERAL_JOIN_WITH_ARROW_UDTF_UNSUPPORTED",
                         "The table function " + name +
                             " works on whole Arrow batches, so it cannot stand beside the rows of "
                             "a lateral join. Use a udtf without Arrow batches.");
  }
  ARROW_ASSIGN_OR_RAISE(const Relation child, lateral ? ResolveChild(plan) : ResolveOneRow());
  ExpressionResolver resolver(context_, {&child});
  std::vector<Argument> arguments;
  std::optional<TableArgument> table;
  for (const UnresolvedPtr& each : call.children) {
    const bool named = each->kind == UnresolvedKind::kNamedArgument;
    const UnresolvedPtr& value = named ? each->children[0] : each;
    Argument& argument = arguments.emplace_back();
    if (named) argument.keyword = each->name;
    if (!IsTable(*value)) {
      ARROW_ASSIGN_OR_RAISE(TypedExpression resolved, resolver.Resolve(value));
      argument.value = std::move(resolved.expression);
      continue;
    }
    if (table) {
      return AnalysisError("TABLE_VALUED_FUNCTION_TOO_MANY_TABLE_ARGUMENTS",
                           "The table function " + name +
                               " was given several TABLE arguments; it takes one at most.",
                           {{"num", "2"}});
    }
    if (lateral) return NotSupported("a TABLE argument of a table function after LATERAL");
    table = TakeApart(value->subquery);
    ARROW_ASSIGN_OR_RAISE(table->rows, Resolve(table->table));
  }
  TableArgument* const rows = table ? &*table : nullptr;
  ARROW_RETURN_NOT_OK(table_call.Analyze(arguments, rows));
  if (table && !table->partition_by.empty()) {
    ARROW_RETURN_NOT_OK(table_call.CheckPartitions());
  }
  ARROW_RETURN_NOT_OK(table_call.AddArguments(arguments, rows));
  ARROW_ASSIGN_OR_RAISE(
      auto node, table_call.Make(plan, table ? table->rows->plan : child.plan, rows == nullptr));
  return Closed(std::move(node));
}

}  // namespace headrace
