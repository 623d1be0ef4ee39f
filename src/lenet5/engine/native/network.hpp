// The stages in the order of figure 2: forward, and backward with eq. 18 on the way. nested_loops.c is the same in plain
// loops, to be read first; tests/engine/test_nested_loops.py shows that both train alike.
#pragma once

#include <algorithm>
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

  // From the image in c1.input to the penalties.
  void forward() {
    c1.forward();
    s2.forward(c1);
    c3.forward(s2);
    s4.forward(c3);
    c5.forward(s4);
    f6.forward(c5);
    output.forward(f6);
  }

  // From ∂E/∂y, after forward. The states of C1 and C3 are spent.
  void backward_and_step(const float* of_penalties) {
    alignas(64) float to_f6[F6::PADDED], to_c5[C5::PADDED], to_s4[S4::POSITIONS * S4::MAPS];
    alignas(64) float to_s2[S2::MAPS * S2::SIZE * S2::STRIDE], to_c1_bias[C1::MAPS];
    output.backward(of_penalties, f6, to_f6);
    f6.backward(to_f6, c5, to_c5);
    c5.backward(to_c5, to_s4);
    s4.backward(to_s4, c3);
    c3.backward(c3.state, s2, to_s2);
    s2.backward(to_s2, c1, to_c1_bias);
    c1.backward(c1.state, to_c1_bias);
  }
};

// A layer's states as the tensor path has them: map by map, row by row. OUTPUT has as many as there are classes.
struct Layer {
  const char* name;
  std::size_t size;
  void (*copy)(const Network&, float* out);
};

template <typename Stage>
constexpr std::size_t STATES = std::size_t{Stage::MAPS} * Stage::SIZE * Stage::SIZE;

template <typename Stage>
void copy_rows(const float* state, float* out) {
  for (int row = 0; row < Stage::MAPS * Stage::SIZE; ++row)
    std::copy_n(state + row * Stage::STRIDE, Stage::SIZE, out + row * Stage::SIZE);
}

template <typename Stage>
void copy_positions(const float* state, float* out) {
  for (int c = 0; c < Stage::MAPS; ++c)
    for (int p = 0; p < Stage::POSITIONS; ++p) out[c * Stage::POSITIONS + p] = state[p * Stage::MAPS + c];
}

inline const Layer& layer_by_name(const char* name) {
  static const Layer layers[] = {
      {"C1", STATES<C1>, [](const Network& n, float* out) { copy_rows<C1>(n.c1.state, out); }},
      {"S2", STATES<S2>, [](const Network& n, float* out) { copy_rows<S2>(n.s2.state, out); }},
      {"C3", STATES<C3>, [](const Network& n, float* out) { copy_positions<C3>(n.c3.state, out); }},
      {"S4", STATES<S4>, [](const Network& n, float* out) { copy_positions<S4>(n.s4.state, out); }},
      {"C5", C5::UNITS, [](const Network& n, float* out) { std::copy_n(n.c5.state, C5::UNITS, out); }},
      {"F6", F6::UNITS, [](const Network& n, float* out) { std::copy_n(n.f6.state, F6::UNITS, out); }},
      {"OUTPUT", 0, [](const Network& n, float* out) { std::copy_n(n.output.penalty, n.output.classes, out); }},
  };
  static const Layer none = {nullptr, 0, nullptr};
  for (const Layer& layer : layers)
    if (!std::strcmp(layer.name, name)) return layer;
  return none;
}

}  // namespace lenet5
