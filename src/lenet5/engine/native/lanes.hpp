// Floats in step: the compilers' own vectors as far as the registers of a processor go, and pairs of them beyond. GCC
// keeps a vector that is wider than a register in memory, whatever is done with it; a pair it keeps in two registers.
#pragma once

#include <cstdint>
#include <cstring>
#include <utility>

namespace lenet5 {

// As many floats as one register holds.
template <int COUNT>
struct NativeFloats {
  typedef float type __attribute__((vector_size(4 * COUNT)));
  typedef std::int32_t integers __attribute__((vector_size(4 * COUNT)));
};
using Native4 = NativeFloats<4>::type;
using Native8 = NativeFloats<8>::type;
using Native16 = NativeFloats<16>::type;

// Twice as many as a Part has.
template <typename Part>
struct Pair {
  Part low, high;

  float operator[](int i) const {
    constexpr int HALF = sizeof(Part) / sizeof(float);
    return i < HALF ? low[i] : high[i - HALF];
  }
  Pair& operator+=(const Pair& o) { return *this = *this + o; }
  Pair& operator-=(const Pair& o) { return *this = *this - o; }
#define LENET5_LIFTED(operation)                                                                                        \
  friend inline Pair operator operation(const Pair& a, const Pair& b) { return {a.low operation b.low, a.high operation b.high}; } \
  friend inline Pair operator operation(const Pair& a, float b) { return {a.low operation b, a.high operation b}; }     \
  friend inline Pair operator operation(float a, const Pair& b) { return {a operation b.low, a operation b.high}; }
  LENET5_LIFTED(+)
  LENET5_LIFTED(-)
  LENET5_LIFTED(*)
  LENET5_LIFTED(/)
#undef LENET5_LIFTED
};

#if defined(__AVX512F__)
using Half = Native8;
using Vector = Native16;
#elif defined(__AVX__)
using Half = Native8;
using Vector = Pair<Half>;
#else
using Half = Pair<Native4>;
using Vector = Pair<Half>;
#endif

constexpr int LANES = 16;
static_assert(sizeof(Vector) == 4 * LANES && sizeof(Half) == 2 * LANES);

// What follows is said once for the compilers' vectors, V, and once for pairs.

// From any address, and back. A pair goes part by part: as one piece it would take the way through memory.
template <typename V>
struct Memory {
  static V load(const float* p) {
    V v;
    std::memcpy(&v, p, sizeof v);
    return v;
  }
  static void store(float* p, V v) { std::memcpy(p, &v, sizeof v); }
};
template <typename Part>
struct Memory<Pair<Part>> {
  static constexpr int HALF = sizeof(Part) / sizeof(float);
  static Pair<Part> load(const float* p) { return {Memory<Part>::load(p), Memory<Part>::load(p + HALF)}; }
  static void store(float* p, const Pair<Part>& v) {
    Memory<Part>::store(p, v.low);
    Memory<Part>::store(p + HALF, v.high);
  }
};

// The smaller of each lane and a number, the larger; NaN stays.
template <typename V>
inline V at_most(V v, float limit) {
  return v > limit ? limit - V{} : v;
}
template <typename Part>
inline Pair<Part> at_most(const Pair<Part>& v, float limit) {
  return {at_most(v.low, limit), at_most(v.high, limit)};
}
template <typename V>
inline V at_least(V v, float limit) {
  return v < limit ? limit - V{} : v;
}
template <typename Part>
inline Pair<Part> at_least(const Pair<Part>& v, float limit) {
  return {at_least(v.low, limit), at_least(v.high, limit)};
}

// 2^n, n in the lowest bits of each lane.
template <typename V>
inline V two_to_lowest_bits(V v) {
  using Integers = typename NativeFloats<sizeof(V) / 4>::integers;
  return (V)(((Integers)v << 23) + 0x3f800000);
}
template <typename Part>
inline Pair<Part> two_to_lowest_bits(const Pair<Part>& v) {
  return {two_to_lowest_bits(v.low), two_to_lowest_bits(v.high)};
}

// Pairs of neighbours at a distance are exchanged between two vectors: lane i of b with lane i + distance of a.
template <int distance, typename V>
inline void exchange(V& a, V& b) {
  V low, high;
  if constexpr (sizeof(V) == 64) {
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
  } else if constexpr (sizeof(V) == 32) {
    if constexpr (distance == 1) {
      low = __builtin_shufflevector(a, b, 0, 8, 2, 10, 4, 12, 6, 14);
      high = __builtin_shufflevector(a, b, 1, 9, 3, 11, 5, 13, 7, 15);
    } else if constexpr (distance == 2) {
      low = __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13);
      high = __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15);
    } else {
      low = __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11);
      high = __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15);
    }
  } else {
    if constexpr (distance == 1) {
      low = __builtin_shufflevector(a, b, 0, 4, 2, 6);
      high = __builtin_shufflevector(a, b, 1, 5, 3, 7);
    } else {
      low = __builtin_shufflevector(a, b, 0, 1, 4, 5);
      high = __builtin_shufflevector(a, b, 2, 3, 6, 7);
    }
  }
  a = low;
  b = high;
}
template <int distance, typename Part>
inline void exchange(Pair<Part>& a, Pair<Part>& b) {
  if constexpr (distance * sizeof(float) == sizeof(Part)) {
    std::swap(a.high, b.low);
  } else {
    exchange<distance>(a.low, b.low);
    exchange<distance>(a.high, b.high);
  }
}

// Of two vectors one after the other the lanes of even and of odd number.
template <typename V>
inline V even_lanes(V a, V b) {
  if constexpr (sizeof(V) == 64)
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
  else if constexpr (sizeof(V) == 32)
    return __builtin_shufflevector(a, b, 0, 2, 4, 6, 8, 10, 12, 14);
  else
    return __builtin_shufflevector(a, b, 0, 2, 4, 6);
}
template <typename Part>
inline Pair<Part> even_lanes(const Pair<Part>& a, const Pair<Part>& b) {
  return {even_lanes(a.low, a.high), even_lanes(b.low, b.high)};
}
template <typename V>
inline V odd_lanes(V a, V b) {
  if constexpr (sizeof(V) == 64)
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
  else if constexpr (sizeof(V) == 32)
    return __builtin_shufflevector(a, b, 1, 3, 5, 7, 9, 11, 13, 15);
  else
    return __builtin_shufflevector(a, b, 1, 3, 5, 7);
}
template <typename Part>
inline Pair<Part> odd_lanes(const Pair<Part>& a, const Pair<Part>& b) {
  return {odd_lanes(a.low, a.high), odd_lanes(b.low, b.high)};
}

// Each lane of the first half, or of the second, twice in a row.
template <typename V>
inline V first_doubled(V v) {
  if constexpr (sizeof(V) == 64)
    return __builtin_shufflevector(v, v, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
  else if constexpr (sizeof(V) == 32)
    return __builtin_shufflevector(v, v, 0, 0, 1, 1, 2, 2, 3, 3);
  else
    return __builtin_shufflevector(v, v, 0, 0, 1, 1);
}
template <typename V>
inline V second_doubled(V v) {
  if constexpr (sizeof(V) == 64)
    return __builtin_shufflevector(v, v, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15);
  else if constexpr (sizeof(V) == 32)
    return __builtin_shufflevector(v, v, 4, 4, 5, 5, 6, 6, 7, 7);
  else
    return __builtin_shufflevector(v, v, 2, 2, 3, 3);
}
template <typename Part>
inline Pair<Part> first_doubled(const Pair<Part>& v) {
  return {first_doubled(v.low), second_doubled(v.low)};
}
template <typename Part>
inline Pair<Part> second_doubled(const Pair<Part>& v) {
  return {first_doubled(v.high), second_doubled(v.high)};
}

}  // namespace lenet5
