// Table functions of Python programs (udtf): a class whose eval() makes any number of rows of one
// row, or of the rows of a whole table.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "python/python_function.h"

namespace headrace {

// How table functions travel: rows as pickles; rows as Arrow; whole Arrow batches (4.1+).
inline constexpr PythonEvaluation kTableOfRows{300};
inline constexpr PythonEvaluation kTableOfArrowRows{301};
inline constexpr PythonEvaluation kTableOfBatches{302};

inline bool MakesTable(PythonEvaluation evaluation) {
  return evaluation == kTableOfRows || evaluation == kTableOfArrowRows ||
         evaluation == kTableOfBatches;
}

// What a task of a table function tells its worker beyond the one call.
struct PythonTableCall {
  std::string name;
  std::string result_schema;          // JSON
  std::string analyzed;               // what analyze() gave, pickled; "": there is none
  std::vector<int> table_columns;     // inputs that are rows of a table argument
  std::vector<int> partition_fields;  // of those rows: where they change, a new instance begins
};

}  // namespace headrace
