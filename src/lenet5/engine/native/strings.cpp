// Training on strings through the graph, section VI, and the segments of a line. Compiled for a processor, as passes.cpp.
#include "strings.hpp"

#include <algorithm>
#include <cmath>

#include "hypotheses.hpp"
#include "input.hpp"
#include "lattice.hpp"
#include "network.hpp"
#include "segments.hpp"

namespace lenet5 {

static_assert(LINE_ROWS == ROWS && SEGMENT_FEATURES == FEATURES && SWEEP_FEATURES == LONGEST && INPUT == PATTERN);

Segments segments_of(const std::uint8_t* pixels, int width, int stride) {
  const Segmentation found({pixels, width, stride});
  Segments all;
  for (const Cut& cut : found.cuts) {
    all.cuts.insert(all.cuts.end(), cut.x.begin(), cut.x.end());
    all.crossed.push_back(cut.crossed);
  }
  for (const Segment& s : found.arcs) {
    all.arcs.insert(all.arcs.end(), {s.from, s.to});
    all.boxes.insert(all.boxes.end(), {s.box.left, s.box.top, s.box.right + 1, s.box.bottom + 1});
    all.features.insert(all.features.end(), s.features, s.features + FEATURES);
    all.patterns.insert(all.patterns.end(), s.pattern, s.pattern + PATTERN * PATTERN);
  }
  return all;
}

namespace {

// The recognition graph of a line: every arc's penalty of every class, τ u + w · features; leaves the network's in y.
Lattice recognise(Network& network, const Images& as_bytes, const Hypotheses& hypotheses, const Segmenter& segmenter,
                  std::vector<float>& y) {
  const int classes = network.output.classes, features = hypotheses.features_an_arc;
  y.resize(hypotheses.count() * classes);
  for (std::size_t n = 0; n < hypotheses.count(); ++n) {
    write_input({hypotheses.pattern(n), as_bytes.levels, nullptr, PATTERN, PATTERN}, 0, network.c1.input);
    network.forward();
    std::copy_n(network.output.penalty, classes, &y[n * classes]);
  }
  Lattice lattice{hypotheses.nodes, classes, hypotheses.spans, {}};
  for (std::size_t s = 0; s < hypotheses.spans.size(); ++s)
    for (int k = 0; k < classes; ++k) {
      if (!hypotheses.may_be(s, k, classes)) {  // whatever τ is
        lattice.penalties.push_back(NEVER);
        continue;
      }
      double c = static_cast<double>(*segmenter.temperature) * hypotheses.of_arc(y, classes, s, k);
      for (int f = 0; f < features; ++f)
        c += static_cast<double>(segmenter.weights[k * features + f]) * hypotheses.features[s * features + f];
      lattice.penalties.push_back(c);
    }
  return lattice;
}

// E of eq. 11, 12, 13 or 17; leaves ∂E/∂c of every arc. NEVER where no path spells the string.
double judge(const Lattice& lattice, const Acceptor& right, Criterion criterion, std::vector<double>& derivative) {
  derivative.assign(lattice.penalties.size(), 0);
  const auto best = [&](const Acceptor& acceptor, double sign) {
    std::vector<LatticeArc> path;
    const double penalty = viterbi(lattice, acceptor, path);
    for (const LatticeArc& arc : path) derivative[arc.span * lattice.classes + arc.label] += sign;
    return penalty;
  };
  const bool soft = criterion == Criterion::FORWARD || criterion == Criterion::DISCRIMINATIVE_FORWARD;
  const double of_right = soft ? forward(lattice, right, 1, &derivative) : best(right, 1);
  if (of_right == NEVER) return NEVER;
  switch (criterion) {
    case Criterion::DISCRIMINATIVE_VITERBI: return of_right - best({}, -1);
    case Criterion::DISCRIMINATIVE_FORWARD: return of_right - forward(lattice, {}, -1, &derivative);
    default: return of_right;
  }
}

bool is_read_as(const Lattice& lattice, const Acceptor& right) {
  std::vector<LatticeArc> path;
  viterbi(lattice, {}, path);
  const std::vector<std::int64_t> digits = digits_on(path);
  return std::equal(digits.begin(), digits.end(), right.text, right.text + right.length);
}

}  // namespace

TrainedLines train_strings(Network& network, const Parts& parts, const Segmenter& segmenter, Criterion criterion,
                           float least_at_stake, const Lines& lines) {
  const FlushingToZero flushing;
  TrainedLines trained{};
  const int classes = network.output.classes;
  std::vector<float> y;
  std::vector<double> derivative;
  float of_penalties[Output::MOST];
  for (int n = 0; n < lines.count; ++n) {
    const std::int64_t* text = lines.labels + static_cast<std::size_t>(n) * lines.longest;
    const int length = static_cast<int>(std::find(text, text + lines.longest, -1) - text);
    const std::uint8_t* pixels = lines.pixels + static_cast<std::size_t>(n) * lines.rows * lines.stride;
    const LineImage line{pixels, static_cast<int>(lines.widths[n]), lines.stride};
    const Hypotheses hypotheses = lines.rows == ROWS ? segments_on(line) : sweep_over(line);
    const int features = hypotheses.features_an_arc;
    const Acceptor right{Acceptor::Takes::THE_TEXT, text, length};
    const Lattice lattice = recognise(network, lines.isolated, hypotheses, segmenter, y);
    const double loss = lattice.spans.empty() ? NEVER : judge(lattice, right, criterion, derivative);
    trained.errors += loss == NEVER || !is_read_as(lattice, right);
    if (loss != NEVER) {  // a string of more digits than pieces teaches nothing
      trained.loss_sum += loss;
      if (!std::isfinite(loss)) break;
      const float temperature = *segmenter.temperature;
      double of_temperature = 0;
      std::vector<double> of_weights(classes * features), of_y(y.size());
      for (std::size_t s = 0; s < lattice.spans.size(); ++s)
        for (int k = 0; k < classes; ++k) {
          const double d = derivative[s * classes + k];
          if (d == 0) continue;
          of_temperature += d * hypotheses.of_arc(y, classes, s, k);
          for (int f = 0; f < features; ++f) of_weights[k * features + f] += d * hypotheses.features[s * features + f];
          hypotheses.to_patterns(d, classes, s, k, of_y);
        }
      for (std::size_t p = 0; p < hypotheses.count(); ++p) {
        float most = 0;
        for (int k = 0; k < classes; ++k) {
          const float d = static_cast<float>(of_y[p * classes + k]);
          of_penalties[k] = d * temperature;
          most = std::max(most, std::fabs(d));
        }
        if (most < least_at_stake) continue;
        write_input({hypotheses.pattern(p), lines.isolated.levels, nullptr, PATTERN, PATTERN}, 0, network.c1.input);
        network.forward();
        network.backward_and_step(of_penalties);
      }
      *segmenter.temperature -= *segmenter.temperature_rate * static_cast<float>(of_temperature);
      for (int k = 0; k < classes * features; ++k)
        segmenter.weights[k] -= segmenter.weight_rates[k] * static_cast<float>(of_weights[k]);
    }
    write_input(lines.isolated, lines.isolated_images[n], network.c1.input);
    network.forward();
    const int label = static_cast<int>(lines.isolated_labels[n]);
    const double isolated_loss = network.output.loss(label);
    trained.isolated_loss_sum += isolated_loss;
    if (!std::isfinite(isolated_loss)) break;
    trained.isolated_errors += network.output.answer() != label;
    network.output.derivatives(label, of_penalties);
    network.backward_and_step(of_penalties);
    ++trained.lines;
  }
  network.c3.write_back(parts.table, parts.parameters.c3_weight);
  return trained;
}

namespace {

Lattice lattice_of(const Arcs& arcs) {
  Lattice lattice{arcs.nodes, arcs.classes, {}, {arcs.penalties, arcs.penalties + arcs.count * arcs.classes}};
  for (std::size_t s = 0; s < arcs.count; ++s) lattice.spans.push_back({arcs.ends[2 * s], arcs.ends[2 * s + 1]});
  return lattice;
}

// exp(−E_dforw) of a text; `of_all` is C_forw of all paths.
double posterior_of(const Lattice& lattice, double of_all, const std::vector<std::int64_t>& text) {
  const Acceptor spelling{Acceptor::Takes::THE_TEXT, text.data(), static_cast<int>(text.size())};
  const double of_text = forward(lattice, spelling);
  return of_text == NEVER ? 0 : std::min(1.0, std::exp(of_all - of_text));
}

}  // namespace

std::vector<Interpretation> interpret(const Arcs& arcs) {
  const Lattice lattice = lattice_of(arcs);
  const double of_all = forward(lattice, {});
  std::vector<Interpretation> found;
  std::vector<std::int64_t> text;
  while (found.size() < 2) {
    Acceptor acceptor;
    if (!found.empty()) acceptor = {Acceptor::Takes::ANOTHER, text.data(), static_cast<int>(text.size())};
    std::vector<LatticeArc> path;
    if (viterbi(lattice, acceptor, path) == NEVER) break;
    Interpretation interpretation;
    for (const LatticeArc& arc : path) {
      interpretation.path.push_back(static_cast<std::int64_t>(arc.span));
      interpretation.path.push_back(arc.label);
    }
    const std::vector<std::int64_t> digits = digits_on(path);
    interpretation.posterior = posterior_of(lattice, of_all, digits);
    if (found.empty()) text = digits;
    found.push_back(interpretation);
  }
  return found;
}

double string_posterior(const Arcs& arcs, const std::vector<std::int64_t>& text) {
  const Lattice lattice = lattice_of(arcs);
  return posterior_of(lattice, forward(lattice, {}), text);
}

}  // namespace lenet5
