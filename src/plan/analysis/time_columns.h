// window(), session_window() and window_time(): columns that are computed below the operator that
// uses them.
//
// A tumbling window and a session are projections, a sliding window multiplies rows; rows without
// time are dropped. All keep the watermark tag of the time column, which no other computation does.
#pragma once

#include <string>
#include <vector>

#include "plan/analyzer.h"
#include "plan/resolved_nodes.h"

namespace headrace {

class TimeColumns {
 public:
  explicit TimeColumns(const AnalyzerContext* context) : context_(context) {}

  // `input` are the attributes that `arguments` refer to, beside those of earlier time columns. The
  // result refers to the new column, or to an equal one. _LEGACY_ERROR_TEMP_1039 for a second
  // window that is not one of the first.
  Result<ExpressionPtr> AddWindow(const std::vector<ExpressionPtr>& arguments,
                                  const std::vector<Attribute>& input);
  Result<ExpressionPtr> AddSessionWindow(const std::vector<ExpressionPtr>& arguments,
                                         const std::vector<Attribute>& input);
  Result<ExpressionPtr> AddWindowTime(const std::vector<ExpressionPtr>& arguments,
                                      const std::vector<Attribute>& input);

  bool empty() const { return columns_.empty(); }
  // Attributes of the added columns.
  std::vector<Attribute> attributes() const;
  // What they are computed from.
  AttributeSet references() const;
  // The plan with the columns behind its own.
  Result<ResolvedPlanPtr> Apply(ResolvedPlanPtr child) const;

 private:
  enum class Kind { kWindow, kSession, kComputed };
  struct Column {
    Kind kind = Kind::kComputed;
    Attribute attribute;
    ExpressionPtr value;  // the event time of windows and sessions
    int64_t duration_us = 0, slide_us = 0, start_us = 0;
    ExpressionPtr gap;  // of a session: text of an interval
  };
  const Attribute* Find(const ExpressionPtr& expression, const std::vector<Attribute>& input) const;
  // `name`: of the function, for errors.
  Result<ExpressionPtr> TimeOf(const std::string& name, const ExpressionPtr& argument,
                               const std::vector<Attribute>& input, Attribute* tagged) const;
  Result<ExpressionPtr> WindowEndMinusOne(const ExpressionPtr& window) const;
  // The column `added`, named and tagged, or the one that is there already.
  Result<ExpressionPtr> Add(Column added, const std::string& name, const Attribute& tagged);
  Result<ResolvedPlanPtr> ApplyWindow(const Column& column, ResolvedPlanPtr child) const;
  Result<ResolvedPlanPtr> ApplySession(const Column& column, ResolvedPlanPtr child) const;

  const AnalyzerContext* context_;
  std::vector<Column> columns_;  // each may refer to those before it
};

}  // namespace headrace
