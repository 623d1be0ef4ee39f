// S4: sub-sampling of C3, 16 maps of 5×5. A vector runs over the maps, a position each.
#pragma once

#include "c3.hpp"

namespace lenet5 {

struct S4 {
  static constexpr int MAPS = 16, SIZE = 5, POSITIONS = SIZE * SIZE;

  float *coefficient, *bias;  // 16, 16
  const float *coefficient_rate, *bias_rate;
  alignas(64) float sum[POSITIONS * MAPS];  // of the four inputs
  alignas(64) float state[POSITIONS * MAPS];

  void bind(float* c, float* b, const float* c_rate, const float* b_rate) {
    coefficient = c, bias = b, coefficient_rate = c_rate, bias_rate = b_rate;
  }

  static int upper_left(int p) { return (2 * (p / SIZE) * C3::SIZE + 2 * (p % SIZE)) * MAPS; }
  static constexpr int FOUR[] = {0, MAPS, C3::SIZE * MAPS, (C3::SIZE + 1) * MAPS};

  void forward(const C3& c3) {
    for (int p = 0; p < POSITIONS; ++p) {
      const float* from = c3.state + upper_left(p);
      const Vector u = load(from + FOUR[0]) + load(from + FOUR[1]) + (load(from + FOUR[2]) + load(from + FOUR[3]));
      store(sum + p * MAPS, u);
      store(state + p * MAPS, squash(load(coefficient) * u + load(bias)));
    }
  }

  // From ∂E/∂state; C3's states give way to C3's ∂E/∂a.
  void backward(const float* derivative, C3& c3) {
    Vector of_coefficient{}, of_bias{};
    for (int p = 0; p < POSITIONS; ++p) {
      const Vector delta = load(derivative + p * MAPS) * squash_derivative(load(state + p * MAPS));
      of_coefficient += delta * load(sum + p * MAPS);
      of_bias += delta;
      const Vector to_c3 = load(coefficient) * delta;  // to each of the four inputs
      float* from = c3.state + upper_left(p);
      for (int offset : FOUR) store(from + offset, to_c3 * squash_derivative(load(from + offset)));
    }
    store(coefficient, load(coefficient) - load(coefficient_rate) * of_coefficient);
    store(bias, load(bias) - load(bias_rate) * of_bias);
  }

  // Position by position to map by map, as C5's kernels lie, and back. Each row of 25 is two vectors; what the second
  // one has beyond the 25th is written over by the row that follows.
  static constexpr int BY_MAP = MAPS * POSITIONS + LANES;
  static void to_maps(const float* by_position, float* by_map) {
    Vector first[LANES], rest[LANES] = {};
#pragma GCC unroll 16
    for (int p = 0; p < LANES; ++p) first[p] = load(by_position + p * MAPS);
#pragma GCC unroll 9
    for (int p = LANES; p < POSITIONS; ++p) rest[p - LANES] = load(by_position + p * MAPS);
    transpose(first);
    transpose(rest);
#pragma GCC unroll 16
    for (int c = 0; c < MAPS; ++c) {
      store(by_map + c * POSITIONS, first[c]);
      store(by_map + c * POSITIONS + LANES, rest[c]);
    }
  }
  static void to_positions(const float* by_map, float* by_position) {
    Vector first[LANES], rest[LANES];
#pragma GCC unroll 16
    for (int c = 0; c < MAPS; ++c) {
      first[c] = load(by_map + c * POSITIONS);
      rest[c] = load(by_map + c * POSITIONS + LANES);
    }
    transpose(first);
    transpose(rest);
#pragma GCC unroll 16
    for (int p = 0; p < LANES; ++p) store(by_position + p * MAPS, first[p]);
#pragma GCC unroll 9
    for (int p = LANES; p < POSITIONS; ++p) store(by_position + p * MAPS, rest[p - LANES]);
  }
};

}  // namespace lenet5
