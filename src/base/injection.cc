#include "base/injection.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <mutex>
#include <string_view>
#include <unistd.h>

namespace headrace {
namespace {

// In the order in which a query passes them. `state.committed` is passed once a partition, the
// others once a batch, a file or a run.
constexpr std::array kPoints = {
    "recovery.begin",
    "metadata.before",
    "metadata.done",
    "source-log.before",
    "source-log.done",
    "offset-log.before",
    "offset-log.temp-written",
    "offset-log.synced",
    "offset-log.renamed",
    "offset-log.done",
    "source.read",
    "sink.half-written",
    "sink.prepared",
    "state.delta-temp-written",
    "state.committed",
    "state.noted",
    "state.all-committed",
    "sink.replacing",
    "sink.replaced",
    "sink.committed",
    "table.replacing",
    "table.replaced",
    "commit-log.before",
    "commit-log.temp-written",
    "commit-log.renamed",
    "commit-log.done",
    "commit-log.before-sync",
    "state.snapshot",
    "log.compaction",
    "log.purge",
    "query.stop",
};

constexpr int kCrashExitCode = 137;  // as after SIGKILL

struct Armed {
  int passages_left;
  InjectionAction action;
};

struct Registry {
  std::mutex mutex;
  std::map<std::string, Armed> armed;
};

Registry& TheRegistry() {
  static Registry* const registry = new Registry;  // passed until the process ends
  return *registry;
}

// One `name[:count]=crash|error`.
Status ArmFromText(std::string_view text) {
  const Status malformed =
      Status::Invalid("HEADRACE_INJECT: '", std::string(text),
                      "' is not of the form name[:count]=crash or name[:count]=error");
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos) return malformed;
  const std::string_view action = text.substr(equals + 1);
  if (action != "crash" && action != "error") return malformed;

  std::string_view name = text.substr(0, equals);
  int passage = 1;
  if (const size_t colon = name.find(':'); colon != std::string_view::npos) {
    const std::string_view count = name.substr(colon + 1);
    const auto parsed = std::from_chars(count.data(), count.data() + count.size(), passage);
    if (parsed.ec != std::errc() || parsed.ptr != count.data() + count.size()) return malformed;
    name = name.substr(0, colon);
  }
  return ArmInjection(std::string(name), passage,
                      action == "crash" ? InjectionAction::kCrash : InjectionAction::kError);
}

// A mistake here ends the process: a test that believes it injects, but does not, proves nothing.
bool ArmFromEnvironment() {
  const char* text = std::getenv("HEADRACE_INJECT");
  if (text == nullptr) return false;
  std::string_view rest = text;
  while (!rest.empty()) {
    const size_t comma = std::min(rest.find(','), rest.size());
    if (Status armed = ArmFromText(rest.substr(0, comma)); !armed.ok()) {
      std::fprintf(stderr, "%s\n", armed.message().c_str());
      std::exit(2);
    }
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return true;
}

}  // namespace

namespace internal {

std::atomic<bool> injections_armed{false};

Status PassInjection(const char* point) {
  Registry& registry = TheRegistry();
  std::lock_guard guard(registry.mutex);
  auto found = registry.armed.find(point);
  if (found == registry.armed.end() || --found->second.passages_left > 0) return Status::OK();
  if (found->second.action == InjectionAction::kCrash) _exit(kCrashExitCode);
  registry.armed.erase(found);
  return Status::IOError("injected failure at ", point);
}

}  // namespace internal

// After the flag it sets.
[[maybe_unused]] const bool armed_from_environment = ArmFromEnvironment();

Status ArmInjection(const std::string& point, int passage, InjectionAction action) {
  if (std::find(kPoints.begin(), kPoints.end(), point) == kPoints.end()) {
    return Status::Invalid("there is no injection point '", point, "'");
  }
  if (passage < 1) return Status::Invalid("injection point '", point, "': passages count from 1");
  Registry& registry = TheRegistry();
  std::lock_guard guard(registry.mutex);
  registry.armed[point] = {passage, action};
  internal::injections_armed = true;
  return Status::OK();
}

void DisarmInjections() {
  Registry& registry = TheRegistry();
  std::lock_guard guard(registry.mutex);
  registry.armed.clear();
  internal::injections_armed = false;
}

std::vector<std::string> InjectionPoints() { return {kPoints.begin(), kPoints.end()}; }

}  // namespace headrace
