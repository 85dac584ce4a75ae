#include "base/query_context.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error_cause.h"

namespace headrace {
namespace {

// More characters than these before or behind the place are left out of a summary.
constexpr int64_t kShownAround = 32;
constexpr const char* kLeftOut = "...";

bool BeginsCharacter(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

class SqlContext final : public QueryContext {
 public:
  SqlContext(std::shared_ptr<const std::string> sql, size_t begin, size_t end)
      : sql_(std::move(sql)), begin_(begin), end_(end) {}

  bool is_sql() const override { return true; }
  int64_t start_index() const override { return Characters(0, begin_); }
  int64_t stop_index() const override { return Characters(0, end_) - 1; }
  std::string fragment() const override { return sql_->substr(begin_, end_ - begin_); }

  std::string summary() const override {
    std::string text = "== SQL (line " + std::to_string(Line()) + ", position " +
                       std::to_string(Column() + 1) + ") ==\n";
    const std::vector<size_t> characters = CharacterStarts();
    const auto start = start_index(), stop = stop_index();
    const auto count = static_cast<int64_t>(characters.size());
    auto is_line_end = [&](int64_t i) { return (*sql_)[characters[i]] == '\n'; };
    int64_t first = start;
    while (first > 0 && start - first < kShownAround && !is_line_end(first - 1)) --first;
    const bool cut_before = first > 0 && !is_line_end(first - 1);
    int64_t last = stop;
    while (last + 1 < count && last - stop < kShownAround && !is_line_end(last + 1)) ++last;
    const bool cut_behind = last + 1 < count && !is_line_end(last + 1);

    std::string line = cut_before ? kLeftOut : "";
    std::string marks(line.size(), ' ');
    auto finish_line = [&] {
      text += line + "\n" + marks + "\n";
      line.clear();
      marks.clear();
    };
    for (int64_t i = first; i <= last; ++i) {
      if (is_line_end(i)) {
        finish_line();
        continue;
      }
      const size_t next = i + 1 < count ? characters[i + 1] : sql_->size();
      line.append(*sql_, characters[i], next - characters[i]);
      if (i <= stop) marks += i < start ? ' ' : '^';
    }
    if (cut_behind) line += kLeftOut;
    finish_line();
    return text;
  }

  std::string position() const override {
    return "; line " + std::to_string(Line()) + " pos " + std::to_string(Column());
  }

 private:
  int64_t Characters(size_t from, size_t to) const {
    return std::count_if(sql_->begin() + from, sql_->begin() + to, BeginsCharacter);
  }
  std::vector<size_t> CharacterStarts() const {
    std::vector<size_t> starts;
    for (size_t i = 0; i < sql_->size(); ++i) {
      if (BeginsCharacter((*sql_)[i])) starts.push_back(i);
    }
    return starts;
  }
  // From 1.
  int64_t Line() const {
    return 1 + std::count(sql_->begin(), sql_->begin() + static_cast<int64_t>(begin_), '\n');
  }
  // From 0.
  int64_t Column() const {
    const size_t line_end = begin_ == 0 ? std::string::npos : sql_->rfind('\n', begin_ - 1);
    return Characters(line_end == std::string::npos ? 0 : line_end + 1, begin_);
  }

  std::shared_ptr<const std::string> sql_;
  size_t begin_, end_;
};

class CallContext final : public QueryContext {
 public:
  CallContext(std::string function, std::string call_site)
      : function_(std::move(function)), call_site_(std::move(call_site)) {}

  bool is_sql() const override { return false; }
  std::string fragment() const override { return function_; }
  std::string call_site() const override { return call_site_; }
  std::string summary() const override {
    return "== DataFrame ==\n\"" + function_ + "\" was called from\n" + call_site_ + "\n";
  }

 private:
  std::string function_;
  std::string call_site_;
};

class ErrorDetailWithContext final : public ErrorDetail {
 public:
  ErrorDetailWithContext(const ErrorDetail& detail, QueryContextPtr context)
      : ErrorDetail(detail), context_(std::move(context)) {}

  const QueryContextPtr& context() const { return context_; }

 private:
  const QueryContextPtr context_;
};

}  // namespace

QueryContextPtr MakeSqlContext(std::shared_ptr<const std::string> sql, size_t begin, size_t end) {
  return std::make_shared<SqlContext>(std::move(sql), begin, end);
}

QueryContextPtr MakeCallContext(std::string function, std::string call_site) {
  return std::make_shared<CallContext>(std::move(function), std::move(call_site));
}

Status WithContext(Status error, const QueryContextPtr& context) {
  const ErrorDetail* detail = ErrorDetail::Get(error);
  if (context == nullptr || detail == nullptr || ContextOf(error) || CauseOf(error)) return error;
  const bool analysis = detail->kind() == ErrorKind::kAnalysis;
  return Status(error.code(),
                error.message() + (analysis ? context->position() : "\n" + context->summary()),
                std::make_shared<ErrorDetailWithContext>(*detail, context));
}

QueryContextPtr ContextOf(const Status& error) {
  const auto* detail = dynamic_cast<const ErrorDetailWithContext*>(ErrorDetail::Get(error));
  return detail == nullptr ? nullptr : detail->context();
}

}  // namespace headrace
