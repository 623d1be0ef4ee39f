// S2: sub-sampling of C1, 6 maps of 14×14. A vector runs along x, a whole row.
#pragma once

#include "c1.hpp"

namespace lenet5 {

struct S2 {
  static constexpr int MAPS = 6, SIZE = 14, STRIDE = 16;

  float *coefficient, *bias;  // 6, 6
  const float *coefficient_rate, *bias_rate;
  alignas(64) float sum[MAPS * SIZE * STRIDE];  // of the four inputs
  alignas(64) float state[MAPS * SIZE * STRIDE];

  void bind(float* c, float* b, const float* c_rate, const float* b_rate) {
    coefficient = c, bias = b, coefficient_rate = c_rate, bias_rate = b_rate;
  }

  void forward(const C1& c1) {
    for (int c = 0; c < MAPS; ++c)
      for (int y = 0; y < SIZE; ++y) {
        const float* upper = c1.state + (c * C1::SIZE + 2 * y) * C1::STRIDE;
        const float* lower = upper + C1::STRIDE;
        const Vector left = load(upper) + load(lower), right = load(upper + LANES) + load(lower + LANES);
        const Vector even =
            __builtin_shufflevector(left, right, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        const Vector odd =
            __builtin_shufflevector(left, right, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        const int row = (c * SIZE + y) * STRIDE;
        store(sum + row, even + odd);
        store(state + row, squash(coefficient[c] * (even + odd) + bias[c]));
      }
  }

  // From ∂E/∂state, 0 beyond each row's end. C1's states give way to C1's ∂E/∂a, and the sums of those are returned.
  void backward(const float* derivative, C1& c1, float* c1_bias_gradient) {
    for (int c = 0; c < MAPS; ++c) {
      Vector of_coefficient{}, of_bias{}, of_c1{};
      for (int y = 0; y < SIZE; ++y) {
        const int row = (c * SIZE + y) * STRIDE;
        const Vector delta = load(derivative + row) * squash_derivative(load(state + row));
        of_coefficient += delta * load(sum + row);
        of_bias += delta;
        const Vector to_c1 = coefficient[c] * delta;  // to each of the four inputs
        const Vector left = __builtin_shufflevector(to_c1, to_c1, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
        const Vector right =
            __builtin_shufflevector(to_c1, to_c1, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15);
        float* two_rows = c1.state + (c * C1::SIZE + 2 * y) * C1::STRIDE;
#pragma GCC unroll 4
        for (int part = 0; part < 4; ++part) {
          float* at = two_rows + part * LANES;
          const Vector d = (part % 2 ? right : left) * squash_derivative(load(at));
          of_c1 += d;
          store(at, d);
        }
      }
      Vector rows[LANES] = {of_coefficient, of_bias, of_c1};
      const Vector total = sum_lanes(rows);
      c1_bias_gradient[c] = total[2];
      coefficient[c] -= coefficient_rate[c] * total[0];
      bias[c] -= bias_rate[c] * total[1];
    }
  }
};

}  // namespace lenet5
