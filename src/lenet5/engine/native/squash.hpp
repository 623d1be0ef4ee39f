// The squashing function, eq. 5 and 6: f(a) = A tanh(S a); and its derivative read off the state.
#pragma once

#include "vector.hpp"

namespace lenet5 {

constexpr float AMPLITUDE = 1.7159f;
constexpr float SLOPE = 2.0f / 3.0f;

// tanh u = E / (E + 2) with E = e^t − 1, t = 2u. With t = n ln 2 + r, |r| ≤ ln 2 / 2, E = 2^n (e^r − 1) + (2^n − 1),
// where e^r − 1 is its Taylor series to r^7, whose next term is below half a unit in the last place. Small t loses nothing:
// n = 0 then, and E = e^r − 1. NaN stays NaN; beyond |t| = 20, tanh is ±1 in float32.
inline Vector squash(Vector a) {
  constexpr float LOG2_E = 1.44269504f, LN_2 = 0.693145752f, LN_2_REST = 1.42860677e-6f;
  constexpr float ROUND = 12582912.0f;  // 1.5 · 2^23: adding it leaves no fraction, and n in the lowest bits
  Vector t = 2 * SLOPE * a;
  t = at_least(at_most(t, 20.0f), -20.0f);
  const Vector shifted = t * LOG2_E + ROUND;
  const Vector n = shifted - ROUND;
  const Vector r = t - n * LN_2 - n * LN_2_REST;
  Vector series = broadcast(1.0f / 5040);
  series = series * r + 1.0f / 720;
  series = series * r + 1.0f / 120;
  series = series * r + 1.0f / 24;
  series = series * r + 1.0f / 6;
  series = series * r + 1.0f / 2;
  series = series * (r * r) + r;
  const Vector two_to_n = two_to_lowest_bits(shifted);
  const Vector e = two_to_n * series + (two_to_n - 1.0f);
  return AMPLITUDE * e / (e + 2.0f);
}

// f'(a) = A S − (S/A) y² at the total input a whose state is y.
inline Vector squash_derivative(Vector y) { return AMPLITUDE * SLOPE - SLOPE / AMPLITUDE * y * y; }

}  // namespace lenet5
