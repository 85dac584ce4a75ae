// Which row groups of a Parquet file cannot hold a row that passes the filters.
#pragma once

#include <string>
#include <vector>

#include <parquet/arrow/schema.h>
#include <parquet/metadata.h>

#include "expression/expression.h"

namespace headrace {

// Looks at comparisons of a column with a literal; everything else counts as possible.
class RowGroupFilter {
 public:
  // BoundReference i of the filters means filter_columns[i].
  RowGroupFilter(const std::vector<ExpressionPtr>& filters,
                 const std::vector<std::string>& filter_columns);

  bool MayMatch(const parquet::RowGroupMetaData& row_group,
                const parquet::arrow::SchemaManifest& manifest) const;

 private:
  struct Comparison {
    std::string column;
    std::string symbol;  // the column stands on its left
    std::shared_ptr<arrow::Scalar> value;
  };
  void Add(const Expression& filter, const std::vector<std::string>& filter_columns);

  std::vector<Comparison> comparisons_;
};

}  // namespace headrace
