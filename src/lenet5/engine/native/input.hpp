// What every pass does before a network is asked: the input from an image, and how the processor rounds.
#pragma once

#include <algorithm>
#include <cstring>
#if defined(__SSE__)
#include <xmmintrin.h>
#endif

#include "passes.hpp"

namespace lenet5 {

// Numbers too small for float32's full precision count as 0 for a while: they cost a hundredfold and change nothing.
class FlushingToZero {
#if defined(__SSE__)
  unsigned before = _mm_getcsr();

 public:
  FlushingToZero() { _mm_setcsr(before | 0x8040); }
  ~FlushingToZero() { _mm_setcsr(before); }
#endif
};

// Image n in the middle of the input; the margins are background.
inline void write_input(const Images& images, std::size_t n, float* input) {
  const auto [bytes, levels, inputs, height, width] = images;
  if (inputs) {
    std::memcpy(input, inputs + n * INPUT * INPUT, INPUT * INPUT * sizeof(float));
    return;
  }
  std::fill(input, input + INPUT * INPUT, levels[0]);
  const std::uint8_t* from = bytes + n * height * width;
  float* to = input + (INPUT - height) / 2 * INPUT + (INPUT - width) / 2;
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x) to[y * INPUT + x] = levels[from[y * width + x]];
}

}  // namespace lenet5
