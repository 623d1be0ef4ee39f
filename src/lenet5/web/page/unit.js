// The chosen unit: its field on what the network saw, its kernels, and a few words.

import { FIELD, PATTERN, kernelsOf, receptiveField, unitName, unitWords } from "./layers.js";
import { css, ofState, ofWeight, paintRows, sized } from "./paint.js";

const INVITATION = document.getElementById("unit-words").textContent;

/** What the network saw, in its field, with the field of the chosen unit outlined. */
export function paintField(canvas, pattern, chosen, scheme) {
  const size = canvas.clientWidth || 160;
  const scale = size / FIELD;
  const ratio = Math.max(1, window.devicePixelRatio || 1);
  canvas.width = canvas.height = Math.round(size * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  context.fillStyle = css(scheme.panel);
  context.fillRect(0, 0, size, size);
  const margin = (FIELD - PATTERN) / 2;
  if (pattern) {
    paintRows(context, pattern, margin * scale, margin * scale, scale, (ink) => ofState((ink / 255 - 0.5) * 3.4318, scheme));
  }
  context.setLineDash([3, 3]);
  context.strokeStyle = css(scheme.rule);
  context.strokeRect(margin * scale, margin * scale, PATTERN * scale, PATTERN * scale);
  if (!chosen) return;
  const field = chosen.name === "OUTPUT" ? { y: 0, x: 0, size: FIELD } : receptiveField(chosen.name, chosen.unit);
  context.setLineDash([]);
  context.lineWidth = 2;
  context.strokeStyle = css(scheme.accent);
  context.strokeRect(field.x * scale + 1, field.y * scale + 1, field.size * scale - 2, field.size * scale - 2);
}

/** Kernels side by side, as many in a row as fit. */
function paintKernels(canvas, kernels, scheme) {
  canvas.hidden = kernels.length === 0;
  if (canvas.hidden) return;
  const [height, width] = [kernels[0].length, kernels[0][0].length];
  const scale = kernels.length === 1 ? (height > 5 ? 7 : 16) : kernels.length > 6 ? 5 : 8;
  const gap = 5;
  const room = canvas.parentElement.clientWidth;
  const across = Math.max(1, Math.min(6, kernels.length, Math.floor((room + gap) / (width * scale + gap))));
  const down = Math.ceil(kernels.length / across);
  const context = sized(canvas, across * (width * scale + gap) - gap, down * (height * scale + gap) - gap);
  const most = Math.max(...kernels.flat(2).map(Math.abs));
  kernels.forEach((kernel, number) => {
    const [left, top] = [(number % across) * (width * scale + gap), Math.floor(number / across) * (height * scale + gap)];
    paintRows(context, kernel, left, top, scale, (weight) => ofWeight(weight, most, scheme));
    context.strokeStyle = css(scheme.rule);
    context.strokeRect(left + 0.5, top + 0.5, width * scale - 1, height * scale - 1);
  });
}

/** Name, kernels and words of the chosen unit, and for a class F6's distance; an invitation where there is none. */
export function describe(chosen, state, f6, weights, scheme) {
  const [name, words, canvas] = ["unit-name", "unit-words", "kernel"].map((id) => document.getElementById(id));
  if (!chosen || !weights) {
    name.textContent = "No unit chosen";
    words.textContent = INVITATION;
    canvas.hidden = true;
    return "";
  }
  if (chosen.name === "OUTPUT") {
    const code = weights.codes[chosen.unit.map];
    const apart = f6 ? code.map((sign, at) => (f6[at] - sign) ** 2) : code;
    name.textContent = `OUTPUT, class ${chosen.unit.map}`;
    words.textContent = state === undefined
      ? "Its code, ink +1 and paper −1."
      : `Penalty ${state.toFixed(2)}: ${weights.scale} times the squared distance of F6 from this code, shown unit by unit.`;
    paintKernels(canvas, [Array.from({ length: 12 }, (_, y) => apart.slice(7 * y, 7 * y + 7))], scheme);
    canvas.setAttribute("aria-label", f6 ? "Where F6 is far from the code" : `The code of class ${chosen.unit.map}`);
  } else {
    name.textContent = unitName(chosen.name, chosen.unit);
    words.textContent = unitWords(chosen.name, chosen.unit, state, weights);
    const kernels = kernelsOf(chosen.name, chosen.unit, weights);
    paintKernels(canvas, kernels, scheme);
    canvas.setAttribute("aria-label", kernels.length === 1 ? "Its kernel" : `Its ${kernels.length} kernels`);
  }
  return `${name.textContent}. ${words.textContent}`;
}
