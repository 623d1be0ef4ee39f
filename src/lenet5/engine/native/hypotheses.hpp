// What may be a digit on a line: arcs between nodes, and the patterns that the network is asked. Either the segments of a
// segmentation graph, a pattern each, or the outputs of a sweep, of which an arc takes some. graphs/sweep.py and
// graphs/segmenter.py are the same in NumPy and PyTorch, to be read first.
#pragma once

#include <vector>

#include "lattice.hpp"
#include "segments.hpp"

namespace lenet5 {

constexpr int STEP = 4, LONGEST = 3;

struct Hypotheses {
  bool swept;
  int nodes = 0, features_an_arc;
  std::vector<Span> spans;             // in the order of the nodes that they leave
  std::vector<float> features;         // spans×features_an_arc
  std::vector<std::uint8_t> patterns;  // patterns×32×32

  std::size_t count() const { return patterns.size() / (PATTERN * PATTERN); }
  const std::uint8_t* pattern(std::size_t n) const { return &patterns[n * PATTERN * PATTERN]; }

  // Whether arc s can be class k: of a sweep the blank's arcs are of one output, and the digits' are longer.
  bool may_be(std::size_t s, int k, int classes) const {
    return !swept || (spans[s].to == spans[s].from + 1) == (k == classes - 1);
  }

  // u of graphs/segmenter.py: the network's part of what arc s and class k cost, where it may be this class.
  double of_arc(const std::vector<float>& y, int classes, std::size_t s, int k) const {
    if (!swept) return y[s * classes + k];
    const auto [from, to] = spans[s];
    double u = y[(to - 1) * classes + classes - 1];
    for (int t = from; t < to - 1; ++t) u += y[t * classes + k];
    return u;
  }

  // Adds an arc's derivative to those of the penalties that it is made of.
  void to_patterns(double d, int classes, std::size_t s, int k, std::vector<double>& of_y) const {
    if (!swept) {
      of_y[s * classes + k] += d;
      return;
    }
    const auto [from, to] = spans[s];
    of_y[(to - 1) * classes + classes - 1] += d;
    for (int t = from; t < to - 1; ++t) of_y[t * classes + k] += d;
  }
};

inline Hypotheses segments_on(const LineImage& line) {
  const Segmentation found(line);
  Hypotheses all{false, static_cast<int>(found.cuts.size()), FEATURES, {}, {}, {}};
  for (const Segment& s : found.arcs) {
    all.spans.push_back({s.from, s.to});
    all.features.insert(all.features.end(), s.features, s.features + FEATURES);
    all.patterns.insert(all.patterns.end(), s.pattern, s.pattern + PATTERN * PATTERN);
  }
  return all;
}

// The windows of a line that is as high as the input, 32 columns wide or wider.
inline Hypotheses sweep_over(const LineImage& line) {
  const int outputs = (line.width - PATTERN) / STEP + 1;
  Hypotheses all{true, outputs + 1, LONGEST, {}, {}, {}};
  for (int t = 0; t < outputs; ++t) {
    for (int r = 0; r < PATTERN; ++r) {
      const std::uint8_t* row = line.pixels + static_cast<std::size_t>(r) * line.stride + t * STEP;
      all.patterns.insert(all.patterns.end(), row, row + PATTERN);
    }
    for (int longer = -1; longer < LONGEST && t + longer + 2 <= outputs; ++longer) {
      all.spans.push_back({t, t + longer + 2});
      for (int n = 0; n < LONGEST; ++n) all.features.push_back(n == std::max(longer, 0) ? 1.0f : 0.0f);
    }
  }
  return all;
}

}  // namespace lenet5
