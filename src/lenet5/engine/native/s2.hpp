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
        const Vector even = even_lanes(left, right), odd = odd_lanes(left, right);
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
        const Vector left = first_doubled(to_c1), right = second_doubled(to_c1);
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
