// TensorFlow 2.21 logs a few lines before its own settings for logging are read. This constructor runs when the addon
// is loaded and tells the logging library (Abseil) itself what TF_CPP_MIN_LOG_LEVEL asks for. Where the library has
// no such function, nothing happens.
#include <dlfcn.h>
#include <cstdlib>

namespace {
constexpr char kSetMinLogLevel[] = "_ZN4absl12lts_2025081414SetMinLogLevelENS0_18LogSeverityAtLeastE";

struct Quiet {
  Quiet() {
    const char* asked = std::getenv("TF_CPP_MIN_LOG_LEVEL");
    if (asked == nullptr) return;
    // Node loads addons with local scope, so the function has to be looked up in its own library.
    void* library = dlopen("libtensorflow_framework.so.2", RTLD_LAZY | RTLD_NOLOAD);
    if (library == nullptr) return;
    auto set_min_log_level = reinterpret_cast<void (*)(int)>(dlsym(library, kSetMinLogLevel));
    if (set_min_log_level != nullptr) set_min_log_level(std::atoi(asked));
  }
};
Quiet quiet;
}  // namespace
