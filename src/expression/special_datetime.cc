#include "expression/special_datetime.h"

#include "base/time_units.h"
#include "expression/cast_kernels.h"

namespace headrace {

namespace {

int64_t FloorDays(int64_t micros) {
  const int64_t days = micros / kMicrosPerDay;
  return micros % kMicrosPerDay < 0 ? days - 1 : days;
}

std::shared_ptr<arrow::Scalar> MakeValue(const DataTypePtr& to, const TimeZone& zone,
                                         int64_t local_us, bool whole_days) {
  const int64_t days = FloorDays(local_us);
  if (to->id() == arrow::Type::DATE32) {
    return std::make_shared<arrow::Date32Scalar>(static_cast<int32_t>(days));
  }
  const int64_t local = whole_days ? days * kMicrosPerDay : local_us;
  return std::make_shared<arrow::TimestampScalar>(
      IsTimestampNtz(*to) ? local : zone.LocalToInstant(local), to);
}

}  // namespace

ExpressionPtr MakeSpecialDateTime(std::string_view text, const DataTypePtr& to,
                                  const std::shared_ptr<const TimeZone>& zone) {
  if (to->id() != arrow::Type::DATE32 && to->id() != arrow::Type::TIMESTAMP) return nullptr;
  text = TrimAll(text);
  const size_t length = std::min(text.find(' '), text.size());
  const std::string word = ToLower(text.substr(0, length));
  const std::string zone_name(TrimAll(text.substr(length)));
  const bool epoch = word == "epoch";
  const bool now = word == "now";
  int64_t days = 0;
  if (word == "tomorrow") days = 1;
  if (word == "yesterday") days = -1;
  if (!epoch && !now && days == 0 && word != "today") return nullptr;
  std::shared_ptr<const TimeZone> effective = zone;
  if (!zone_name.empty()) {
    Result<std::shared_ptr<const TimeZone>> named = TimeZone::Find(zone_name);
    if (!named.ok()) return nullptr;
    effective = std::move(named).ValueUnsafe();
  }
  if (epoch) {
    if (to->id() == arrow::Type::DATE32) {
      return MakeLiteral(std::make_shared<arrow::Date32Scalar>(0));
    }
    return MakeLiteral(std::make_shared<arrow::TimestampScalar>(0, to));
  }
  const auto kernel = [to, effective, days, now](const std::vector<Datum>&, int64_t,
                                                 const EvaluationContext& context) {
    const int64_t local =
        effective->InstantToLocal(context.batch_timestamp_us) + days * kMicrosPerDay;
    return Result<Datum>(Datum(MakeValue(to, *effective, local, /*whole_days=*/!now)));
  };
  return std::make_shared<FunctionCall>(word, to, /*nullable=*/false, std::vector<ExpressionPtr>(),
                                        kernel, /*deterministic=*/true, /*depends_on_batch=*/true);
}

}  // namespace headrace
