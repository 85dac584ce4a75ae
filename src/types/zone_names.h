// Text forms of zone offsets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace headrace {

// "+2", "+02", "+2:30", "+0230", "-01:02:03" in seconds; none beyond 18 hours.
std::optional<int32_t> ParseZoneOffset(std::string_view text);
// "Z", "+02:00", "-01:02:03".
std::string FormatZoneOffset(int32_t offset_seconds);

}  // namespace headrace
