#include "embedded/embedded_transport.h"

#include <future>

#include "google/rpc/status.pb.h"

namespace headrace {
namespace {

class EmbeddedTransport : public client::Transport {
 public:
  explicit EmbeddedTransport(std::shared_ptr<ConnectService> service)
      : service_(std::move(service)) {}

  bool in_process() const override { return true; }

  google::rpc::Status ExecutePlan(messages::ExecutePlanRequest request,
                                  const ResponseHandler& handler) override {
    auto cursor = OnLargeStack([&] { return service_->ExecutePlan(request); });
    if (!cursor.ok()) return service_->DescribeError(KeyOf(request), cursor.status());
    for (;;) {
      ResponseCursor::Item item = (*cursor)->Next();
      if (item.state == ResponseCursor::State::kEnd) {
        if (item.status.ok()) return {};
        return service_->DescribeError(KeyOf(request), item.status);
      }
      // A cursor that goes takes its operation along.
      if (!item.response->has_result_complete() && !handler(*item.response)) return {};
    }
  }

  google::rpc::Status AnalyzePlan(const messages::AnalyzePlanRequest& request,
                                  messages::AnalyzePlanResponse* response) override {
    return Call(&ConnectService::AnalyzePlan, request, response);
  }
  google::rpc::Status Config(const messages::ConfigRequest& request,
                             messages::ConfigResponse* response) override {
    return Call(&ConnectService::Config, request, response);
  }
  google::rpc::Status Interrupt(const messages::InterruptRequest& request,
                                messages::InterruptResponse* response) override {
    return Call(&ConnectService::Interrupt, request, response);
  }
  google::rpc::Status ReleaseSession(const messages::ReleaseSessionRequest& request,
                                     messages::ReleaseSessionResponse* response) override {
    return Call(&ConnectService::ReleaseSession, request, response);
  }
  google::rpc::Status FetchErrorDetails(const messages::FetchErrorDetailsRequest& request,
                                        messages::FetchErrorDetailsResponse* response) override {
    return Call(&ConnectService::FetchErrorDetails, request, response);
  }

 private:
  template <typename Method, typename Request, typename Response>
  google::rpc::Status Call(Method method, const Request& request, Response* response) {
    auto result = OnLargeStack([&] { return (service_.get()->*method)(request); });
    if (!result.ok()) return service_->DescribeError(KeyOf(request), result.status());
    *response = std::move(result).ValueUnsafe();
    return {};
  }

  // The caller's thread may have a small stack, and plans may be deep.
  template <typename Work>
  auto OnLargeStack(Work work) -> decltype(work()) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    service_->threads().Run([&task] { task(); });
    return result.get();
  }

  const std::shared_ptr<ConnectService> service_;
};

}  // namespace

std::shared_ptr<client::Transport> MakeEmbeddedTransport(std::shared_ptr<ConnectService> service) {
  return std::make_shared<EmbeddedTransport>(std::move(service));
}

}  // namespace headrace
