#include "base/random.h"

#include <atomic>
#include <random>
#include <sys/random.h>

#include <fmt/format.h>

namespace headrace {
namespace {

class SystemRandom : public Random {
 public:
  uint64_t Next() override {
    uint64_t value;
    if (getrandom(&value, sizeof value, 0) == sizeof value) return value;
    std::random_device device;
    return (static_cast<uint64_t>(device()) << 32) | device();
  }
};

// SplitMix64: a counter through a mixing function, so that threads need no lock.
class SeededRandom : public Random {
 public:
  explicit SeededRandom(uint64_t seed) : state_(seed) {}

  uint64_t Next() override {
    constexpr uint64_t kStep = 0x9e3779b97f4a7c15;
    uint64_t z = state_.fetch_add(kStep, std::memory_order_relaxed) + kStep;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::atomic<uint64_t> state_;
};

}  // namespace

std::string Random::Uuid() {
  const uint64_t high = (Next() & 0xffffffffffff0fff) | 0x0000000000004000;  // version 4
  const uint64_t low = (Next() & 0x3fffffffffffffff) | 0x8000000000000000;   // variant 1
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, (high >> 16) & 0xffff,
                     high & 0xffff, low >> 48, low & 0xffffffffffff);
}

std::shared_ptr<Random> Random::System() {
  static const std::shared_ptr<Random> random = std::make_shared<SystemRandom>();
  return random;
}

std::shared_ptr<Random> Random::Seeded(uint64_t seed) {
  return std::make_shared<SeededRandom>(seed);
}

bool IsUuid(const std::string& text) {
  if (text.size() != 36) return false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (c != '-') return false;
    } else if (!((c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))) {
      return false;
    }
  }
  return true;
}

}  // namespace headrace
