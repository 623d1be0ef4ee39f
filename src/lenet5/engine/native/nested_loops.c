/* The plain program: LeNet-5's online training in nested loops, in the order of figure 2 and back.

   It is the readable reference of the fast engine beside it (network.hpp and a file a stage), which does the same sums
   in another order. tests/engine/test_nested_loops.py shows that both train alike; benchmarks/engine.py measures them.
   Letters: o output map, i input map, y x position, a b position in a kernel or among four inputs. */
#include <math.h>
#include <string.h>

#define AMPLITUDE 1.7159f
#define SLOPE (2.0f / 3.0f)

/* Eq. 5 and 6; and the derivative at the total input whose state is given. */
static float squash(float total) { return AMPLITUDE * tanhf(SLOPE * total); }
static float squash_derivative(float state) {
  return AMPLITUDE * SLOPE - SLOPE / AMPLITUDE * state * state;
}

/* The twelve arrays of a network, or the rate of each of their numbers. C3 has a kernel for each connection of its
   table, by output map and then input map. */
struct arrays {
  float (*c1_weight)[5][5], *c1_bias;         /* 6×5×5, 6 */
  float *s2_coefficient, *s2_bias;            /* 6, 6 */
  float (*c3_weight)[5][5], *c3_bias;         /* 60×5×5 by Table I, 16 */
  float *s4_coefficient, *s4_bias;            /* 16, 16 */
  float (*c5_weight)[16][5][5], *c5_bias;     /* 120×16×5×5, 120 */
  float (*f6_weight)[120], *f6_bias;          /* 84×120, 84 */
};

/* What does not change in training. */
struct constants {
  const unsigned char (*table)[16]; /* 6×16: which input maps a map of C3 reads */
  const float (*codes)[84];         /* 10×84 */
  float s, j;                       /* of eq. 7 and 9 */
};

/* The states of a pattern; the sums of four inputs that S2 and S4 weigh; and ∂E/∂state, for C1 and C3 ∂E/∂total. */
static float c1[6][28][28], s2[6][14][14], c3[16][10][10], s4[16][5][5], c5[120], f6[84], penalty[10];
static float s2_sum[6][14][14], s4_sum[16][5][5];
static float d_c1[6][28][28], d_s2[6][14][14], d_c3[16][10][10], d_s4[16][5][5], d_c5[120], d_f6[84];

static void forward(const struct arrays *w, const struct constants *fixed, const float (*input)[32]) {
  for (int o = 0; o < 6; o++)
    for (int y = 0; y < 28; y++)
      for (int x = 0; x < 28; x++) {
        float total = w->c1_bias[o];
        for (int a = 0; a < 5; a++)
          for (int b = 0; b < 5; b++) total += w->c1_weight[o][a][b] * input[y + a][x + b];
        c1[o][y][x] = squash(total);
      }
  for (int o = 0; o < 6; o++)
    for (int y = 0; y < 14; y++)
      for (int x = 0; x < 14; x++) {
        s2_sum[o][y][x] = 0;
        for (int a = 0; a < 2; a++)
          for (int b = 0; b < 2; b++) s2_sum[o][y][x] += c1[o][2 * y + a][2 * x + b];
        s2[o][y][x] = squash(w->s2_coefficient[o] * s2_sum[o][y][x] + w->s2_bias[o]);
      }
  for (int o = 0, kernel = 0; o < 16; o++) {
    for (int y = 0; y < 10; y++)
      for (int x = 0; x < 10; x++) c3[o][y][x] = w->c3_bias[o];
    for (int i = 0; i < 6; i++) {
      if (!fixed->table[i][o]) continue;
      for (int y = 0; y < 10; y++)
        for (int x = 0; x < 10; x++) {
          float total = 0;
          for (int a = 0; a < 5; a++)
            for (int b = 0; b < 5; b++) total += w->c3_weight[kernel][a][b] * s2[i][y + a][x + b];
          c3[o][y][x] += total;
        }
      kernel++;
    }
    for (int y = 0; y < 10; y++)
      for (int x = 0; x < 10; x++) c3[o][y][x] = squash(c3[o][y][x]);
  }
  for (int o = 0; o < 16; o++)
    for (int y = 0; y < 5; y++)
      for (int x = 0; x < 5; x++) {
        s4_sum[o][y][x] = 0;
        for (int a = 0; a < 2; a++)
          for (int b = 0; b < 2; b++) s4_sum[o][y][x] += c3[o][2 * y + a][2 * x + b];
        s4[o][y][x] = squash(w->s4_coefficient[o] * s4_sum[o][y][x] + w->s4_bias[o]);
      }
  for (int o = 0; o < 120; o++) {
    float total = w->c5_bias[o];
    for (int i = 0; i < 16; i++)
      for (int a = 0; a < 5; a++)
        for (int b = 0; b < 5; b++) total += w->c5_weight[o][i][a][b] * s4[i][a][b];
    c5[o] = squash(total);
  }
  for (int o = 0; o < 84; o++) {
    float total = w->f6_bias[o];
    for (int i = 0; i < 120; i++) total += w->f6_weight[o][i] * c5[i];
    f6[o] = squash(total);
  }
  for (int o = 0; o < 10; o++) { /* eq. 7 */
    penalty[o] = 0;
    for (int i = 0; i < 84; i++) penalty[o] += (f6[i] - fixed->codes[o][i]) * (f6[i] - fixed->codes[o][i]);
    penalty[o] *= fixed->s;
  }
}

/* Eq. 9; `sum` is that of the classes, the rubbish class among them. */
static float loss(const struct constants *fixed, long label, float *sum) {
  *sum = expf(-fixed->j);
  for (int o = 0; o < 10; o++) *sum += expf(-penalty[o]);
  return penalty[label] + logf(*sum);
}

/* Back through the layers; each weight moves by eq. 18 as soon as its derivative is known and it was sent back. */
static void backward_and_step(struct arrays *w, const struct arrays *rate, const struct constants *fixed,
                              const float (*input)[32], long label, float sum) {
  memset(d_f6, 0, sizeof d_f6);
  for (int o = 0; o < 10; o++)
    for (int i = 0; i < 84; i++)
      d_f6[i] += ((o == label) - expf(-penalty[o]) / sum) * 2 * fixed->s * (f6[i] - fixed->codes[o][i]);
  memset(d_c5, 0, sizeof d_c5);
  for (int o = 0; o < 84; o++) {
    float delta = d_f6[o] * squash_derivative(f6[o]);
    for (int i = 0; i < 120; i++) {
      d_c5[i] += w->f6_weight[o][i] * delta;
      w->f6_weight[o][i] -= rate->f6_weight[o][i] * delta * c5[i];
    }
    w->f6_bias[o] -= rate->f6_bias[o] * delta;
  }
  memset(d_s4, 0, sizeof d_s4);
  for (int o = 0; o < 120; o++) {
    float delta = d_c5[o] * squash_derivative(c5[o]);
    for (int i = 0; i < 16; i++)
      for (int a = 0; a < 5; a++)
        for (int b = 0; b < 5; b++) {
          d_s4[i][a][b] += w->c5_weight[o][i][a][b] * delta;
          w->c5_weight[o][i][a][b] -= rate->c5_weight[o][i][a][b] * delta * s4[i][a][b];
        }
    w->c5_bias[o] -= rate->c5_bias[o] * delta;
  }
  for (int o = 0; o < 16; o++) {
    float of_coefficient = 0, of_bias = 0;
    for (int y = 0; y < 5; y++)
      for (int x = 0; x < 5; x++) {
        float delta = d_s4[o][y][x] * squash_derivative(s4[o][y][x]);
        of_coefficient += delta * s4_sum[o][y][x];
        of_bias += delta;
        for (int a = 0; a < 2; a++)
          for (int b = 0; b < 2; b++)
            d_c3[o][2 * y + a][2 * x + b] =
                delta * w->s4_coefficient[o] * squash_derivative(c3[o][2 * y + a][2 * x + b]);
      }
    w->s4_coefficient[o] -= rate->s4_coefficient[o] * of_coefficient;
    w->s4_bias[o] -= rate->s4_bias[o] * of_bias;
  }
  memset(d_s2, 0, sizeof d_s2);
  for (int o = 0, kernel = 0; o < 16; o++) {
    float of_bias = 0;
    for (int y = 0; y < 10; y++)
      for (int x = 0; x < 10; x++) of_bias += d_c3[o][y][x];
    w->c3_bias[o] -= rate->c3_bias[o] * of_bias;
    for (int i = 0; i < 6; i++) {
      if (!fixed->table[i][o]) continue;
      for (int a = 0; a < 5; a++)
        for (int b = 0; b < 5; b++) {
          float of_weight = 0;
          for (int y = 0; y < 10; y++)
            for (int x = 0; x < 10; x++) {
              of_weight += d_c3[o][y][x] * s2[i][y + a][x + b];
              d_s2[i][y + a][x + b] += w->c3_weight[kernel][a][b] * d_c3[o][y][x];
            }
          w->c3_weight[kernel][a][b] -= rate->c3_weight[kernel][a][b] * of_weight;
        }
      kernel++;
    }
  }
  for (int o = 0; o < 6; o++) {
    float of_coefficient = 0, of_bias = 0, of_c1_bias = 0;
    for (int y = 0; y < 14; y++)
      for (int x = 0; x < 14; x++) {
        float delta = d_s2[o][y][x] * squash_derivative(s2[o][y][x]);
        of_coefficient += delta * s2_sum[o][y][x];
        of_bias += delta;
        for (int a = 0; a < 2; a++)
          for (int b = 0; b < 2; b++)
            of_c1_bias += d_c1[o][2 * y + a][2 * x + b] =
                delta * w->s2_coefficient[o] * squash_derivative(c1[o][2 * y + a][2 * x + b]);
      }
    w->s2_coefficient[o] -= rate->s2_coefficient[o] * of_coefficient;
    w->s2_bias[o] -= rate->s2_bias[o] * of_bias;
    w->c1_bias[o] -= rate->c1_bias[o] * of_c1_bias;
    for (int a = 0; a < 5; a++)
      for (int b = 0; b < 5; b++) {
        float of_weight = 0;
        for (int y = 0; y < 28; y++)
          for (int x = 0; x < 28; x++) of_weight += d_c1[o][y][x] * input[y + a][x + b];
        w->c1_weight[o][a][b] -= rate->c1_weight[o][a][b] * of_weight;
      }
  }
}

/* Train on n patterns of 32×32 inputs, one after the other; returns the sum of their losses. */
float train(struct arrays *w, const struct arrays *rate, const struct constants *fixed, const float (*inputs)[32][32],
            const long *labels, long n) {
  float losses = 0, sum;
  for (long p = 0; p < n; p++) {
    forward(w, fixed, inputs[p]);
    losses += loss(fixed, labels[p], &sum);
    backward_and_step(w, rate, fixed, inputs[p], labels[p], sum);
  }
  return losses;
}
