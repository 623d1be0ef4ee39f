// Where a line may be cut: paths from its upper to its lower edge that cross little foreground, more of them than there
// are gaps between digits. graphs/cuts.py is the same in NumPy, to be read first; tests/engine/test_segments.py shows
// that both find the same cuts.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace lenet5 {

// data/line.py and graphs/cuts.py say what these are.
constexpr int ROWS = 44, FOREGROUND = 64;
constexpr int FREE = 5, SIDEWAYS = 76, EVERY = 2, LEAST_CUT = 36, LEAST_APART = 8, PER_HEIGHT = 24;

// A line of foreground 255 on background 0; row r begins at pixels + r × stride.
struct LineImage {
  const std::uint8_t* pixels;
  int width, stride;

  int at(int r, int x) const { return pixels[r * stride + x]; }
};

// What lies to the left of x in each row is left of the cut.
struct Cut {
  std::array<int, ROWS> x;
  int crossed;  // the grey levels on it, added up; 0 in a gap
};

class Cutter {
  LineImage line;
  std::vector<int> down, up;      // the cheapest path from the upper edge to a pixel, and from the lower; ROWS×width
  std::vector<int> pixels_before;     // foreground pixels of a row to the left of a column; ROWS×(width + 1)

  int cost(int r, int x) const { return FREE + line.at(r, x); }

  // The cheapest of the three pixels of a row from which a path comes to column x: straight before left before right.
  std::pair<int, int> cheapest(const std::vector<int>& paths, int r, int x) const {
    const int* row = paths.data() + r * line.width;
    std::pair<int, int> best{row[x], x};
    if (x > 0 && row[x - 1] + SIDEWAYS < best.first) best = {row[x - 1] + SIDEWAYS, x - 1};
    if (x + 1 < line.width && row[x + 1] + SIDEWAYS < best.first) best = {row[x + 1] + SIDEWAYS, x + 1};
    return best;
  }

  int pixels_between(const Cut& left, const Cut& right) const {
    int pixels = 0;
    for (int r = 0; r < ROWS; ++r) {
      const int* row = pixels_before.data() + r * (line.width + 1);
      pixels += row[right.x[r]] - row[left.x[r]];
    }
    return pixels;
  }

  Cut path_through(int row, int at) const {
    Cut cut{};
    cut.x[row] = at;
    for (int r = row - 1, x = at; r >= 0; --r) cut.x[r] = x = cheapest(down, r, x).second;
    for (int r = row + 1, x = at; r < ROWS; ++r) cut.x[r] = x = cheapest(up, r, x).second;
    return cut;
  }

 public:
  explicit Cutter(const LineImage& image) : line(image) {
    const int width = line.width;
    down.resize(ROWS * width), up.resize(ROWS * width), pixels_before.resize(ROWS * (width + 1));
    for (int r = 0; r < ROWS; ++r)
      for (int x = 0; x < width; ++x) {
        down[r * width + x] = cost(r, x) + (r ? cheapest(down, r - 1, x).first : 0);
        int* so_far = pixels_before.data() + r * (width + 1) + x;
        so_far[1] = so_far[0] + (line.at(r, x) >= FOREGROUND);
      }
    for (int r = ROWS - 1; r >= 0; --r)
      for (int x = 0; x < width; ++x)
        up[r * width + x] = cost(r, x) + (r + 1 < ROWS ? cheapest(up, r + 1, x).first : 0);
  }

  // The cuts from left to right, the line's two ends among them.
  std::vector<Cut> cuts() const {
    struct Candidate {
      int total, row, x;
    };
    std::vector<Candidate> candidates;
    candidates.reserve(ROWS / EVERY * line.width);
    for (int row = EVERY; row < ROWS; row += EVERY)
      for (int x = 0; x < line.width; ++x) {
        const int at = row * line.width + x;
        candidates.push_back({down[at] + up[at] - cost(row, x), row, x});
      }
    std::stable_sort(candidates.begin(), candidates.end(),
                     [](const Candidate& a, const Candidate& b) { return a.total < b.total; });
    Cut begin{}, end{};
    end.x.fill(line.width);
    std::vector<Cut> found = {begin, end};
    const std::size_t limit = PER_HEIGHT * line.width / ROWS + 2;
    for (const Candidate& candidate : candidates) {
      if (found.size() >= limit) break;
      Cut cut = path_through(candidate.row, candidate.x);
      // Behind the last cut that lies left of it on the whole; two cuts never cross.
      const auto sum = [](const Cut& c) {
        int s = 0;
        for (int x : c.x) s += x;
        return s;
      };
      const int of_cut = sum(cut);
      std::size_t k = 1;
      while (k + 1 < found.size() && sum(found[k]) <= of_cut) ++k;
      const Cut &left = found[k - 1], &right = found[k];
      for (int r = 0; r < ROWS; ++r) cut.x[r] = std::min(std::max(cut.x[r], left.x[r]), right.x[r]);
      bool apart = true;
      for (int r = 0; r < ROWS; ++r) {
        const int grey = cut.x[r] < line.width ? line.at(r, cut.x[r]) : 0;
        cut.crossed += grey;
        apart = apart && grey < FOREGROUND;
      }
      const int least = apart ? LEAST_APART : LEAST_CUT;
      if (pixels_between(left, cut) < least || pixels_between(cut, right) < least) continue;
      found.insert(found.begin() + k, cut);
    }
    return found;
  }
};

}  // namespace lenet5
