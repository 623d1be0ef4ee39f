/* LeNet-5's online training as a plain C programmer writes it: nested loops, and nothing that needs explaining.
   What the native engine is measured against; benchmarks/engine.py compiles it with -O3 -march=native -ffast-math. */
#include <math.h>
#include <string.h>

#define A 1.7159f
#define S (2.0f / 3.0f)

static float squash(float a) { return A * tanhf(S * a); }
static float slope(float y) { return A * S - S / A * y * y; }

/* w, r: weights and rates of C1 S2 C3 S4 C5 F6, each with its biases. fields: n images of 32×32. */
float train(float **w, float **r, const unsigned char *table, const float *codes, float s, float j, const float *fields,
            const long *labels, long n) {
  static float c1[6][28][28], s2[6][14][14], c3[16][10][10], s4[16][5][5], c5[120], f6[84], y[10];
  static float u2[6][14][14], u4[16][5][5], d1[6][28][28], d2[6][14][14], d3[16][10][10], d4[16][5][5], d5[120], d6[84];
  float(*w1)[5][5] = (void *)w[0], (*w3)[5][5] = (void *)w[4], (*w5)[16][5][5] = (void *)w[8];
  float(*r1)[5][5] = (void *)r[0], (*r3)[5][5] = (void *)r[4], (*r5)[16][5][5] = (void *)r[8];
  float total = 0;
  for (long p = 0; p < n; p++) {
    const float(*x)[32] = (void *)(fields + p * 1024);
    long label = labels[p];
    /* forward */
    for (int o = 0; o < 6; o++)
      for (int i = 0; i < 28; i++)
        for (int k = 0; k < 28; k++) {
          float a = w[1][o];
          for (int b = 0; b < 5; b++)
            for (int c = 0; c < 5; c++) a += w1[o][b][c] * x[i + b][k + c];
          c1[o][i][k] = squash(a);
        }
    for (int o = 0; o < 6; o++)
      for (int i = 0; i < 14; i++)
        for (int k = 0; k < 14; k++) {
          u2[o][i][k] = 0;
          for (int b = 0; b < 2; b++)
            for (int d = 0; d < 2; d++) u2[o][i][k] += c1[o][2 * i + b][2 * k + d];
          s2[o][i][k] = squash(w[2][o] * u2[o][i][k] + w[3][o]);
        }
    for (int o = 0, m = 0; o < 16; o++) {
      for (int i = 0; i < 10; i++)
        for (int k = 0; k < 10; k++) c3[o][i][k] = w[5][o];
      for (int q = 0; q < 6; q++) {
        if (!table[q * 16 + o]) continue;
        for (int i = 0; i < 10; i++)
          for (int k = 0; k < 10; k++) {
            float a = 0;
            for (int b = 0; b < 5; b++)
              for (int c = 0; c < 5; c++) a += w3[m][b][c] * s2[q][i + b][k + c];
            c3[o][i][k] += a;
          }
        m++;
      }
      for (int i = 0; i < 10; i++)
        for (int k = 0; k < 10; k++) c3[o][i][k] = squash(c3[o][i][k]);
    }
    for (int o = 0; o < 16; o++)
      for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++) {
          u4[o][i][k] = 0;
          for (int b = 0; b < 2; b++)
            for (int d = 0; d < 2; d++) u4[o][i][k] += c3[o][2 * i + b][2 * k + d];
          s4[o][i][k] = squash(w[6][o] * u4[o][i][k] + w[7][o]);
        }
    for (int o = 0; o < 120; o++) {
      float a = w[9][o];
      for (int q = 0; q < 16; q++)
        for (int b = 0; b < 5; b++)
          for (int c = 0; c < 5; c++) a += w5[o][q][b][c] * s4[q][b][c];
      c5[o] = squash(a);
    }
    for (int o = 0; o < 84; o++) {
      float a = w[11][o];
      for (int i = 0; i < 120; i++) a += w[10][o * 120 + i] * c5[i];
      f6[o] = squash(a);
    }
    float sum = expf(-j);
    for (int o = 0; o < 10; o++) {
      y[o] = 0;
      for (int i = 0; i < 84; i++) y[o] += (f6[i] - codes[o * 84 + i]) * (f6[i] - codes[o * 84 + i]);
      y[o] *= s;
      sum += expf(-y[o]);
    }
    total += y[label] + logf(sum);
    /* backward, and an update */
    memset(d6, 0, sizeof d6);
    for (int o = 0; o < 10; o++)
      for (int i = 0; i < 84; i++) d6[i] += ((o == label) - expf(-y[o]) / sum) * 2 * s * (f6[i] - codes[o * 84 + i]);
    memset(d5, 0, sizeof d5);
    for (int o = 0; o < 84; o++) {
      float d = d6[o] * slope(f6[o]);
      for (int i = 0; i < 120; i++) {
        d5[i] += w[10][o * 120 + i] * d;
        w[10][o * 120 + i] -= r[10][o * 120 + i] * d * c5[i];
      }
      w[11][o] -= r[11][o] * d;
    }
    memset(d4, 0, sizeof d4);
    for (int o = 0; o < 120; o++) {
      float d = d5[o] * slope(c5[o]);
      for (int q = 0; q < 16; q++)
        for (int b = 0; b < 5; b++)
          for (int c = 0; c < 5; c++) {
            d4[q][b][c] += w5[o][q][b][c] * d;
            w5[o][q][b][c] -= r5[o][q][b][c] * d * s4[q][b][c];
          }
      w[9][o] -= r[9][o] * d;
    }
    for (int o = 0; o < 16; o++) {
      float gc = 0, gb = 0;
      for (int i = 0; i < 5; i++)
        for (int k = 0; k < 5; k++) {
          float d = d4[o][i][k] * slope(s4[o][i][k]);
          gc += d * u4[o][i][k];
          gb += d;
          for (int b = 0; b < 2; b++)
            for (int c = 0; c < 2; c++) d3[o][2 * i + b][2 * k + c] = d * w[6][o] * slope(c3[o][2 * i + b][2 * k + c]);
        }
      w[6][o] -= r[6][o] * gc;
      w[7][o] -= r[7][o] * gb;
    }
    memset(d2, 0, sizeof d2);
    for (int o = 0, m = 0; o < 16; o++) {
      float gb = 0;
      for (int i = 0; i < 10; i++)
        for (int k = 0; k < 10; k++) gb += d3[o][i][k];
      w[5][o] -= r[5][o] * gb;
      for (int q = 0; q < 6; q++) {
        if (!table[q * 16 + o]) continue;
        for (int b = 0; b < 5; b++)
          for (int c = 0; c < 5; c++) {
            float g = 0;
            for (int i = 0; i < 10; i++)
              for (int k = 0; k < 10; k++) {
                g += d3[o][i][k] * s2[q][i + b][k + c];
                d2[q][i + b][k + c] += w3[m][b][c] * d3[o][i][k];
              }
            w3[m][b][c] -= r3[m][b][c] * g;
          }
        m++;
      }
    }
    for (int o = 0; o < 6; o++) {
      float gc = 0, gb = 0, g1 = 0;
      for (int i = 0; i < 14; i++)
        for (int k = 0; k < 14; k++) {
          float d = d2[o][i][k] * slope(s2[o][i][k]);
          gc += d * u2[o][i][k];
          gb += d;
          for (int b = 0; b < 2; b++)
            for (int c = 0; c < 2; c++)
              g1 += d1[o][2 * i + b][2 * k + c] = d * w[2][o] * slope(c1[o][2 * i + b][2 * k + c]);
        }
      w[2][o] -= r[2][o] * gc;
      w[3][o] -= r[3][o] * gb;
      w[1][o] -= r[1][o] * g1;
      for (int b = 0; b < 5; b++)
        for (int c = 0; c < 5; c++) {
          float g = 0;
          for (int i = 0; i < 28; i++)
            for (int k = 0; k < 28; k++) g += d1[o][i][k] * x[i + b][k + c];
          w1[o][b][c] -= r1[o][b][c] * g;
        }
    }
  }
  return total;
}
