// The arcs of the segmentation graph: what lies between two cuts of a line, its pattern and its features.
// graphs/segmentation_graph.py and graphs/segment_pattern.py are the same in NumPy, to be read first.
#pragma once

#include <cmath>
#include <cstring>

#include "cuts.hpp"

namespace lenet5 {

constexpr int FEATURES = 15, WIDEST = 48, BOX = 20, PATTERN = 32;
constexpr float LINE_HEIGHT = 40, LINE_MARGIN = 2;

struct Box {
  int left, top, right, bottom;  // of the foreground, the last column and row included
};

struct Segment {
  int from, to;  // cuts
  Box box;
  int foreground;
  float features[FEATURES];
  std::uint8_t pattern[PATTERN * PATTERN];
};

// What lies between two neighbouring cuts.
struct Piece {
  Box box{INT32_MAX, INT32_MAX, -1, -1};
  int foreground = 0;
};

inline Piece piece_between(const LineImage& line, const Cut& left, const Cut& right) {
  Piece piece;
  for (int r = 0; r < ROWS; ++r)
    for (int x = left.x[r]; x < right.x[r]; ++x)
      if (line.at(r, x) >= FOREGROUND) {
        ++piece.foreground;
        piece.box.left = std::min(piece.box.left, x), piece.box.right = std::max(piece.box.right, x);
        piece.box.top = std::min(piece.box.top, r), piece.box.bottom = std::max(piece.box.bottom, r);
      }
  return piece;
}

// How much of pixel `o` of `to` comes from each of `from` pixels, whose edges divide the same length: parts[k] from pixel
// first + k; returns first.
inline int area_parts(int o, int from, int to, std::vector<double>& parts) {
  const double begin = double(o) * from / to, end = double(o + 1) * from / to;
  const int first = static_cast<int>(begin);
  parts.clear();
  for (int x = first; x < from && x < end; ++x)
    parts.push_back((std::min(end, x + 1.0) - std::max(begin, double(x))) / (end - begin));
  return first;
}

// A segment's pattern: its foreground in a box of 20, each pixel the mean over its area, its centre of mass in the
// middle of the input.
inline void write_pattern(const LineImage& line, const Cut& left, const Cut& right, Segment& segment) {
  const Box& box = segment.box;
  const int width = box.right - box.left + 1, height = box.bottom - box.top + 1, longer = std::max(width, height);
  const int columns = std::max(1, (2 * BOX * width + longer) / (2 * longer));
  const int rows = std::max(1, (2 * BOX * height + longer) / (2 * longer));
  std::vector<double> cut_out(height * width), across(height * columns), parts;
  for (int r = 0; r < height; ++r) {
    const int begin = std::max(left.x[box.top + r], box.left), end = std::min(right.x[box.top + r], box.right + 1);
    for (int x = begin; x < end; ++x) cut_out[r * width + x - box.left] = line.at(box.top + r, x);
  }
  for (int o = 0; o < columns; ++o) {
    const int first = area_parts(o, width, columns, parts);
    for (int r = 0; r < height; ++r) {
      double sum = 0;
      for (std::size_t k = 0; k < parts.size(); ++k) sum += parts[k] * cut_out[r * width + first + k];
      across[r * columns + o] = sum;
    }
  }
  std::uint8_t grey[BOX * BOX];
  double mass = 0, of_rows = 0, of_columns = 0;
  for (int p = 0; p < rows; ++p) {
    const int first = area_parts(p, height, rows, parts);
    for (int o = 0; o < columns; ++o) {
      double sum = 0;
      for (std::size_t k = 0; k < parts.size(); ++k) sum += parts[k] * across[(first + k) * columns + o];
      const int g = static_cast<int>(std::min(255.0, sum + 0.5));
      grey[p * columns + o] = static_cast<std::uint8_t>(g);
      mass += g, of_rows += g * p, of_columns += g * o;
    }
  }
  const auto place = [&](double moment, int size) {
    const int at = mass > 0 ? static_cast<int>(std::floor(PATTERN / 2 - moment / mass)) : (PATTERN - size) / 2;
    return std::min(std::max(at, 0), PATTERN - size);
  };
  const int top = place(of_rows, rows), first = place(of_columns, columns);
  std::memset(segment.pattern, 0, sizeof segment.pattern);
  for (int p = 0; p < rows; ++p)
    std::memcpy(segment.pattern + (top + p) * PATTERN + first, grey + p * columns, columns);
}

// What cutting through so much foreground is worth to the segmenter: 0 in a gap, 1.4 for a stroke of three pixels.
inline float crossing(int crossed) { return std::log1p(crossed / 255.0f); }

inline void write_features(const std::vector<Cut>& cuts, int right_before, int left_behind, Segment& s) {
  const float width = (s.box.right - s.box.left + 1) / LINE_HEIGHT, height = (s.box.bottom - s.box.top + 1) / LINE_HEIGHT;
  int inside = -1;
  for (int k = s.from + 1; k < s.to; ++k)
    if (inside < 0 || cuts[k].crossed < inside) inside = cuts[k].crossed;
  // To the foreground beside it, a line's height at most; so much too where there is none.
  const auto gap = [](int pixels) { return std::min(std::max(pixels / LINE_HEIGHT, -1.0f), 1.0f); };
  const float features[FEATURES] = {
      1,
      width,
      width * width,
      height,
      height * height,
      width * height,
      (s.box.top - LINE_MARGIN) / LINE_HEIGHT,
      (ROWS - 1 - LINE_MARGIN - s.box.bottom) / LINE_HEIGHT,
      s.foreground / (LINE_HEIGHT * LINE_HEIGHT / 4),
      crossing(cuts[s.from].crossed),
      crossing(cuts[s.to].crossed),
      inside < 0 ? 0 : crossing(inside),
      inside < 0 ? 1.0f : 0.0f,
      right_before < 0 ? 1 : gap(s.box.left - right_before - 1),
      left_behind == INT32_MAX ? 1 : gap(left_behind - s.box.right - 1),
  };
  std::memcpy(s.features, features, sizeof features);
}

// The arcs in the order of the cuts they leave, then of those they enter. Cuts and arcs are none without foreground.
struct Segmentation {
  std::vector<Cut> cuts;
  std::vector<Segment> arcs;

  explicit Segmentation(const LineImage& line) {
    cuts = Cutter(line).cuts();
    const int pieces = static_cast<int>(cuts.size()) - 1;
    std::vector<Piece> piece(pieces);
    std::vector<int> right_before(pieces + 1, -1), left_behind(pieces + 1, INT32_MAX);
    for (int k = 0; k < pieces; ++k) {
      piece[k] = piece_between(line, cuts[k], cuts[k + 1]);
      right_before[k + 1] = std::max(right_before[k], piece[k].box.right);
    }
    for (int k = pieces - 1; k >= 0; --k) left_behind[k] = std::min(left_behind[k + 1], piece[k].box.left);
    for (int from = 0; from < pieces; ++from) {
      Piece whole;
      for (int to = from + 1; to <= pieces; ++to) {
        const Piece& next = piece[to - 1];
        whole.foreground += next.foreground;
        whole.box = {std::min(whole.box.left, next.box.left), std::min(whole.box.top, next.box.top),
                     std::max(whole.box.right, next.box.right), std::max(whole.box.bottom, next.box.bottom)};
        if (to > from + 1 && whole.box.right - whole.box.left >= WIDEST) break;
        if (whole.foreground == 0) continue;
        Segment& segment = arcs.emplace_back();
        segment.from = from, segment.to = to, segment.box = whole.box, segment.foreground = whole.foreground;
        write_pattern(line, cuts[from], cuts[to], segment);
        write_features(cuts, right_before[from], left_behind[to], segment);
      }
    }
    if (arcs.empty()) cuts.clear();
  }
};

}  // namespace lenet5
