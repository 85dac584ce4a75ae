#include "plan/analysis/expression_resolver.h"

#include <utility>

#include <re2/re2.h>

#include "plan/analysis/auto_name.h"
#include "plan/analysis/field_access.h"
#include "plan/analysis/outer_reference.h"
#include "plan/analysis/resolution_errors.h"
#include "plan/analysis/subqueries.h"
#include "plan/tree_text.h"
#include "types/user_defined_type.h"

namespace headrace {

namespace {

// Objects of a class that a program defined are no values of what they are stored as.
Status CheckWrittenCast(const DataType& from, const DataType& to, CastMode mode) {
  if (IsDefined(from) == IsDefined(to) || IsString(to) || from.id() == arrow::Type::NA) {
    return CheckCast(from, to, mode);
  }
  const auto shown = [](const DataType& type) {
    const std::string quoted = "\"" + SqlName(type) + "\"";
    return IsDefined(type) ? "UDT(" + quoted + ")" : quoted;
  };
  return AnalysisError("DATATYPE_MISMATCH.CAST_WITHOUT_SUGGESTION",
                       "A value of type " + shown(from) + " cannot be cast to " + shown(to) +
                           ". Convert it with a function of your own.",
                       {{"srcType", shown(from)}, {"targetType", shown(to)}});
}

}  // namespace

ExpressionResolver::ExpressionResolver(const AnalyzerContext* context,
                                       std::vector<const Relation*> inputs)
    : context_(context) {
  for (const Relation* relation : inputs) {
    input_.insert(input_.end(), relation->output().begin(), relation->output().end());
    hidden_.insert(hidden_.end(), relation->hidden.begin(), relation->hidden.end());
    origins_.push_back(relation->origin);
    streaming_ |= IsStreaming(*relation->plan);
    if (outer_.empty()) outer_ = relation->outer;
  }
}

Result<TypedExpression> ExpressionResolver::Resolve(const UnresolvedPtr& expression) {
  Result<TypedExpression> resolved = ResolveKind(expression);
  if (!expression->query_context) return resolved;
  if (!resolved.ok()) return WithContext(resolved.status(), expression->query_context);
  resolved->expression = resolved->expression->WithContext(expression->query_context);
  return resolved;
}

Result<TypedExpression> ExpressionResolver::ResolveKind(const UnresolvedPtr& expression) {
  if (!lambda_scopes_.empty()) ARROW_RETURN_NOT_OK(CheckOutsideOfLambda(*expression));
  switch (expression->kind) {
    case UnresolvedKind::kLiteral:
      return TypedExpression{MakeLiteral(expression->literal),
                             LiteralName(*expression, *context_->bind.zone)};
    case UnresolvedKind::kAttribute:
      return ResolveColumn(*expression);
    case UnresolvedKind::kFunction: {
      if (ToLower(expression->name) != "not" || expression->children.size() != 1) {
        return ResolveCall(*expression);
      }
      const UnresolvedPtr moved = WithNegationsAtSubqueries(expression);
      if (moved != expression) return Resolve(moved);
      const UnresolvedPtr& below = expression->children[0];
      const bool negated = below->kind == UnresolvedKind::kSubquery && below->name != "scalar";
      return negated ? ResolveSubquery(below, true) : ResolveCall(*expression);
    }
    case UnresolvedKind::kAlias:
    case UnresolvedKind::kSortOrder:
      return Resolve(expression->children[0]);
    case UnresolvedKind::kCast:
      return ResolveCast(*expression);
    case UnresolvedKind::kExtractValue:
      return ResolveExtract(*expression);
    case UnresolvedKind::kUpdateFields:
      return ResolveUpdate(*expression);
    case UnresolvedKind::kStar:
    case UnresolvedKind::kRegex:
      return AnalysisError("INVALID_USAGE_OF_STAR_OR_REGEX",
                           "A star (*) or column regex stands where one value is needed. It is "
                           "possible in a select list and as an argument of functions such as "
                           "struct() and count().",
                           {{"elem", "'*'"}, {"prettyName", "expression"}});
    case UnresolvedKind::kLambda:
      return AnalysisError("INVALID_LAMBDA_FUNCTION_CALL.NON_HIGHER_ORDER_FUNCTION",
                           "A lambda function (x -> …) stands as an argument where a value is "
                           "needed; only higher-order functions such as transform() take one.",
                           {{"class", "expression"}});
    case UnresolvedKind::kLambdaVariable:
      return ResolveLambdaVariable(expression->name);
    case UnresolvedKind::kPython:
      return ResolvePython(*expression);
    case UnresolvedKind::kNamedArgument:
      return NotSupported("passing the argument " + expression->name + " of a function by name");
    case UnresolvedKind::kWindow:
      return ResolveWindow(*expression);
    case UnresolvedKind::kSubquery:
      return ResolveSubquery(expression, false);
  }
  return Status::Invalid("unknown kind of expression");
}

Result<TypedExpression> ExpressionResolver::ResolveSubquery(const UnresolvedPtr& subquery,
                                                            bool negated) {
  Subqueries* const here = inside_aggregate_ ? argument_subqueries : subqueries;
  if (here) return here->Add(subquery, negated, this);
  return NotSupported(inside_aggregate_ ? "subqueries in aggregate functions of this clause"
                                        : "subqueries in the expressions of this operation",
                      "Compute them as columns of an inner query first.");
}

std::optional<ExpressionPtr> ExpressionResolver::FindPreferred(
    const std::vector<std::string>& parts) const {
  if (!preferred || inside_aggregate_) return std::nullopt;
  for (const NamedExpression& named : *preferred) {
    if (parts.size() == 1 && SameName(named.attribute.name, parts[0], context_->case_sensitive)) {
      return named.expression;
    }
  }
  return std::nullopt;
}

Result<TypedExpression> ExpressionResolver::MakeColumn(ResolvedName name) const {
  TypedExpression column;
  column.text = name.attribute.name;
  ARROW_ASSIGN_OR_RAISE(column.expression,
                        ExtractPath(ToReference(name.attribute), name.fields, *context_));
  for (const std::string& field : name.fields) column.text += "." + field;
  return column;
}

Result<std::optional<TypedExpression>> ExpressionResolver::FindOutside(
    const UnresolvedExpression& column) const {
  for (const Relation* relation : outer_) {
    ARROW_ASSIGN_OR_RAISE(
        auto name, FindByName(column.name_parts, relation->output(), context_->case_sensitive));
    if (!name) {
      ARROW_ASSIGN_OR_RAISE(
          name, FindByName(column.name_parts, relation->hidden, context_->case_sensitive));
    }
    if (!name) continue;
    TypedExpression found{std::make_shared<OuterReference>(name->attribute),
                          JoinTexts(
                              column.name_parts, [](const auto& part) { return part; }, ".")};
    ARROW_ASSIGN_OR_RAISE(found.expression, ExtractPath(found.expression, name->fields, *context_));
    return found;
  }
  return std::nullopt;
}

Result<TypedExpression> ExpressionResolver::ResolveColumn(const UnresolvedExpression& column) {
  const std::vector<std::string>& parts = column.name_parts;
  if (column.plan_id) {
    ARROW_ASSIGN_OR_RAISE(PlanIdLookup lookup,
                          FindByPlanId(parts, *column.plan_id, origins_, context_->case_sensitive));
    if (!lookup.relation_found) return CannotResolveDataFrameColumn(parts);
    if (lookup.column) return MakeColumn(std::move(*lookup.column));
  }
  if (auto found = FindPreferred(parts)) return TypedExpression{*found, parts.back()};
  ARROW_ASSIGN_OR_RAISE(auto name, FindByName(parts, input_, context_->case_sensitive));
  if (name) return MakeColumn(std::move(*name));
  ARROW_ASSIGN_OR_RAISE(name, FindByName(parts, hidden_, context_->case_sensitive));
  if (name) return MakeColumn(std::move(*name));
  if (lateral_aliases) {
    for (const NamedExpression& alias : *lateral_aliases) {
      if (!SameName(alias.attribute.name, parts[0], context_->case_sensitive)) continue;
      if (!alias.expression->deterministic()) {
        return NotSupported("reuse of the alias " + QuotedName(parts) +
                                " of a non-deterministic expression in the same select list",
                            "Compute it in an inner select or with withColumn() first.");
      }
      TypedExpression reused{alias.expression, JoinTexts(
                                                   parts, [](const auto& p) { return p; }, ".")};
      ARROW_ASSIGN_OR_RAISE(
          reused.expression,
          ExtractPath(reused.expression, {parts.begin() + 1, parts.end()}, *context_));
      return reused;
    }
  }
  if (below) {
    for (const std::vector<Attribute>& level : *below) {
      ARROW_ASSIGN_OR_RAISE(name, FindByName(parts, level, context_->case_sensitive));
      if (name) return MakeColumn(std::move(*name));
    }
  }
  if (!column.plan_id) {
    ARROW_ASSIGN_OR_RAISE(auto outside, FindOutside(column));
    if (outside) return std::move(*outside);
  }
  // Functions that SQL calls without parentheses.
  if (parts.size() == 1 && !column.plan_id) {
    const std::string function = ToLower(parts[0]);
    if (function == "current_timestamp" || function == "current_date" ||
        function == "current_user" || function == "localtimestamp") {
      return ResolveCall(*UnresolvedCall(function, {}));
    }
  }
  return UnresolvedColumn(parts, input_);
}

Result<TypedExpression> ExpressionResolver::ResolveCast(const UnresolvedExpression& cast) {
  ARROW_ASSIGN_OR_RAISE(TypedExpression child, Resolve(cast.children[0]));
  CastOptions options = context_->bind.cast_options();
  if (cast.try_cast) options.mode = CastMode::kTry;
  TypedExpression result;
  result.text = CastName(child.text, *cast.type, cast.try_cast);
  const Status allowed = CheckWrittenCast(*child.expression->type(), *cast.type, options.mode);
  if (!allowed.ok()) return ForUser(allowed, result.text);
  ARROW_ASSIGN_OR_RAISE(result.expression, MakeCast(child.expression, cast.type, options));
  return result;
}

Result<TypedExpression> ExpressionResolver::ResolveExtract(const UnresolvedExpression& extract) {
  ARROW_ASSIGN_OR_RAISE(TypedExpression base, Resolve(extract.children[0]));
  ARROW_ASSIGN_OR_RAISE(TypedExpression key, Resolve(extract.children[1]));
  TypedExpression result;
  ARROW_ASSIGN_OR_RAISE(result.expression,
                        ExtractElement(base.expression, key.expression, *context_));
  const bool field = base.expression->type()->id() == arrow::Type::STRUCT;
  result.text = field ? base.text + "." + key.text : base.text + "[" + key.text + "]";
  return result;
}

Result<TypedExpression> ExpressionResolver::ResolveUpdate(const UnresolvedExpression& update) {
  ARROW_ASSIGN_OR_RAISE(TypedExpression base, Resolve(update.children[0]));
  const DataType& type = *base.expression->type();
  if (type.id() != arrow::Type::STRUCT) {
    return UnexpectedInputType("update_fields", 0, "\"STRUCT\"", *base.expression);
  }
  const bool drop = update.children.size() < 2;
  TypedExpression value;
  if (!drop) {
    ARROW_ASSIGN_OR_RAISE(value, Resolve(update.children[1]));
  }
  std::vector<ExpressionPtr> arguments;
  auto add = [&](const std::string& name, ExpressionPtr field) {
    arguments.push_back(MakeLiteral(std::make_shared<arrow::StringScalar>(name)));
    arguments.push_back(std::move(field));
  };
  bool replaced = false;
  for (int i = 0; i < type.num_fields(); ++i) {
    const std::string& name = type.field(i)->name();
    if (!SameName(name, update.name, context_->case_sensitive)) {
      add(name, MakeStructField(base.expression, i));
    } else if (!drop) {
      add(update.name, value.expression);
      replaced = true;
    }
  }
  if (!drop && !replaced) add(update.name, value.expression);
  if (arguments.empty()) {
    return AnalysisError(
        "DATATYPE_MISMATCH.CANNOT_DROP_ALL_FIELDS",
        "dropFields() would leave the struct \"" + base.text + "\" without any field.",
        {{"sqlExpr", "\"update_fields(" + base.text + ")\""}});
  }
  const FunctionRegistry& functions = *context_->functions;
  TypedExpression result;
  result.text = "update_fields(" + base.text +
                (drop ? ", dropfield()" : ", WithField(" + value.text + ")") + ")";
  ARROW_ASSIGN_OR_RAISE(result.expression,
                        functions.Call("named_struct", std::move(arguments), context_->bind));
  if (base.expression->nullable()) {
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr is_null,
                          functions.Call("isnull", {base.expression}, context_->bind));
    const DataTypePtr& updated = result.expression->type();
    ARROW_ASSIGN_OR_RAISE(ExpressionPtr nothing,
                          MakeCast(MakeLiteral(std::make_shared<arrow::NullScalar>()), updated,
                                   context_->bind.cast_options()));
    result.expression = MakeCaseWhen({is_null, nothing, result.expression}, updated);
  }
  return result;
}

Result<std::vector<Attribute>> ExpressionResolver::StarColumns(
    const UnresolvedExpression& star) const {
  if (star.plan_id) {
    auto columns = OutputOfPlanId(*star.plan_id, origins_);
    if (!columns) return CannotResolveDataFrameColumn({"*"});
    return *columns;
  }
  if (star.name_parts.empty()) return input_;
  std::vector<Attribute> columns;
  for (const Attribute& attribute : input_) {
    const size_t parts = star.name_parts.size();
    if (attribute.qualifier.size() < parts) continue;
    bool matches = true;
    for (size_t i = 0; i < parts; ++i) {
      matches &= SameName(attribute.qualifier[attribute.qualifier.size() - parts + i],
                          star.name_parts[i], context_->case_sensitive);
    }
    if (matches) columns.push_back(attribute);
  }
  return columns;
}

Result<std::vector<NamedExpression>> ExpressionResolver::Expand(const UnresolvedExpression& star) {
  if (star.kind == UnresolvedKind::kRegex) {
    const RE2 pattern(
        star.name, context_->case_sensitive ? RE2::DefaultOptions : [] {
          RE2::Options options;
          options.set_case_sensitive(false);
          return options;
        }());
    if (!pattern.ok()) {
      return AnalysisError("INVALID_REGEXP_REPLACE",
                           "The column pattern `" + star.name +
                               "` is not a regular expression: " + pattern.error() + ".");
    }
    std::vector<NamedExpression> columns;
    for (const Attribute& attribute : input_) {
      if (RE2::FullMatch(attribute.name, pattern)) columns.push_back(PassThrough(attribute));
    }
    return columns;
  }
  ARROW_ASSIGN_OR_RAISE(const std::vector<Attribute> columns, StarColumns(star));
  if (!columns.empty() || star.name_parts.empty()) return PassThrough(columns);
  // `s.*` of a struct column.
  ARROW_ASSIGN_OR_RAISE(auto name, FindByName(star.name_parts, input_, context_->case_sensitive));
  if (name) {
    ARROW_ASSIGN_OR_RAISE(TypedExpression column, MakeColumn(std::move(*name)));
    const DataType& type = *column.expression->type();
    if (type.id() == arrow::Type::STRUCT) {
      std::vector<NamedExpression> fields;
      for (int i = 0; i < type.num_fields(); ++i) {
        fields.push_back(Computed(MakeStructField(column.expression, i), type.field(i)->name()));
      }
      return fields;
    }
  }
  const std::string target = QuotedName(star.name_parts);
  const std::string known = SortedColumnList(input_);
  return WithContext(AnalysisError("CANNOT_RESOLVE_STAR_EXPAND",
                                   "There is no relation or struct column " + target + " for " +
                                       target + ".*; the columns are " + known + ".",
                                   {{"targetString", target}, {"columns", known}}),
                     star.query_context);
}

Result<std::vector<TypedExpression>> ExpressionResolver::ResolveArguments(
    const std::vector<UnresolvedPtr>& children) {
  std::vector<TypedExpression> arguments;
  for (const UnresolvedPtr& child : children) {
    if (child->kind == UnresolvedKind::kStar || child->kind == UnresolvedKind::kRegex) {
      ARROW_ASSIGN_OR_RAISE(std::vector<NamedExpression> columns, Expand(*child));
      for (NamedExpression& column : columns) {
        arguments.push_back({std::move(column.expression), column.attribute.name});
      }
      continue;
    }
    ARROW_ASSIGN_OR_RAISE(TypedExpression argument, Resolve(child));
    arguments.push_back(std::move(argument));
  }
  return arguments;
}

Status CheckCondition(const TypedExpression& condition) {
  const DataType& type = *condition.expression->type();
  if (type.id() == arrow::Type::BOOL) return Status::OK();
  const std::string text = "\"" + condition.text + "\"";
  return AnalysisError(
      "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN",
      "The filter condition " + text + " must be BOOLEAN, but is " + SqlName(type) + ".",
      {{"sqlExpr", text}, {"filter", text}, {"type", "\"" + SqlName(type) + "\""}});
}

}  // namespace headrace
