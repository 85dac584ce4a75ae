// How answers about state are put into the stream.
#pragma once

#include <string>

#include "org/apache/spark/sql/execution/streaming/StateMessage.pb.h"
#include "python/worker_stream.h"

namespace headrace {

namespace state_messages = ::org::apache::spark::sql::execution::streaming::state;

// kNothing: there is no value, or no further one.
enum StateAnswerCode { kFine = 0, kFailed = 1, kNothing = 2 };

template <typename Message>
void Put(const Message& message, FrameWriter* stream) {
  stream->PutText(message.SerializeAsString());
}

inline void PutStatus(StateAnswerCode code, const std::string& text, FrameWriter* stream) {
  state_messages::StateResponse response;
  response.set_statuscode(code);
  if (!text.empty()) response.set_errormessage(text);
  Put(response, stream);
}

}  // namespace headrace
