// Painting on canvases: states from paper to ink, weights from blue over paper to the accent.

import { AMPLITUDE } from "./layers.js";

/** The colours of the scheme, as the style sheet has them: each name's red, green, blue. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
  };
  return Object.fromEntries(["paper", "ink", "panel", "rule", "muted", "accent", "negative"].map((n) => [n, read(`--${n}`)]));
}

export const css = (colour) => `rgb(${colour.join(" ")})`;

const mixed = (from, to, part) => from.map((value, at) => value + (to[at] - value) * part);

/** Between paper and ink, for a state. */
export function ofState(state, scheme) {
  return mixed(scheme.panel, scheme.ink, Math.min(1, Math.max(0, (state / AMPLITUDE + 1) / 2)));
}

/** Between the two colours of sign, for a weight of at most `most`. */
export function ofWeight(weight, most, scheme) {
  const part = Math.min(1, Math.abs(weight) / (most || 1));
  return mixed(scheme.panel, weight < 0 ? scheme.negative : scheme.accent, part);
}

/** A canvas of so many CSS pixels, sharp on this screen; returns its context, which draws in CSS pixels. */
export function sized(canvas, width, height) {
  const ratio = Math.max(1, window.devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.imageSmoothingEnabled = false;
  return context;
}

/** Rows of values as squares of `scale` pixels with their left upper corner at (left, top). */
export function paintRows(context, rows, left, top, scale, colourOf) {
  const [height, width] = [rows.length, rows[0].length];
  const small = new OffscreenCanvas(width, height);
  const pixels = new ImageData(width, height);
  let at = 0;
  for (const row of rows) {
    for (const value of row) {
      const [red, green, blue] = colourOf(value);
      pixels.data.set([red, green, blue, 255], at);
      at += 4;
    }
  }
  small.getContext("2d").putImageData(pixels, 0, 0);
  context.drawImage(small, left, top, width * scale, height * scale);
}
