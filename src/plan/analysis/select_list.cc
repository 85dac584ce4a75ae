#include "plan/analysis/select_list.h"

#include <utility>

#include "plan/tree_text.h"

namespace headrace {
namespace {

bool IsColumnCall(const UnresolvedExpression& expression) {
  if (expression.kind != UnresolvedKind::kFunction) return false;
  const std::string name = ToLower(expression.name);
  return name == "window" || name == "session_window" || name == "window_time";
}

}  // namespace

NamedExpression NameColumn(const UnresolvedExpression& expression, const TypedExpression& value,
                           const std::vector<const std::vector<Attribute>*>& known) {
  const bool aliased = expression.kind == UnresolvedKind::kAlias;
  const UnresolvedExpression& inner = aliased ? *expression.children[0] : expression;
  const std::string name = OutputName(expression, value.text);
  const auto* reference = dynamic_cast<const AttributeReference*>(value.expression.get());
  const Attribute* source = nullptr;
  if (reference && (inner.kind == UnresolvedKind::kAttribute || IsColumnCall(inner))) {
    for (const std::vector<Attribute>* attributes : known) {
      source = FindAttribute(*attributes, reference->id());
      if (source) break;
    }
  }
  if (!source) {
    NamedExpression computed = Computed(value.expression, name);
    if (aliased) computed.attribute.metadata = expression.metadata;
    return computed;
  }
  NamedExpression column = PassThrough(*source);
  column.attribute.name = name;
  if (!aliased) return column;
  column = Renamed(*source, name);
  if (!expression.metadata.empty()) {
    // Metadata that is given replaces what the column had, tags included.
    column.attribute.metadata = expression.metadata;
    column.attribute.watermark_delay_us.reset();
    column.attribute.is_window = false;
    column.attribute.is_session = false;
  }
  return column;
}

const UnresolvedExpression* GeneratorCall(const UnresolvedExpression& expression,
                                          const FunctionRegistry& functions) {
  const UnresolvedExpression* call = &expression;
  while (call->kind == UnresolvedKind::kAlias) call = call->children[0].get();
  const bool generates =
      call->kind == UnresolvedKind::kFunction && functions.FindGenerator(call->name);
  return generates ? call : nullptr;
}

Result<PendingGenerator> ResolveGenerator(const UnresolvedExpression& call,
                                          const std::vector<std::string>& aliases,
                                          ExpressionResolver* resolver,
                                          const AnalyzerContext& context) {
  ARROW_ASSIGN_OR_RAISE(const auto arguments, resolver->ResolveArguments(call.children));
  std::vector<ExpressionPtr> expressions;
  for (const TypedExpression& argument : arguments) expressions.push_back(argument.expression);
  const GeneratorFunction* function = context.functions->FindGenerator(call.name);
  PendingGenerator pending;
  ARROW_ASSIGN_OR_RAISE(pending.generator, function->bind(std::move(expressions), context.bind));
  const std::vector<FieldPtr>& fields = pending.generator.output;
  if (!aliases.empty() && aliases.size() != fields.size()) {
    const std::string given = JoinTexts(aliases, [](const std::string& name) { return name; });
    return AnalysisError("UDTF_ALIAS_NUMBER_MISMATCH",
                         call.name + "() makes " + std::to_string(fields.size()) +
                             " columns, but is given " + std::to_string(aliases.size()) +
                             " names (" + given + "). Give as many names as columns.",
                         {{"aliasesSize", std::to_string(fields.size())}, {"aliasesNames", given}});
  }
  for (size_t i = 0; i < fields.size(); ++i) {
    Attribute attribute;
    attribute.id = NextAttributeId();
    attribute.name = aliases.empty() ? fields[i]->name() : aliases[i];
    attribute.type = fields[i]->type();
    attribute.nullable = fields[i]->nullable() || pending.generator.outer;
    pending.attributes.push_back(std::move(attribute));
  }
  return pending;
}

Status NestedGenerator(const std::string& name) {
  return AnalysisError("UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS",
                       "The generator " + name +
                           "() stands inside another expression. Select it as a column of its "
                           "own, then compute with that column.",
                       {{"expression", "\"" + name + "\""}});
}

}  // namespace headrace
