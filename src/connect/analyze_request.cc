#include "connect/analyze_request.h"

#include <functional>

#include <google/protobuf/descriptor.h>

#include "connect/field_check.h"
#include "connect/type_messages.h"

namespace headrace {
namespace {

using Request = messages::AnalyzePlanRequest;

Result<ExplainMode> ExplainModeOf(Request::Explain::ExplainMode mode) {
  switch (mode) {
    case Request::Explain::EXPLAIN_MODE_SIMPLE:
      return ExplainMode::kSimple;
    case Request::Explain::EXPLAIN_MODE_EXTENDED:
      return ExplainMode::kExtended;
    case Request::Explain::EXPLAIN_MODE_CODEGEN:
      return ExplainMode::kCodegen;
    case Request::Explain::EXPLAIN_MODE_COST:
      return ExplainMode::kCost;
    case Request::Explain::EXPLAIN_MODE_FORMATTED:
      return ExplainMode::kFormatted;
    default:
      return NotSupported("the explain mode " + std::to_string(mode));
  }
}

}  // namespace

PlanTranslator TranslatorOf(Session& session) {
  TranslationContext context;
  context.parser = session.parser_options();
  context.artifact = [&session](const std::string& name) { return session.GetArtifact(name); };
  if (session.engine().group_function) context.group_function = session.engine().group_function;
  return PlanTranslator(std::move(context));
}

Result<LogicalPlanPtr> TranslatePlan(Session& session, const messages::Plan& plan) {
  if (!plan.has_compressed_operation()) return TranslatorOf(session).Plan(plan);
  ARROW_ASSIGN_OR_RAISE(auto unpacked, UnpackPlan(plan));
  return TranslatorOf(session).Plan(unpacked);
}

namespace {

Result<std::string> CanonicalTextOf(Session& session, const messages::Plan& plan) {
  ARROW_ASSIGN_OR_RAISE(auto logical, TranslatePlan(session, plan));
  return session.CanonicalText(logical);
}

}  // namespace

Result<messages::AnalyzePlanResponse> AnswerAnalyze(Session& session, const Request& request) {
  messages::AnalyzePlanResponse response;
  const auto* set = request.GetReflection()->GetOneofFieldDescriptor(
      request, request.GetDescriptor()->FindOneofByName("analyze"));
  ARROW_RETURN_NOT_OK(
      CheckFields(request, {"session_id", "client_observed_server_side_session_id", "user_context",
                            "client_type", set == nullptr ? "" : set->name()}));
  switch (request.analyze_case()) {
    case Request::kSchema: {
      ARROW_RETURN_NOT_OK(CheckFields(request.schema(), {"plan"}));
      ARROW_ASSIGN_OR_RAISE(auto plan, TranslatePlan(session, request.schema().plan()));
      ARROW_ASSIGN_OR_RAISE(auto schema, session.SchemaOf(plan));
      ARROW_ASSIGN_OR_RAISE(*response.mutable_schema()->mutable_schema(), SchemaToMessage(*schema));
      return response;
    }
    case Request::kExplain: {
      ARROW_RETURN_NOT_OK(CheckFields(request.explain(), {"plan", "explain_mode"}));
      ARROW_ASSIGN_OR_RAISE(auto mode, ExplainModeOf(request.explain().explain_mode()));
      ARROW_ASSIGN_OR_RAISE(auto plan, TranslatePlan(session, request.explain().plan()));
      ARROW_ASSIGN_OR_RAISE(*response.mutable_explain()->mutable_explain_string(),
                            session.Explain(plan, mode));
      return response;
    }
    case Request::kTreeString: {
      ARROW_RETURN_NOT_OK(CheckFields(request.tree_string(), {"plan", "level"}));
      ARROW_ASSIGN_OR_RAISE(auto plan, TranslatePlan(session, request.tree_string().plan()));
      ARROW_ASSIGN_OR_RAISE(auto schema, session.SchemaOf(plan));
      response.mutable_tree_string()->set_tree_string(
          TreeString(*schema, request.tree_string().level()));
      return response;
    }
    case Request::kIsLocal: {
      ARROW_RETURN_NOT_OK(CheckFields(request.is_local(), {"plan"}));
      ARROW_ASSIGN_OR_RAISE(auto plan, TranslatePlan(session, request.is_local().plan()));
      ARROW_ASSIGN_OR_RAISE(auto resolved, session.Analyze(plan));
      response.mutable_is_local()->set_is_local(resolved->kind == ResolvedKind::kLocalData);
      return response;
    }
    case Request::kIsStreaming: {
      ARROW_RETURN_NOT_OK(CheckFields(request.is_streaming(), {"plan"}));
      ARROW_ASSIGN_OR_RAISE(auto plan, TranslatePlan(session, request.is_streaming().plan()));
      ARROW_ASSIGN_OR_RAISE(auto resolved, session.Analyze(plan));
      response.mutable_is_streaming()->set_is_streaming(IsStreaming(*resolved));
      return response;
    }
    case Request::kInputFiles: {
      ARROW_RETURN_NOT_OK(CheckFields(request.input_files(), {"plan"}));
      ARROW_ASSIGN_OR_RAISE(auto plan, TranslatePlan(session, request.input_files().plan()));
      ARROW_ASSIGN_OR_RAISE(auto files, session.InputFiles(plan));
      response.mutable_input_files();  // an answer, though there may be no file
      for (auto& file : files) response.mutable_input_files()->add_files(std::move(file));
      return response;
    }
    case Request::kSparkVersion:
      ARROW_RETURN_NOT_OK(CheckFields(request.spark_version(), {}));
      // The engine answers as the Spark that the client belongs to.
      response.mutable_spark_version()->set_version(session.client_version());
      return response;
    case Request::kDdlParse: {
      ARROW_RETURN_NOT_OK(CheckFields(request.ddl_parse(), {"ddl_string"}));
      ARROW_ASSIGN_OR_RAISE(auto type, session.ParseDdl(request.ddl_parse().ddl_string()));
      ARROW_ASSIGN_OR_RAISE(*response.mutable_ddl_parse()->mutable_parsed(), TypeToMessage(*type));
      return response;
    }
    case Request::kPersist: {
      // Nothing is kept: a DataFrame used again is computed again. Its errors surface all the same.
      ARROW_RETURN_NOT_OK(CheckFields(request.persist(), {"relation"}));
      ARROW_ASSIGN_OR_RAISE(auto plan,
                            TranslatorOf(session).Relation(request.persist().relation()));
      ARROW_RETURN_NOT_OK(session.Analyze(plan).status());
      response.mutable_persist();
      return response;
    }
    case Request::kUnpersist:
      ARROW_RETURN_NOT_OK(CheckFields(request.unpersist(), {}));
      response.mutable_unpersist();
      return response;
    case Request::kGetStorageLevel:
      ARROW_RETURN_NOT_OK(CheckFields(request.get_storage_level(), {}));
      response.mutable_get_storage_level()->mutable_storage_level()->set_replication(1);
      return response;
    case Request::kJsonToDdl: {
      ARROW_RETURN_NOT_OK(CheckFields(request.json_to_ddl(), {"json_string"}));
      ARROW_ASSIGN_OR_RAISE(auto type, ParseJsonType(request.json_to_ddl().json_string()));
      response.mutable_json_to_ddl()->set_ddl_string(
          type->id() == arrow::Type::STRUCT ? SchemaToDdl(*arrow::schema(type->fields()))
                                            : SqlName(*type));
      return response;
    }
    case Request::kSameSemantics: {
      const auto& same = request.same_semantics();
      ARROW_RETURN_NOT_OK(CheckFields(same, {"target_plan", "other_plan"}));
      ARROW_ASSIGN_OR_RAISE(const auto target, CanonicalTextOf(session, same.target_plan()));
      ARROW_ASSIGN_OR_RAISE(const auto other, CanonicalTextOf(session, same.other_plan()));
      response.mutable_same_semantics()->set_result(target == other);
      return response;
    }
    case Request::kSemanticHash: {
      ARROW_RETURN_NOT_OK(CheckFields(request.semantic_hash(), {"plan"}));
      ARROW_ASSIGN_OR_RAISE(const auto text,
                            CanonicalTextOf(session, request.semantic_hash().plan()));
      response.mutable_semantic_hash()->set_result(
          static_cast<int32_t>(std::hash<std::string>{}(text)));
      return response;
    }
    case Request::ANALYZE_NOT_SET:
      break;
  }
  return NotSupported("an AnalyzePlan request without content");
}

}  // namespace headrace
