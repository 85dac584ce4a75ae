// Arrays, maps and structs: the same container around casted children.
#include "expression/cast_kernels.h"

namespace headrace {

namespace {

struct Shape {
  std::shared_ptr<arrow::Buffer> validity;
  std::shared_ptr<arrow::Buffer> offsets;
};

Result<std::shared_ptr<arrow::Buffer>> Validity(const arrow::Array& input) {
  if (input.null_count() == 0) return nullptr;
  return arrow::internal::CopyBitmap(arrow::default_memory_pool(), input.null_bitmap_data(),
                                     input.offset(), input.length());
}

// Offsets of the lists into their flattened elements, in which null lists have none.
Result<Shape> FlatShape(const arrow::ListArray& lists) {
  Shape shape;
  ARROW_ASSIGN_OR_RAISE(shape.validity, Validity(lists));
  ARROW_ASSIGN_OR_RAISE(shape.offsets,
                        arrow::AllocateBuffer((lists.length() + 1) * sizeof(int32_t)));
  auto* offsets = reinterpret_cast<int32_t*>(shape.offsets->mutable_data());
  offsets[0] = 0;
  for (int64_t i = 0; i < lists.length(); ++i) {
    offsets[i + 1] = offsets[i] + (lists.IsNull(i) ? 0 : lists.value_length(i));
  }
  return shape;
}

}  // namespace

Result<ArrayPtr> CastNested(const ArrayPtr& input, const DataTypePtr& to,
                            const CastOptions& options) {
  const int64_t length = input->length();
  switch (input->type_id()) {
    case arrow::Type::LIST: {
      const auto& lists = static_cast<const arrow::ListArray&>(*input);
      ARROW_ASSIGN_OR_RAISE(Shape shape, FlatShape(lists));
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr elements, lists.Flatten());
      ARROW_ASSIGN_OR_RAISE(
          const ArrayPtr casted,
          CastArray(elements, static_cast<const arrow::ListType&>(*to).value_type(), options));
      return std::make_shared<arrow::ListArray>(to, length, shape.offsets, casted, shape.validity,
                                                input->null_count());
    }
    case arrow::Type::MAP: {
      const auto& maps = static_cast<const arrow::MapArray&>(*input);
      const auto& target = static_cast<const arrow::MapType&>(*to);
      ARROW_ASSIGN_OR_RAISE(Shape shape, FlatShape(maps));
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr flat, maps.Flatten());
      const auto& entries = static_cast<const arrow::StructArray&>(*flat);
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr keys,
                            CastArray(entries.field(0), target.key_type(), options));
      ARROW_ASSIGN_OR_RAISE(const ArrayPtr items,
                            CastArray(entries.field(1), target.item_type(), options));
      return std::make_shared<arrow::MapArray>(to, length, shape.offsets, keys, items,
                                               shape.validity, input->null_count());
    }
    case arrow::Type::STRUCT: {
      const auto& structs = static_cast<const arrow::StructArray&>(*input);
      arrow::ArrayVector children;
      for (int i = 0; i < to->num_fields(); ++i) {
        // Flattened, so that nothing beneath a null struct is casted.
        ARROW_ASSIGN_OR_RAISE(const ArrayPtr child, structs.GetFlattenedField(i));
        ARROW_ASSIGN_OR_RAISE(ArrayPtr casted, CastArray(child, to->field(i)->type(), options));
        children.push_back(std::move(casted));
      }
      ARROW_ASSIGN_OR_RAISE(const auto validity, Validity(*input));
      return std::make_shared<arrow::StructArray>(to, length, std::move(children), validity,
                                                  input->null_count());
    }
    default:
      return nullptr;
  }
}

}  // namespace headrace
