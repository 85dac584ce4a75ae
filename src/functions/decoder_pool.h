// Decoders that are costly to make and serve one thread at a time, for kernels that many threads
// run.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "base/error.h"

namespace headrace {

template <typename Decoder>
class DecoderPool {
 public:
  using Maker = std::function<Result<std::unique_ptr<Decoder>>()>;
  explicit DecoderPool(Maker make) : make_(std::move(make)) {}

  Result<std::unique_ptr<Decoder>> Take() {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      if (!idle_.empty()) {
        auto decoder = std::move(idle_.back());
        idle_.pop_back();
        return decoder;
      }
    }
    return make_();
  }
  // One that failed is better not given back.
  void Return(std::unique_ptr<Decoder> decoder) {
    std::lock_guard<std::mutex> lock(mutex_);
    idle_.push_back(std::move(decoder));
  }

 private:
  const Maker make_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Decoder>> idle_;
};

}  // namespace headrace
