#include "connect/message_bytes.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

namespace headrace {

Status ParseMessage(google::protobuf::io::ZeroCopyInputStream* input,
                    google::protobuf::Message* message) {
  google::protobuf::io::CodedInputStream coded(input);
  coded.SetRecursionLimit(kLargestMessageDepth);
  if (message->ParseFromCodedStream(&coded) && coded.ConsumedEntireMessage()) return Status::OK();
  std::string name = message->GetTypeName();
  return MakeError(ErrorKind::kInvalidPlan, "CONNECT_INVALID_PLAN.CANNOT_PARSE",
                   "The bytes received are not a " + name + ", or it is nested more than " +
                       std::to_string(kLargestMessageDepth) +
                       " levels deep. Split very long chains of DataFrame calls with a view or "
                       "localCheckpoint().",
                   {{"errorMsg", "cannot parse " + name}});
}

Status ParseMessage(std::string_view bytes, google::protobuf::Message* message) {
  google::protobuf::io::ArrayInputStream input(bytes.data(), static_cast<int>(bytes.size()));
  return ParseMessage(&input, message);
}

}  // namespace headrace
