// A convolution as products of tiles.
#ifndef FINETUNE_TILED_CONVOLUTION_H_
#define FINETUNE_TILED_CONVOLUTION_H_

#include "tiled-numbers.h"
#ifdef FINETUNE_TILES
#include <vector>
#include "team.h"

namespace finetune {

// Results are computed in blocks of 32 places and 32 filters, four tiles of sums. For each 64 bytes that such a filter
// reads, a tap, two tiles of the map and two of the weights are loaded and multiplied: a tile is loaded once for every
// product, which takes half as long as the product.
template <typename Numbers>
class TiledConvolution {
 public:
  using Weight = typename Numbers::Weight;
  static constexpr int kPlaces = 2 * kTileRows;
  static constexpr int kFilters = 32;

  // `weights` [height, width, channels, filters].
  TiledConvolution(const Window &window, const MapLayout &in, const MapLayout &out, const Weight *weights,
                   const PerFilter &filters, const ForAll &all)
      : in_(in), out_(out), window_(window), all_(all) {
    const int across = (window.width * in.cell() + kTileBytes - 1) / kTileBytes;  // taps for a row of the window
    for (int s = 0; s < in.slices(); s++) {
      for (int y = 0; y < window.height; y++) {
        for (int i = 0; i < across; i++) {
          offsets_.push_back(s * in.slice() + size_t(y) * in.row() * in.cell() + size_t(i) * kTileBytes);
        }
      }
    }
    panels_ = (out.channels + kFilters - 1) / kFilters;
    Pack(weights, across);
    scales_.assign(panels_ * kFilters, 0);
    biases_.assign(panels_ * kFilters, 0);
    for (int i = 0; i < panels_ * kFilters; i++) {
      const int filter = FilterAt(i / kFilters, i % kFilters);
      if (filter >= out.channels) continue;
      if (Numbers::kHasScales) scales_[i] = filters.scales[filter];
      biases_[i] = filters.biases[filter];
    }
    // Places that lie after one another in memory are computed so, those between two rows with them; where the window
    // moves further than by one, row by row.
    if (window.down == 1 && window.across == 1) {
      rowBlocks_ = 0;
      blocks_ = (out.height * in.row() + kPlaces - 1) / kPlaces;
    } else {
      rowBlocks_ = (out.width + kPlaces - 1) / kPlaces;
      blocks_ = out.height * rowBlocks_;
    }
  }

  int blocks() const { return blocks_; }
  int panels() const { return panels_; }
  size_t panelBytes() const { return offsets_.size() * 2 * kTile; }

  // Computes blocks of places `first` to `last` for the panels of filters `from` to `to`. WholeTiles must exist.
  FINETUNE_WITH_TILES void Run(const uint8_t *in, uint8_t *out, int first, int last, int from, int to) const {
    Block blocks[2];  // the one that is computed and the one before, which is written
    int now = 0;
    for (int begin = first; begin < last; begin += kTogether) {
      const int end = std::min(begin + kTogether, last);
      for (int panel = from; panel < to; panel++) {
        for (int i = begin; i < end; i++, now ^= 1) {
          Begin(blocks[now], i, panel, out);
          Multiply(in + Corner(i), packed_.get() + panel * panelBytes(), blocks[now], blocks[now ^ 1]);
        }
      }
    }
    Writer writer(*this, blocks[now ^ 1]);
    for (int left = blocks[now ^ 1].places; left > 0; left--) writer.Next();
  }

 private:
  static constexpr int kTile = kTileRows * kTileBytes;
  // Blocks of places that are computed for one panel of filters before the next: they and the panel stay in the second
  // level of the cache.
  static constexpr int kTogether = 128;
  // A tile that is stored after more than about two thousand cycles without one costs a thousand (measured on an Intel
  // Xeon with AMX, whatever lies between and whichever tile it is), so one is stored in vain from time to time.
  static constexpr int kTapsBetweenStores = 16;

  // The sums of 32 places for a panel of 32 filters, and where they go.
  struct Block {
    alignas(64) int32_t sums[kPlaces * kFilters];
    int panel = 0;
    int places = 0;
    int x = 0;  // of the first place
    uint8_t *out = nullptr;
  };

  // Places that a row has, with those that are computed in vain.
  int row() const { return rowBlocks_ == 0 ? in_.row() : out_.row(); }

  // Where the window of a block's first place begins.
  size_t Corner(int block) const {
    const size_t origin = in_.at(-window_.top, -window_.left);
    if (rowBlocks_ == 0) return origin + size_t(block) * kPlaces * in_.cell();
    const int y = block / rowBlocks_, x = block % rowBlocks_ * kPlaces;
    return origin + (size_t(y) * window_.down * in_.row() + size_t(x) * window_.across) * in_.cell();
  }

  void Begin(Block &block, int number, int panel, uint8_t *out) const {
    int y, places;
    if (rowBlocks_ == 0) {
      const int place = number * kPlaces;
      y = place / row();
      block.x = place % row();
      places = out_.height * row() - place;
    } else {
      y = number / rowBlocks_;
      block.x = number % rowBlocks_ * kPlaces;
      places = out_.width - block.x;
    }
    block.panel = panel;
    block.places = std::min(kPlaces, places);
    const int byte = panel * kFilters * out_.number;
    block.out = out + byte / kTileBytes * out_.slice() + out_.at(y, block.x) + byte % kTileBytes;
  }

  // Computes a block's sums, and meanwhile writes the ones before.
  FINETUNE_WITH_TILES void Multiply(const uint8_t *in, const uint8_t *weights, Block &block, const Block &before) const {
    const size_t step = size_t(in_.cell()) * window_.across;
    const size_t *offset = offsets_.data(), *const end = offset + offsets_.size();
    Writer writer(*this, before);
    int left = before.places;
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    // Written out: with a branch at each place that is written the processor would often take the wrong one.
    constexpr int kTaps = 8;
    if (end - offset >= kTaps && left == kPlaces) {
#pragma GCC unroll 8
      for (int tap = 0; tap < kTaps; tap++) {
        Tap(in + offset[tap], step, weights + tap * 2 * kTile);
#pragma GCC unroll 4
        for (int i = 0; i < kPlaces / kTaps; i++) writer.Next();
      }
      offset += kTaps;
      weights += kTaps * 2 * kTile;
      left = 0;
      if (offset < end) _tile_stored(3, block.sums, kTileBytes);
    }
    while (offset < end) {
      const size_t *const store = std::min(offset + kTapsBetweenStores, end);
      for (; offset < store; offset++, weights += 2 * kTile) Tap(in + *offset, step, weights);
      if (offset < end) _tile_stored(3, block.sums, kTileBytes);
    }
    for (; left > 0; left--) writer.Next();
    constexpr int row = kFilters * sizeof(int32_t);
    _tile_stored(0, block.sums, row);
    _tile_stored(1, block.sums + 16, row);
    _tile_stored(2, block.sums + kTileRows * kFilters, row);
    _tile_stored(3, block.sums + kTileRows * kFilters + 16, row);
  }

  FINETUNE_INSIDE static void Tap(const uint8_t *in, size_t step, const uint8_t *weights) {
    _tile_loadd(6, weights, kTileBytes);
    _tile_loadd(4, in, step);
    _tile_loadd(5, in + step * kTileRows, step);
    Numbers::MultiplyFirst();
    _tile_loadd(7, weights + kTile, kTileBytes);
    Numbers::MultiplySecond();
  }

  // Writes a block's places, one after another.
  class Writer {
   public:
    FINETUNE_INSIDE Writer(const TiledConvolution &of, const Block &block)
        : sums_(block.sums),
          out_(block.out),
          x_(block.x),
          width_(of.out_.width),
          row_(of.row()),
          cell_(of.out_.cell()),
          jump_((of.out_.row() - row_) * int64_t(cell_)),
          numbers_(of.all_, {&of.scales_[block.panel * kFilters], &of.biases_[block.panel * kFilters]},
                   of.out_.channels - block.panel * kFilters) {}

    FINETUNE_INSIDE void Next() {
      if (x_ < width_) numbers_.Write(sums_, out_);
      sums_ += kFilters;
      out_ += cell_;
      if (++x_ == row_) {
        x_ = 0;
        out_ += jump_;
      }
    }

   private:
    const int32_t *sums_;
    uint8_t *out_;
    int x_;
    const int width_, row_;
    const int64_t cell_, jump_;
    const Numbers numbers_;
  };

  static int FilterAt(int panel, int column) { return panel * kFilters + Numbers::FilterAt(column); }

  // For each panel and tap two tiles: 16 rows for four bytes each of what is read, 16 columns of four bytes for filters.
  void Pack(const Weight *weights, int across) {
    packed_ = NewBytes<uint8_t>(panels_ * panelBytes());
    const int size = Team::Of().size();
    const auto part = [&](int t) { PackPanels(weights, across, panels_ * t / size, panels_ * (t + 1) / size); };
    if (Team::Of().Run(part)) return;
    for (int t = 0; t < size; t++) part(t);
  }

  void PackPanels(const Weight *weights, int across, int first, int last) {
    uint8_t *to = packed_.get() + first * panelBytes();
    constexpr int size = sizeof(Weight);
    const int perRow = window_.width * in_.cell();
    for (int panel = first; panel < last; panel++) {
      for (int tap = 0; tap < static_cast<int>(offsets_.size()); tap++) {
        const int slice = tap / (window_.height * across), y = tap / across % window_.height;
        const int begin = tap % across * kTileBytes;
        for (int tile = 0; tile < 2; tile++, to += kTile) {
          for (int byte = 0; byte < kTileBytes && begin + byte < perRow; byte += size) {
            const int x = (begin + byte) / in_.cell();
            const int channel = (slice * kTileBytes + (begin + byte) % in_.cell()) / size;
            if (channel >= in_.channels) continue;
            const Weight *filters = weights + (size_t(y * window_.width + x) * in_.channels + channel) * out_.channels;
            for (int column = 0; column < 16; column++) {
              const int filter = FilterAt(panel, tile * 16 + column);
              if (filter >= out_.channels) continue;
              std::memcpy(to + byte / 4 * kTileBytes + column * 4 + byte % 4, filters + filter, size);
            }
          }
        }
      }
    }
  }

  MapLayout in_, out_;
  Window window_;
  ForAll all_;
  int panels_, blocks_;
  int rowBlocks_;  // blocks of a row, or 0 where places are computed as they lie in memory
  std::vector<size_t> offsets_;  // of each tap from the first
  Bytes<uint8_t> packed_{nullptr, &std::free};
  std::vector<float> scales_, biases_;
};

}  // namespace finetune

#endif  // FINETUNE_TILES
#endif  // FINETUNE_TILED_CONVOLUTION_H_
