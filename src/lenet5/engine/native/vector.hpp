// The vectors that every stage is written in, and how its states lie in memory.
//
// A Vector is 16 floats: one AVX-512 register, or two of AVX, or four of SSE or NEON (lanes.hpp), and no line here
// knows which. Sixteen is also the number of maps of C3 and S4, and padding makes the others fit:
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

#include "lanes.hpp"

namespace lenet5 {

// What a loop adds up stays in registers, so it adds up no more at once than they hold: 32 Vectors with AVX-512, 8 with
// AVX and NEON, 4 with SSE.
#if defined(__AVX512F__)
constexpr bool MANY_REGISTERS = true;
#else
constexpr bool MANY_REGISTERS = false;
#endif

// Parameters are the network's own memory, aligned or not.
inline Vector load(const float* p) { return Memory<Vector>::load(p); }
inline void store(float* p, const Vector& v) { Memory<Vector>::store(p, v); }
inline Half load_half(const float* p) { return Memory<Half>::load(p); }
inline void store_half(float* p, const Half& v) { Memory<Half>::store(p, v); }

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
  alignas(sizeof(Vector)) float lanes[LANES] = {};
  store_half(lanes, v);
  return load(lanes);
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
