// Painting on canvases: states from background to foreground, weights from blue over background to the accent.

import { AMPLITUDE } from "./paper.js";

const NAMES = ["background", "foreground", "panel", "rule", "muted", "accent", "negative"];

/** The colours of the scheme, as base.css has them: each name's red, green, blue. */
export function colours() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => {
    const hex = style.getPropertyValue(name).trim().slice(1);
    return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16));
  };
  return Object.fromEntries(NAMES.map((name) => [name, read(`--${name}`)]));
}

export const css = (colour) => `rgb(${colour.join(" ")})`;

const mixed = (from, to, part) => from.map((value, at) => value + (to[at] - value) * part);

/** Between the panel's colour and the foreground, for a state of ±AMPLITUDE. */
export function stateColour(state, scheme) {
  return mixed(scheme.panel, scheme.foreground, Math.min(1, Math.max(0, (state / AMPLITUDE + 1) / 2)));
}

/** Between the two colours of sign, for a weight of at most `largest`. */
export function weightColour(weight, largest, scheme) {
  const part = Math.min(1, Math.abs(weight) / (largest || 1));
  return mixed(scheme.panel, weight < 0 ? scheme.negative : scheme.accent, part);
}

/** The context of a canvas that the style sheet sizes, sharp on this screen; it draws in CSS pixels. */
export function sharpContext(canvas, width, height) {
  const ratio = Math.max(1, window.devicePixelRatio || 1);
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  return context;
}

/** The same of a canvas that is given its size in CSS pixels. */
export function sizedContext(canvas, width, height) {
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
  return sharpContext(canvas, width, height);
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
  context.imageSmoothingEnabled = false;
  context.drawImage(small, left, top, width * scale, height * scale);
}
