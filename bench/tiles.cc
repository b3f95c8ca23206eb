// How fast tiles are multiplied here: from registers, from the cache's levels, and in the layers of VGG-16 one by one.
//
//   g++ -O2 -std=c++17 -pthread -I src/runtime/native bench/tiles.cc -o tiles && ./tiles
#include <chrono>
#include <cstdio>
#include "tiled-layers.h"

#ifdef FINETUNE_TILES
using namespace finetune;

static double Seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

template <typename Work>
static double Shortest(Work work) {
  double least = 1e9;
  for (int round = 0; round < 30; round++) {
    const double start = Seconds();
    work();
    least = std::min(least, Seconds() - start);
  }
  return least;
}

// Multiply-adds a second of one core, four products for four tiles that are loaded. `bytes` are gone through again and again.
FINETUNE_WITH_TILES static double Peak(const uint8_t *from, size_t bytes, bool load) {
  constexpr int kTimes = 100000, kTile = 1024;
  const WholeTiles tiles;
  const double seconds = Shortest([&]() FINETUNE_WITH_TILES {
    for (size_t i = 0, at = 0; i < kTimes; i++, at = (at + 4 * kTile) % bytes) {
      if (load || i == 0) {
        _tile_loadd(4, from + at, 64);
        _tile_loadd(5, from + at + kTile, 64);
        _tile_loadd(6, from + at + 2 * kTile, 64);
        _tile_loadd(7, from + at + 3 * kTile, 64);
      }
      EightBits::MultiplyFirst();
      EightBits::MultiplySecond();
    }
  });
  return 4.0 * 16 * 16 * 64 * kTimes / seconds;
}

template <typename Numbers>
static void Layer(const char *kind, int side, int channels, int filters) {
  constexpr int number = sizeof(typename Numbers::Number);
  const MapLayout in{side, side, channels, 1, 1, number}, out{side, side, filters, 1, 1, number};
  const std::vector<typename Numbers::Weight> weights(size_t(9) * channels * filters, 1);
  const std::vector<float> scales(filters, 1), biases(filters, 0);
  const TiledConvolution<Numbers> layer({3, 3, 1, 1, 1, 1}, in, out, weights.data(), {scales.data(), biases.data()}, {});
  const auto from = NewBytes<uint8_t>(in.bytes()), to = NewBytes<uint8_t>(out.bytes());
  const WholeTiles tiles;
  const double seconds =
      Shortest([&] { layer.Run(from.get(), to.get(), 0, layer.blocks(), 0, layer.panels()); });
  std::printf("%-10s %3d -> %3d channels, %3d x %3d: %.3f ms, %.2f\n", kind, channels, filters, side, side, 1000 * seconds,
              9e-12 * side * side * channels * filters / seconds);
}

int main() {
  if (!TilesWork()) {
    std::puts("There are no tiles here.");
    return 0;
  }
  const auto memory = NewBytes<uint8_t>(1 << 20);
  std::puts("10^12 multiply-adds a second of one core, in eight bits:");
  std::printf("tiles that are loaded  %.2f\n", 1e-12 * Peak(memory.get(), 4096, false));
  std::printf("32 kB again and again  %.2f\n", 1e-12 * Peak(memory.get(), 32 << 10, true));
  std::printf("1 MB again and again   %.2f\n", 1e-12 * Peak(memory.get(), 1 << 20, true));
  constexpr int kLayers[][3] = {{224, 4, 64},   {224, 64, 64},  {112, 64, 128}, {112, 128, 128}, {56, 128, 256},
                                {56, 256, 256}, {28, 256, 512}, {28, 512, 512}, {14, 512, 512}};
  for (const auto &[side, channels, filters] : kLayers) Layer<EightBits>("eight bits", side, channels, filters);
  for (const auto &[side, channels, filters] : kLayers) Layer<Bfloat16>("bfloat16", side, channels, filters);
}
#else
int main() { std::puts("The compiler knows no tiles."); }
#endif
