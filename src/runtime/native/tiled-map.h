// How a map lies in memory while layers read it tile by tile.
#ifndef FINETUNE_TILED_MAP_H_
#define FINETUNE_TILED_MAP_H_

#include "tiles.h"
#ifdef FINETUNE_TILES
#include <algorithm>
#include <cstddef>

namespace finetune {

// A map is cut into slices of up to 64 bytes of channels. In a slice the cells, which are the channels of one place, lie row
// after row with zeros around them: `above` rows above and as many below, `beside` cells before each row. What lies before
// a row is also what lies after the one above it, so that a step in x, and one in y, is always as far in memory, and sixteen
// cells that lie after one another are sixteen places of the map, wherever they begin.
struct MapLayout {
  int height = 0, width = 0, channels = 0;
  int above = 0, beside = 0;
  int number = 1;  // how many bytes one takes

  int place() const { return channels * number; }
  int cell() const { return place() <= kTileBytes ? (place() + 3) / 4 * 4 : kTileBytes; }
  int slices() const { return (place() + kTileBytes - 1) / kTileBytes; }
  int row() const { return width + beside; }
  // Some more than the map has, for tiles that end after it.
  size_t slice() const { return (size_t(height + 2 * above) * row() + beside + kSpare) * cell() + kTileBytes; }
  size_t bytes() const { return slices() * slice(); }
  // Of a place, which may lie in the zeros around.
  size_t at(int y, int x) const { return (size_t(y + above) * row() + x + beside) * cell(); }

  static constexpr int kSpare = 160;
};

// Sets zeros around one slice.
inline void Surround(const MapLayout &map, uint8_t *slice) {
  const size_t begin = size_t(map.above) * map.row() * map.cell();
  const size_t end = begin + size_t(map.height) * map.row() * map.cell();
  std::memset(slice, 0, begin);
  std::memset(slice + end, 0, begin + size_t(map.beside) * map.cell());
  for (int y = 0; map.beside > 0 && y < map.height; y++) {
    std::memset(slice + begin + size_t(y) * map.row() * map.cell(), 0, size_t(map.beside) * map.cell());
  }
}

// Rows of a picture, [width, 3] each, to cells of four bytes, the last of which says that there is a picture.
FINETUNE_WITH_TILES inline void TakePixels(const MapLayout &map, const uint8_t *pixels, const uint8_t *, uint8_t *to,
                                           int first, int last) {
  const __m128i spread = _mm_setr_epi8(0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11, -1);
  const __m128i inside = _mm_set1_epi32(static_cast<int>(0xff000000u));
  for (int y = first; y < last; y++) {
    const uint8_t *from = pixels + size_t(y) * map.width * 3;
    uint8_t *cell = to + map.at(y, 0);
    int x = 0;
    for (; x + 6 <= map.width; x += 4, from += 12, cell += 16) {  // sixteen bytes are read, which are five pixels and a third
      const __m128i four = _mm_loadu_si128(reinterpret_cast<const __m128i *>(from));
      _mm_storeu_si128(reinterpret_cast<__m128i *>(cell), _mm_or_si128(_mm_shuffle_epi8(four, spread), inside));
    }
    for (; x < map.width; x++, from += 3, cell += 4) {
      std::memcpy(cell, from, 3);
      cell[3] = 255;
    }
  }
}

// The same to cells of four numbers of two bytes, the last of which is 0: `values` [3, 256] says what a pixel stands for.
inline void TakePixels(const MapLayout &map, const uint8_t *pixels, const uint16_t *values, uint8_t *to, int first, int last) {
  for (int y = first; y < last; y++) {
    const uint8_t *from = pixels + size_t(y) * map.width * 3;
    uint8_t *cell = to + map.at(y, 0);
    for (int x = 0; x < map.width; x++, from += 3, cell += 8) {
      const uint64_t three = values[from[0]] | uint64_t(values[256 + from[1]]) << 16 | uint64_t(values[512 + from[2]]) << 32;
      std::memcpy(cell, &three, 8);
    }
  }
}

// Rows of a map to [height, width, channels].
inline void GiveRows(const MapLayout &map, const uint8_t *from, uint8_t *to, int first, int last) {
  for (int y = first; y < last; y++) {
    for (int s = 0; s < map.slices(); s++) {
      const int bytes = std::min(kTileBytes, map.place() - s * kTileBytes);
      const uint8_t *cell = from + s * map.slice() + map.at(y, 0);
      uint8_t *place = to + size_t(y) * map.width * map.place() + s * kTileBytes;
      for (int x = 0; x < map.width; x++, cell += map.cell(), place += map.place()) std::memcpy(place, cell, bytes);
    }
  }
}

struct Window {
  int height, width;  // of what is looked at
  int down, across;   // the stride
  int top, left;      // the padding
};

// Rows of one slice of a max pool without padding, of numbers that are not below 0.
template <typename Numbers>
FINETUNE_WITH_TILES void MaxPool(const Window &window, const MapLayout &in, const uint8_t *from, const MapLayout &out,
                                 uint8_t *to, int first, int last) {
  const __mmask64 channels = in.cell() == 64 ? ~0ull : (1ull << in.cell()) - 1;
  for (int y = first; y < last; y++) {
    for (int x = 0; x < out.width; x++) {
      const uint8_t *corner = from + in.at(y * window.down, x * window.across);
      __m512i most = _mm512_setzero_si512();
      for (int dy = 0; dy < window.height; dy++) {
        const uint8_t *cell = corner + size_t(dy) * in.row() * in.cell();
        for (int dx = 0; dx < window.width; dx++, cell += in.cell()) {
          most = Numbers::Larger(most, _mm512_maskz_loadu_epi8(channels, cell));
        }
      }
      _mm512_mask_storeu_epi8(to + out.at(y, x), channels, most);
    }
  }
}

}  // namespace finetune

#endif  // FINETUNE_TILES
#endif  // FINETUNE_TILED_MAP_H_
