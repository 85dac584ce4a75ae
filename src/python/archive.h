// Archives that clients give their sessions (addArtifacts(archive=True)), unpacked by the Python
// that is to use what is in them.
#pragma once

#include <string>

#include "base/error.h"

namespace headrace {

// Unpacks a zip or tar file, compressed or not, into `directory`, which is made. Members that lead
// out of it are refused; the error is the reason alone.
Status UnpackArchive(const std::string& interpreter, const std::string& archive,
                     const std::string& directory);

}  // namespace headrace
