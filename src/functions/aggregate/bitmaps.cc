// bitmap_construct_agg, bitmap_or_agg, bitmap_and_agg: sets of up to 32768 numbers as binaries.
#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include <arrow/array/array_binary.h>
#include <arrow/array/builder_binary.h>

#include "functions/aggregate/columns.h"
#include "functions/aggregate/registration.h"
#include "functions/signature.h"

namespace headrace::aggregate {
namespace {

constexpr int64_t kBitmapBytes = 4096;
constexpr int64_t kBitmapBits = 8 * kBitmapBytes;

enum class BitmapOperation { kOr, kAnd };

// State and result: a bitmap of kBitmapBytes for each group.
class BitmapAccumulator : public Accumulator {
 public:
  explicit BitmapAccumulator(BitmapOperation operation) : operation_(operation) {}

  Status Resize(int64_t groups) override {
    bytes_.resize(static_cast<size_t>(groups * kBitmapBytes),
                  operation_ == BitmapOperation::kAnd ? '\xff' : '\0');
    return Status::OK();
  }
  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const auto& bitmaps = static_cast<const arrow::BinaryArray&>(*arguments[0]);
    ForEachValid(bitmaps, groups, length, filter,
                 [&](int64_t i, uint32_t group) { Combine(group, bitmaps.GetView(i)); });
    return Status::OK();
  }
  Status Merge(const uint32_t* groups, int64_t length, const Arrays& states) override {
    return BitmapAccumulator::Update(groups, length, states, nullptr);
  }
  Result<Arrays> States() const override {
    ARROW_ASSIGN_OR_RAISE(ArrayPtr bitmaps, Finish());
    return Arrays{std::move(bitmaps)};
  }
  Result<ArrayPtr> Finish() const override {
    arrow::BinaryBuilder builder;
    const std::string_view all(bytes_);
    for (size_t at = 0; at < all.size(); at += kBitmapBytes) {
      ARROW_RETURN_NOT_OK(builder.Append(all.substr(at, kBitmapBytes)));
    }
    return builder.Finish();
  }
  void Clear() override { bytes_.clear(); }
  int64_t size_bytes() const override { return static_cast<int64_t>(bytes_.capacity()); }

 protected:
  char* BitmapOf(uint32_t group) { return bytes_.data() + group * kBitmapBytes; }

 private:
  // A shorter bitmap ends in zeros.
  void Combine(uint32_t group, std::string_view other) {
    char* bytes = BitmapOf(group);
    const size_t size = std::min<size_t>(other.size(), kBitmapBytes);
    if (operation_ == BitmapOperation::kOr) {
      for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] | other[i]);
      return;
    }
    for (size_t i = 0; i < size; ++i) bytes[i] = static_cast<char>(bytes[i] & other[i]);
    std::fill(bytes + size, bytes + kBitmapBytes, '\0');
  }

  const BitmapOperation operation_;
  std::string bytes_;
};

// The numbers themselves come as bit positions.
class BitmapConstructor final : public BitmapAccumulator {
 public:
  BitmapConstructor() : BitmapAccumulator(BitmapOperation::kOr) {}

  Status Update(const uint32_t* groups, int64_t length, const Arrays& arguments,
                const uint8_t* filter) override {
    const int64_t* positions = Values<int64_t>(*arguments[0]);
    Status status;
    ForEachValid(*arguments[0], groups, length, filter, [&](int64_t i, uint32_t group) {
      const int64_t position = positions[i];
      if (position < 0 || position >= kBitmapBits) {
        if (status.ok()) status = OutOfBounds(position);
        return;
      }
      char& byte = BitmapOf(group)[position / 8];
      byte = static_cast<char>(byte | 1 << (position % 8));
    });
    return status;
  }

 private:
  static Status OutOfBounds(int64_t position) {
    return MakeError(ErrorKind::kArrayIndex, "INVALID_BITMAP_POSITION",
                     "bitmap_construct_agg takes positions from 0 to 32767, not " +
                         std::to_string(position) +
                         "; bitmap_bit_position() and bitmap_bucket_number() split larger numbers.",
                     {{"bitPosition", std::to_string(position)},
                      {"bitmapNumBytes", std::to_string(kBitmapBytes)},
                      {"bitmapNumBits", std::to_string(kBitmapBits)}});
  }
};

BoundAggregate Bound(std::string name, Arguments arguments,
                     std::function<std::unique_ptr<Accumulator>()> make) {
  BoundAggregate bound;
  bound.name = std::move(name);
  bound.type = arrow::binary();
  bound.nullable = false;
  bound.state_types = {arrow::binary()};
  bound.arguments = std::move(arguments);
  bound.make = std::move(make);
  return bound;
}

void AddCombination(FunctionRegistry* registry, const std::string& name, BitmapOperation operation,
                    std::string description) {
  AggregateFunction function;
  function.names = {name};
  function.documentation = {name + "(binary) -> binary", std::move(description),
                            "bitmap_count(" + name + "(k))"};
  function.bind = [name, operation](Arguments arguments,
                                    const BindContext&) -> Result<BoundAggregate> {
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
    if (arguments[0]->type()->id() != arrow::Type::BINARY) {
      return UnexpectedInputType(name, 0, "BINARY", *arguments[0]);
    }
    return Bound(name, std::move(arguments),
                 [operation] { return std::make_unique<BitmapAccumulator>(operation); });
  };
  registry->Add(std::move(function));
}

}  // namespace

void RegisterBitmaps(FunctionRegistry* registry) {
  AggregateFunction construct;
  construct.names = {"bitmap_construct_agg"};
  construct.documentation = {"bitmap_construct_agg(bigint) -> binary",
                             "A bitmap with the bits at these positions set.",
                             "bitmap_count(bitmap_construct_agg(a))"};
  construct.bind = [](Arguments arguments, const BindContext& context) -> Result<BoundAggregate> {
    const std::string name = "bitmap_construct_agg";
    ARROW_RETURN_NOT_OK(CheckArgumentCount(name, arguments, 1, 1));
    ARROW_ASSIGN_OR_RAISE(arguments[0], Coerce(name, 0, arguments[0], arrow::int64(), context));
    return Bound(name, std::move(arguments), [] { return std::make_unique<BitmapConstructor>(); });
  };
  registry->Add(std::move(construct));
  AddCombination(registry, "bitmap_or_agg", BitmapOperation::kOr,
                 "The bits that are set in any of the bitmaps.");
  AddCombination(registry, "bitmap_and_agg", BitmapOperation::kAnd,
                 "The bits that are set in all of the bitmaps.");
}

}  // namespace headrace::aggregate
