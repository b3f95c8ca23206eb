// bestShifts(pixels: Float32Array, ways: Float64Array): Float64Array
//
// Lays one of two pictures of 16 × 16 values on the other in many ways, and shifts it there by whole pixels: what
// data/copies/shifts.ts does without us, to the last bit.
//
//   pixels  of the two pictures, brightness 0 to 255; others give any result
//   ways    ten numbers each: which picture lies above, 0 or 1; where places of the lower one lie in it, (a·x + b·y + c,
//           d·x + e·y + f) of places from -1 to 1; shifts to both sides and up and down at most; pixels that must meet
//   result  for each way two shifts of three numbers: correlation, pixels to the right and down; -infinity where there is none
//
// Pixels become whole numbers of 16 bits, so that one instruction multiplies eight or sixteen of them and adds neighbours, and
// every sum is exact.
#include <node_api.h>
#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>

// Compiled twice, and on a processor with longer vectors their version runs.
#if defined(__x86_64__) && defined(__linux__) && (!defined(__clang__) || __clang_major__ >= 14)
#define FINETUNE_FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FINETUNE_FOR_EACH_PROCESSOR
#endif

namespace finetune {
namespace {

constexpr int kSide = 16, kPixels = kSide * kSide, kMargin = kSide / 2 + 1;
constexpr int kCorners = kSide + 1;
constexpr int kNumbers = 10, kGiven = 3;

// A value in sixteenths, which brightness at this level is a whole number of, less the middle one.
int16_t InSixteenths(float value) { return static_cast<int16_t>(static_cast<int>(16.0 * value + 0.5) - 2040); }

// The picture below, with zeros around it: once for each shift to a side, so that the pixels under a layer lie in one piece.
struct Ground {
  int16_t values[2 * kMargin + 1][(kSide + 2 * kMargin) * kSide] = {};

  explicit Ground(const float *pixels) {
    for (int i = 0; i < kPixels; i++) {
      const int16_t value = InSixteenths(pixels[i]);
      const int row = i / kSide + kMargin, column = i % kSide;
      const int first = std::max(-kMargin, column - kSide + 1), last = std::min(kMargin, column);
      for (int across = first; across <= last; across++) {
        values[across + kMargin][row * kSide + column - across] = value;
      }
    }
  }

  const int16_t *Under(int across, int down) const { return values[across + kMargin] + (down + kMargin) * kSide; }
};

// Sums over all rectangles of pixels.
struct Table {
  int32_t corners[kCorners * kCorners] = {};

  int32_t Within(int top, int bottom, int left, int right) const {
    return corners[bottom * kCorners + right] - corners[bottom * kCorners + left] - corners[top * kCorners + right] +
           corners[top * kCorners + left];
  }
};

// The picture above, as it lies on the pixels of the one below.
struct Layer {
  alignas(32) int16_t values[kPixels];
  alignas(32) int16_t reached[kPixels];  // 1 where it reaches, else 0
  Table counts, sums, squares;

  Layer(const float *pixels, const double *affine) {
    for (int row = 0; row < kSide; row++) {
      LayRow(pixels, affine, row, values + row * kSide, reached + row * kSide);
      int32_t count = 0, sum = 0, square = 0;
      for (int column = 0; column < kSide; column++) {
        const int32_t value = values[row * kSide + column];
        count += reached[row * kSide + column];
        sum += value;
        square += value * value;
        const int above = row * kCorners + column + 1;
        counts.corners[above + kCorners] = counts.corners[above] + count;
        sums.corners[above + kCorners] = sums.corners[above] + sum;
        squares.corners[above + kCorners] = squares.corners[above] + square;
      }
    }
  }

  static double Centre(int i) { return (2.0 * i + 1) / kSide - 1; }

  // Linearly between its pixels, step by step as `warped` in data/copies/affine.ts.
  static void LayRow(const float *pixels, const double *affine, int row, int16_t *values, int16_t *reached) {
    double right[kSide], below[kSide];
    const double y = Centre(row), across = affine[1] * y, along = affine[4] * y;
    for (int i = 0; i < kSide; i++) {
      right[i] = ((affine[0] * Centre(i) + across + affine[2] + 1) * kSide - 1) / 2;
      below[i] = ((affine[3] * Centre(i) + along + affine[5] + 1) * kSide - 1) / 2;
    }
    for (int i = 0; i < kSide; i++) {
      reached[i] = right[i] >= 0 && below[i] >= 0 && right[i] <= kSide - 1 && below[i] <= kSide - 1;
      values[i] = reached[i] ? InSixteenths(Between(pixels, right[i], below[i])) : 0;
    }
  }

  static float Between(const float *pixels, double right, double below) {
    const int left = std::min(kSide - 2, static_cast<int>(right)), top = std::min(kSide - 2, static_cast<int>(below));
    const double u = right - left;
    const float *at = pixels + top * kSide + left;
    const double first = at[0], third = at[kSide];
    const double upper = first + u * (at[1] - first), lower = third + u * (at[kSide + 1] - third);
    return static_cast<float>(upper + (below - top) * (lower - upper));
  }
};

struct Shift {
  double correlation = -std::numeric_limits<double>::infinity();
  double across = 0, down = 0;
};

// Over the pixels of a layer and those under it: products summed, and of those under it that it reaches values and squares.
struct Sums {
  int32_t products, values, squares;
};

FINETUNE_FOR_EACH_PROCESSOR
Sums SumUp(const int16_t *under, const int16_t *values, const int16_t *reached) {
  int32_t products = 0, sum = 0, squares = 0;
  for (int i = 0; i < kPixels; i++) {
    const int16_t below = under[i] * reached[i];
    products += under[i] * values[i];
    sum += under[i] * reached[i];
    squares += under[i] * below;
  }
  return {products, sum, squares};
}

// Not a number where fewer than `least` pixels meet or one of the two shows nothing.
double Correlation(const Ground &ground, const Layer &layer, int across, int down, double least) {
  const int top = std::max(0, -down), bottom = std::min(kSide, kSide - down);
  const int left = std::max(0, -across), right = std::min(kSide, kSide - across);
  const double n = layer.counts.Within(top, bottom, left, right);
  const double nothing = std::numeric_limits<double>::quiet_NaN();
  if (n < least) return nothing;
  const Sums sums = SumUp(ground.Under(across, down), layer.values, layer.reached);
  const double w1 = layer.sums.Within(top, bottom, left, right), w2 = layer.squares.Within(top, bottom, left, right);
  const double p1 = sums.values, p2 = sums.squares;
  const double ps = p2 - (p1 * p1) / n, ws = w2 - (w1 * w1) / n;
  if (ps < n * 256 || ws < n * 256) return nothing;  // a variance of 1
  return (sums.products - (p1 * w1) / n) / std::sqrt(ps * ws);
}

void Best(const Ground &ground, const Layer &layer, int wide, int high, double least, double *out) {
  Shift first, second;
  for (int down = -high; down <= high; down++) {
    for (int across = -wide; across <= wide; across++) {
      const Shift shift{Correlation(ground, layer, across, down, least), double(across), double(down)};
      if (!(shift.correlation > second.correlation)) continue;
      second = shift;
      if (second.correlation > first.correlation) std::swap(first, second);
    }
  }
  for (const Shift &shift : {first, second}) {
    *out++ = shift.correlation;
    *out++ = shift.across;
    *out++ = shift.down;
  }
}

bool ReadArray(napi_env env, napi_value value, napi_typedarray_type type, void **data, size_t *length) {
  bool is = false;
  napi_typedarray_type found;
  return napi_is_typedarray(env, value, &is) == napi_ok && is &&
         napi_get_typedarray_info(env, value, &found, length, data, nullptr, nullptr) == napi_ok && found == type;
}

bool IsWay(const double *way) {
  const auto within = [](double value, int most) { return value >= 0 && value <= most && value == std::floor(value); };
  return within(way[0], 1) && within(way[7], kMargin) && within(way[8], kMargin);
}

}  // namespace

napi_value BestShifts(napi_env env, napi_callback_info call) {
  napi_value given[2], buffer, result;
  size_t count = 2, pixels_length = 0, ways_length = 0;
  void *pixels_data = nullptr, *ways_data = nullptr, *out = nullptr;
  bool right = napi_get_cb_info(env, call, &count, given, nullptr, nullptr) == napi_ok && count == 2 &&
               ReadArray(env, given[0], napi_float32_array, &pixels_data, &pixels_length) &&
               ReadArray(env, given[1], napi_float64_array, &ways_data, &ways_length) && pixels_length == 2 * kPixels &&
               ways_length % kNumbers == 0;
  const float *pixels = static_cast<const float *>(pixels_data);
  const double *ways = static_cast<const double *>(ways_data);
  const size_t all = ways_length / kNumbers;
  for (size_t i = 0; right && i < all; i++) right = IsWay(ways + kNumbers * i);
  if (!right) {
    napi_throw_type_error(env, nullptr, "bestShifts takes the values of two pictures and ways to lay them");
    return nullptr;
  }
  const size_t values = 2 * kGiven * all;
  if (napi_create_arraybuffer(env, values * sizeof(double), &out, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_float64_array, values, buffer, 0, &result) != napi_ok) {
    return nullptr;
  }
  const Ground grounds[] = {Ground(pixels), Ground(pixels + kPixels)};
  for (size_t i = 0; i < all; i++) {
    const double *way = ways + kNumbers * i;
    const int above = static_cast<int>(way[0]);
    Best(grounds[1 - above], Layer(pixels + above * kPixels, way + 1), static_cast<int>(way[7]), static_cast<int>(way[8]),
         way[9], static_cast<double *>(out) + 2 * kGiven * i);
  }
  return result;
}

}  // namespace finetune
