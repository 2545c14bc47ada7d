// The server's secret between two lives of it: read from a file, or made and kept there.
#pragma once

#include <string>

namespace reliable_signaler::net {

struct secret_result {
  std::string secret;
  /// One sentence, or "".
  std::string error;
};

/// Reads the secret from `path`; if there is no such file, makes it, for the owner's eyes only,
/// with fresh randomness. A file that others may read, or that holds less than 32 bytes, is an
/// error.
secret_result read_or_make_secret(const std::string& path);

} // namespace reliable_signaler::net
