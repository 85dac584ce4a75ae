#include "base/error_cause.h"

#include <utility>

namespace headrace {
namespace {

class ErrorDetailWithCause final : public ErrorDetail {
 public:
  ErrorDetailWithCause(const ErrorDetail& detail, Status cause)
      : ErrorDetail(detail), cause_(std::move(cause)) {}

  const Status& cause() const { return cause_; }

 private:
  const Status cause_;
};

}  // namespace

Status WithCause(const Status& error, Status cause) {
  return Status(error.code(), error.message(),
                std::make_shared<ErrorDetailWithCause>(*ErrorDetail::Get(error), std::move(cause)));
}

const Status* CauseOf(const Status& error) {
  const auto* detail = dynamic_cast<const ErrorDetailWithCause*>(ErrorDetail::Get(error));
  return detail == nullptr ? nullptr : &detail->cause();
}

}  // namespace headrace
