// Arrow values as Python pickles: what foreach and pickled functions get.
//
// Values come out in Python's external form: datetime.date, decimal.Decimal, Row, list, dict. A
// timestamp becomes a naive datetime in the zone of this host, which is that of its workers.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <arrow/array.h>

#include "types/spark_type.h"
#include "types/time.h"

namespace headrace {

class PickleWriter {
 public:
  // `binary_as_bytes`: workers before 4.1 give functions bytearrays.
  explicit PickleWriter(bool binary_as_bytes);

  // A pickle of the list of rows [begin, end), each a Row (`fields` names it) …
  std::string Rows(const arrow::Schema& fields,
                   const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t begin,
                   int64_t end);
  // … or a tuple.
  std::string Tuples(const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t begin,
                     int64_t end);
  // A pickle of one row, as a Row …
  std::string Row(const arrow::Schema& fields,
                  const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t row);
  // … or a tuple.
  std::string Tuple(const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t row);
  // A pickle of one value alone.
  std::string Value(const arrow::Array& array, int64_t i);

 private:
  void Start();
  void StartList();
  void AppendRow(const arrow::Schema& fields,
                 const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t row);
  void AppendTuple(const std::vector<std::shared_ptr<arrow::Array>>& columns, int64_t row);
  void AppendValue(const arrow::Array& array, int64_t i);
  void AppendText(std::string_view text);
  void AppendInteger(int64_t value);
  void AppendDateTime(int64_t local_us);
  // A global by its place in the memo; the first use spells it out.
  void AppendGlobal(int slot, const char* name);
  // What is stored of an object of a class that a program defined: its type makes the object.
  void AppendObject(const arrow::Array& array, int64_t i);
  void AppendStored(const arrow::Array& array, int64_t i);
  // The names of a Row's fields, once a pickle.
  template <typename Fields>
  void AppendNames(const void* identity, const Fields& fields);
  void Recall(int slot);
  void Memoize(int slot);

  const bool binary_as_bytes_;
  const std::shared_ptr<const TimeZone> host_zone_;
  std::string out_;
  uint32_t globals_ = 0;            // a bit for each global in the memo
  std::vector<const void*> names_;  // types whose names, or makers, are in the memo
};

}  // namespace headrace
