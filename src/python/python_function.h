// A function that a client pickled. Only its own Python can read it.
#pragma once

#include <string>
#include <vector>

#include "types/spark_type.h"

namespace headrace {

// How a worker calls a function and how its input and results travel; numbers of PySpark's
// PythonEvalType.
enum class PythonEvaluation : int {
  kNone = 0,  // foreach
  kBatched = 100,
  kArrowBatched = 101,
  kScalarPandas = 200,
  kGroupedMapPandas = 201,
  kGroupedAggregatePandas = 202,
  kWindowAggregatePandas = 203,
  kScalarPandasIterator = 204,
  kMapPandas = 205,
  kCogroupedMapPandas = 206,
  kMapArrow = 207,
  kGroupedMapPandasWithState = 208,
  kGroupedMapArrow = 209,
  kCogroupedMapArrow = 210,
  kGroupedMapArrowIterator = 215,
  kGroupedMapPandasIterator = 216,
  kGroupedAggregatePandasIterator = 217,
  kScalarArrow = 250,
  kScalarArrowIterator = 251,
  kGroupedAggregateArrow = 252,
  kWindowAggregateArrow = 253,
  kGroupedAggregateArrowIterator = 254,
};

struct PythonFunction {
  std::string name;            // as the client knows it
  std::string command;         // the pickle
  std::string python_version;  // of the client: "3.11"
  PythonEvaluation evaluation = PythonEvaluation::kNone;
  DataTypePtr result;  // null where there is none
  bool deterministic = true;
};

}  // namespace headrace
