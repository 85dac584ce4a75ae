// What a catalog tells the file source of a table, beyond what the directories show.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/options.h"

namespace headrace {

// An option that programs do not set: the read is one of a table, whose partition columns are
// these, also while there is no directory that shows them; the table's own directory may be absent.
constexpr char kTablePartitionsOption[] = "__table_partitions";

std::string TablePartitionsText(const std::vector<std::string>& columns);
// No value: the read is not one of a table.
std::optional<std::vector<std::string>> TablePartitions(const Options& options);

}  // namespace headrace
