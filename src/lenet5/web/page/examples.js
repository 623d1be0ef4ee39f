// A digit in a few strokes of the pen, for who presses its key: points on a square of 100.

const DIGITS = [
  [[[52, 15], [38, 22], [31, 42], [32, 65], [42, 82], [55, 84], [67, 72], [70, 48], [66, 26], [51, 15]]],
  [[[40, 27], [52, 14], [51, 50], [50, 86]]],
  [[[32, 30], [38, 18], [52, 14], [65, 22], [65, 36], [54, 54], [34, 81], [50, 80], [70, 82]]],
  [[[33, 22], [46, 14], [62, 18], [64, 32], [54, 44], [44, 47], [58, 50], [67, 62], [62, 78], [48, 85], [32, 78]]],
  [[[42, 14], [38, 34], [33, 53], [50, 54], [70, 52]], [[60, 30], [58, 60], [57, 88]]],
  [[[39, 16], [37, 30], [35, 45], [48, 41], [62, 50], [66, 66], [56, 82], [42, 85], [30, 78]], [[39, 16], [67, 15]]],
  [[[60, 14], [46, 28], [36, 50], [34, 70], [44, 84], [58, 82], [66, 68], [58, 56], [44, 58], [36, 70]]],
  [[[31, 18], [50, 18], [69, 16], [60, 40], [51, 62], [45, 87]]],
  [[[62, 24], [50, 14], [38, 22], [40, 36], [54, 48], [66, 62], [62, 80], [48, 86], [36, 76], [38, 60], [54, 46], [64, 34], [61, 22]]],
  [[[64, 30], [54, 16], [40, 20], [35, 36], [44, 48], [58, 44], [65, 28], [64, 50], [60, 70], [54, 87]]],
];

/** The strokes of a digit on a square of `side`, rounded as a hand rounds them. */
export function example(digit, side) {
  return DIGITS[digit].map((points) => through(points).map((point) => point.map((value) => (value * side) / 100)));
}

/** Catmull and Rom's curve through points, eight steps from each to the next. */
function through(points) {
  const line = [points[0]];
  for (let at = 0; at < points.length - 1; at++) {
    const [before, from, to, after] = [points[at - 1] ?? points[at], points[at], points[at + 1], points[at + 2] ?? points[at + 1]];
    for (let step = 1; step <= 8; step++) {
      const t = step / 8;
      line.push([0, 1].map((axis) => {
        const [a, b, c, d] = [before[axis], from[axis], to[axis], after[axis]];
        return 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t * t + (3 * b - a - 3 * c + d) * t ** 3);
      }));
    }
  }
  return line;
}
