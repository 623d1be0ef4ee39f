// OUTPUT: Euclidean radial basis functions (eq. 7), one a class, and the loss over them (eq. 8 or 9).
#pragma once

#include <cmath>
#include <optional>

#include "f6.hpp"

namespace lenet5 {

struct Output {
  static constexpr int MOST = LANES;  // classes, as a vector holds their penalties

  int classes;
  float scale;                    // s of the penalties
  std::optional<double> rubbish;  // j of eq. 9; none for eq. 8, which has no sum over the classes
  alignas(64) float codes[MOST * F6::PADDED] = {};  // the padding is 0, as in F6's state
  float penalty[MOST];
  double posterior[MOST];

  void bind(const float* drawn, int number, float s) {
    scale = s, classes = number;
    for (int i = 0; i < classes; ++i)
      std::memcpy(codes + i * F6::PADDED, drawn + i * F6::UNITS, F6::UNITS * sizeof(float));
  }

  void forward(const F6& f6) {
    Vector rows[LANES] = {};
    for (int i = 0; i < classes; ++i)
      for (int j = 0; j < F6::PADDED; j += LANES) {
        const Vector difference = load(f6.state + j) - load(codes + i * F6::PADDED + j);
        rows[i] += difference * difference;
      }
    store_first(penalty, scale * sum_lanes(rows), classes);
  }

  int answer() const {
    int smallest = 0;
    for (int i = 1; i < classes; ++i)
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
    for (int i = 0; i < classes; ++i) least = penalty[i] < least ? penalty[i] : least;
    double sum = std::exp(least - *rubbish);
    for (int i = 0; i < classes; ++i) sum += posterior[i] = std::exp(least - penalty[i]);
    for (int i = 0; i < classes; ++i) posterior[i] /= sum;
    return penalty[label] - least + std::log(sum);
  }

  // ∂E/∂y_i = [i = label] − posterior_i, after loss(label).
  void derivatives(int label, float* of_penalties) const {
    for (int i = 0; i < classes; ++i) of_penalties[i] = static_cast<float>((i == label) - posterior[i]);
  }

  // From ∂E/∂y to ∂E/∂F6, by the factor 2 s (x − w_i).
  void backward(const float* of_penalties, const F6& f6, float* below) const {
    Vector sum[F6::PADDED / LANES] = {};
    for (int i = 0; i < classes; ++i) {
      const float slope = of_penalties[i] * 2 * scale;
      for (int v = 0; v < F6::PADDED / LANES; ++v)
        sum[v] += slope * (load(f6.state + v * LANES) - load(codes + i * F6::PADDED + v * LANES));
    }
    for (int v = 0; v < F6::PADDED / LANES; ++v) store(below + v * LANES, sum[v]);
  }
};

}  // namespace lenet5
