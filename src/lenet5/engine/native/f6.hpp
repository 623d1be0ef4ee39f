// F6: 84 units, each of which reads all 120 of C5: seven vectors and a half.
#pragma once

#include "c5.hpp"

namespace lenet5 {

struct F6 {
  static constexpr int UNITS = 84, PADDED = 96, INPUTS = C5::UNITS, VECTORS = INPUTS / LANES, REST = VECTORS * LANES;

  float *weight, *bias;  // 84×120, 84
  const float *weight_rate, *bias_rate;
  alignas(64) float state[PADDED] = {};  // the padding is 0

  void bind(float* w, float* b, const float* w_rate, const float* b_rate) {
    weight = w, bias = b, weight_rate = w_rate, bias_rate = b_rate;
  }

  void forward(const C5& c5) {
    alignas(64) float partial_sums[LANES][LANES];
    for (int first = 0; first < UNITS; first += LANES) {
      const int units = first + LANES <= UNITS ? LANES : UNITS - first;
      for (int o = 0; o < units; ++o) {
        const float* row = weight + (first + o) * INPUTS;
        // Added to 0: in a sum of two products the compilers differ in which one they round.
        Half rest{};
        rest += load_half(c5.state + REST) * load_half(row + REST);
        Vector sum = widen(rest), other{};
#pragma GCC unroll 7
        for (int v = 0; v < VECTORS; ++v) (v % 2 ? sum : other) += load(c5.state + v * LANES) * load(row + v * LANES);
        store(partial_sums[o], sum + other);
      }
      Vector rows[LANES] = {};
      for (int o = 0; o < units; ++o) rows[o] = load(partial_sums[o]);
      store_first(state + first, squash(sum_lanes(rows) + load_first(bias + first, units)), units);
    }
  }

  // From ∂E/∂state to ∂E/∂C5, and eq. 18.
  void backward(const float* derivative, const C5& c5, float* below) {
    alignas(64) float delta[PADDED];
    for (int o = 0; o < PADDED; o += LANES) store(delta + o, load(derivative + o) * squash_derivative(load(state + o)));
    Vector sum[VECTORS] = {};
    Half sum_of_rest{};
    for (int o = 0; o < UNITS; ++o) {
      float* row = weight + o * INPUTS;
      const float* rate = weight_rate + o * INPUTS;
      const float d = delta[o];
#pragma GCC unroll 7
      for (int v = 0; v < VECTORS; ++v) {
        const Vector w = load(row + v * LANES);
        sum[v] += w * d;
        store(row + v * LANES, w - load(rate + v * LANES) * (d * load(c5.state + v * LANES)));
      }
      const Half w = load_half(row + REST);
      sum_of_rest += w * d;
      store_half(row + REST, w - load_half(rate + REST) * (d * load_half(c5.state + REST)));
    }
    step(bias, bias_rate, delta, UNITS);
#pragma GCC unroll 7
    for (int v = 0; v < VECTORS; ++v) store(below + v * LANES, sum[v]);
    store(below + REST, widen(sum_of_rest));
  }
};

}  // namespace lenet5
