#include "fuzzer.h"

#include <csignal>
#include <cstdlib>
#include <set>
#include <unistd.h>

#include "base/exception_boundary.h"

namespace headrace::fuzz {
namespace {

// No input here takes a fraction of this: what is not done by then never will be.
constexpr unsigned kHangSeconds = 60;

// For the signal handler, which may not allocate.
std::string current_report;

void TellInput(int signal) {
  const char* what = signal == SIGALRM ? "\nnever ends: " : "\ndied: ";
  [[maybe_unused]] ssize_t written = ::write(2, what, std::char_traits<char>::length(what));
  written = ::write(2, current_report.data(), current_report.size());
  written = ::write(2, "\n", 1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

// Tells of deadly signals while it lives.
class Witness {
 public:
  Witness() {
    for (const int signal : kSignals) std::signal(signal, TellInput);
  }
  ~Witness() {
    ::alarm(0);
    for (const int signal : kSignals) std::signal(signal, SIG_DFL);
  }

 private:
  static constexpr int kSignals[] = {SIGSEGV, SIGABRT, SIGFPE, SIGBUS, SIGILL, SIGALRM};
};

}  // namespace

std::string Escaped(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string escaped = "\"";
  bool after_hex = false;  // a digit that follows would be taken for a part of the escape
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool hex_digit = std::isxdigit(byte) != 0;
    if (byte >= 0x20 && byte < 0x7F && !(after_hex && hex_digit)) {
      if (c == '"' || c == '\\') escaped += '\\';
      escaped += c;
      after_hex = false;
    } else {
      escaped += {'\\', 'x', kHex[byte >> 4], kHex[byte & 15]};
      after_hex = true;
    }
  }
  return escaped + "\"";
}

Outcome OfStatus(const Status& status) {
  if (status.ok()) return {"ok", ""};
  const ErrorDetail* detail = ErrorDetail::Get(status);
  if (detail == nullptr) {
    return {"bare", "an error without an exception class: " + status.ToString()};
  }
  if (status.message().empty()) return {"mute", "an error without a message"};
  // The first words tell errors of one condition apart.
  return {detail->condition() + " " + status.message().substr(0, 48), ""};
}

std::optional<std::string> Fuzz(const Target& target) {
  const Witness witness;
  const char* other_seed = std::getenv("HEADRACE_FUZZ_SEED");
  Mutator mutator(other_seed != nullptr ? std::strtoull(other_seed, nullptr, 10) : target.seed);
  std::vector<std::string> corpus = target.corpus;
  std::set<std::string> seen;
  for (int run = 0; run < target.runs; ++run) {
    const auto number = static_cast<size_t>(run);
    const bool as_it_is = number < target.corpus.size();
    std::string input = target.corpus[as_it_is ? number : 0];
    if (!as_it_is) {
      const std::string& from = corpus[mutator.Below(corpus.size())];
      input = target.mutate ? target.mutate(&mutator, from, corpus)
                            : mutator.Mutate(from, corpus, target.words);
    }
    current_report = target.name + ", run " + std::to_string(run) + ": " + Escaped(input);
    ::alarm(kHangSeconds);
    Outcome outcome;
    const Status thrown = WithoutExceptions([&] {
      outcome = target.run(input);
      return Status::OK();
    });
    if (!thrown.ok()) outcome.broken = "an exception: " + thrown.message();
    if (!outcome.broken.empty()) return current_report + ": " + outcome.broken;
    if (seen.insert(std::move(outcome.kind)).second && !as_it_is) corpus.push_back(input);
  }
  return std::nullopt;
}

}  // namespace headrace::fuzz
