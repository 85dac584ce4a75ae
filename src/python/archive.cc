#include "python/archive.h"

#include "python/child_process.h"
#include "python/worker_environment.h"

namespace headrace {
namespace {

constexpr int kTimeoutMs = 300000;

// Zip files keep the permissions of their members where the archiver wrote them down.
constexpr char kUnpack[] =
    "import os, sys, tarfile, zipfile\n"
    "source, target = sys.argv[1:]\n"
    "if zipfile.is_zipfile(source):\n"
    "    with zipfile.ZipFile(source) as archive:\n"
    "        for member in archive.infolist():\n"
    "            path = archive.extract(member, target)\n"
    "            mode = member.external_attr >> 16 & 0o777\n"
    "            if mode and not member.is_dir(): os.chmod(path, mode)\n"
    "elif tarfile.is_tarfile(source):\n"
    "    with tarfile.open(source) as archive:\n"
    "        archive.extractall(target, filter='data')\n"
    "else:\n"
    "    sys.exit('it is neither a zip nor a tar file')\n";

}  // namespace

Status UnpackArchive(const std::string& interpreter, const std::string& archive,
                     const std::string& directory) {
  ARROW_ASSIGN_OR_RAISE(
      auto process,
      ChildProcess::Start(
          {{interpreter, "-I", "-c", kUnpack, archive, directory}, WorkerEnvironment({}), 0}));
  std::string errors;
  process->Forward([](const std::string&) {}, [&](const std::string& line) { errors = line; });
  const std::optional<int> code = process->AwaitExit(kTimeoutMs);
  const std::string end = process->DescribeEnd();
  if (!code) process->Kill();
  process->AwaitErrors();
  if (code == 0) return Status::OK();
  return Status::Invalid(errors.empty() ? end : errors);
}

}  // namespace headrace
