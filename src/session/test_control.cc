#include "session/test_control.h"

#include <charconv>

#include "base/injection.h"

namespace headrace {
namespace {

constexpr std::string_view kPrefix = "headrace.testing.";
constexpr std::string_view kClock = "headrace.testing.clock";
constexpr std::string_view kInject = "headrace.testing.inject";
constexpr std::string_view kPoints = "headrace.testing.injectionPoints";

template <typename Number>
bool Parse(std::string_view text, Number* number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), *number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

Status Refused(std::string_view key, const std::string& value, const std::string& wanted) {
  return IllegalArgument(
      "INVALID_CONF_VALUE.REQUIREMENT",
      "The value '" + value + "' of the configuration \"" + std::string(key) +
          "\" is not allowed: " + wanted,
      {{"confName", std::string(key)}, {"confValue", value}, {"confRequirement", wanted}});
}

// "name[:passage][=crash|error]"
Status Inject(const std::string& value) {
  std::string_view rest = value;
  auto action = InjectionAction::kCrash;
  if (const size_t equals = rest.find('='); equals != std::string_view::npos) {
    const std::string_view text = rest.substr(equals + 1);
    if (text != "crash" && text != "error") return Refused(kInject, value, "crash or error");
    if (text == "error") action = InjectionAction::kError;
    rest = rest.substr(0, equals);
  }
  int passage = 1;
  if (const size_t colon = rest.find(':'); colon != std::string_view::npos) {
    if (!Parse(rest.substr(colon + 1), &passage)) return Refused(kInject, value, "name:passage");
    rest = rest.substr(0, colon);
  }
  const Status armed = ArmInjection(std::string(rest), passage, action);
  return armed.ok() ? armed : Refused(kInject, value, armed.message());
}

}  // namespace

bool TestControl::Owns(const std::string& key) { return key.starts_with(kPrefix); }

Status TestControl::SetClock(const std::string& value) {
  if (clock_ == nullptr) {
    return Refused(kClock, value,
                   "start the server with --testing-clock for a clock that it moves");
  }
  int64_t now_us = 0;
  if (!Parse(value, &now_us)) return Refused(kClock, value, "microseconds since the epoch");
  if (now_us < clock_->now_us()) return Refused(kClock, value, "time does not go back");
  clock_->Set(now_us);
  return Status::OK();
}

Status TestControl::Set(const std::string& key, const std::string& value) {
  if (key == kClock) return SetClock(value);
  if (key == kInject) return Inject(value);
  return Refused(key, value, "it cannot be set");
}

std::optional<std::string> TestControl::Get(const std::string& key) const {
  if (key == kClock) {
    return std::to_string(clock_ ? clock_->now_us() : Clock::System()->now_us());
  }
  if (key != kPoints) return std::nullopt;
  std::string points;
  for (const std::string& point : InjectionPoints()) points += (points.empty() ? "" : ",") + point;
  return points;
}

}  // namespace headrace
