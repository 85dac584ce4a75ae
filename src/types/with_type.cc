#include "types/with_type.h"

namespace headrace {

std::shared_ptr<arrow::Array> WithType(const std::shared_ptr<arrow::Array>& array,
                                       const DataTypePtr& type) {
  if (array->type()->Equals(*type)) return array;
  auto data = array->data()->Copy();
  data->type = type;
  // The types of children follow from the parent's.
  for (size_t i = 0; i < data->child_data.size(); ++i) {
    data->child_data[i] =
        WithType(arrow::MakeArray(data->child_data[i]), type->field(static_cast<int>(i))->type())
            ->data();
  }
  return arrow::MakeArray(data);
}

}  // namespace headrace
