// union, unionByName, intersect, except.
#include <utility>

#include "plan/analysis/relation_resolver.h"
#include "plan/analysis/resolution_errors.h"

namespace headrace {
namespace {

const char* OperationName(LogicalKind kind) {
  switch (kind) {
    case LogicalKind::kIntersect:
      return "INTERSECT";
    case LogicalKind::kExcept:
      return "EXCEPT";
    default:
      return "UNION";
  }
}

std::string OrdinalWord(size_t position) {
  static const char* const kWords[] = {"first", "second",  "third",  "fourth", "fifth",
                                       "sixth", "seventh", "eighth", "ninth",  "tenth"};
  return position < 10 ? kWords[position] : std::to_string(position + 1) + "th";
}

Status CountMismatch(const char* operation, size_t first, size_t table, size_t columns) {
  return AnalysisError("NUM_COLUMNS_MISMATCH",
                       std::string(operation) +
                           " needs tables with equally many columns: the first has " +
                           std::to_string(first) + ", the " + OrdinalWord(table) + " has " +
                           std::to_string(columns) + ".",
                       {{"operator", operation},
                        {"firstNumColumns", std::to_string(first)},
                        {"invalidOrdinalNum", OrdinalWord(table)},
                        {"invalidNumColumns", std::to_string(columns)}});
}

Status TypeMismatch(const char* operation, size_t column, size_t table, const DataType& type,
                    const DataType& first) {
  return AnalysisError("INCOMPATIBLE_COLUMN_TYPE",
                       std::string(operation) + ": the " + OrdinalWord(column) + " column of the " +
                           OrdinalWord(table) + " table is " + SqlName(type) +
                           ", which does not go together with " + SqlName(first) +
                           " of the first table. Cast one of them.",
                       {{"operator", operation},
                        {"columnOrdinalNumber", OrdinalWord(column)},
                        {"tableOrdinalNumber", OrdinalWord(table)},
                        {"dataType1", "\"" + SqlName(type) + "\""},
                        {"dataType2", "\"" + SqlName(first) + "\""},
                        {"hint", ""}});
}

NamedExpression NullColumn(const Attribute& like, const AnalyzerContext& context) {
  ExpressionPtr null = MakeLiteral(std::make_shared<arrow::NullScalar>());
  auto cast = MakeCast(null, like.type, context.bind.cast_options());
  return Computed(cast.ok() ? *cast : null, like.name);
}

// Projects `side` so that its columns stand under the names of `names`; columns that only one of
// them has become nulls in the other.
Result<ResolvedPlanPtr> ReorderByName(const ResolvedPlanPtr& side,
                                      const std::vector<Attribute>& names, bool allow_missing,
                                      const AnalyzerContext& context) {
  std::vector<NamedExpression> columns;
  for (const Attribute& wanted : names) {
    const Attribute* found = nullptr;
    for (const Attribute& attribute : side->output) {
      if (!SameName(attribute.name, wanted.name, context.case_sensitive)) continue;
      found = &attribute;
      break;
    }
    if (found) {
      columns.push_back(PassThrough(*found));
    } else if (allow_missing) {
      columns.push_back(NullColumn(wanted, context));
    } else {
      return ColumnNotAmong(wanted.name, side->output);
    }
  }
  if (columns.size() < side->output.size()) {
    return CountMismatch("UNION", columns.size(), 1, side->output.size());
  }
  if (IsIdentity(columns, side->output)) return side;
  return MakeProject(side, std::move(columns));
}

Status CheckNoDuplicateNames(const ResolvedPlan& side, const AnalyzerContext& context) {
  for (size_t i = 0; i < side.output.size(); ++i) {
    for (size_t j = 0; j < i; ++j) {
      if (SameName(side.output[i].name, side.output[j].name, context.case_sensitive)) {
        return AnalysisError("COLUMN_ALREADY_EXISTS",
                             "unionByName() needs distinct names, but one side has the column `" +
                                 side.output[i].name + "` twice.",
                             {{"columnName", "`" + side.output[i].name + "`"}});
      }
    }
  }
  return Status::OK();
}

}  // namespace

Result<Relation> RelationResolver::ResolveSetOperation(const LogicalPlan& plan) {
  const char* operation = OperationName(plan.kind);
  std::vector<ResolvedPlanPtr> sides;
  for (const LogicalPlanPtr& child : plan.children) {
    ARROW_ASSIGN_OR_RAISE(Relation side, Resolve(child));
    sides.push_back(side.plan);
  }
  if (plan.by_name) {
    std::vector<Attribute> names = sides[0]->output;
    for (const ResolvedPlanPtr& side : sides) {
      ARROW_RETURN_NOT_OK(CheckNoDuplicateNames(*side, *context_));
      for (const Attribute& attribute : side->output) {
        bool known = false;
        for (const Attribute& name : names) {
          known |= SameName(name.name, attribute.name, context_->case_sensitive);
        }
        if (!known && plan.allow_missing_columns) names.push_back(attribute);
      }
    }
    for (ResolvedPlanPtr& side : sides) {
      ARROW_ASSIGN_OR_RAISE(side,
                            ReorderByName(side, names, plan.allow_missing_columns, *context_));
    }
  }
  const size_t width = sides[0]->output.size();
  std::vector<DataTypePtr> types;
  for (size_t column = 0; column < width; ++column) types.push_back(sides[0]->output[column].type);
  for (size_t table = 1; table < sides.size(); ++table) {
    const std::vector<Attribute>& output = sides[table]->output;
    if (output.size() != width) return CountMismatch(operation, width, table, output.size());
    for (size_t column = 0; column < width; ++column) {
      DataTypePtr common = CommonType(types[column], output[column].type, context_->bind.ansi);
      if (!common) {
        return TypeMismatch(operation, column, table, *output[column].type, *types[column]);
      }
      types[column] = std::move(common);
    }
  }
  for (ResolvedPlanPtr& side : sides) {
    ARROW_ASSIGN_OR_RAISE(auto columns, CastColumns(side->output, types, *context_));
    if (!IsIdentity(columns, side->output)) side = MakeProject(side, std::move(columns));
  }
  ResolvedKind kind = ResolvedKind::kUnion;
  if (plan.kind == LogicalKind::kIntersect) kind = ResolvedKind::kIntersect;
  if (plan.kind == LogicalKind::kExcept) kind = ResolvedKind::kExcept;
  ResolvedPlanPtr combined = MakeSetOperation(kind, std::move(sides), plan.all);
  // UNION without ALL (SQL) keeps one of equal rows.
  if (kind == ResolvedKind::kUnion && !plan.all) combined = MakeDistinct(std::move(combined));
  return Closed(std::move(combined));
}

}  // namespace headrace
