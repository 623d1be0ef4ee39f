// The drawing surface: strokes and pictures, each step of which can be undone.

import { css } from "./paint.js";

/** Strokes are kept on a square of this side, whatever its size on the screen, and sent as a square of SENT pixels. */
export const SIDE = 320;
const SENT = 140;
const WIDTH = 24;
const STEP = 8;

export class Surface {
  /** `changed()`: called after each change. */
  constructor(canvas, changed) {
    Object.assign(this, { canvas, changed, items: [], past: [], stroke: null, pen: null, boxes: [] });
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const name of ["pointerup", "pointercancel"]) canvas.addEventListener(name, (event) => this.up(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => { this.pen = null; this.stroke = null; this.paint(this.scheme); });
  }

  get empty() { return this.items.length === 0; }

  get undoable() { return this.past.length > 0; }

  /** A picture that nothing is drawn upon is read as it is. */
  get file() { return this.items.length === 1 && this.items[0].file ? this.items[0].file : null; }

  become(items) {
    this.past.push(this.items);
    this.items = items;
    this.boxes = [];
    this.changed();
  }

  undo() {
    if (!this.undoable) return;
    this.items = this.past.pop();
    this.stroke = null;
    this.boxes = [];
    this.changed();
  }

  clear() { if (!this.empty) this.become([]); }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * SIDE, ((event.clientY - box.top) / box.height) * SIDE];
  }

  down(event) {
    if (event.button !== 0 || this.pointer !== undefined) return;
    this.canvas.setPointerCapture(event.pointerId);
    this.pointer = event.pointerId;
    this.pen = null;
    this.stroke = [this.place(event)];
    this.become([...this.items, { stroke: this.stroke }]);
  }

  move(event) {
    if (event.pointerId !== this.pointer || !this.stroke) return;
    const all = event.getCoalescedEvents?.() ?? [];
    for (const one of all.length ? all : [event]) this.extend(this.place(one));
    this.changed();
  }

  extend(point) {
    const last = this.stroke.at(-1);
    if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= 2) this.stroke.push(point);
  }

  up(event) {
    if (event.pointerId !== this.pointer) return;
    this.pointer = undefined;
    this.stroke = null;
  }

  /** The pen of the keyboard: arrows move it, space lowers and lifts it. */
  key(event) {
    const arrow = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if ((!arrow && event.key !== " ") || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.pen ??= [SIDE / 2, SIDE / 4];
    if (arrow) {
      this.pen = this.pen.map((value, at) => Math.min(SIDE - 16, Math.max(16, value + STEP * arrow[at])));
      if (!this.stroke) return this.paint(this.scheme);
      this.extend(this.pen);
      return this.changed();
    }
    if (this.stroke) {
      this.stroke = null;
      return this.paint(this.scheme);
    }
    this.stroke = [this.pen];
    this.become([...this.items, { stroke: this.stroke }]);
  }

  /** Put whole strokes there, in place of all else. */
  write(strokes) { this.become(strokes.map((stroke) => ({ stroke }))); }

  /** Put a picture there, in place of all else. Where the browser cannot show it, the network may see it yet. */
  async open(file) {
    const bitmap = await createImageBitmap(file).catch(() => null);
    this.become([{ file, bitmap }]);
  }

  /** What is to be read: the file as it was given, or a small square of ink on paper. */
  async content() {
    if (this.file) return this.file;
    const small = new OffscreenCanvas(SENT, SENT);
    const context = small.getContext("2d");
    context.scale(SENT / SIDE, SENT / SIDE);
    this.render(context, "#fff", "#000");
    return small.convertToBlob({ type: "image/png" });
  }

  /** Where a picture lies on the surface: as large as fits, in the middle. */
  frame(bitmap) {
    const scale = SIDE / Math.max(bitmap.width, bitmap.height);
    const [width, height] = [bitmap.width * scale, bitmap.height * scale];
    return { left: (SIDE - width) / 2, top: (SIDE - height) / 2, width, height };
  }

  render(context, paper, ink) {
    context.fillStyle = paper;
    context.fillRect(0, 0, SIDE, SIDE);
    Object.assign(context, { strokeStyle: ink, fillStyle: ink, lineWidth: WIDTH, lineCap: "round", lineJoin: "round" });
    for (const { stroke, bitmap } of this.items) {
      if (bitmap) {
        const { left, top, width, height } = this.frame(bitmap);
        context.drawImage(bitmap, left, top, width, height);
      }
      if (stroke) trace(context, stroke);
    }
  }

  paint(scheme) {
    this.scheme = scheme;
    const side = this.canvas.clientWidth;
    const ratio = Math.max(1, window.devicePixelRatio || 1);
    this.canvas.width = this.canvas.height = Math.round(side * ratio);
    const context = this.canvas.getContext("2d");
    context.scale((side * ratio) / SIDE, (side * ratio) / SIDE);
    this.render(context, css(scheme.panel), css(scheme.ink));
    context.strokeStyle = css(scheme.accent);
    context.lineWidth = 2;
    const picture = this.file && this.items[0].bitmap;
    const frame = picture ? this.frame(picture) : { left: 0, top: 0, width: SIDE, height: SIDE };
    for (const [left, top, right, bottom] of this.boxes) {
      const [x, y] = [frame.left + left * frame.width, frame.top + top * frame.height];
      context.strokeRect(x - 3, y - 3, (right - left) * frame.width + 6, (bottom - top) * frame.height + 6);
    }
    if (this.pen) {
      context.beginPath();
      context.arc(...this.pen, WIDTH / 2 + 2, 0, 2 * Math.PI);
      context.stroke();
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
