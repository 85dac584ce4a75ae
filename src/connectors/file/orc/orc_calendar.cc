#include "connectors/file/orc/orc_calendar.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "base/time_units.h"

namespace headrace {

namespace {

// Days and microseconds since 1970-01-01 of 1582-10-15, the first day of the Gregorian calendar.
constexpr int64_t kFirstGregorianDay = -141427;
constexpr int64_t kFirstGregorianMicros = kFirstGregorianDay * 86400 * kMicrosPerSecond;

// Years begin with March, so that the leap day is their last one.
constexpr int64_t kDaysPerYear = 365;
constexpr int64_t kDaysPer4Years = 4 * kDaysPerYear + 1;
constexpr int64_t kDaysPer400Years = 400 * kDaysPerYear + 97;
// From 0000-03-01 of each calendar to 1970-01-01.
constexpr int64_t kGregorianEpoch = 719468;
constexpr int64_t kJulianEpoch = 719470;

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

struct YearAndDay {
  int64_t year;  // begins in March
  int64_t day;   // from 0
};

YearAndDay OfGregorian(int64_t days) {
  days += kGregorianEpoch;
  const int64_t era = FloorDivide(days, kDaysPer400Years);
  const int64_t of_era = days - era * kDaysPer400Years;
  const int64_t year = (of_era - of_era / (kDaysPer4Years - 1) + of_era / (kDaysPer400Years / 4) -
                        of_era / (kDaysPer400Years - 1)) /
                       kDaysPerYear;
  return {era * 400 + year, of_era - (year * kDaysPerYear + year / 4 - year / 100)};
}

YearAndDay OfJulian(int64_t days) {
  days += kJulianEpoch;
  const int64_t era = FloorDivide(days, kDaysPer4Years);
  const int64_t of_era = days - era * kDaysPer4Years;
  const int64_t year = std::min<int64_t>(of_era / kDaysPerYear, 3);
  return {era * 4 + year, of_era - year * kDaysPerYear};
}

int64_t GregorianDays(const YearAndDay& date) {
  return date.year * kDaysPerYear + FloorDivide(date.year, 4) - FloorDivide(date.year, 100) +
         FloorDivide(date.year, 400) + date.day - kGregorianEpoch;
}

int64_t JulianDays(const YearAndDay& date) {
  return date.year * kDaysPerYear + FloorDivide(date.year, 4) + date.day - kJulianEpoch;
}

int64_t ForOrc(int64_t days) { return std::min(JulianDays(OfGregorian(days)), kFirstGregorianDay); }

// February 29 of a year that is no leap year by Gregory becomes March 1.
int64_t OfOrc(int64_t days) { return GregorianDays(OfJulian(days)); }

using Conversion = int64_t (*)(int64_t);

Result<std::shared_ptr<arrow::ArrayData>> Convert(const std::shared_ptr<arrow::ArrayData>& data,
                                                  Conversion conversion) {
  if (data->type->id() == arrow::Type::DATE32) {
    const auto* days = data->GetValues<int32_t>(1);
    if (std::all_of(days, days + data->length,
                    [](int32_t day) { return day >= kFirstGregorianDay; })) {
      return data;
    }
    const int64_t slots = data->offset + data->length;
    ARROW_ASSIGN_OR_RAISE(std::shared_ptr<arrow::Buffer> buffer,
                          arrow::AllocateBuffer(slots * static_cast<int64_t>(sizeof(int32_t))));
    auto* converted = reinterpret_cast<int32_t*>(buffer->mutable_data());
    std::fill(converted, converted + data->offset, 0);
    std::transform(days, days + data->length, converted + data->offset, [&](int32_t day) {
      return day >= kFirstGregorianDay ? day : static_cast<int32_t>(conversion(day));
    });
    auto copy = data->Copy();
    copy->buffers[1] = std::move(buffer);
    return copy;
  }
  std::shared_ptr<arrow::ArrayData> copy;
  for (size_t i = 0; i < data->child_data.size(); ++i) {
    ARROW_ASSIGN_OR_RAISE(auto child, Convert(data->child_data[i], conversion));
    if (child == data->child_data[i]) continue;
    if (!copy) copy = data->Copy();
    copy->child_data[i] = std::move(child);
  }
  return copy ? copy : data;
}

Result<std::shared_ptr<arrow::Array>> Convert(const std::shared_ptr<arrow::Array>& array,
                                              Conversion conversion) {
  ARROW_ASSIGN_OR_RAISE(auto data, Convert(array->data(), conversion));
  return data == array->data() ? array : arrow::MakeArray(data);
}

}  // namespace

Result<std::shared_ptr<arrow::Array>> DatesForOrc(const std::shared_ptr<arrow::Array>& array) {
  return Convert(array, ForOrc);
}

Result<std::shared_ptr<arrow::Array>> DatesOfOrc(const std::shared_ptr<arrow::Array>& array) {
  return Convert(array, OfOrc);
}

Status CheckTimestampsForOrc(const arrow::Array& array) {
  switch (array.type_id()) {
    case arrow::Type::TIMESTAMP: {
      const auto& times = static_cast<const arrow::TimestampArray&>(array);
      for (int64_t i = 0; i < times.length(); ++i) {
        const int64_t time = times.Value(i);
        if (time >= 0 || times.IsNull(i)) continue;
        if (time >= kFirstGregorianMicros && time % kMicrosPerSecond == 0) continue;
        return NotSupported(time < kFirstGregorianMicros
                                ? "an ORC file with a timestamp before 1582-10-15"
                                : "an ORC file with a timestamp before 1970 that has a fraction "
                                  "of a second",
                            "Write Parquet, or the timestamp as text.");
      }
      return Status::OK();
    }
    case arrow::Type::STRUCT: {
      const auto& parent = static_cast<const arrow::StructArray&>(array);
      ARROW_ASSIGN_OR_RAISE(const auto children, parent.Flatten());
      for (const auto& child : children) ARROW_RETURN_NOT_OK(CheckTimestampsForOrc(*child));
      return Status::OK();
    }
    case arrow::Type::LIST:
    case arrow::Type::MAP: {
      const auto& parent = static_cast<const arrow::ListArray&>(array);
      ARROW_ASSIGN_OR_RAISE(const auto values, parent.Flatten());
      return CheckTimestampsForOrc(*values);
    }
    default:
      return Status::OK();
  }
}

}  // namespace headrace
