// The stages run over patterns: training on a part of a pass, and reading. The one file that is compiled for a
// processor, see passes.hpp.
#include "passes.hpp"

#include <cmath>

#include "input.hpp"
#include "instruction_sets.hpp"
#include "network.hpp"

namespace lenet5 {

static_assert(INPUT == C1::INPUT && S2_MAPS == C3::INPUTS && C3_MAPS == C3::MAPS);
static_assert(MOST_CLASSES == Output::MOST && CODE == F6::UNITS);

Sizes array_sizes(int kernels) {
  Sizes sizes{};
  sizes.c1_weight = C1::WEIGHTS, sizes.c1_bias = C1::MAPS;
  sizes.s2_coefficient = S2::MAPS, sizes.s2_bias = S2::MAPS;
  sizes.c3_weight = kernels * C3::TAPS, sizes.c3_bias = C3::MAPS;
  sizes.s4_coefficient = S4::MAPS, sizes.s4_bias = S4::MAPS;
  sizes.c5_weight = C5::UNITS * C5::INPUTS, sizes.c5_bias = C5::UNITS;
  sizes.f6_weight = F6::UNITS * F6::INPUTS, sizes.f6_bias = F6::UNITS;
  return sizes;
}

Network* make(const Parts& parts) {
  const auto& [p, rate, table, codes, classes, scale, rubbish] = parts;
  auto* network = new Network();
  network->c1.bind(p.c1_weight, p.c1_bias, rate.c1_weight, rate.c1_bias);
  network->s2.bind(p.s2_coefficient, p.s2_bias, rate.s2_coefficient, rate.s2_bias);
  network->c3.bind(table, p.c3_weight, p.c3_bias, rate.c3_weight, rate.c3_bias);
  network->s4.bind(p.s4_coefficient, p.s4_bias, rate.s4_coefficient, rate.s4_bias);
  network->c5.bind(p.c5_weight, p.c5_bias, rate.c5_weight, rate.c5_bias);
  network->f6.bind(p.f6_weight, p.f6_bias, rate.f6_weight, rate.f6_bias);
  network->output.bind(codes, classes, scale);
  if (rubbish) network->output.rubbish = *rubbish;
  return network;
}

void destroy(Network* network) { delete network; }

TrainedPart train(Network& network, const Parts& parts, const Images& images, const Pattern* begin, const Pattern* end) {
  const FlushingToZero flushing;
  TrainedPart part{};
  for (const Pattern* pattern = begin; pattern != end; ++pattern) {
    write_input(images, pattern->image, network.c1.input);
    network.forward();
    const double loss = network.output.loss(pattern->label);
    part.loss_sum += loss;
    if (!std::isfinite(loss)) break;
    part.errors += network.output.answer() != pattern->label;
    float of_penalties[Output::MOST];
    network.output.derivatives(pattern->label, of_penalties);
    network.backward_and_step(of_penalties);
    ++part.patterns;
  }
  network.c3.write_back(parts.table, parts.parameters.c3_weight);
  return part;
}

std::size_t layer_size(const char* layer, int classes) {
  const Layer& found = layer_by_name(layer);
  return found.name && !found.size ? classes : found.size;
}

void states(Network& network, const Images& images, std::size_t begin, std::size_t end, const char* layer, float* out) {
  const FlushingToZero flushing;
  const Layer& wanted = layer_by_name(layer);
  const std::size_t size = layer_size(layer, network.output.classes);
  for (std::size_t n = begin; n < end; ++n) {
    write_input(images, n, network.c1.input);
    network.forward();
    wanted.copy(network, out + n * size);
  }
}

// A macro that is defined stands for 1, and one that is not for its own name.
#define LENET5_AS_TEXT(macro) #macro
#define LENET5_IS_DEFINED(macro, name) LENET5_AS_TEXT(macro)[0] == '1',
const bool COMPILED_WITH[] = {LENET5_INSTRUCTION_SETS(LENET5_IS_DEFINED) false};

}  // namespace lenet5
