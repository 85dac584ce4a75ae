// Values in the binary form of Spark's VARIANT type, in which workers take those of filters.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include <arrow/scalar.h>

namespace headrace {

// The metadata of values without objects.
std::string EmptyVariantMetadata();
// No value: the type has no such form here.
std::optional<std::string> VariantValue(const arrow::Scalar& scalar);
// An array of encoded values.
std::string VariantArray(const std::vector<std::string>& elements);

}  // namespace headrace
