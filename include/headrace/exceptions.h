// What goes wrong in a query, as exceptions named like PySpark's.
//
// Every one of them carries Spark's error condition; programs decide by class or by condition,
// people read what().
#pragma once

#include <map>
#include <stdexcept>
#include <string>

namespace headrace::inline v1 {

struct ErrorDescription {
  std::string message;
  std::string condition = {};  // "UNRESOLVED_COLUMN.WITH_SUGGESTION"; "" when the error has none
  std::string sql_state = {};  // five characters, or ""
  std::map<std::string, std::string> parameters = {};
};

class SparkThrowable : public std::runtime_error {
 public:
  explicit SparkThrowable(ErrorDescription description)
      : std::runtime_error(description.message), description_(std::move(description)) {}

  const std::string& getMessage() const { return description_.message; }
  const std::string& getCondition() const { return description_.condition; }
  const std::string& getSqlState() const { return description_.sql_state; }
  const std::map<std::string, std::string>& getMessageParameters() const {
    return description_.parameters;
  }

 private:
  ErrorDescription description_;
};

class AnalysisException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class ParseException : public AnalysisException {
  using AnalysisException::AnalysisException;
};
class StreamingQueryException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class QueryExecutionException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class IllegalArgumentException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class NumberFormatException : public IllegalArgumentException {
  using IllegalArgumentException::IllegalArgumentException;
};
class ArithmeticException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class UnsupportedOperationException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class ArrayIndexOutOfBoundsException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class DateTimeException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class SparkRuntimeException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class SparkUpgradeException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class SparkNoSuchElementException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class PythonException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class InvalidPlanInput : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
class SparkException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
// The server named a class that is none of the above.
class UnknownException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};
// Not the query failed, but the way to the server: no connection, no permission, no such service.
class SparkConnectException : public SparkThrowable {
  using SparkThrowable::SparkThrowable;
};

}  // namespace headrace::inline v1
