// transformWithState as a kind of evaluation: numbers of PySpark's PythonEvalType.
#pragma once

#include "python/python_function.h"

namespace headrace {

inline constexpr auto kTransformWithStatePandas = static_cast<PythonEvaluation>(211);
inline constexpr auto kTransformWithStatePandasInitial = static_cast<PythonEvaluation>(212);
inline constexpr auto kTransformWithStateRow = static_cast<PythonEvaluation>(213);
inline constexpr auto kTransformWithStateRowInitial = static_cast<PythonEvaluation>(214);

// Its workers reach the state through a socket of its own.
inline bool TransformsWithState(PythonEvaluation evaluation) {
  return evaluation >= kTransformWithStatePandas && evaluation <= kTransformWithStateRowInitial;
}
// It has an initial state.
inline bool HasInitialState(PythonEvaluation evaluation) {
  return evaluation == kTransformWithStatePandasInitial ||
         evaluation == kTransformWithStateRowInitial;
}
inline bool TransformsRows(PythonEvaluation evaluation) {
  return evaluation == kTransformWithStateRow || evaluation == kTransformWithStateRowInitial;
}

}  // namespace headrace
