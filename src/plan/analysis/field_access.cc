#include "plan/analysis/field_access.h"

#include "plan/analysis/name_resolution.h"
#include "plan/analysis/resolution_errors.h"
#include "types/user_defined_type.h"

namespace headrace {
namespace {

Status NoFields(const Expression& base) {
  const std::string quoted = "\"" + SqlName(*base.type()) + "\"";
  const std::string type = IsDefined(*base.type()) ? "UDT(" + quoted + ")" : quoted;
  return AnalysisError("INVALID_EXTRACT_BASE_FIELD_TYPE",
                       "Nothing can be extracted from \"" + UserText(base) +
                           "\": a struct, array or map is needed, but it is " + type + ".",
                       {{"base", "\"" + UserText(base) + "\""}, {"other", type}});
}

}  // namespace

Result<int> FindStructField(const DataType& structure, const std::string& field,
                            bool case_sensitive) {
  int found = -1;
  for (int i = 0; i < structure.num_fields(); ++i) {
    if (!SameName(structure.field(i)->name(), field, case_sensitive)) continue;
    if (found >= 0) {
      return AnalysisError("AMBIGUOUS_REFERENCE_TO_FIELDS",
                           "The struct has several fields named `" + field + "`.",
                           {{"field", "`" + field + "`"}, {"count", "2"}});
    }
    found = i;
  }
  if (found < 0) return FieldNotFound(field, structure);
  return found;
}

Result<ExpressionPtr> ExtractField(const ExpressionPtr& base, const std::string& field,
                                   const AnalyzerContext& context) {
  const DataType& type = *base->type();
  if (IsDefined(type)) return NoFields(*base);
  if (type.id() == arrow::Type::STRUCT) {
    ARROW_ASSIGN_OR_RAISE(const int ordinal, FindStructField(type, field, context.case_sensitive));
    return MakeStructField(base, ordinal);
  }
  if (type.id() == arrow::Type::MAP || type.id() == arrow::Type::LIST) {
    return ExtractElement(base, MakeLiteral(std::make_shared<arrow::StringScalar>(field)), context);
  }
  return NoFields(*base);
}

Result<ExpressionPtr> ExtractPath(ExpressionPtr base, const std::vector<std::string>& fields,
                                  const AnalyzerContext& context) {
  for (const std::string& field : fields) {
    ARROW_ASSIGN_OR_RAISE(base, ExtractField(base, field, context));
  }
  return base;
}

Result<ExpressionPtr> ExtractElement(const ExpressionPtr& base, const ExpressionPtr& key,
                                     const AnalyzerContext& context) {
  const DataType& type = *base->type();
  if (IsDefined(type)) return NoFields(*base);
  const auto* literal = dynamic_cast<const Literal*>(key.get());
  const bool named = literal && literal->value()->is_valid && IsString(*key->type());
  switch (type.id()) {
    case arrow::Type::STRUCT:
      if (!named) {
        return AnalysisError(
            "INVALID_EXTRACT_FIELD_TYPE",
            "A field of a struct is named by a text, not by \"" + UserText(*key) + "\".",
            {{"extraction", "\"" + UserText(*key) + "\""}});
      }
      return ExtractField(base, literal->value()->ToString(), context);
    case arrow::Type::LIST: {
      const DataType& element = *type.field(0)->type();
      if (named && element.id() == arrow::Type::STRUCT) {
        return NotSupported("field of an array of structs (" + literal->value()->ToString() + ")",
                            "Use explode(), or an index before the field.");
      }
      return context.functions->Call("array_item", {base, key}, context.bind);
    }
    case arrow::Type::MAP:
      return context.functions->Call("map_item", {base, key}, context.bind);
    default:
      return NoFields(*base);
  }
}

}  // namespace headrace
