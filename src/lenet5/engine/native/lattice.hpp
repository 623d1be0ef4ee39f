// Sections VI-A to VI-E on a recognition graph: forward and Viterbi penalties of all its paths, or of those that spell a
// string, and how far each arc decides them. graphs/criteria.py is the same on graphs of any kind, to be read first.
//
// A lattice has a node a cut, and between two cuts an arc a class. Those that spell a string are the paths of its
// composition with a chain of states: a digit leads from a state to the next, a blank stays, and a node of the
// composition is a cut and a state.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
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

// Which paths count: all of them, those that spell a text, or those that spell another.
struct Acceptor {
  enum class Takes { ANY, THE_TEXT, ANOTHER };

  Takes takes = Takes::ANY;
  const std::int64_t* text = nullptr;
  int length = 0;

  // State s below the length: so many digits of the text were read. One more says that it was another text.
  int states() const { return takes == Takes::ANY ? 1 : takes == Takes::THE_TEXT ? length + 1 : length + 2; }
  bool is_final(int s) const { return takes == Takes::ANY || (s == length) == (takes == Takes::THE_TEXT); }
  // The state after label k in state s; a label of 10 and more is a blank.
  int next(int s, int k) const {
    if (k >= DIGITS || takes == Takes::ANY) return s;
    return s < length && text[s] == k ? s + 1 : length + 1;
  }
};

// The labels that may be taken in a state.
template <typename Do>
void each_label(const Acceptor& acceptor, int state, int classes, const Do& act) {
  if (acceptor.takes != Acceptor::Takes::THE_TEXT) {
    for (int k = 0; k < classes; ++k) act(k);
    return;
  }
  if (state < acceptor.length) act(static_cast<int>(acceptor.text[state]));
  for (int k = DIGITS; k < classes; ++k) act(k);
}

// Eq. 13: C_forw of the accepted paths, NEVER where there are none. Adds to `derivative`, spans×classes where there is
// one, `sign` times the posterior of each arc among them, which is eq. 16's ∂C_forw/∂c.
inline double forward(const Lattice& lattice, const Acceptor& acceptor, double sign = 0,
                      std::vector<double>* derivative = nullptr) {
  const int states = acceptor.states();
  std::vector<double> f(lattice.nodes * states, NEVER);
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
  const std::size_t last = static_cast<std::size_t>(lattice.nodes - 1) * states;
  double total = NEVER;
  for (int q = 0; q < states; ++q)
    if (acceptor.is_final(q)) total = logadd(total, f[last + q]);
  if (total == NEVER || !derivative) return total;
  std::vector<double> rest(lattice.nodes * states, NEVER);
  for (int q = 0; q < states; ++q)
    if (acceptor.is_final(q)) rest[last + q] = 0;
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
        (*derivative)[s * lattice.classes + k] += sign * std::exp(total - here - c - behind);
      });
    }
  return total;
}

// An arc of a lattice: a span with a class.
struct LatticeArc {
  std::size_t span;
  int label;
};

// Eq. 10: C_vit of the accepted paths, NEVER where there are none; and the arcs of the best one, in order.
inline double viterbi(const Lattice& lattice, const Acceptor& acceptor, std::vector<LatticeArc>& path) {
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
  int best = -1;
  for (int at = (lattice.nodes - 1) * states, q = 0; q < states; ++q, ++at)
    if (acceptor.is_final(q) && tokens[at].v < NEVER && (best < 0 || tokens[at].v < tokens[best].v)) best = at;
  path.clear();
  if (best < 0) return NEVER;
  for (int at = best; tokens[at].before >= 0; at = tokens[at].before) path.push_back({tokens[at].span, tokens[at].label});
  std::reverse(path.begin(), path.end());
  return tokens[best].v;
}

inline std::vector<std::int64_t> digits_on(const std::vector<LatticeArc>& path) {
  std::vector<std::int64_t> digits;
  for (const LatticeArc& arc : path)
    if (arc.label < DIGITS) digits.push_back(arc.label);
  return digits;
}

}  // namespace lenet5
