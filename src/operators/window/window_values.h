// The columns that window functions make, over rows in the order of their windows.
#pragma once

#include "operators/window/window_rows.h"

namespace headrace {

// row_number, rank, dense_rank, percent_rank, cume_dist, ntile.
Result<ArrayPtr> Rank(const WindowFunction& function, const WindowRows& rows);
// lag and lead.
Result<ArrayPtr> Shift(const WindowFunction& function, const WindowRows& rows,
                       const Arrays& inputs);
// nth_value, first and last.
Result<ArrayPtr> NthOfFrame(const WindowFunction& function, const WindowRows& rows,
                            const Arrays& inputs);
// An aggregate over each row's frame (window_aggregate.cc).
Result<ArrayPtr> AggregateFrames(const WindowFunction& function, const WindowRows& rows,
                                 const Arrays& inputs);

}  // namespace headrace
