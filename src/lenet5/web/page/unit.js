// The chosen unit: its receptive field on what the network saw, its kernels, and a few words.

import { LAYOUT, bitmap, kernelsOf, readBy, receptiveField, unitName } from "./layers.js";
import { css, paintRows, sharpContext, sizedContext, stateColour, weightColour } from "./paint.js";
import { AMPLITUDE, IMAGE, INPUT, KERNEL } from "./paper.js";

const MARGIN = (INPUT - IMAGE) / 2;
// CSS pixels of the input where the page is not laid out yet.
const INPUT_SIDE = 160;
const KERNEL_GAP = 5;
const KERNELS_ACROSS = 6;

const signed = (value) => (value < 0 ? "−" : "+") + Math.abs(value).toFixed(2);

/** What there is to say of a unit: its state, what it reads and what it sees. */
function words(name, unit, state, weights) {
  const { parameters, table, scale } = weights;
  if (name === "OUTPUT") {
    if (state === undefined) return "Its code, foreground +1 and background −1.";
    return `Penalty ${state.toFixed(2)}: ${scale} times the squared distance of F6 from this code, shown unit by unit.`;
  }
  const value = state === undefined ? "" : `State ${signed(state)}. `;
  const { below, reach } = LAYOUT[name];
  const bias = signed(parameters[`${name}.bias`][unit.map]);
  if (name === "C1") return `${value}Sees ${KERNEL}×${KERNEL} of the input through this kernel; bias ${bias}.`;
  if (name === "S2" || name === "S4") {
    const coefficient = signed(parameters[`${name}.coefficient`][unit.map]);
    return `${value}The sum of four of ${below}’s, times ${coefficient}, bias ${bias}. Sees ${reach}×${reach}.`;
  }
  if (name === "C3") {
    const maps = readBy(unit.map, table).map((map) => map + 1);
    return `${value}Reads S2’s maps ${maps.join(", ")}, a kernel each. Sees ${reach}×${reach}.`;
  }
  if (name === "C5") return `${value}Reads all of S4, a kernel a map. Sees everything.`;
  return `${value}Its ${LAYOUT.C5.maps} weights, one for each unit of C5. Sees everything.`;
}

export class UnitView {
  #seen = document.getElementById("seen");
  #name = document.getElementById("unit-name");
  #words = document.getElementById("unit-words");
  #kernel = document.getElementById("kernel");
  #invitation = this.#words.textContent;

  /** The input with the receptive field outlined, and name, kernels and words; returns all that as a sentence. */
  paint(chosen, state, answer, weights, scheme) {
    this.#paintInput(answer?.pattern, chosen, scheme);
    if (!chosen || !weights) {
      this.#name.textContent = "No unit chosen";
      this.#words.textContent = this.#invitation;
      this.#kernel.hidden = true;
      return "";
    }
    const { name, unit } = chosen;
    this.#name.textContent = unitName(name, unit);
    this.#words.textContent = words(name, unit, state, weights);
    if (name === "OUTPUT") this.#paintDistance(unit.map, answer?.states?.F6, weights, scheme);
    else {
      const kernels = kernelsOf(name, unit, weights);
      this.#paintKernels(kernels, scheme);
      this.#kernel.setAttribute("aria-label", kernels.length === 1 ? "Its kernel" : `Its ${kernels.length} kernels`);
    }
    return `${this.#name.textContent}. ${this.#words.textContent}`;
  }

  /** What the network saw, in the middle of its input. */
  #paintInput(pattern, chosen, scheme) {
    const side = this.#seen.clientWidth || INPUT_SIDE;
    const scale = side / INPUT;
    const context = sharpContext(this.#seen, side, side);
    context.fillStyle = css(scheme.panel);
    context.fillRect(0, 0, side, side);
    if (pattern) {
      const colour = (level) => stateColour((level / 255 - 0.5) * 2 * AMPLITUDE, scheme);
      paintRows(context, pattern, MARGIN * scale, MARGIN * scale, scale, colour);
    }
    context.setLineDash([3, 3]);
    context.strokeStyle = css(scheme.rule);
    context.strokeRect(MARGIN * scale, MARGIN * scale, IMAGE * scale, IMAGE * scale);
    if (!chosen) return;
    const { y, x, size } = receptiveField(chosen.name, chosen.unit);
    context.setLineDash([]);
    context.lineWidth = 2;
    context.strokeStyle = css(scheme.accent);
    context.strokeRect(x * scale + 1, y * scale + 1, size * scale - 2, size * scale - 2);
  }

  /** Where F6 is far from the code of a class; the code itself where there are no states. */
  #paintDistance(k, f6, weights, scheme) {
    const code = weights.codes[k];
    this.#paintKernels([bitmap(f6 ? code.map((sign, at) => (f6[at] - sign) ** 2) : code)], scheme);
    this.#kernel.setAttribute("aria-label", f6 ? "Where F6 is far from the code" : `The code of class ${k}`);
  }

  /** Kernels side by side, as many in a row as fit. */
  #paintKernels(kernels, scheme) {
    const canvas = this.#kernel;
    canvas.hidden = kernels.length === 0;
    if (canvas.hidden) return;
    const [height, width] = [kernels[0].length, kernels[0][0].length];
    const scale = kernels.length === 1 ? (height > 5 ? 7 : 16) : kernels.length > 6 ? 5 : 8;
    const [right, down] = [width * scale + KERNEL_GAP, height * scale + KERNEL_GAP];
    const room = canvas.parentElement.clientWidth;
    const across = Math.max(1, Math.min(KERNELS_ACROSS, kernels.length, Math.floor((room + KERNEL_GAP) / right)));
    const context = sizedContext(
      canvas, across * right - KERNEL_GAP, Math.ceil(kernels.length / across) * down - KERNEL_GAP);
    const largest = Math.max(...kernels.flat(2).map(Math.abs));
    kernels.forEach((kernel, number) => {
      const [left, top] = [(number % across) * right, Math.floor(number / across) * down];
      paintRows(context, kernel, left, top, scale, (weight) => weightColour(weight, largest, scheme));
      context.strokeStyle = css(scheme.rule);
      context.strokeRect(left + 0.5, top + 0.5, width * scale - 1, height * scale - 1);
    });
  }
}
