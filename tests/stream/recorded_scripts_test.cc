// The .stream scripts once more, on a whole engine within the process: run straight, with a restart
// after every step and with an error at every injection point. run.py compares what they give with
// Spark's answers; here it must stay the same whatever happens in between.
#include <algorithm>
#include <filesystem>
#include <fstream>

#include "stream_script.h"

namespace headrace {
namespace {

struct TextScript {
  StreamScript script;
  bool expects_error = false;
  // A failure may take away a batch without data (semantics.md 1.7), and then other rows are late;
  // a restart takes away what each of several watermarks has come to.
  bool only_restarts = false, only_straight = false;
  std::string unknown;  // a word that only run.py knows
};

std::string Rest(const std::string& line, size_t words) {
  size_t at = 0;
  for (; words > 0; --words) at = line.find(' ', at) + 1;
  return line.substr(at);
}

TextScript Parse(const std::filesystem::path& path) {
  TextScript parsed;
  StreamScript& script = parsed.script;
  std::ifstream file(path);
  // The line being read and the indented ones below it.
  std::vector<std::pair<std::string, std::vector<std::string>>> lines;
  for (std::string line; std::getline(file, line);) {
    if (line.find_first_not_of(" \t") == std::string::npos) continue;
    if (line.rfind("# restarts only", 0) == 0) parsed.only_restarts = true;
    if (line[0] == '#') continue;
    if (line[0] == ' ' || line[0] == '\t') {
      lines.back().second.push_back(line.substr(line.find_first_not_of(" \t")));
    } else {
      lines.push_back({line, {}});
    }
  }
  for (const auto& [line, below] : lines) {
    const std::string word = line.substr(0, line.find(' '));
    std::string rest = word.size() < line.size() ? line.substr(word.size() + 1) : "";
    if (word == "input") {
      const size_t colon = rest.find(':');
      script.inputs.push_back({rest.substr(0, colon), rest.substr(colon + 1), {}});
    } else if (word == "watermark") {
      const std::string name = rest.substr(0, rest.find(' '));
      const std::string column = Rest(rest, 1).substr(0, Rest(rest, 1).find(' '));
      for (JsonInput& input : script.inputs) {
        if (input.name == name) input.watermark = {column, Rest(rest, 2)};
      }
    } else if (word == "config") {
      const size_t equals = rest.find(" = ");
      script.configuration.push_back({rest.substr(0, equals), rest.substr(equals + 3)});
    } else if (word == "mode") {
      script.output_mode = rest;
    } else if (word == "query") {
      for (const std::string& more : below) rest += " " + more;
      script.sql = rest;
    } else if (word == "then") {
      const std::string method = rest.substr(0, rest.find(' '));
      std::string arguments = method.size() < rest.size() ? Rest(rest, 1) : "";
      for (const std::string& more : below) arguments += " " + more;
      script.then.push_back({method, arguments});
    } else if (word == "add") {
      script.steps.push_back(AddFile(rest, below));
    } else if (word == "run") {
      script.steps.push_back(ProcessAllAvailable());
    } else if (word == "stop") {
      script.steps.push_back(StopStream());
    } else if (word == "start") {
      script.steps.push_back(StartStream());
    } else if (word != "expect") {
      parsed.unknown = word;
    } else if (rest == "error") {
      parsed.expects_error = true;
    }
  }
  const auto watermarks = std::count_if(lines.begin(), lines.end(), [](const auto& line) {
    return line.first.rfind("watermark ", 0) == 0;
  });
  parsed.only_straight = watermarks > 1;
  // The run starts by itself; a script may name the first start.
  if (!script.steps.empty() && script.steps[0].text == StartStream().text) {
    script.steps.erase(script.steps.begin());
  }
  return parsed;
}

// Late events of each input, twice: what a batch without data would have closed is closed now.
void AppendClosingEvents(StreamScript* script) {
  for (const char* time : {"2100-01-01T00:00:00Z", "2101-01-01T00:00:00Z"}) {
    for (const JsonInput& input : script->inputs) {
      if (input.watermark.first.empty()) continue;
      script->steps.push_back(
          AddFile(input.name, {"{\"" + input.watermark.first + "\": \"" + time + "\"}"}));
    }
    script->steps.push_back(ProcessAllAvailable());
  }
}

std::vector<std::string> Scripts() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(HEADRACE_STREAM_SCRIPTS)) {
    if (entry.path().extension() == ".stream") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class RecordedScripts : public ::testing::TestWithParam<std::string> {};

TEST_P(RecordedScripts, GivesTheSameEverywhere) {
  TextScript parsed =
      Parse(std::filesystem::path(HEADRACE_STREAM_SCRIPTS) / (GetParam() + ".stream"));
  if (parsed.expects_error) GTEST_SKIP() << "it ends with an error";
  if (!parsed.unknown.empty()) GTEST_SKIP() << "only run.py knows '" << parsed.unknown << "'";
  AppendClosingEvents(&parsed.script);
  if (parsed.only_straight) {
    RunStraight(parsed.script);
  } else if (parsed.only_restarts) {
    RunWithRestarts(parsed.script);
  } else {
    RunSomewhere(parsed.script);
  }
}

INSTANTIATE_TEST_SUITE_P(All, RecordedScripts, ::testing::ValuesIn(Scripts()),
                         [](const auto& script) {
                           std::string name = script.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace headrace
