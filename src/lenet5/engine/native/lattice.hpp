// Sections VI-A to VI-E on a recognition graph: forward and Viterbi penalties of all its paths, or of those that spell a
// string, and how far each arc decides them. graphs/criteria.py is the same on graphs of any kind, to be read first.
//
// A lattice has a node a cut, and between two cuts an arc a class. Those that spell a string are the paths of its
// composition with a chain of states: a digit leads from a state to the next, a blank stays, and a node of the
// composition is a cut and a state.
#pragma once

#include <cmath>
#include <limits>
#include <vector>

namespace lenet5 {

constexpr int DIGITS = 10;
constexpr double NEVER = std::numeric_limits<double>::infinity();

// −log(e^−a + e^−b), eq. 14, the larger term factored out.
inline double logadd(double a, double b) {
  if (b < a) std::swap(a, b);
  return b == NEVER ? a : a - std::log1p(std::exp(a - b));
}

struct Span {
  int from, to;  // cuts
};

struct Lattice {
  int nodes, classes;
  std::vector<Span> spans;        // in the order of the cuts that they leave
  std::vector<double> penalties;  // spans×classes

  double penalty(std::size_t s, int k) const { return penalties[s * classes + k]; }
};

// Which paths count: all of them, or those that spell a string.
struct Acceptor {
  const std::int64_t* text;
  int length;  // 0 for all paths

  int states() const { return length + 1; }
  int final_state() const { return length; }
  // The state after label k in state s; −1 for none. A label of 10 and more is a blank.
  int next(int s, int k) const {
    if (k >= DIGITS || length == 0) return s;
    return s < length && text[s] == k ? s + 1 : -1;
  }
};

// The labels that may be taken in a state.
template <typename Do>
void each_label(const Acceptor& acceptor, int state, int classes, const Do& act) {
  if (acceptor.length == 0) {
    for (int k = 0; k < classes; ++k) act(k);
    return;
  }
  if (state < acceptor.length) act(static_cast<int>(acceptor.text[state]));
  for (int k = DIGITS; k < classes; ++k) act(k);
}

// Eq. 13: C_forw of the accepted paths, NEVER where there are none. Adds to `share`, spans×classes, `sign` times the
// posterior of each arc among them, which is eq. 16's ∂C_forw/∂c.
inline double forward(const Lattice& lattice, const Acceptor& acceptor, double sign, std::vector<double>& share) {
  const int states = acceptor.states();
  std::vector<double> f(lattice.nodes * states, NEVER), rest(lattice.nodes * states, NEVER);
  f[0] = 0;
  for (std::size_t s = 0; s < lattice.spans.size(); ++s)
    for (int q = 0; q < states; ++q) {
      const double here = f[lattice.spans[s].from * states + q];
      if (here == NEVER) continue;
      each_label(acceptor, q, lattice.classes, [&](int k) {
        double& there = f[lattice.spans[s].to * states + acceptor.next(q, k)];
        there = logadd(there, here + lattice.penalty(s, k));
      });
    }
  const std::size_t end = (lattice.nodes - 1) * states + acceptor.final_state();
  const double total = f[end];
  if (total == NEVER) return total;
  rest[end] = 0;
  for (std::size_t s = lattice.spans.size(); s-- > 0;)
    for (int q = 0; q < states; ++q) {
      const double here = f[lattice.spans[s].from * states + q];
      if (here == NEVER) continue;
      double& from = rest[lattice.spans[s].from * states + q];
      each_label(acceptor, q, lattice.classes, [&](int k) {
        const double behind = rest[lattice.spans[s].to * states + acceptor.next(q, k)];
        if (behind == NEVER) return;
        const double c = lattice.penalty(s, k);
        from = logadd(from, c + behind);
        share[s * lattice.classes + k] += sign * std::exp(total - here - c - behind);
      });
    }
  return total;
}

// Eq. 10: C_vit of the accepted paths, NEVER where there are none. Adds `sign` to `share` for each arc of the best one,
// and appends its digits to `digits`, from the last to the first.
inline double viterbi(const Lattice& lattice, const Acceptor& acceptor, double sign, std::vector<double>& share,
                      std::vector<int>* digits = nullptr) {
  const int states = acceptor.states();
  struct Token {
    double v = NEVER;
    int before = -1, label = -1;
    std::size_t span = 0;
  };
  std::vector<Token> tokens(lattice.nodes * states);
  tokens[0].v = 0;
  for (std::size_t s = 0; s < lattice.spans.size(); ++s)
    for (int q = 0; q < states; ++q) {
      const int source = lattice.spans[s].from * states + q;
      const double here = tokens[source].v;
      if (here == NEVER) continue;
      each_label(acceptor, q, lattice.classes, [&](int k) {
        Token& there = tokens[lattice.spans[s].to * states + acceptor.next(q, k)];
        const double v = here + lattice.penalty(s, k);
        if (v < there.v) there = {v, source, k, s};
      });
    }
  int at = (lattice.nodes - 1) * states + acceptor.final_state();
  const double total = tokens[at].v;
  if (total == NEVER) return total;
  for (; tokens[at].before >= 0; at = tokens[at].before) {
    share[tokens[at].span * lattice.classes + tokens[at].label] += sign;
    if (digits && tokens[at].label < DIGITS) digits->push_back(tokens[at].label);
  }
  return total;
}

}  // namespace lenet5
