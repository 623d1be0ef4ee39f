// The layers as section II-B has them: how many maps of what size, what a unit reads, and what it sees of the picture.

/** The field is 32×32; what the network saw, 28×28, lies in the middle of it. */
export const FIELD = 32;
export const PATTERN = 28;
export const AMPLITUDE = 1.7159;

/**
 * `maps`, `height`, `width`: of the layer, as drawn · `below`: the layer it reads · `reach`, `step`: a unit at (y, x)
 * sees reach×reach of the field from (step·y, step·x) on · `scale`, `gap`: pixels a unit, between maps.
 */
export const LAYERS = {
  C1: { maps: 6, height: 28, width: 28, below: null, reach: 5, step: 1, scale: 3, gap: 9 },
  S2: { maps: 6, height: 14, width: 14, below: "C1", reach: 6, step: 2, scale: 6, gap: 9 },
  C3: { maps: 16, height: 10, width: 10, below: "S2", reach: 14, step: 2, scale: 6, gap: 9 },
  S4: { maps: 16, height: 5, width: 5, below: "C3", reach: 16, step: 4, scale: 12, gap: 9 },
  C5: { maps: 120, height: 1, width: 1, below: "S4", reach: 32, step: 0, scale: 11, gap: 2 },
  F6: { maps: 1, height: 12, width: 7, below: "C5", reach: 32, step: 0, scale: 13, gap: 0 },
};

/** The states of a layer as maps of rows: those of C5, F6 come as lists. */
export function mapsOf(name, states) {
  if (name !== "F6") return states[name];
  const rows = [];
  for (let y = 0; y < 12; y++) rows.push(states.F6.slice(7 * y, 7 * y + 7));
  return [rows];
}

/** What a unit sees of the field: {y, x, size}. */
export function receptiveField(name, unit) {
  const layer = LAYERS[name];
  return { y: layer.step * unit.y, x: layer.step * unit.x, size: layer.reach };
}

/** Which maps of S2 a map of C3 reads, by Table I. */
export function readBy(map, table) {
  return table.flatMap((row, number) => (row[map] === "X" ? [number] : []));
}

/** Where in the layer below a unit's inputs are: a list of {map, y, x, size}. */
export function inputsOf(name, unit, table) {
  const all = (count, y, x, size) => Array.from({ length: count }, (_, map) => ({ map, y, x, size }));
  if (name === "S2" || name === "S4") return [{ map: unit.map, y: 2 * unit.y, x: 2 * unit.x, size: 2 }];
  if (name === "C3") return readBy(unit.map, table).map((map) => ({ map, y: unit.y, x: unit.x, size: 5 }));
  if (name === "C5") return all(16, 0, 0, 5);
  return [];
}

/** The kernels of a unit, each rows of weights: one of C1, some of C3, sixteen of C5; F6's 120 weights in 10 rows. */
export function kernelsOf(name, unit, weights) {
  const { parameters, table } = weights;
  if (name === "C1") return [parameters["C1.weight"][unit.map]];
  if (name === "C3") {
    let first = 0;
    for (let map = 0; map < unit.map; map++) first += readBy(map, table).length;
    return parameters["C3.weight"].slice(first, first + readBy(unit.map, table).length);
  }
  if (name === "C5") return parameters["C5.weight"].slice(16 * unit.map, 16 * unit.map + 16);
  if (name === "F6") {
    const row = parameters["F6.weight"][7 * unit.y + unit.x];
    return [Array.from({ length: 10 }, (_, y) => row.slice(12 * y, 12 * y + 12))];
  }
  return [];
}

const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);

/** A unit's name, as "C3, map 5, row 3, column 4"; all counted from 1. */
export function unitName(name, unit) {
  if (name === "C5") return `C5, unit ${unit.map + 1}`;
  if (name === "F6") return `F6, row ${unit.y + 1}, column ${unit.x + 1}`;
  return `${name}, map ${unit.map + 1}, row ${unit.y + 1}, column ${unit.x + 1}`;
}

/** What there is to say of a unit: its state, what it reads and what it sees. */
export function unitWords(name, unit, state, weights) {
  const { parameters, table } = weights;
  const value = state === undefined ? "" : `State ${signed(state)}. `;
  const bias = (layer) => signed(parameters[`${layer}.bias`][unit.map]);
  if (name === "C1") return `${value}Sees 5×5 of the field through this kernel; bias ${bias("C1")}.`;
  if (name === "S2" || name === "S4") {
    const coefficient = signed(parameters[`${name}.coefficient`][unit.map]);
    const seen = LAYERS[name].reach;
    return `${value}The sum of four of ${LAYERS[name].below}’s, times ${coefficient}, bias ${bias(name)}. Sees ${seen}×${seen}.`;
  }
  if (name === "C3") {
    const maps = readBy(unit.map, table).map((map) => map + 1);
    return `${value}Reads S2’s maps ${maps.join(", ")}, a kernel each. Sees 14×14.`;
  }
  if (name === "C5") return `${value}Reads all of S4, a kernel a map. Sees everything.`;
  return `${value}Its 120 weights, one for each unit of C5. Sees everything.`;
}
