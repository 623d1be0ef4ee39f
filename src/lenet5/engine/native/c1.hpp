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
    constexpr int HALVES = MANY_REGISTERS ? 2 : 1;  // of a row, at a time
    for (int y = 0; y < SIZE; ++y)
      for (int first = 0; first < 2; first += HALVES) {
        Vector a[MAPS][HALVES];
#pragma GCC unroll 6
        for (int o = 0; o < MAPS; ++o)
#pragma GCC unroll 2
          for (int h = 0; h < HALVES; ++h) a[o][h] = broadcast(bias[o]);
        for (int ky = 0; ky < KERNEL; ++ky) {
#pragma GCC unroll 5
          for (int kx = 0; kx < KERNEL; ++kx) {
            const float* read = input + (y + ky) * INPUT + kx + first * LANES;
            Vector x[HALVES];
#pragma GCC unroll 2
            for (int h = 0; h < HALVES; ++h) x[h] = load(read + h * LANES);
#pragma GCC unroll 6
            for (int o = 0; o < MAPS; ++o) {
              const Vector w = broadcast(weight[o * TAPS + ky * KERNEL + kx]);
#pragma GCC unroll 2
              for (int h = 0; h < HALVES; ++h) a[o][h] += w * x[h];
            }
          }
        }
#pragma GCC unroll 6
        for (int o = 0; o < MAPS; ++o)
#pragma GCC unroll 2
          for (int h = 0; h < HALVES; ++h)
            store(state + (o * SIZE + y) * STRIDE + (first + h) * LANES, squash(a[o][h]));
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
