#include "streaming/state_configuration.h"

#include <charconv>
#include <limits>

#include "types/spark_type.h"

namespace headrace {
namespace {

constexpr char kProviderKey[] = "spark.sql.streaming.stateStore.providerClass";
constexpr char kMemoryProvider[] =
    "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider";
constexpr char kRocksDbProvider[] =
    "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider";
constexpr char kMemoryLimitKey[] = "headrace.state.memoryLimit";

Result<StateStoreKind> KindOf(const std::string& provider) {
  if (provider == kMemoryProvider) return StateStoreKind::kMemory;
  if (provider == kRocksDbProvider) return StateStoreKind::kRocksDb;
  return MakeError(ErrorKind::kSpark, "STATE_STORE_INVALID_PROVIDER",
                   "The state store provider " + provider + " is not known. Set " + kProviderKey +
                       " to " + kMemoryProvider + " or " + kRocksDbProvider + ".",
                   {{"inputClass", provider}});
}

// "512m", "2gb", "100000": bytes.
Result<int64_t> BytesOf(const std::string& key, const std::string& text) {
  const std::string lower = ToLower(text);
  int64_t value = 0;
  const char* const end = lower.data() + lower.size();
  const auto parsed = std::from_chars(lower.data(), end, value);
  std::string_view unit(parsed.ptr, static_cast<size_t>(end - parsed.ptr));
  if (unit.size() > 1 && unit.ends_with('b')) unit.remove_suffix(1);
  constexpr std::string_view kUnits = "bkmgt";
  const size_t power = unit.empty() ? 0 : kUnits.find(unit.front());
  const int shift = static_cast<int>(power) * 10;
  const bool good = parsed.ec == std::errc() && value >= 0 && unit.size() <= 1 &&
                    power != std::string_view::npos &&
                    value <= (std::numeric_limits<int64_t>::max() >> shift);
  if (good) return value << shift;
  return IllegalArgument(
      "", "The configuration " + key + " must be a size such as 512m or 2g, not '" + text + "'.",
      {{"key", key}, {"value", text}});
}

}  // namespace

Result<StateStoreOptions> StateOptionsOf(const QueryConfiguration& configuration) {
  StateStoreOptions options;
  options.min_versions_to_retain =
      static_cast<int>(configuration.GetInt("spark.sql.streaming.minBatchesToRetain", 100));
  options.min_deltas_for_snapshot = static_cast<int>(
      configuration.GetInt("spark.sql.streaming.stateStore.minDeltasForSnapshot", 10));
  ARROW_ASSIGN_OR_RAISE(options.kind, KindOf(configuration.Get(kProviderKey, kMemoryProvider)));
  ARROW_ASSIGN_OR_RAISE(options.memory_limit_bytes,
                        BytesOf(kMemoryLimitKey, configuration.Get(kMemoryLimitKey, "0")));
  options.local_directory = configuration.Get("headrace.state.localDirectory", "");
  return options;
}

}  // namespace headrace
