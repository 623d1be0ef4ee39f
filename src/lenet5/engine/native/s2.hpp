// S2: sub-sampling of C1, 6 maps of 14×14. A vector runs along x, a whole row.
#pragma once

#include "c1.hpp"

namespace lenet5 {

struct S2 {
  static constexpr int MAPS = 6, SIZE = 14, PITCH = 16;

  float *coefficient, *bias;  // 6, 6
  const float *coefficient_rate, *bias_rate;
  alignas(64) float sum[MAPS * SIZE * PITCH];  // of the four inputs
  alignas(64) float state[MAPS * SIZE * PITCH];

  void take(float* c, float* b, const float* c_rate, const float* b_rate) {
    coefficient = c, bias = b, coefficient_rate = c_rate, bias_rate = b_rate;
  }

  void forward(const C1& c1) {
    for (int c = 0; c < MAPS; ++c)
      for (int y = 0; y < SIZE; ++y) {
        const float* upper = c1.state + (c * C1::SIZE + 2 * y) * C1::PITCH;
        const float* lower = upper + C1::PITCH;
        const Vector left = load(upper) + load(lower), right = load(upper + LANES) + load(lower + LANES);
        const Vector even =
            __builtin_shufflevector(left, right, 0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        const Vector odd =
            __builtin_shufflevector(left, right, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        const int place = (c * SIZE + y) * PITCH;
        store(sum + place, even + odd);
        store(state + place, squash(coefficient[c] * (even + odd) + bias[c]));
      }
  }

  // From ∂E/∂state, 0 beyond each row's end. C1's states give way to C1's ∂E/∂a, and the sums of those are returned.
  void backward(const float* derivative, C1& c1, float* c1_bias_gradient) {
    for (int c = 0; c < MAPS; ++c) {
      Vector of_coefficient{}, of_bias{}, of_c1{};
      for (int y = 0; y < SIZE; ++y) {
        const int place = (c * SIZE + y) * PITCH;
        const Vector delta = load(derivative + place) * squash_derivative(load(state + place));
        of_coefficient += delta * load(sum + place);
        of_bias += delta;
        const Vector share = coefficient[c] * delta;
        const Vector left = __builtin_shufflevector(share, share, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 6, 7, 7);
        const Vector right =
            __builtin_shufflevector(share, share, 8, 8, 9, 9, 10, 10, 11, 11, 12, 12, 13, 13, 14, 14, 15, 15);
        float* row = c1.state + (c * C1::SIZE + 2 * y) * C1::PITCH;
#pragma GCC unroll 4
        for (int part = 0; part < 4; ++part) {
          float* at = row + part * LANES;
          const Vector d = (part % 2 ? right : left) * squash_derivative(load(at));
          of_c1 += d;
          store(at, d);
        }
      }
      Vector rows[LANES] = {of_coefficient, of_bias, of_c1};
      const Vector total = sums(rows);
      c1_bias_gradient[c] = total[2];
      coefficient[c] -= coefficient_rate[c] * total[0];
      bias[c] -= bias_rate[c] * total[1];
    }
  }
};

}  // namespace lenet5
