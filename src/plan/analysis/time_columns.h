// window(ts, …) and window_time(w): columns that are computed below the operator that uses them.
//
// A tumbling window is a projection, a sliding one multiplies rows; either way rows without time
// are dropped. Both keep the watermark tag of the time column, which no other computation does.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "plan/analyzer.h"
#include "plan/resolved_nodes.h"

namespace headrace {

class TimeColumns {
 public:
  explicit TimeColumns(const AnalyzerContext* context) : context_(context) {}

  // `input` are the attributes that `arguments` refer to. The result refers to the new column.
  Result<ExpressionPtr> AddWindow(const std::vector<ExpressionPtr>& arguments,
                                  const std::vector<Attribute>& input);
  Result<ExpressionPtr> AddWindowTime(const std::vector<ExpressionPtr>& arguments,
                                      const std::vector<Attribute>& input);

  bool empty() const { return columns_.empty() && !window_; }
  // Attributes of the added columns.
  std::vector<Attribute> attributes() const;
  // The plan with the columns behind its own.
  Result<ResolvedPlanPtr> Apply(ResolvedPlanPtr child) const;

 private:
  struct Window {
    ExpressionPtr time;
    int64_t duration_us = 0, slide_us = 0, start_us = 0;
    Attribute attribute;
  };
  Result<ExpressionPtr> TimeOf(const ExpressionPtr& argument, const std::vector<Attribute>& input,
                               Attribute* tagged) const;
  Result<ExpressionPtr> WindowEndMinusOne(const ExpressionPtr& window) const;

  const AnalyzerContext* context_;
  std::optional<Window> window_;
  std::vector<NamedExpression> columns_;
};

}  // namespace headrace
