#include "base/java_error.h"

#include <memory>
#include <utility>

namespace headrace {

namespace {

constexpr char kTypeId[] = "headrace::JavaClass";

class JavaClass : public arrow::StatusDetail {
 public:
  explicit JavaClass(std::string name) : name_(std::move(name)) {}
  const char* type_id() const override { return kTypeId; }
  std::string ToString() const override { return name_; }
  const std::string& name() const { return name_; }

 private:
  const std::string name_;
};

}  // namespace

Status JavaIoError(std::string java_class, std::string text) {
  return Status(arrow::StatusCode::IOError, std::move(text),
                std::make_shared<JavaClass>(std::move(java_class)));
}

const std::string* JavaClassOf(const Status& error) {
  const auto& detail = error.detail();
  if (detail == nullptr || detail->type_id() != kTypeId) return nullptr;
  return &static_cast<const JavaClass&>(*detail).name();
}

}  // namespace headrace
