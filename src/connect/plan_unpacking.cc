// Plans that 4.1+ clients send compressed.
#include <arrow/util/compression.h>

#include "connect/analyze_request.h"
#include "connect/field_check.h"
#include "connect/message_bytes.h"

namespace headrace {
namespace {

constexpr size_t kLargestPlanBytes = 512 << 20;

Status TooLarge() {
  return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.PLAN_SIZE_LARGER_THAN_MAX",
                   "The plan takes more than " + std::to_string(kLargestPlanBytes >> 20) +
                       " MiB when it is unpacked.",
                   {{"planSize", "unknown"}, {"maxPlanSize", std::to_string(kLargestPlanBytes)}});
}

Result<std::string> Decompress(const std::string& packed) {
  ARROW_ASSIGN_OR_RAISE(auto codec, arrow::util::Codec::Create(arrow::Compression::ZSTD));
  ARROW_ASSIGN_OR_RAISE(auto decompressor, codec->MakeDecompressor());
  std::string plain(packed.size() * 4 + 4096, '\0');
  size_t read = 0, written = 0;
  while (!decompressor->IsFinished()) {
    ARROW_ASSIGN_OR_RAISE(
        auto step, decompressor->Decompress(static_cast<int64_t>(packed.size() - read),
                                            reinterpret_cast<const uint8_t*>(packed.data()) + read,
                                            static_cast<int64_t>(plain.size() - written),
                                            reinterpret_cast<uint8_t*>(plain.data()) + written));
    read += static_cast<size_t>(step.bytes_read);
    written += static_cast<size_t>(step.bytes_written);
    if (step.need_more_output || written == plain.size()) {
      if (plain.size() >= kLargestPlanBytes) return TooLarge();
      plain.resize(std::min(plain.size() * 2, kLargestPlanBytes));
    } else if (step.bytes_read == 0 && step.bytes_written == 0) {
      return Status::Invalid("the compressed data ends early");
    }
  }
  plain.resize(written);
  return plain;
}

}  // namespace

Result<messages::Plan> UnpackPlan(const messages::Plan& plan) {
  using Packed = messages::Plan::CompressedOperation;
  const Packed& packed = plan.compressed_operation();
  ARROW_RETURN_NOT_OK(CheckFields(packed, {"data", "op_type", "compression_codec"}));
  if (packed.compression_codec() != messages::COMPRESSION_CODEC_ZSTD) {
    return NotSupported("the compression codec " + std::to_string(packed.compression_codec()));
  }
  auto plain = Decompress(packed.data());
  if (!plain.ok()) {
    if (ErrorDetail::Get(plain.status()) != nullptr) return plain.status();
    return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.CANNOT_PARSE",
                     "The compressed plan cannot be unpacked: " + plain.status().message() + ".",
                     {{"errorMsg", plain.status().message()}});
  }
  messages::Plan unpacked;
  switch (packed.op_type()) {
    case Packed::OP_TYPE_RELATION:
      ARROW_RETURN_NOT_OK(ParseMessage(*plain, unpacked.mutable_root()));
      return unpacked;
    case Packed::OP_TYPE_COMMAND:
      ARROW_RETURN_NOT_OK(ParseMessage(*plain, unpacked.mutable_command()));
      return unpacked;
    default:
      return NotSupported("a compressed plan of kind " + std::to_string(packed.op_type()));
  }
}

}  // namespace headrace
