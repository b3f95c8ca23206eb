// Layers of a network, from pixels on, as one thing to compute.
#ifndef FINETUNE_TILED_LAYERS_H_
#define FINETUNE_TILED_LAYERS_H_

#include "tiled-convolution.h"
#ifdef FINETUNE_TILES

namespace finetune {

// What is computed, in whole numbers: how many maps there are, and for each its height, width, channels and the zeros
// around it (`above`, `beside`); how many layers, and for each its kind, the map that it reads, the one that it makes,
// whether values below 0 become 0 (in eight bits they do in any case) and its window; how many maps come out, and which.
// The first map is the pixels.
template <typename Numbers>
class TiledLayers {
 public:
  using Number = typename Numbers::Number;
  using Weight = typename Numbers::Weight;
  enum Kind { kConvolution, kMaxPool };

  explicit TiledLayers(const std::vector<int64_t> &program) {
    auto next = program.begin();
    const auto number = [&] { return static_cast<int>(*next++); };
    maps_.resize(number());
    for (MapLayout &map : maps_) {
      map.height = number();
      map.width = number();
      map.channels = number();
      map.above = number();
      map.beside = number();
      map.number = sizeof(Number);
    }
    layers_.resize(number());
    for (Layer &layer : layers_) {
      layer.kind = static_cast<Kind>(number());
      layer.from = number();
      layer.to = number();
      layer.relu = number() != 0;
      for (int *side : {&layer.window.height, &layer.window.width, &layer.window.down, &layer.window.across,
                        &layer.window.top, &layer.window.left}) {
        *side = number();
      }
    }
    outputs_.resize(number());
    for (int &output : outputs_) output = number();
    Share();
  }

  const MapLayout &pixels() const { return maps_[0]; }
  int outputs() const { return static_cast<int>(outputs_.size()); }
  const MapLayout &output(int i) const { return maps_[outputs_[i]]; }
  bool ready() const { return convolutions_.size() == convolutions(); }
  size_t convolutions() const {
    return std::count_if(layers_.begin(), layers_.end(), [](const Layer &layer) { return layer.kind == kConvolution; });
  }

  // Begins with the weights anew, where not all of them came.
  void ForgetWeights() { convolutions_.clear(); }

  // Of the next convolution, in the order of the layers.
  void AddWeights(const Weight *weights, const PerFilter &filters, float steps) {
    size_t before = convolutions_.size();
    for (Layer &layer : layers_) {
      if (layer.kind != kConvolution || before-- > 0) continue;
      layer.convolution = static_cast<int>(convolutions_.size());
      convolutions_.emplace_back(new TiledConvolution<Numbers>(layer.window, maps_[layer.from], maps_[layer.to], weights,
                                                               filters, {steps, layer.relu}));
      return;
    }
  }

  struct Pictures {
    const uint8_t *pixels;                  // [count, height, width, 3]
    const Number *values;                   // what they stand for, [3, 256], unless they are taken as they are
    const std::vector<uint8_t *> &outputs;  // each [count, height, width, channels]
  };

  void Run(const Pictures &pictures, int count) {
    Team &team = Team::Of();
    const int size = team.size();
    // Each thread takes whole pictures as long as there is one for each; those that are left all threads take together.
    const int alone = count - count % size;
    std::atomic<int> next{0};
    Meeting meeting(size);
    for (int t = 0; t < size; t++) Arena(t, alone > 0 || t == 0);
    const bool done = team.Run([&](int t) {
      WholeTiles tiles;
      for (int i; (i = next.fetch_add(1)) < alone;) Picture(pictures, i, arenas_[t], 0, 1, nullptr);
      for (int i = alone; i < count; i++) Picture(pictures, i, arenas_[0], t, size, &meeting);
    });
    if (done) return;
    WholeTiles tiles;
    for (int i = 0; i < count; i++) Picture(pictures, i, arenas_[0], 0, 1, nullptr);
  }

 private:
  struct Layer {
    Kind kind;
    int from, to;
    bool relu;
    Window window;
    int convolution = -1;
  };
  using Memory = std::vector<Bytes<uint8_t>>;

  // Gives each map a place in memory that is free while the map is wanted.
  void Share() {
    places_.assign(maps_.size(), -1);
    std::vector<int> lastUse(maps_.size(), -1), holder;
    for (size_t i = 0; i < layers_.size(); i++) lastUse[layers_[i].from] = lastUse[layers_[i].to] = static_cast<int>(i);
    for (int output : outputs_) lastUse[output] = static_cast<int>(layers_.size());
    const auto take = [&](int map, int when) {
      size_t place = 0;
      while (place < holder.size() && lastUse[holder[place]] >= when) place++;
      if (place == holder.size()) {
        holder.push_back(map);
        sizes_.push_back(0);
      }
      holder[place] = map;
      places_[map] = static_cast<int>(place);
      sizes_[place] = std::max(sizes_[place], maps_[map].bytes());
    };
    take(0, 0);
    for (size_t i = 0; i < layers_.size(); i++) take(layers_[i].to, static_cast<int>(i));
  }

  void Arena(int t, bool wanted) {
    if (static_cast<int>(arenas_.size()) <= t) arenas_.resize(t + 1);
    if (!wanted || !arenas_[t].empty()) return;
    Memory memory;
    for (size_t size : sizes_) memory.push_back(NewBytes<uint8_t>(size));
    arenas_[t] = std::move(memory);
  }

  // The share of one of `size` threads in one picture.
  void Picture(const Pictures &pictures, int picture, Memory &memory, int t, int size, Meeting *meeting) const {
    const auto share = [&](int all, int of) { return static_cast<int>(int64_t(all) * of / size); };
    const auto together = [&] {
      if (meeting != nullptr) meeting->Wait();
    };
    const auto bytes = [&](int map) { return memory[places_[map]].get(); };
    const MapLayout &first = maps_[0];
    together();  // the others may still read the picture before
    if (t == 0) Surround(first, bytes(0));
    TakePixels(first, pictures.pixels + size_t(picture) * first.height * first.width * 3, pictures.values, bytes(0),
               share(first.height, t), share(first.height, t + 1));
    together();
    for (const Layer &layer : layers_) {
      const MapLayout &in = maps_[layer.from], &out = maps_[layer.to];
      const uint8_t *from = bytes(layer.from);
      uint8_t *to = bytes(layer.to);
      for (int s = share(out.slices(), t); s < share(out.slices(), t + 1); s++) Surround(out, to + s * out.slice());
      if (layer.kind == kMaxPool) {
        for (int s = 0; s < out.slices(); s++) {
          MaxPool<Numbers>(layer.window, in, from + s * in.slice(), out, to + s * out.slice(),
                           share(out.height, t), share(out.height, t + 1));
        }
      } else {
        const TiledConvolution<Numbers> &convolution = *convolutions_[layer.convolution];
        // Whichever is more to read, the map or the weights, each thread reads its share of only, unless there are too few.
        const size_t weights = convolution.panelBytes() * convolution.panels();
        const bool byPlaces = convolution.blocks() >= size, byFilters = convolution.panels() >= size;
        if (byPlaces && byFilters ? weights > in.bytes() : convolution.panels() > convolution.blocks()) {
          convolution.Run(from, to, 0, convolution.blocks(), share(convolution.panels(), t),
                          share(convolution.panels(), t + 1));
        } else {
          convolution.Run(from, to, share(convolution.blocks(), t), share(convolution.blocks(), t + 1), 0,
                          convolution.panels());
        }
      }
      together();
    }
    for (size_t i = 0; i < outputs_.size(); i++) {
      const MapLayout &map = maps_[outputs_[i]];
      uint8_t *to = pictures.outputs[i] + size_t(picture) * map.height * map.width * map.place();
      GiveRows(map, bytes(outputs_[i]), to, share(map.height, t), share(map.height, t + 1));
    }
  }

  std::vector<MapLayout> maps_;
  std::vector<Layer> layers_;
  std::vector<int> outputs_;
  std::vector<int> places_;     // of each map in a thread's memory
  std::vector<size_t> sizes_;   // of each place
  std::vector<Memory> arenas_;  // of each thread
  std::vector<std::unique_ptr<TiledConvolution<Numbers>>> convolutions_;
};

}  // namespace finetune

#endif  // FINETUNE_TILES
#endif  // FINETUNE_TILED_LAYERS_H_
