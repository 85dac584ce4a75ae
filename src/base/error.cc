#include "base/error.h"

#include <utility>

namespace headrace {
namespace {

constexpr const char* kErrorDetailType = "headrace::ErrorDetail";
constexpr std::string_view kLegacyPrefix = "_LEGACY_ERROR_TEMP_";

arrow::StatusCode CodeOf(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kUnsupportedOperation:
      return arrow::StatusCode::NotImplemented;
    case ErrorKind::kArrayIndex:
      return arrow::StatusCode::IndexError;
    case ErrorKind::kNoSuchElement:
      return arrow::StatusCode::KeyError;
    case ErrorKind::kRuntime:
    case ErrorKind::kSpark:
    case ErrorKind::kSql:
    case ErrorKind::kStreamingQuery:
    case ErrorKind::kPython:
      return arrow::StatusCode::UnknownError;
    default:
      return arrow::StatusCode::Invalid;
  }
}

std::string MessageOf(const std::string& condition, std::string text) {
  if (condition.empty() || condition.starts_with(kLegacyPrefix)) return text;
  std::string message = "[" + condition + "] " + std::move(text);
  if (std::string state = SqlStateOf(condition); !state.empty()) message += " SQLSTATE: " + state;
  return message;
}

}  // namespace

ErrorDetail::ErrorDetail(ErrorKind kind, std::string condition, ErrorParameters parameters)
    : kind_(kind), condition_(std::move(condition)), parameters_(std::move(parameters)) {}

const char* ErrorDetail::type_id() const { return kErrorDetailType; }

std::string ErrorDetail::ToString() const { return condition_; }

const ErrorDetail* ErrorDetail::Get(const Status& status) {
  const auto& detail = status.detail();
  if (detail == nullptr || std::string_view(detail->type_id()) != kErrorDetailType) return nullptr;
  return static_cast<const ErrorDetail*>(detail.get());
}

Status MakeError(ErrorKind kind, std::string condition, std::string text,
                 ErrorParameters parameters) {
  std::string message = MessageOf(condition, std::move(text));
  return Status(CodeOf(kind), std::move(message),
                std::make_shared<ErrorDetail>(kind, std::move(condition), std::move(parameters)));
}

Status AnalysisError(std::string condition, std::string text, ErrorParameters parameters) {
  return MakeError(ErrorKind::kAnalysis, std::move(condition), std::move(text),
                   std::move(parameters));
}

Status IllegalArgument(std::string condition, std::string text, ErrorParameters parameters) {
  return MakeError(ErrorKind::kIllegalArgument, std::move(condition), std::move(text),
                   std::move(parameters));
}

Status NotSupported(std::string feature, std::string advice) {
  std::string text = feature + " is not supported by Headrace.";
  if (!advice.empty()) text += " " + advice;
  return MakeError(ErrorKind::kUnsupportedOperation, "UNSUPPORTED_FEATURE", std::move(text),
                   {{"feature", std::move(feature)}});
}

}  // namespace headrace
