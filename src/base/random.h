// Randomness behind an interface: UUIDs and seeds. Thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace headrace {

class Random {
 public:
  virtual ~Random() = default;
  virtual uint64_t Next() = 0;
  std::string Uuid();  // version 4, lower case with hyphens

  static std::shared_ptr<Random> System();
  static std::shared_ptr<Random> Seeded(uint64_t seed);
};

bool IsUuid(const std::string& text);

}  // namespace headrace
