// C5: 120 units, each of which reads all 16 maps of S4: 400 inputs, 25 vectors. Four fifths of the parameters are here,
// more than the nearest cache holds, so each pass over them goes straight from the first to the last.
#pragma once

#include "s4.hpp"

namespace lenet5 {

struct C5 {
  static constexpr int UNITS = 120, PADDED = 128, INPUTS = S4::MAPS * S4::POSITIONS, VECTORS = INPUTS / LANES;

  float *weight, *bias;  // 120×16×5×5, 120
  const float *weight_rate, *bias_rate;
  alignas(64) float input[S4::BY_MAP];
  alignas(64) float state[PADDED] = {};

  void bind(float* w, float* b, const float* w_rate, const float* b_rate) {
    weight = w, bias = b, weight_rate = w_rate, bias_rate = b_rate;
  }

  void forward(const S4& s4) {
    S4::to_maps(s4.state, input);
    Vector x[VECTORS];
#pragma GCC unroll 25
    for (int v = 0; v < VECTORS; ++v) x[v] = load(input + v * LANES);
    alignas(64) float partial_sums[LANES][LANES] = {};
    for (int o = 0; o < UNITS; ++o) {
      const float* row = weight + o * INPUTS;
      Vector sum[5] = {};
#pragma GCC unroll 25
      for (int v = 0; v < VECTORS; ++v) sum[v % 5] += x[v] * load(row + v * LANES);
      store(partial_sums[o % LANES], (sum[0] + sum[1]) + (sum[2] + sum[3]) + sum[4]);
      if (o % LANES != LANES - 1 && o != UNITS - 1) continue;
      Vector rows[LANES];
#pragma GCC unroll 16
      for (int i = 0; i < LANES; ++i) rows[i] = load(partial_sums[i]);
      const int first = o - o % LANES;
      store(state + first, squash(sum_lanes(rows) + load_first(bias + first, o % LANES + 1)));
    }
  }

  // From ∂E/∂state to ∂E/∂S4, position by position, and eq. 18: each weight is read, sent back and moved in one go.
  void backward(const float* derivative, float* below) {
    alignas(64) float delta[PADDED];
    for (int o = 0; o < UNITS; o += LANES) store(delta + o, load(derivative + o) * squash_derivative(load(state + o)));
    Vector sum[VECTORS] = {};
    for (int o = 0; o < UNITS; ++o) {
      float* row = weight + o * INPUTS;
      const float* rate = weight_rate + o * INPUTS;
      const Vector d = broadcast(delta[o]);
#pragma GCC unroll 25
      for (int v = 0; v < VECTORS; ++v) {
        const Vector w = load(row + v * LANES);
        sum[v] += w * d;
        store(row + v * LANES, w - load(rate + v * LANES) * (d * load(input + v * LANES)));
      }
    }
    step(bias, bias_rate, delta, UNITS);
    alignas(64) float by_map[S4::BY_MAP];
#pragma GCC unroll 25
    for (int v = 0; v < VECTORS; ++v) store(by_map + v * LANES, sum[v]);
    S4::to_positions(by_map, below);
  }
};

}  // namespace lenet5
