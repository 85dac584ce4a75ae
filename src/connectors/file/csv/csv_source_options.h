// Options of CSV files, beside those of the CSV in them.
#pragma once

#include <string>

#include "connectors/file/file_options.h"
#include "functions/csv/csv_options.h"

namespace headrace {

struct CsvFileOptions {
  CsvOptions csv;
  std::string charset;         // empty: UTF-8
  std::string line_separator;  // empty: \n, \r\n and \r

  static Result<CsvFileOptions> Parse(const Options& options, const ConnectorContext& context);
};

Status CheckCsvOptionNames(const Options& options);
// Empty: none is given.
Result<std::string> CsvLineSeparator(const Options& options);

}  // namespace headrace
