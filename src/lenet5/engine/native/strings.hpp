// What module.cpp asks of lines: their segments, and training on strings through the graph. strings.cpp has it.
#pragma once

#include <string>
#include <vector>

#include "passes.hpp"

namespace lenet5 {

// What module.cpp asks of arrays' shapes; strings.cpp checks that segments have the same sizes.
constexpr int LINE_ROWS = 44, SEGMENT_FEATURES = 15, SWEEP_FEATURES = 3;

// The segmentation graph of a line as arrays: see graphs/segmentation_graph.py.
struct Segments {
  std::vector<std::int32_t> cuts;      // cuts×44
  std::vector<std::int32_t> crossed;   // cuts
  std::vector<std::int32_t> arcs;      // segments×2: the cuts that it leaves and enters
  std::vector<std::int32_t> boxes;     // segments×4: left, top, and behind its right and lower edge
  std::vector<float> features;         // segments×15
  std::vector<std::uint8_t> patterns;  // segments×32×32
};

Segments segments_of(const std::uint8_t* pixels, int width, int stride);

// The recognition graph of a line: the cuts that each arc leaves and enters, and its penalty once a class.
struct Arcs {
  const std::int32_t* ends;  // count×2, in the order of the cuts that they leave
  const double* penalties;   // count×classes
  std::size_t count;
  int classes, nodes;
};

// A string's best path, an arc and its class after the other, and the string's posterior.
struct Interpretation {
  std::vector<std::int64_t> path;
  double posterior = 0;
};

// The likeliest string of a recognition graph and the runner-up, see graphs/interpretation.py.
std::vector<Interpretation> interpret(const Arcs& arcs);

// exp(−E_dforw) of a string of digits.
double string_posterior(const Arcs& arcs, const std::vector<std::int64_t>& text);

enum class Criterion { VITERBI, DISCRIMINATIVE_VITERBI, FORWARD, DISCRIMINATIVE_FORWARD };

// The linear segmenter, classes×15 weights or of a sweep classes×3, and a temperature, and the rates of both.
struct Segmenter {
  float *weights, *temperature;
  const float *weight_rates, *temperature_rate;
};

// Lines, each 44 rows of `stride` for segments or 32 for a sweep, of its own width, with what it says; and an isolated
// digit beside each.
struct Lines {
  const std::uint8_t* pixels;
  const std::int64_t *widths, *labels;  // labels: lines×longest, −1 behind the last
  int count, rows, stride, longest;
  Images isolated;
  const std::int64_t *isolated_images, *isolated_labels;
};

struct TrainedLines {
  double loss_sum, isolated_loss_sum;
  std::int64_t errors, isolated_errors, lines;
};

TrainedLines train_strings(Network& network, const Parts& parts, const Segmenter& segmenter, Criterion criterion,
                           float least_at_stake, const Lines& lines);

}  // namespace lenet5
