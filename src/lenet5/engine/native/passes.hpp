// What the functions that Python sees (module.cpp) ask of the stages (network.hpp), which passes.cpp has for them.
//
// passes.cpp alone is compiled for one processor. module.cpp is compiled for every one, finds out at import whether this
// one will do, and calls nothing of the below before. So nothing stands here that a compiler could compile in both.
#pragma once

#include <cstddef>
#include <cstdint>

namespace lenet5 {

struct Network;

constexpr int ARRAYS = 12;  // a weight or coefficient, and a bias, for each of C1 to F6
constexpr int FIELD = 32, CLASSES = 10, CODE = 84, S2_MAPS = 6, C3_MAPS = 16;

// The numbers in each of the twelve arrays, where C3 has so many kernels.
void array_sizes(int kernels, std::size_t (&sizes)[ARRAYS]);

// What a network consists of: memory that is the caller's.
struct Parts {
  float* parameters[ARRAYS];
  const float* rates[ARRAYS];  // null where they are not trained
  const bool* table;           // 6×16
  const float* codes;          // 10×84
  float scale;                 // s of eq. 7
  const double* rubbish;       // j of eq. 9, null for eq. 8
};

// Images as bytes, with the grey level that each byte stands for, or as fields of grey levels already.
struct Images {
  const std::uint8_t* bytes;
  const float* levels;
  const float* fields;
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
// sum. C3's kernels are in their place when it returns.
TrainedPart train(Network& network, const Parts& parts, const Images& images, const Pattern* begin, const Pattern* end);

// How many states a layer has; 0 where there is no layer of this name.
std::size_t layer_size(const char* layer);

// The states of a layer for the images from `begin` to `end`, to their places in `out`, which has room for all images.
void states(Network& network, const Images& images, std::size_t begin, std::size_t end, const char* layer, float* out);

}  // namespace lenet5
