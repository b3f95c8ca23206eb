// Matrix tiles of Intel's AMX: whether they can be used here, and what of them our layers need.
//
// A tile holds 16 rows of 64 bytes. One instruction multiplies 16 × 64 numbers of eight bits by 64 × 16 others, or half as many in
// bfloat16, and adds the 256 sums to a third tile (Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, chapter 18).
#ifndef FINETUNE_TILES_H_
#define FINETUNE_TILES_H_

#if !defined(FINETUNE_NO_TILES) && defined(__x86_64__) && defined(__linux__) && (defined(__clang__) ? __clang_major__ >= 12 : __GNUC__ >= 11)
#define FINETUNE_TILES 1
#include <cpuid.h>
#include <immintrin.h>
#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <memory>
#include <new>

#define FINETUNE_WITH_TILES __attribute__((target("amx-tile,amx-int8,amx-bf16,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16")))

// A part of such a function.
#define FINETUNE_INSIDE FINETUNE_WITH_TILES __attribute__((always_inline)) inline

namespace finetune {

constexpr int kTileRows = 16;
constexpr int kTileBytes = 64;

// Whether TensorFlow may use them: variables keep it from oneDNN, or oneDNN from instructions, and us with them.
inline bool TilesAllowed() {
  const char *onednn = std::getenv("TF_ENABLE_ONEDNN_OPTS");
  if (onednn != nullptr && (strcasecmp(onednn, "0") == 0 || strcasecmp(onednn, "false") == 0)) return false;
  for (const char *name : {"ONEDNN_MAX_CPU_ISA", "DNNL_MAX_CPU_ISA"}) {
    const char *most = std::getenv(name);
    if (most != nullptr) return strcasestr(most, "AMX") != nullptr || strcasecmp(most, "DEFAULT") == 0;
  }
  return true;
}

// Whether the processor has them and the system lets this process use them.
inline bool TilesWork() {
  if (!TilesAllowed()) return false;
  unsigned a, b, c, d;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return false;
  const bool tiles = (d >> 22 & 1) && (d >> 24 & 1) && (d >> 25 & 1);  // AMX-BF16, AMX-TILE, AMX-INT8
  if (!__get_cpuid_count(7, 1, &a, &b, &c, &d)) return false;
  const bool bfloat16 = a >> 5 & 1;  // AVX512_BF16
  if (!tiles || !bfloat16 || !__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
      !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq")) {
    return false;
  }
  constexpr int kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

// Memory whose rows of 64 bytes are the cache's.
template <typename Byte>
using Bytes = std::unique_ptr<Byte, decltype(&std::free)>;

template <typename Byte>
Bytes<Byte> NewBytes(size_t size) {
  const size_t whole = (size + kTileBytes - 1) / kTileBytes * kTileBytes;
  void *bytes = std::aligned_alloc(kTileBytes, whole);
  if (bytes == nullptr) throw std::bad_alloc();
  std::memset(bytes, 0, whole);
  return Bytes<Byte>(static_cast<Byte *>(bytes), &std::free);
}

// While it exists, all eight tiles of the thread have their full size.
class WholeTiles {
 public:
  FINETUNE_WITH_TILES WholeTiles() {
    struct __attribute__((packed)) {
      uint8_t palette = 1, start = 0, reserved[14] = {};
      uint16_t bytes[16] = {};
      uint8_t rows[16] = {};
    } shape;
    for (int i = 0; i < 8; i++) {
      shape.bytes[i] = kTileBytes;
      shape.rows[i] = kTileRows;
    }
    asm volatile("ldtilecfg %0" ::"m"(shape));  // GCC's own function lets go of what was written before it
  }
  FINETUNE_WITH_TILES ~WholeTiles() { asm volatile("tilerelease"); }
  WholeTiles(const WholeTiles &) = delete;
};

}  // namespace finetune

#endif
#endif  // FINETUNE_TILES_H_
