// The layers as section II-B has them: how they are drawn, what a unit reads, and what it sees of the input.

// Made by the service (app.py), of paper.py and arrays.py, so that no shape is typed again.
import { CODE_COLUMNS, CODE_ROWS, INPUT, KERNEL, STATE_SHAPES } from "./paper.js";

const FACTOR = 2; // of sub-sampling
const F6_WEIGHT_COLUMNS = 12; // F6's weights, one for each unit of C5, are drawn in rows of so many

const shape = (name) => {
  const [maps, height, width] = STATE_SHAPES[name];
  return { maps, height, width };
};

/**
 * `maps`, `height`, `width`: of the layer, as drawn · `below`: the layer it reads · `reach`, `step`: a unit at (y, x)
 * sees reach×reach of the input from (step·y, step·x) on · `scale`, `gap`: pixels a unit, between maps.
 */
export const LAYOUT = {
  C1: { ...shape("C1"), below: null, reach: KERNEL, step: 1, scale: 3, gap: 9 },
  S2: { ...shape("S2"), below: "C1", reach: 6, step: 2, scale: 6, gap: 9 },
  C3: { ...shape("C3"), below: "S2", reach: 14, step: 2, scale: 6, gap: 9 },
  S4: { ...shape("S4"), below: "C3", reach: 16, step: 4, scale: 12, gap: 9 },
  C5: { ...shape("C5"), below: "S4", reach: INPUT, step: 0, scale: 11, gap: 2 },
  F6: { maps: 1, height: CODE_ROWS, width: CODE_COLUMNS, below: "C5", reach: INPUT, step: 0, scale: 13, gap: 0 },
};

/** A list as rows of so many. */
const inRows = (list, columns) =>
  Array.from({ length: list.length / columns }, (_, y) => list.slice(columns * y, columns * (y + 1)));

/** A code, or the 84 states of F6, as the bitmap that figure 3 draws. */
export function bitmap(states) {
  return inRows(states, CODE_COLUMNS);
}

/** The states of a layer as maps of rows: those of F6 come as a list. */
export function mapsOf(name, states) {
  return name === "F6" ? [bitmap(states.F6)] : states[name];
}

/** What a unit sees of the input: {y, x, size}; a class sees all. */
export function receptiveField(name, unit) {
  if (name === "OUTPUT") return { y: 0, x: 0, size: INPUT };
  const { reach, step } = LAYOUT[name];
  return { y: step * unit.y, x: step * unit.x, size: reach };
}

/** Which maps of S2 a map of C3 reads, by Table I. */
export function readBy(map, table) {
  return table.flatMap((row, number) => (row[map] === "X" ? [number] : []));
}

/** Where in the layer below a unit's inputs are: a list of {map, y, x, size}. */
export function inputsOf(name, { map, y, x }, table) {
  if (name === "S2" || name === "S4") return [{ map, y: FACTOR * y, x: FACTOR * x, size: FACTOR }];
  if (name === "C3") return readBy(map, table).map((below) => ({ map: below, y, x, size: KERNEL }));
  if (name === "C5") return Array.from({ length: LAYOUT.S4.maps }, (_, below) => ({ map: below, y: 0, x: 0, size: KERNEL }));
  return [];
}

/** The kernels of a unit, each rows of weights: one of C1, some of C3, sixteen of C5; F6's 120 weights in rows. */
export function kernelsOf(name, unit, { parameters, table }) {
  const weight = parameters[`${name}.weight`];
  if (name === "C1") return [weight[unit.map]];
  if (name === "C3") {
    let first = 0;
    for (let map = 0; map < unit.map; map++) first += readBy(map, table).length;
    return weight.slice(first, first + readBy(unit.map, table).length);
  }
  if (name === "C5") return weight.slice(LAYOUT.S4.maps * unit.map, LAYOUT.S4.maps * (unit.map + 1));
  if (name === "F6") return [inRows(weight[CODE_COLUMNS * unit.y + unit.x], F6_WEIGHT_COLUMNS)];
  return [];
}

/** A unit's name, as "C3, map 5, row 3, column 4"; all counted from 1. */
export function unitName(name, unit) {
  if (name === "OUTPUT") return `OUTPUT, class ${unit.map}`;
  if (name === "C5") return `C5, unit ${unit.map + 1}`;
  if (name === "F6") return `F6, row ${unit.y + 1}, column ${unit.x + 1}`;
  return `${name}, map ${unit.map + 1}, row ${unit.y + 1}, column ${unit.x + 1}`;
}
