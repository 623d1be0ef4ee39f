// What the functions that Python sees (module.cpp) ask of the stages (network.hpp), which passes.cpp has for them.
//
// passes.cpp alone is compiled for one processor. module.cpp is compiled for every one, finds out at import whether this
// one will do, and calls nothing of the below before. So nothing stands here that a compiler could compile in both.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lenet5 {

struct Network;

// What module.cpp asks of arrays' shapes; passes.cpp checks that the stages have the same sizes.
constexpr int INPUT = 32, MOST_CLASSES = 16, CODE = 84, S2_MAPS = 6, C3_MAPS = 16;

// Something of each of the twelve arrays of a network: its memory, its size, its name.
template <typename Each>
struct PerArray {
  Each c1_weight, c1_bias;
  Each s2_coefficient, s2_bias;
  Each c3_weight, c3_bias;
  Each s4_coefficient, s4_bias;
  Each c5_weight, c5_bias;
  Each f6_weight, f6_bias;
};
using Parameters = PerArray<float*>;
using Rates = PerArray<const float*>;  // ε_k of eq. 21; null where nothing is trained
using Sizes = PerArray<std::size_t>;

// How many numbers each array has, where C3 has so many kernels.
Sizes array_sizes(int kernels);

// What a network consists of: memory that is the caller's.
struct Parts {
  Parameters parameters;
  Rates rates;
  const bool* table;      // 6×16
  const float* codes;     // classes×84
  int classes;            // at most 16
  float scale;            // s of eq. 7
  const double* rubbish;  // j of eq. 9, null for eq. 8
};

// Images as bytes, with the input that each byte stands for; or as inputs already, 32×32 each.
struct Images {
  const std::uint8_t* bytes;
  const float* levels;
  const float* inputs;
  int height, width;
};

struct Pattern {
  std::int64_t image;
  int label;
};

struct TrainedPart {
  double loss_sum;
  std::int64_t errors, patterns;
};

// A network that works on its parts, and its end.
Network* make(const Parts& parts);
void destroy(Network* network);

// One update for each pattern, in order; ends before the first update whose loss is not finite, with that loss in the
// sum. C3's kernels are written back before it returns.
TrainedPart train(Network& network, const Parts& parts, const Images& images, const Pattern* begin, const Pattern* end);

// How many states a layer has, with so many classes; 0 where there is no layer of this name.
std::size_t layer_size(const char* layer, int classes);

// The states of a layer for the images from `begin` to `end`; image n's go to `out` + n × their number.
void states(Network& network, const Images& images, std::size_t begin, std::size_t end, const char* layer, float* out);

}  // namespace lenet5
