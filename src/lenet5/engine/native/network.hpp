// The stages in the order of figure 2: forward, and backward with eq. 18 on the way.
#pragma once

#include <cstring>

#include "output.hpp"

namespace lenet5 {

struct Network {
  C1 c1;
  S2 s2;
  C3 c3;
  S4 s4;
  C5 c5;
  F6 f6;
  Output output;

  // From the image in c1.image to the penalties.
  void forward() {
    c1.forward();
    s2.forward(c1);
    c3.forward(s2);
    s4.forward(c3);
    c5.forward(s4);
    f6.forward(c5);
    output.forward(f6);
  }

  // After forward and output.loss(label). The states of C1 and C3 are spent.
  void backward_and_step(int label) {
    alignas(64) float to_f6[F6::PLACES], to_c5[C5::UNITS + 8], to_s4[S4::POSITIONS * S4::MAPS];
    alignas(64) float to_s2[S2::MAPS * S2::SIZE * S2::PITCH], c1_bias[C1::MAPS];
    output.backward(label, f6, to_f6);
    f6.backward(to_f6, c5, to_c5);
    c5.backward(to_c5, to_s4);
    s4.backward(to_s4, c3);
    c3.backward(c3.state, s2, to_s2);
    s2.backward(to_s2, c1, c1_bias);
    c1.backward(c1.state, c1_bias);
  }
};

// A layer's states as the tensor path has them: map by map, row by row.
struct Layer {
  const char* name;
  std::size_t size;
  void (*copy)(const Network&, float* out);
};

template <int maps, int size, int pitch>
void copy_rows(const float* state, float* out) {
  for (int row = 0; row < maps * size; ++row) std::memcpy(out + row * size, state + row * pitch, size * sizeof(float));
}

template <int maps, int positions>
void copy_positions(const float* state, float* out) {
  for (int c = 0; c < maps; ++c)
    for (int p = 0; p < positions; ++p) out[c * positions + p] = state[p * maps + c];
}

inline const Layer& layer_by_name(const char* name) {
  static const Layer layers[] = {
      {"C1", 6 * 28 * 28, [](const Network& n, float* out) { copy_rows<6, 28, C1::PITCH>(n.c1.state, out); }},
      {"S2", 6 * 14 * 14, [](const Network& n, float* out) { copy_rows<6, 14, S2::PITCH>(n.s2.state, out); }},
      {"C3", 16 * 10 * 10, [](const Network& n, float* out) { copy_positions<16, 100>(n.c3.state, out); }},
      {"S4", 16 * 5 * 5, [](const Network& n, float* out) { copy_positions<16, 25>(n.s4.state, out); }},
      {"C5", 120, [](const Network& n, float* out) { copy_rows<120, 1, 1>(n.c5.state, out); }},
      {"F6", 84, [](const Network& n, float* out) { copy_rows<84, 1, 1>(n.f6.state, out); }},
      {"OUTPUT", 10, [](const Network& n, float* out) { copy_rows<10, 1, 1>(n.output.penalty, out); }},
  };
  static const Layer none = {"", 0, nullptr};
  for (const Layer& layer : layers)
    if (!std::strcmp(layer.name, name)) return layer;
  return none;
}

}  // namespace lenet5
