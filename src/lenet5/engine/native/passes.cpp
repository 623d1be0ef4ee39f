// The stages run over patterns: training on a part of a pass, and reading. The one file that is compiled for a
// processor, see passes.hpp.
#include "passes.hpp"

#include <algorithm>
#include <cmath>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "instruction_sets.hpp"
#include "network.hpp"

namespace lenet5 {

static_assert(FIELD == C1::FIELD && S2_MAPS == C3::INPUTS && C3_MAPS == C3::MAPS);
static_assert(CLASSES == Output::CLASSES && CODE == F6::UNITS);

namespace {

// Numbers too small for float32's full precision count as 0 for a while: they cost a hundredfold and change nothing.
class FlushingToZero {
#if defined(__SSE__)
  unsigned before = _mm_getcsr();

 public:
  FlushingToZero() { _mm_setcsr(before | 0x8040); }
  ~FlushingToZero() { _mm_setcsr(before); }
#endif
};

// Image n in the middle of the field; the margins are paper.
void put(const Images& images, std::size_t n, float* field) {
  const auto [bytes, levels, fields, height, width] = images;
  if (fields) {
    std::memcpy(field, fields + n * FIELD * FIELD, FIELD * FIELD * sizeof(float));
    return;
  }
  std::fill(field, field + FIELD * FIELD, levels[0]);
  const std::uint8_t* from = bytes + n * height * width;
  float* to = field + (FIELD - height) / 2 * FIELD + (FIELD - width) / 2;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) to[y * FIELD + x] = levels[from[y * width + x]];
}

}  // namespace

void array_sizes(int kernels, std::size_t (&sizes)[ARRAYS]) {
  const int counted[ARRAYS] = {C1::MAPS * C1::TAPS,    C1::MAPS,  S2::MAPS, S2::MAPS,
                               kernels * C3::TAPS,     C3::MAPS,  S4::MAPS, S4::MAPS,
                               C5::UNITS * C5::INPUTS, C5::UNITS, F6::UNITS * F6::INPUTS, F6::UNITS};
  std::copy(counted, counted + ARRAYS, sizes);
}

Network* make(const Parts& parts) {
  const auto& [p, r, table, codes, scale, rubbish] = parts;
  auto* network = new Network();
  network->c1.take(p[0], p[1], r[0], r[1]);
  network->s2.take(p[2], p[3], r[2], r[3]);
  network->c3.take(table, p[4], p[5], r[4], r[5]);
  network->s4.take(p[6], p[7], r[6], r[7]);
  network->c5.take(p[8], p[9], r[8], r[9]);
  network->f6.take(p[10], p[11], r[10], r[11]);
  network->output.take(codes, scale);
  if (rubbish) network->output.rubbish = *rubbish;
  return network;
}

void destroy(Network* network) { delete network; }

TrainedPart train(Network& network, const Parts& parts, const Images& images, const Pattern* begin, const Pattern* end) {
  const FlushingToZero flushing;
  TrainedPart part{};
  for (const Pattern* pattern = begin; pattern != end; ++pattern) {
    put(images, pattern->image, network.c1.image);
    network.forward();
    const double loss = network.output.loss(pattern->label);
    part.loss_sum += loss;
    if (!std::isfinite(loss)) break;
    part.errors += network.output.answer() != pattern->label;
    network.backward_and_step(pattern->label);
    ++part.patterns;
  }
  network.c3.put_back(parts.table, parts.parameters[4]);
  return part;
}

std::size_t layer_size(const char* layer) { return layer_by_name(layer).size; }

void states(Network& network, const Images& images, std::size_t begin, std::size_t end, const char* layer, float* out) {
  const FlushingToZero flushing;
  const Layer& wanted = layer_by_name(layer);
  for (std::size_t n = begin; n < end; ++n) {
    put(images, n, network.c1.image);
    network.forward();
    wanted.copy(network, out + n * wanted.size);
  }
}

// A macro that is defined stands for 1, and one that is not for its own name.
#define LENET5_AS_TEXT(macro) #macro
#define LENET5_IS_DEFINED(macro, name) LENET5_AS_TEXT(macro)[0] == '1',
const bool COMPILED_WITH[] = {LENET5_INSTRUCTION_SETS(LENET5_IS_DEFINED) false};

}  // namespace lenet5
