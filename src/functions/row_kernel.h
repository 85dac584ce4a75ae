// Kernels from functions of one row.
//
// RowKernel<Out, In...>(type, f) calls f(out, in...) on each row in which no argument is null; the
// result is null elsewhere. f writes *out (a std::string is appended to: it is the whole column)
// and returns
//   void    the row has a value
//   bool    false: null
//   Status  an error ends the batch.
// f is copied for each batch, so it may be a mutable lambda that keeps a cache.
//
// TotalKernel is the quick form for fixed-width results of functions that are defined on any bits:
// f(in...) -> Out is called on null rows as well, which lets the loop be vectorised.
#pragma once

#include <tuple>
#include <type_traits>
#include <utility>

#include "expression/expression.h"
#include "functions/column.h"

namespace headrace {

// Clears bits of a validity bitmap, copying it first if it is shared with an argument.
class ValidityWriter {
 public:
  ValidityWriter(Validity validity, int64_t rows, arrow::MemoryPool* pool)
      : validity_(std::move(validity)), rows_(rows), pool_(pool) {}
  bool IsValid(int64_t i) const { return validity_.IsValid(i); }
  Status SetNull(int64_t i) {
    if (!own_) ARROW_RETURN_NOT_OK(Own());
    arrow::bit_util::ClearBit(validity_.bitmap->mutable_data(), i);
    ++validity_.null_count;
    return Status::OK();
  }
  Validity Take() { return std::move(validity_); }

 private:
  Status Own();

  Validity validity_;
  int64_t rows_;
  arrow::MemoryPool* pool_;
  bool own_ = false;
};

namespace internal {

template <typename Out, typename... In, typename F, size_t... Index>
Result<Datum> RunRows(const DataTypePtr& type, F f, const Columns& columns, arrow::MemoryPool* pool,
                      std::index_sequence<Index...>) {
  ARROW_ASSIGN_OR_RAISE(Validity combined, CombineValidity(columns, pool));
  Writer<Out> writer;
  ARROW_RETURN_NOT_OK(writer.Open(columns.rows, pool));
  if (columns.rows > 0 && combined.null_count == columns.rows) {
    for (int64_t i = 0; i < columns.rows; ++i) writer.Null(i);
    ARROW_ASSIGN_OR_RAISE(auto result, writer.Finish(type, columns.rows, std::move(combined)));
    return columns.Finish(result);
  }
  std::tuple<Reader<In>...> readers{Reader<In>(columns[Index])...};
  ValidityWriter validity(std::move(combined), columns.rows, pool);
  for (int64_t i = 0; i < columns.rows; ++i) {
    if (!validity.IsValid(i)) {
      writer.Null(i);
      continue;
    }
    auto call = [&](typename Writer<Out>::Value* out) {
      return f(out, std::get<Index>(readers)[i]...);
    };
    using Outcome = decltype(call(nullptr));
    if constexpr (std::is_void_v<Outcome>) {
      writer.Write(i, call);
    } else if constexpr (std::is_same_v<Outcome, bool>) {
      if (!writer.Write(i, call)) ARROW_RETURN_NOT_OK(validity.SetNull(i));
    } else {
      ARROW_RETURN_NOT_OK(writer.Write(i, call));
    }
  }
  ARROW_ASSIGN_OR_RAISE(auto result, writer.Finish(type, columns.rows, validity.Take()));
  return columns.Finish(result);
}

template <typename Out, typename... In, typename F, size_t... Index>
Result<Datum> RunTotal(const DataTypePtr& type, const F& f, const Columns& columns,
                       arrow::MemoryPool* pool, std::index_sequence<Index...>) {
  ARROW_ASSIGN_OR_RAISE(Validity validity, CombineValidity(columns, pool));
  ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                        arrow::AllocateBuffer(columns.rows * sizeof(Out), pool));
  auto* out = reinterpret_cast<Out*>(buffer->mutable_data());
  std::tuple<Reader<In>...> readers{Reader<In>(columns[Index])...};
  for (int64_t i = 0; i < columns.rows; ++i) out[i] = f(std::get<Index>(readers)[i]...);
  return columns.Finish(MakeFixedArray(type, columns.rows, std::move(validity), std::move(buffer)));
}

}  // namespace internal

template <typename Out, typename... In, typename F>
ScalarKernel RowKernel(DataTypePtr type, F f) {
  return [type = std::move(type), f = std::move(f)](
             const std::vector<Datum>& arguments, int64_t length,
             const EvaluationContext& context) -> Result<Datum> {
    ARROW_ASSIGN_OR_RAISE(Columns columns, MakeColumns(arguments, length));
    return internal::RunRows<Out, In...>(type, f, columns, context.pool,
                                         std::index_sequence_for<In...>());
  };
}

template <typename Out, typename... In, typename F>
ScalarKernel TotalKernel(DataTypePtr type, F f) {
  return [type = std::move(type), f = std::move(f)](
             const std::vector<Datum>& arguments, int64_t length,
             const EvaluationContext& context) -> Result<Datum> {
    ARROW_ASSIGN_OR_RAISE(Columns columns, MakeColumns(arguments, length));
    return internal::RunTotal<Out, In...>(type, f, columns, context.pool,
                                          std::index_sequence_for<In...>());
  };
}

// A kernel over columns as a whole, for what does not fit the two above.
template <typename F>
ScalarKernel ColumnKernel(F f) {
  return [f = std::move(f)](const std::vector<Datum>& arguments, int64_t length,
                            const EvaluationContext& context) -> Result<Datum> {
    ARROW_ASSIGN_OR_RAISE(Columns columns, MakeColumns(arguments, length));
    ARROW_ASSIGN_OR_RAISE(ArrayPtr result, f(columns, context));
    return columns.Finish(result);
  };
}

}  // namespace headrace
