// Errors as values that carry Spark's error condition.
//
// Inside the engine every failure is an arrow::Status. A failure that a user may see carries an
// ErrorDetail: the condition name (`UNRESOLVED_COLUMN.WITH_SUGGESTION`), its parameters and the
// exception class that PySpark is to raise. SQLSTATEs come from the table in error_conditions.cc.
// A Status without detail reaches the user as SparkException with condition INTERNAL_ERROR.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <arrow/result.h>
#include <arrow/status.h>

namespace headrace {

using arrow::Result;
using arrow::Status;

// The exception that the client raises; the border translates it to Java class names.
enum class ErrorKind {
  kAnalysis,              // AnalysisException
  kParse,                 // ParseException
  kIllegalArgument,       // IllegalArgumentException
  kArithmetic,            // ArithmeticException
  kNumberFormat,          // NumberFormatException
  kDateTime,              // DateTimeException
  kArrayIndex,            // ArrayIndexOutOfBoundsException
  kUnsupportedOperation,  // UnsupportedOperationException
  kRuntime,               // SparkRuntimeException
  kSpark,                 // SparkException
  kNoSuchElement,         // SparkNoSuchElementException
  kSql,                   // SparkSQLException (INVALID_HANDLE.*, OPERATION_CANCELED)
  kInvalidPlan,           // InvalidPlanInput
  kStreamingQuery,        // StreamingQueryException
  kPython,                // PythonException
  kUpgrade,               // SparkUpgradeException
};

using ErrorParameters = std::map<std::string, std::string>;

class ErrorDetail : public arrow::StatusDetail {
 public:
  ErrorDetail(ErrorKind kind, std::string condition, ErrorParameters parameters);

  const char* type_id() const override;
  std::string ToString() const override;

  ErrorKind kind() const { return kind_; }
  const std::string& condition() const { return condition_; }
  const ErrorParameters& parameters() const { return parameters_; }

  // The detail of `status`, or null when it has none.
  static const ErrorDetail* Get(const Status& status);

 private:
  ErrorKind kind_;
  std::string condition_;
  ErrorParameters parameters_;
};

// `text` says what was wrong, where, and what to do; it does not repeat condition or SQLSTATE.
// The Status' message is `[CONDITION] text SQLSTATE: xxxxx`, or `text` alone for conditions that
// start with `_LEGACY_ERROR_TEMP_`, as Spark prints them.
Status MakeError(ErrorKind kind, std::string condition, std::string text,
                 ErrorParameters parameters = {});

// Shorthands for the commonest kinds.
Status AnalysisError(std::string condition, std::string text, ErrorParameters parameters = {});
Status IllegalArgument(std::string condition, std::string text, ErrorParameters parameters = {});
// A feature that Spark has and the engine has not: `feature` is the name that the user typed or
// would look up ("foreachBatch", "source format kinesis").
Status NotSupported(std::string feature, std::string advice = "");

// SQLSTATE of a condition ("" when unknown). Sub-conditions fall back to their parent.
std::string SqlStateOf(const std::string& condition);

}  // namespace headrace
