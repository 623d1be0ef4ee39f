// The drawing surface: strokes and pictures, each step of which can be undone.

import { css, sharpContext } from "./paint.js";

/** Strokes are kept on a square of this side, whatever its size on the screen, and sent as a square of SENT pixels. */
export const SIDE = 320;
const SENT = 140;
const PEN_WIDTH = 24;
// Of the keyboard's pen: what an arrow key moves it by, and how near it comes to the edge.
const PEN_STEP = 8;
const PEN_MARGIN = 16;
// A point nearer to the last one is left out of its stroke.
const NEAREST = 2;
// Between a digit and the frame around it.
const BOX_GAP = 3;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class Surface {
  #canvas;
  #changed;
  #scheme;
  #items = []; // {stroke: points}, or {file, bitmap}; the bitmap null where the browser cannot show the file
  #past = [];
  #boxes = [];
  #stroke = null; // that is being drawn
  #pointer; // that draws it
  #pen = null; // of the keyboard

  /** `changed()`: called after each change. */
  constructor(canvas, changed) {
    this.#canvas = canvas;
    this.#changed = changed;
    canvas.addEventListener("pointerdown", (event) => this.#down(event));
    canvas.addEventListener("pointermove", (event) => this.#move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.#up(event));
    canvas.addEventListener("keydown", (event) => this.#key(event));
    canvas.addEventListener("blur", () => {
      this.#pen = this.#stroke = null;
      this.paint(this.#scheme);
    });
  }

  get empty() { return this.#items.length === 0; }

  get undoable() { return this.#past.length > 0; }

  get focused() { return document.activeElement === this.#canvas; }

  /** Frames around digits: left, top, right, bottom, in fractions of the picture. */
  set boxes(boxes) { this.#boxes = boxes; }

  undo() {
    if (!this.undoable) return;
    this.#items = this.#past.pop();
    this.#stroke = null;
    this.#boxes = [];
    this.#changed();
  }

  clear() { if (!this.empty) this.#become([]); }

  /** Put whole strokes there, in place of all else. */
  write(strokes) { this.#become(strokes.map((stroke) => ({ stroke }))); }

  /** Put a picture there, in place of all else. Where the browser cannot show it, the network may see it yet. */
  async open(file) {
    const bitmap = await createImageBitmap(file).catch(() => null);
    this.#become([{ file, bitmap }]);
  }

  /** What is to be read: the file as it was given, or a small square of black on white. */
  async content() {
    if (this.#file) return this.#file;
    const small = new OffscreenCanvas(SENT, SENT);
    const context = small.getContext("2d");
    context.scale(SENT / SIDE, SENT / SIDE);
    this.#render(context, "#fff", "#000");
    return small.convertToBlob({ type: "image/png" });
  }

  paint(scheme) {
    this.#scheme = scheme;
    const side = this.#canvas.clientWidth;
    const context = sharpContext(this.#canvas, side, side);
    context.scale(side / SIDE, side / SIDE);
    this.#render(context, css(scheme.panel), css(scheme.foreground));
    context.strokeStyle = css(scheme.accent);
    context.lineWidth = 2;
    const picture = this.#file && this.#items[0].bitmap;
    const frame = picture ? this.#frame(picture) : { left: 0, top: 0, width: SIDE, height: SIDE };
    for (const [left, top, right, bottom] of this.#boxes) {
      const [x, y] = [frame.left + left * frame.width, frame.top + top * frame.height];
      const [width, height] = [(right - left) * frame.width, (bottom - top) * frame.height];
      context.strokeRect(x - BOX_GAP, y - BOX_GAP, width + 2 * BOX_GAP, height + 2 * BOX_GAP);
    }
    if (this.#pen) {
      context.beginPath();
      context.arc(...this.#pen, PEN_WIDTH / 2 + 2, 0, 2 * Math.PI);
      context.stroke();
    }
  }

  /** A picture that nothing is drawn upon is read as it is. */
  get #file() { return this.#items.length === 1 && this.#items[0].file ? this.#items[0].file : null; }

  #become(items) {
    this.#past.push(this.#items);
    this.#items = items;
    this.#boxes = [];
    this.#changed();
  }

  #begin(point) {
    this.#stroke = [point];
    this.#become([...this.#items, { stroke: this.#stroke }]);
  }

  #extend(point) {
    const last = this.#stroke.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= NEAREST) this.#stroke.push(point);
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  #down(event) {
    if (event.button !== 0 || this.#pointer !== undefined) return;
    this.#canvas.setPointerCapture(event.pointerId);
    this.#pointer = event.pointerId;
    this.#pen = null;
    this.#begin(this.#place(event));
  }

  #move(event) {
    if (event.pointerId !== this.#pointer || !this.#stroke) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) this.#extend(this.#place(one));
    this.#changed();
  }

  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = undefined;
    this.#stroke = null;
  }

  /** The pen of the keyboard: arrows move it, space lowers and lifts it. */
  #key(event) {
    const arrow = ARROWS[event.key];
    if ((!arrow && event.key !== " ") || event.ctrlKey || event.metaKey || event.altKey) return undefined;
    event.preventDefault();
    this.#pen ??= [SIDE / 2, SIDE / 4];
    if (arrow) {
      const within = (value) => Math.min(SIDE - PEN_MARGIN, Math.max(PEN_MARGIN, value));
      this.#pen = this.#pen.map((value, at) => within(value + PEN_STEP * arrow[at]));
      if (!this.#stroke) return this.paint(this.#scheme);
      this.#extend(this.#pen);
      return this.#changed();
    }
    if (!this.#stroke) return this.#begin(this.#pen);
    this.#stroke = null;
    return this.paint(this.#scheme);
  }

  /** Where a picture lies on the surface: as large as fits, in the middle. */
  #frame(bitmap) {
    const scale = SIDE / Math.max(bitmap.width, bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    return { left: (SIDE - width) / 2, top: (SIDE - height) / 2, width, height };
  }

  #render(context, background, foreground) {
    context.fillStyle = background;
    context.fillRect(0, 0, SIDE, SIDE);
    context.strokeStyle = context.fillStyle = foreground;
    context.lineWidth = PEN_WIDTH;
    context.lineCap = context.lineJoin = "round";
    for (const { stroke, bitmap } of this.#items) {
      if (bitmap) {
        const { left, top, width, height } = this.#frame(bitmap);
        context.drawImage(bitmap, left, top, width, height);
      }
      if (stroke) trace(context, stroke);
    }
  }
}

/** A smooth line through a stroke's points: curves from middle to middle; a dot for a single point. */
function trace(context, points) {
  context.beginPath();
  context.moveTo(...points[0]);
  for (let at = 1; at < points.length - 1; at++) {
    const [[x, y], [next, below]] = [points[at], points[at + 1]];
    context.quadraticCurveTo(x, y, (x + next) / 2, (y + below) / 2);
  }
  context.lineTo(...points.at(-1));
  context.stroke();
}
