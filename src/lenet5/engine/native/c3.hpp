// C3: 5×5 convolutions of S2 by a connection table, 16 maps of 10×10. A vector runs over the maps, a position each.
#pragma once

#include "s2.hpp"

namespace lenet5 {

struct C3 {
  static constexpr int MAPS = 16, SIZE = 10, KERNEL = 5, TAPS = KERNEL * KERNEL, POSITIONS = SIZE * SIZE;
  static constexpr int INPUTS = S2::MAPS;

  float* bias;  // 16
  const float* bias_rate;
  // 6×5×5×16: the kernels and their rates as if every map read every input; 0 where the table has no connection, and a
  // rate of 0 keeps it so.
  alignas(64) float weight[INPUTS * TAPS * MAPS] = {};
  alignas(64) float weight_rate[INPUTS * TAPS * MAPS] = {};
  std::uint8_t readers[INPUTS][MAPS];  // the maps that read an S2 map …
  int reader_count[INPUTS] = {};       // … and how many they are
  alignas(64) float state[POSITIONS * MAPS];

  // Kernels come by output map and then input map, one for each connection of the 6×16 table; rates likewise, or none.
  void bind(const bool* table, const float* kernels, float* b, const float* rates, const float* b_rate) {
    bias = b, bias_rate = b_rate;
    for (int o = 0; o < MAPS; ++o)
      for (int i = 0; i < INPUTS; ++i) {
        if (!table[i * MAPS + o]) continue;
        readers[i][reader_count[i]++] = o;
        for (int t = 0; t < TAPS; ++t) {
          weight[(i * TAPS + t) * MAPS + o] = *kernels++;
          if (rates) weight_rate[(i * TAPS + t) * MAPS + o] = *rates++;
        }
      }
  }
  void write_back(const bool* table, float* kernels) const {
    for (int o = 0; o < MAPS; ++o)
      for (int i = 0; i < INPUTS; ++i)
        for (int t = 0; table[i * MAPS + o] && t < TAPS; ++t) *kernels++ = weight[(i * TAPS + t) * MAPS + o];
  }

  void forward(const S2& s2) {
    // Two rows of positions at a time, or half of one.
    constexpr int ROWS = MANY_REGISTERS ? 2 : 1, COLUMNS = MANY_REGISTERS ? SIZE : SIZE / 2, BLOCK = ROWS * COLUMNS;
    for (int y = 0; y < SIZE; y += ROWS)
      for (int x = 0; x < SIZE; x += COLUMNS) {
        Vector a[BLOCK];
#pragma GCC unroll 20
        for (int p = 0; p < BLOCK; ++p) a[p] = load(bias);
        for (int i = 0; i < INPUTS; ++i)
          for (int ky = 0; ky < KERNEL; ++ky)
#pragma GCC unroll 5
            for (int kx = 0; kx < KERNEL; ++kx) {
              const float* read = s2.state + (i * S2::SIZE + y + ky) * S2::STRIDE + x + kx;
              const Vector w = load(weight + ((i * KERNEL + ky) * KERNEL + kx) * MAPS);
#pragma GCC unroll 20
              for (int p = 0; p < BLOCK; ++p) a[p] += w * read[p / COLUMNS * S2::STRIDE + p % COLUMNS];
            }
#pragma GCC unroll 20
        for (int p = 0; p < BLOCK; ++p)
          store(state + ((y + p / COLUMNS) * SIZE + x + p % COLUMNS) * MAPS, squash(a[p]));
      }
  }

  // From ∂E/∂a, position by position, to ∂E/∂S2; then eq. 18 on the kernels.
  void backward(const float* delta, const S2& s2, float* below) {
    by_row(delta);
    towards_input(below);
    towards_weights(delta, s2);
  }

 private:
  // ∂E/∂a once more, row by row, with 4 zeros before each row and more behind.
  static constexpr int MARGIN = KERNEL - 1, STRIDE = 32;
  alignas(64) float delta_rows[MAPS * SIZE * STRIDE] = {};

  void by_row(const float* delta) {
    for (int y = 0; y < SIZE; ++y) {
      Vector rows[LANES] = {};
#pragma GCC unroll 10
      for (int x = 0; x < SIZE; ++x) rows[x] = load(delta + (y * SIZE + x) * MAPS);
      transpose(rows);
#pragma GCC unroll 16
      for (int o = 0; o < MAPS; ++o) store(delta_rows + (o * SIZE + y) * STRIDE + MARGIN, rows[o]);
    }
  }

  void towards_input(float* below) const {
    for (int i = 0; i < INPUTS; ++i) {
      if constexpr (MANY_REGISTERS) {
        rows_towards_input<0, S2::SIZE>(i, below);
      } else {
        rows_towards_input<0, 5>(i, below);
        rows_towards_input<5, 10>(i, below);
        rows_towards_input<10, S2::SIZE>(i, below);
      }
    }
  }

  // The rows of an S2 map from BEGIN to END.
  template <int BEGIN, int END>
  void rows_towards_input(int i, float* below) const {
    constexpr int FIRST = BEGIN < KERNEL ? 0 : BEGIN - KERNEL + 1, LAST = END < SIZE ? END : SIZE;
    Vector sum[END - BEGIN] = {};
    for (int reader = 0; reader < reader_count[i]; ++reader) {
      const int o = readers[i][reader];
      for (int kx = 0; kx < KERNEL; ++kx) {
        const float* read = delta_rows + o * SIZE * STRIDE + MARGIN - kx;
        float w[KERNEL];
#pragma GCC unroll 5
        for (int ky = 0; ky < KERNEL; ++ky) w[ky] = weight[((i * KERNEL + ky) * KERNEL + kx) * MAPS + o];
#pragma GCC unroll 10
        for (int y = FIRST; y < LAST; ++y) {
          const Vector d = load(read + y * STRIDE);
#pragma GCC unroll 5
          for (int ky = 0; ky < KERNEL; ++ky)
            if (y + ky >= BEGIN && y + ky < END) sum[y + ky - BEGIN] += w[ky] * d;
        }
      }
    }
#pragma GCC unroll 14
    for (int y = BEGIN; y < END; ++y) store(below + (i * S2::SIZE + y) * S2::STRIDE, sum[y - BEGIN]);
  }

  void towards_weights(const float* delta, const S2& s2) {
    constexpr int BLOCK = MANY_REGISTERS ? TAPS : KERNEL;  // taps at a time
    for (int i = 0; i < INPUTS; ++i)
      for (int first = 0; first < TAPS; first += BLOCK) {
        Vector sum[BLOCK] = {};
        for (int y = 0; y < SIZE; ++y)
          for (int x = 0; x < SIZE; ++x) {
            const float* read = s2.state + (i * S2::SIZE + y + first / KERNEL) * S2::STRIDE + x;
            const Vector d = load(delta + (y * SIZE + x) * MAPS);
#pragma GCC unroll 25
            for (int t = 0; t < BLOCK; ++t) sum[t] += d * read[t / KERNEL * S2::STRIDE + t % KERNEL];
          }
#pragma GCC unroll 25
        for (int t = 0; t < BLOCK; ++t) {
          const int tap = (i * TAPS + first + t) * MAPS;
          store(weight + tap, load(weight + tap) - load(weight_rate + tap) * sum[t]);
        }
      }
    Vector sum{};
    for (int p = 0; p < POSITIONS; ++p) sum += load(delta + p * MAPS);
    store(bias, load(bias) - load(bias_rate) * sum);
  }
};

}  // namespace lenet5
