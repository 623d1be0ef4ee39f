// F6: 84 units, each of which reads all 120 of C5: seven vectors and a half.
#pragma once

#include "c5.hpp"

namespace lenet5 {

struct F6 {
  static constexpr int UNITS = 84, PLACES = 96, INPUTS = C5::UNITS, VECTORS = INPUTS / LANES, REST = VECTORS * LANES;

  float *weight, *bias;  // 84×120, 84
  const float *weight_rate, *bias_rate;
  alignas(64) float state[PLACES] = {};  // 0 in the places of no unit

  void take(float* w, float* b, const float* w_rate, const float* b_rate) {
    weight = w, bias = b, weight_rate = w_rate, bias_rate = b_rate;
  }

  void forward(const C5& c5) {
    alignas(64) float shares[LANES][LANES];
    for (int first = 0; first < UNITS; first += LANES) {
      const int units = first + LANES <= UNITS ? LANES : UNITS - first;
      for (int o = 0; o < units; ++o) {
        const float* row = weight + (first + o) * INPUTS;
        // Added to 0: in a sum of two products the compilers differ in which one they round.
        Half rest{};
        rest += load_half(c5.state + REST) * load_half(row + REST);
        Vector sum = widened(rest), other{};
#pragma GCC unroll 7
        for (int v = 0; v < VECTORS; ++v) (v % 2 ? sum : other) += load(c5.state + v * LANES) * load(row + v * LANES);
        store(shares[o], sum + other);
      }
      Vector rows[LANES] = {};
      for (int o = 0; o < units; ++o) rows[o] = load(shares[o]);
      store_first(state + first, squash(sums(rows) + load_first(bias + first, units)), units);
    }
  }

  // From ∂E/∂state to ∂E/∂C5, and eq. 18.
  void backward(const float* derivative, const C5& c5, float* below) {
    alignas(64) float delta[PLACES];
    for (int o = 0; o < PLACES; o += LANES) store(delta + o, load(derivative + o) * squash_derivative(load(state + o)));
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
    store(below + REST, widened(sum_of_rest));
  }
};

}  // namespace lenet5
