// The vectors that every stage is written in, and how its states lie in memory.
//
// A Vector is 16 floats: one AVX-512 register, or two of AVX, or four of SSE or NEON; the compiler splits it, and no
// line here knows which. Sixteen is also the number of maps of C3 and S4, and padding makes the others fit:
//
//   input   32 rows of 32                              C1   6 maps × 28 rows of 28, padded to 32
//   S2      6 maps × 14 rows of 14, padded to 16       C3   100 positions × 16 maps
//   S4      25 positions × 16 maps                     C5   120 units, padded to 128
//   F6      84 units, padded to 96
//
// C1 and S2 lie row by row and a vector runs along x; C3 and S4 lie position by position and a vector runs over the
// maps. STRIDE is the distance from one row to the next, PADDED a length with its padding. The padding of the states
// holds whatever the arithmetic leaves there, that of the derivatives 0: what is summed over a row is a derivative
// times something, so the padding never counts.
#pragma once

#include <cstdint>
#include <cstring>

namespace lenet5 {

constexpr int LANES = 16;
using Vector = float __attribute__((vector_size(4 * LANES)));
using Integers = std::int32_t __attribute__((vector_size(4 * LANES)));
using Half = float __attribute__((vector_size(2 * LANES)));

// A Vector at any address: parameters are the network's own memory, aligned or not. These are typedefs because Clang
// drops `aligned` from a `using`, and then reads them with instructions that end the process at other addresses.
typedef float UnalignedVector __attribute__((vector_size(4 * LANES), aligned(4), may_alias));
typedef float UnalignedHalf __attribute__((vector_size(2 * LANES), aligned(4), may_alias));
static_assert(alignof(UnalignedVector) == 4 && alignof(UnalignedHalf) == 4, "the compiler drops their alignment");

inline Vector load(const float* p) { return *reinterpret_cast<const UnalignedVector*>(p); }
inline void store(float* p, Vector v) { *reinterpret_cast<UnalignedVector*>(p) = v; }
inline Half load_half(const float* p) { return *reinterpret_cast<const UnalignedHalf*>(p); }
inline void store_half(float* p, Half v) { *reinterpret_cast<UnalignedHalf*>(p) = v; }

// The same value in every lane. x − 0 and not x + 0, which would turn −0 into 0 and cost an addition.
inline Vector broadcast(float x) { return x - Vector{}; }

// The first `count` floats, 0 behind them, and back.
inline Vector load_first(const float* p, int count) {
  alignas(sizeof(Vector)) float lanes[LANES] = {};
  std::memcpy(lanes, p, count * sizeof(float));
  return load(lanes);
}
inline void store_first(float* p, Vector v, int count) {
  alignas(sizeof(Vector)) float lanes[LANES];
  store(lanes, v);
  std::memcpy(p, lanes, count * sizeof(float));
}

inline Vector widen(Half v) {
  return __builtin_shufflevector(v, Half{}, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}

// The four steps of a butterfly: pairs of neighbours at distance 1, 2, 4 and 8 are exchanged between two vectors.
template <int distance>
inline void exchange(Vector& a, Vector& b) {
  Vector low, high;
  if constexpr (distance == 1) {
    low = __builtin_shufflevector(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30);
    high = __builtin_shufflevector(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31);
  } else if constexpr (distance == 2) {
    low = __builtin_shufflevector(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29);
    high = __builtin_shufflevector(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31);
  } else if constexpr (distance == 4) {
    low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27);
    high = __builtin_shufflevector(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31);
  } else {
    low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23);
    high = __builtin_shufflevector(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31);
  }
  a = low;
  b = high;
}

// Sixteen vectors as a 16×16 matrix, transposed.
inline void transpose(Vector (&rows)[LANES]) {
#pragma GCC unroll 16
  for (int i = 0; i < LANES; i += 2) exchange<1>(rows[i], rows[i + 1]);
#pragma GCC unroll 16
  for (int i = 0; i < LANES; ++i)
    if (!(i & 2)) exchange<2>(rows[i], rows[i + 2]);
#pragma GCC unroll 16
  for (int i = 0; i < LANES; ++i)
    if (!(i & 4)) exchange<4>(rows[i], rows[i + 4]);
#pragma GCC unroll 16
  for (int i = 0; i < LANES / 2; ++i) exchange<8>(rows[i], rows[i + 8]);
}

// The sums over the lanes of sixteen vectors: lane i holds the sum of rows[i].
inline Vector sum_lanes(Vector (&rows)[LANES]) {
#pragma GCC unroll 16
  for (int i = 0; i < LANES; i += 2) {
    exchange<1>(rows[i], rows[i + 1]);
    rows[i] += rows[i + 1];
  }
#pragma GCC unroll 16
  for (int i = 0; i < LANES; i += 4) {
    exchange<2>(rows[i], rows[i + 2]);
    rows[i] += rows[i + 2];
  }
  exchange<4>(rows[0], rows[4]);
  exchange<4>(rows[8], rows[12]);
  rows[0] += rows[4];
  rows[8] += rows[12];
  exchange<8>(rows[0], rows[8]);
  return rows[0] + rows[8];
}

// Eq. 18 on a run of parameters: w ← w − ε g.
inline void step(float* weight, const float* rate, const float* gradient, int count) {
  int k = 0;
  for (; k + LANES <= count; k += LANES) store(weight + k, load(weight + k) - load(rate + k) * load(gradient + k));
  for (; k < count; ++k) weight[k] -= rate[k] * gradient[k];
}

}  // namespace lenet5
