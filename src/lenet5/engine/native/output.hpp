// OUTPUT: ten Euclidean radial basis functions (eq. 7) and the loss over them (eq. 8 or 9).
#pragma once

#include <cmath>
#include <optional>

#include "f6.hpp"

namespace lenet5 {

struct Output {
  static constexpr int CLASSES = 10;

  float scale;                    // s of the penalties
  std::optional<double> rubbish;  // j of eq. 9; none for eq. 8, which has no sum over the classes
  alignas(64) float codes[CLASSES * F6::PADDED] = {};  // the padding is 0, as in F6's state
  float penalty[CLASSES];
  double posterior[CLASSES];

  void bind(const float* drawn, float s) {
    scale = s;
    for (int i = 0; i < CLASSES; ++i)
      std::memcpy(codes + i * F6::PADDED, drawn + i * F6::UNITS, F6::UNITS * sizeof(float));
  }

  void forward(const F6& f6) {
    Vector rows[LANES] = {};
    for (int i = 0; i < CLASSES; ++i)
      for (int j = 0; j < F6::PADDED; j += LANES) {
        const Vector difference = load(f6.state + j) - load(codes + i * F6::PADDED + j);
        rows[i] += difference * difference;
      }
    store_first(penalty, scale * sum_lanes(rows), CLASSES);
  }

  int answer() const {
    int smallest = 0;
    for (int i = 1; i < CLASSES; ++i)
      if (penalty[i] < penalty[smallest]) smallest = i;
    return smallest;
  }

  // E of this pattern; leaves the posterior of each class. The sum is taken relative to its largest term.
  double loss(int label) {
    if (!rubbish) {
      std::memset(posterior, 0, sizeof posterior);
      return penalty[label];
    }
    double least = *rubbish;
    for (float y : penalty) least = y < least ? y : least;
    double sum = std::exp(least - *rubbish);
    for (int i = 0; i < CLASSES; ++i) sum += posterior[i] = std::exp(least - penalty[i]);
    for (double& p : posterior) p /= sum;
    return penalty[label] - least + std::log(sum);
  }

  // ∂E/∂F6: ∂E/∂y_i = [i = label] − posterior_i, times 2 s (x − w_i).
  void backward(int label, const F6& f6, float* below) const {
    Vector sum[F6::PADDED / LANES] = {};
    for (int i = 0; i < CLASSES; ++i) {
      const float slope = static_cast<float>((i == label) - posterior[i]) * 2 * scale;
      for (int v = 0; v < F6::PADDED / LANES; ++v)
        sum[v] += slope * (load(f6.state + v * LANES) - load(codes + i * F6::PADDED + v * LANES));
    }
    for (int v = 0; v < F6::PADDED / LANES; ++v) store(below + v * LANES, sum[v]);
  }
};

}  // namespace lenet5
