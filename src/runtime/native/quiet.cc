// TensorFlow 2.21 logs two lines while its framework library is being loaded, before it reads TF_CPP_MIN_LOG_LEVEL.
// This addon, loaded first, opens that library with standard error turned away for the moment, then tells the logging
// library in it (Abseil) which level was asked for. With TF_CPP_MIN_LOG_LEVEL unset or 0 it does nothing.
#include <dlfcn.h>
#include <fcntl.h>
#include <node_api.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

namespace {

constexpr char kSetMinLogLevel[] = "_ZN4absl12lts_2025081414SetMinLogLevelENS0_18LogSeverityAtLeastE";

// Where this addon lies; the library is in lib/ beside it.
std::string Folder() {
  Dl_info info;
  if (dladdr(kSetMinLogLevel, &info) == 0 || info.dli_fname == nullptr) return "";
  std::string file = info.dli_fname;
  return file.substr(0, file.rfind('/'));
}

void* OpenSilently(const std::string& library) {
  int standard_error = dup(STDERR_FILENO);
  int nowhere = open("/dev/null", O_WRONLY);
  if (nowhere >= 0) dup2(nowhere, STDERR_FILENO);
  void* handle = dlopen(library.c_str(), RTLD_LAZY);
  if (standard_error >= 0) dup2(standard_error, STDERR_FILENO);
  if (standard_error >= 0) close(standard_error);
  if (nowhere >= 0) close(nowhere);
  return handle;
}

}  // namespace

NAPI_MODULE_INIT() {
  const char* asked = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  int level = asked == nullptr ? 0 : std::atoi(asked);
  if (level == 0) return exports;
  void* library = OpenSilently(Folder() + "/lib/libtensorflow_framework.so.2");
  if (library == nullptr) return exports;
  auto set_min_log_level = reinterpret_cast<void (*)(int)>(dlsym(library, kSetMinLogLevel));
  if (set_min_log_level != nullptr) set_min_log_level(level);
  return exports;
}
