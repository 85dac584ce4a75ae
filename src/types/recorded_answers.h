// For tests: the answers of Apache Spark that tests/conformance/record.py wrote.
#pragma once

#include <fstream>
#include <string>
#include <vector>

#include "base/error.h"

namespace headrace {

struct RecordedAnswer {
  std::string expression;
  bool ansi = true;
  std::string time_zone = "UTC";
  bool is_error = false;
  std::string type, text;                       // of a value
  std::string exception, condition, sql_state;  // of an error
};

inline std::vector<std::string> SplitAnswer(const std::string& line) {
  std::vector<std::string> fields(1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\t') {
      fields.emplace_back();
    } else if (line[i] == '\\' && i + 1 < line.size()) {
      ++i;
      fields.back() += line[i] == 't' ? '\t' : line[i] == 'n' ? '\n' : line[i];
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

// All answers of one file; empty when it cannot be read.
inline std::vector<RecordedAnswer> ReadRecordedAnswers(const std::string& source_directory,
                                                       const std::string& name) {
  std::ifstream file(source_directory + "/tests/conformance/answers/spark-4.1/" + name + ".tsv");
  std::vector<RecordedAnswer> answers;
  RecordedAnswer settings;
  std::string line;
  while (std::getline(file, line)) {
    if (line.starts_with("# @ansi=")) settings.ansi = line.substr(8) == "true";
    if (line.starts_with("# @timezone=")) settings.time_zone = line.substr(12);
    if (line.starts_with("#")) continue;
    const std::vector<std::string> fields = SplitAnswer(line);
    if (fields.size() < 4) continue;
    RecordedAnswer answer = settings;
    answer.expression = fields[0];
    answer.is_error = fields[1] == "error";
    if (answer.is_error) {
      answer.exception = fields[2];
      answer.condition = fields[3];
      answer.sql_state = fields.size() > 4 ? fields[4] : "";
    } else {
      answer.type = fields[2];
      answer.text = fields[3];
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

inline std::string ExceptionName(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::kAnalysis:
      return "AnalysisException";
    case ErrorKind::kParse:
      return "ParseException";
    case ErrorKind::kIllegalArgument:
      return "IllegalArgumentException";
    case ErrorKind::kArithmetic:
      return "ArithmeticException";
    case ErrorKind::kNumberFormat:
      return "NumberFormatException";
    case ErrorKind::kDateTime:
      return "DateTimeException";
    case ErrorKind::kArrayIndex:
      return "ArrayIndexOutOfBoundsException";
    case ErrorKind::kRuntime:
      return "SparkRuntimeException";
    case ErrorKind::kSpark:
      return "SparkException";
    case ErrorKind::kUpgrade:
      return "SparkUpgradeException";
    case ErrorKind::kUnsupportedOperation:
      return "UnsupportedOperationException";
    default:
      return "another exception";
  }
}

// An error in the form in which answers are compared.
inline std::string DescribeError(const Status& status) {
  const ErrorDetail* detail = ErrorDetail::Get(status);
  if (detail == nullptr) return status.ToString();
  return ExceptionName(detail->kind()) + " " + detail->condition() + " " +
         SqlStateOf(detail->condition());
}

}  // namespace headrace
