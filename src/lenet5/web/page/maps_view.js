// A layer's maps on one canvas, whose units can be pointed at, tapped, and walked over with the arrow keys.

import { LAYOUT, mapsOf, unitName } from "./layers.js";
import { css, paintRows, sizedContext, stateColour } from "./paint.js";

const ARROWS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };
const PAGES = { PageUp: -1, PageDown: 1 };
const FIRST = { map: 0, y: 0, x: 0 };
// How many maps may stand side by side.
const COLUMNS = [40, 30, 24, 20, 15, 12, 8, 6, 4, 3, 2, 1];
// Pixels of a unit that is outlined within; a smaller one would vanish behind its outline, so that goes around it.
const LARGE_UNIT = 8;

export class MapsView {
  #canvas;
  #choose;
  #layer;
  #maps = null;
  #chosen = null;
  #inputs = [];
  #across;

  /** `choose(unit)`: called with {map, y, x} when one is pointed at. */
  constructor(name, canvas, choose) {
    this.name = name;
    this.#canvas = canvas;
    this.#choose = choose;
    this.#layer = LAYOUT[name];
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "layer of units");
    this.#label();
    canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && this.#point(event));
    canvas.addEventListener("click", (event) => this.#point(event));
    canvas.addEventListener("focus", () => {
      if (canvas.matches(":focus-visible")) choose(this.#chosen ?? FIRST);
    });
    canvas.addEventListener("keydown", (event) => this.#walk(event));
  }

  /** Take the states of an answer, or none. */
  show(states) {
    this.#maps = states ? mapsOf(this.name, states) : null;
  }

  /** Outline a unit, and squares of units that another layer's unit reads. */
  outline(chosen, inputs) {
    this.#chosen = chosen;
    this.#inputs = inputs;
  }

  /** A unit's state, undefined where there are none. */
  state(unit) {
    return this.#maps?.[unit.map][unit.y][unit.x];
  }

  paint(scheme) {
    const { maps, height, width, scale, gap } = this.#layer;
    this.#across = this.#columns();
    const down = Math.ceil(maps / this.#across);
    const context = sizedContext(
      this.#canvas, this.#across * (width * scale + gap) - gap, down * (height * scale + gap) - gap);
    context.lineWidth = 1;
    for (let map = 0; map < maps; map++) {
      const [left, top] = this.#corner(map);
      if (this.#maps) paintRows(context, this.#maps[map], left, top, scale, (state) => stateColour(state, scheme));
      context.strokeStyle = css(scheme.rule);
      context.strokeRect(left + 0.5, top + 0.5, width * scale - 1, height * scale - 1);
    }
    context.strokeStyle = css(scheme.accent);
    for (const square of this.#inputs) this.#square(context, square, 1.5);
    if (this.#chosen) this.#square(context, this.#around(this.#chosen), 2);
    this.#label();
  }

  #square(context, { map, y, x, size }, weight) {
    const { scale } = this.#layer;
    const [left, top] = this.#corner(map);
    context.lineWidth = weight;
    context.strokeRect(
      left + x * scale + weight / 2, top + y * scale + weight / 2, size * scale - weight, size * scale - weight);
  }

  /** Where a chosen unit is outlined, within its map. */
  #around({ map, y, x }) {
    const { height, width, scale } = this.#layer;
    if (scale >= LARGE_UNIT) return { map, y, x, size: 1 };
    return { map, y: Math.max(0, Math.min(height - 2, y - 0.5)), x: Math.max(0, Math.min(width - 2, x - 0.5)), size: 2 };
  }

  /** As many maps side by side as fit, in rows of equal length. */
  #columns() {
    const { maps, width, scale, gap } = this.#layer;
    const room = this.#canvas.parentElement.clientWidth;
    const fitting = Math.max(1, Math.floor((room + gap) / (width * scale + gap)));
    return COLUMNS.find((n) => n <= fitting && maps % n === 0) ?? 1;
  }

  #corner(map) {
    const { height, width, scale, gap } = this.#layer;
    return [(map % this.#across) * (width * scale + gap), Math.floor(map / this.#across) * (height * scale + gap)];
  }

  #point({ offsetX, offsetY }) {
    const { maps, height, width, scale } = this.#layer;
    for (let map = 0; map < maps; map++) {
      const [left, top] = this.#corner(map);
      const [x, y] = [Math.floor((offsetX - left) / scale), Math.floor((offsetY - top) / scale)];
      if (x >= 0 && y >= 0 && x < width && y < height) return this.#choose({ map, y, x });
    }
    return undefined;
  }

  /** Arrow keys go from unit to unit and on into the next map; Page Up and Down, or with Shift, from map to map. */
  #walk(event) {
    const { maps, height, width } = this.#layer;
    const across = this.#across;
    const arrow = ARROWS[event.key];
    const page = PAGES[event.key] ?? (event.shiftKey && arrow ? arrow[1] + arrow[0] * across : 0);
    if ((!arrow && !page) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    let { map, y, x } = this.#chosen ?? FIRST;
    if (page) map += page;
    else [y, x] = [y + arrow[0], x + arrow[1]];
    if (x < 0) [map, x] = map % across ? [map - 1, width - 1] : [map, 0];
    if (x >= width) [map, x] = (map + 1) % across && map + 1 < maps ? [map + 1, 0] : [map, width - 1];
    if (y < 0) [map, y] = map >= across ? [map - across, height - 1] : [map, 0];
    if (y >= height) [map, y] = map + across < maps ? [map + across, 0] : [map, height - 1];
    this.#choose({ map: Math.min(maps - 1, Math.max(0, map)), y, x });
  }

  #label() {
    const now = this.#chosen ? ` At ${unitName(this.name, this.#chosen)}.` : "";
    this.#canvas.setAttribute("aria-label", `Layer ${this.name}: arrow keys go from unit to unit.${now}`);
  }
}
