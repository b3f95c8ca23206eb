// The two kinds of numbers that layers compute with tile by tile: how tiles of them are multiplied, and what becomes of the
// sums of 32 filters at one place.
#ifndef FINETUNE_TILED_NUMBERS_H_
#define FINETUNE_TILED_NUMBERS_H_

#include "tiled-map.h"
#ifdef FINETUNE_TILES

namespace finetune {

// For each filter, in the order of a block's columns; what a kind of numbers has no use for is absent.
struct PerFilter {
  const float *scales;
  const float *biases;
};

// What goes for all filters of a convolution.
struct ForAll {
  float steps = 1;  // of the result for 1
  bool relu = true;
};

// Maps without a sign, weights with one. Sums are exact; each becomes round((sum · scale + bias) · steps), cut off at 0 and
// 255, each step rounded to float32, which gives what oneDNN does to the bit.
class EightBits {
 public:
  using Number = uint8_t;
  using Weight = int8_t;
  static constexpr bool kHasScales = true;

  // The filter of 32 whose sums lie at `column` of a block, which undoes the order that `packus` leaves.
  static int FilterAt(int column) { return column % 16 / 4 * 8 + column / 16 * 4 + column % 4; }

  // Two tiles of a map, 4 and 5, with the first half of the filters, 6, and with the second, 7.
  FINETUNE_INSIDE static void MultiplyFirst() {
    _tile_dpbusd(0, 4, 6);
    _tile_dpbusd(2, 5, 6);
  }
  FINETUNE_INSIDE static void MultiplySecond() {
    _tile_dpbusd(1, 4, 7);
    _tile_dpbusd(3, 5, 7);
  }

  FINETUNE_INSIDE EightBits(const ForAll &all, const PerFilter &filters, int count)
      : steps_(_mm512_set1_ps(all.steps)), filters_(count >= 32 ? ~0u : (1u << count) - 1) {
    for (int i = 0; i < 2; i++) {
      scale_[i] = _mm512_loadu_ps(filters.scales + i * 16);
      bias_[i] = _mm512_loadu_ps(filters.biases + i * 16);
    }
  }

  FINETUNE_INSIDE void Write(const int32_t *sums, uint8_t *out) const {
    constexpr int nearest = _MM_FROUND_CUR_DIRECTION;  // named, so that no compiler fuses what follows
    __m512i rounded[2];
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
      const __m512 sum = _mm512_cvtepi32_ps(_mm512_load_si512(sums + i * 16));
      const __m512 value = _mm512_add_round_ps(_mm512_mul_round_ps(sum, scale_[i], nearest), bias_[i], nearest);
      rounded[i] = _mm512_cvtps_epi32(_mm512_mul_ps(value, steps_));
    }
    // Both cut off what is below 0 and above 255.
    const __m256i bytes = _mm512_cvtusepi16_epi8(_mm512_packus_epi32(rounded[0], rounded[1]));
    _mm256_mask_storeu_epi8(out, filters_, bytes);
  }

  FINETUNE_INSIDE static __m512i Larger(__m512i a, __m512i b) { return _mm512_max_epu8(a, b); }

 private:
  const __m512 steps_;
  const __mmask32 filters_;
  __m512 scale_[2], bias_[2];
};

// bfloat16 with sums in float32.
class Bfloat16 {
 public:
  using Number = uint16_t;
  using Weight = uint16_t;
  static constexpr bool kHasScales = false;

  static int FilterAt(int column) { return column; }

  // Two tiles of a map, 4 and 5, with the first half of the filters, 6, and with the second, 7.
  FINETUNE_INSIDE static void MultiplyFirst() {
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(2, 5, 6);
  }
  FINETUNE_INSIDE static void MultiplySecond() {
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(3, 5, 7);
  }

  FINETUNE_INSIDE Bfloat16(const ForAll &all, const PerFilter &filters, int count)
      : least_(_mm512_set1_ps(all.relu ? 0.0f : -__builtin_inff())), filters_(count >= 32 ? ~0u : (1u << count) - 1) {
    for (int i = 0; i < 2; i++) bias_[i] = _mm512_loadu_ps(filters.biases + i * 16);
  }

  FINETUNE_INSIDE void Write(const int32_t *sums, uint8_t *out) const {
    __m512 values[2];
#pragma GCC unroll 2
    for (int i = 0; i < 2; i++) {
      const __m512 sum = _mm512_castsi512_ps(_mm512_load_si512(sums + i * 16));
      values[i] = _mm512_max_ps(_mm512_add_ps(sum, bias_[i]), least_);
    }
    const __m512bh rounded = _mm512_cvtne2ps_pbh(values[1], values[0]);
    _mm512_mask_storeu_epi16(out, filters_, reinterpret_cast<const __m512i &>(rounded));
  }

  // Of numbers that are not below 0, whose bits are in the order of their values.
  FINETUNE_INSIDE static __m512i Larger(__m512i a, __m512i b) { return _mm512_max_epu16(a, b); }

 private:
  const __m512 least_;
  const __mmask32 filters_;
  __m512 bias_[2];
};

}  // namespace finetune

#endif  // FINETUNE_TILES
#endif  // FINETUNE_TILED_NUMBERS_H_
