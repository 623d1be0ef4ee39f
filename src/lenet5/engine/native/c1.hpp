// C1: a 5×5 convolution of the input, 6 maps of 28×28. A vector runs along x, half a row.
#pragma once

#include "squash.hpp"

namespace lenet5 {

struct C1 {
  static constexpr int MAPS = 6, SIZE = 28, INPUT = 32, KERNEL = 5, TAPS = KERNEL * KERNEL, STRIDE = 32;
  static constexpr int WEIGHTS = MAPS * TAPS, PADDED = 160;

  float *weight, *bias;  // 6×5×5, 6
  const float *weight_rate, *bias_rate;
  alignas(64) float input[INPUT * INPUT + LANES] = {};  // read to 4 floats beyond its end, which do not count
  alignas(64) float state[MAPS * SIZE * STRIDE];

  void bind(float* w, float* b, const float* w_rate, const float* b_rate) {
    weight = w, bias = b, weight_rate = w_rate, bias_rate = b_rate;
  }

  void forward() {
    for (int y = 0; y < SIZE; ++y) {
      Vector a[MAPS][2];
#pragma GCC unroll 6
      for (int o = 0; o < MAPS; ++o) a[o][0] = a[o][1] = broadcast(bias[o]);
      for (int ky = 0; ky < KERNEL; ++ky) {
#pragma GCC unroll 5
        for (int kx = 0; kx < KERNEL; ++kx) {
          const float* read = input + (y + ky) * INPUT + kx;
          const Vector left = load(read), right = load(read + LANES);
#pragma GCC unroll 6
          for (int o = 0; o < MAPS; ++o) {
            const Vector w = broadcast(weight[o * TAPS + ky * KERNEL + kx]);
            a[o][0] += w * left;
            a[o][1] += w * right;
          }
        }
      }
#pragma GCC unroll 6
      for (int o = 0; o < MAPS; ++o) {
        float* row = state + (o * SIZE + y) * STRIDE;
        store(row, squash(a[o][0]));
        store(row + LANES, squash(a[o][1]));
      }
    }
  }

  // From ∂E/∂a, 0 beyond each row's end: the kernels' derivative is the sum over their connections (eq. 20).
  void backward(const float* delta, const float* bias_gradient) {
    alignas(64) float partial_sums[PADDED][LANES];
    constexpr int GROUP = 3;
    for (int o = 0; o < MAPS; o += GROUP)
      for (int ky = 0; ky < KERNEL; ++ky) {
        Vector sum[GROUP][KERNEL] = {};
        for (int y = 0; y < SIZE; ++y)
#pragma GCC unroll 2
          for (int half = 0; half < 2; ++half) {
            const float* read = input + (y + ky) * INPUT + half * LANES;
            Vector d[GROUP];
#pragma GCC unroll 3
            for (int g = 0; g < GROUP; ++g) d[g] = load(delta + ((o + g) * SIZE + y) * STRIDE + half * LANES);
#pragma GCC unroll 5
            for (int kx = 0; kx < KERNEL; ++kx) {
              const Vector x = load(read + kx);
#pragma GCC unroll 3
              for (int g = 0; g < GROUP; ++g) sum[g][kx] += d[g] * x;
            }
          }
#pragma GCC unroll 3
        for (int g = 0; g < GROUP; ++g)
#pragma GCC unroll 5
          for (int kx = 0; kx < KERNEL; ++kx) store(partial_sums[(o + g) * TAPS + ky * KERNEL + kx], sum[g][kx]);
      }
    alignas(64) float gradient[PADDED];
    for (int k = 0; k < WEIGHTS; k += LANES) {
      Vector rows[LANES];
#pragma GCC unroll 16
      for (int i = 0; i < LANES; ++i) rows[i] = load(partial_sums[k + i]);
      store(gradient + k, sum_lanes(rows));
    }
    step(weight, weight_rate, gradient, WEIGHTS);
    step(bias, bias_rate, bias_gradient, MAPS);
  }
};

}  // namespace lenet5
