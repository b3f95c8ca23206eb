// Makes TensorFlow's log respect TF_CPP_MIN_LOG_LEVEL from its first line on (0 all, 1 warnings, 2 errors, 3 fatal).
//
// TensorFlow 2.21 logs while libtensorflow_framework.so.2 is still being loaded, before it has looked at that
// variable. Its logging asks absl::MinLogLevel() through the dynamic linker, and the addon comes first in the order
// in which the linker looks names up: so this definition answers, also that early. In a TensorFlow built with
// another Abseil release the name differs, and nothing calls this function.
#include <cstdlib>

extern "C" __attribute__((visibility("default"))) int finetune_min_log_level() __asm__(
    "_ZN4absl12lts_2025081411MinLogLevelEv");

int finetune_min_log_level() {
  static const char *const level = std::getenv("TF_CPP_MIN_LOG_LEVEL");
  return level == nullptr ? 0 : std::atoi(level);
}
