// The offsets of a region over time, read from the system's time zone database (TZif, RFC 8536).
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"

namespace headrace {

class ZoneRules {
 public:
  // `content` is the content of a TZif file.
  static Result<ZoneRules> Parse(std::string_view content);

  ZoneRules(ZoneRules&& other) noexcept;
  ZoneRules& operator=(ZoneRules&&) = delete;

  int32_t OffsetAt(int64_t instant_us) const;
  const std::string& AbbreviationAt(int64_t instant_us) const;
  int64_t LocalToInstant(int64_t local_us) const;

 private:
  // Offset `offset_seconds` holds from `start_us`, until the next period's start.
  struct Period {
    int64_t start_us;
    // Local times below this, and not below the previous period's, take this period's offset: in
    // a gap or an overlap the offset before the transition wins.
    int64_t local_end_us;
    int32_t offset_seconds;
    uint32_t abbreviation;  // in abbreviations_
  };

  ZoneRules() = default;
  // Adds the transitions that the POSIX rule at the end of the file foretells.
  Status AddRule(std::string_view rule);
  void AddPeriod(int64_t start_seconds, int32_t offset_seconds, std::string_view abbreviation);
  uint32_t AbbreviationIndex(std::string_view abbreviation);
  const Period& PeriodAt(int64_t instant_us) const;
  void Finish();
  // The same moment of the year up to 400 years or a multiple earlier, when `us` lies after the
  // last period: the calendar repeats after 400 years.
  int64_t Wrap(int64_t us) const;

  std::vector<Period> periods_;
  std::vector<std::string> abbreviations_;
  // Start of the last 400 years of periods, when they go on for ever; else the maximum.
  int64_t wrap_end_us_ = INT64_MAX;
  // The period found last, a hint for the next look-up.
  mutable std::atomic<uint32_t> last_{0};
};

}  // namespace headrace
