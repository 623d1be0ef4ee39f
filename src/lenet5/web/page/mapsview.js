// A layer's maps on one canvas, whose units can be pointed at, tapped, and walked over with the arrow keys.

import { LAYERS, mapsOf, unitName } from "./layers.js";
import { css, ofState, paintRows, sized } from "./paint.js";

export class MapsView {
  /** `choose(unit)`: called with {map, y, x} when one is pointed at. */
  constructor(name, canvas, choose) {
    Object.assign(this, { name, canvas, choose, layer: LAYERS[name], maps: null, chosen: null, marks: [] });
    canvas.tabIndex = 0;
    canvas.setAttribute("role", "application");
    canvas.setAttribute("aria-roledescription", "layer of units");
    this.label();
    const point = (event) => {
      const unit = this.unitAt(event.offsetX, event.offsetY);
      if (unit) this.choose(unit);
    };
    canvas.addEventListener("pointermove", (event) => event.pointerType === "mouse" && point(event));
    canvas.addEventListener("click", point);
    canvas.addEventListener("focus", () => {
      if (canvas.matches(":focus-visible")) this.choose(this.chosen ?? { map: 0, y: 0, x: 0 });
    });
    canvas.addEventListener("keydown", (event) => this.walk(event));
  }

  /** How many maps stand side by side: as many as fit, in rows of equal length. */
  columns() {
    const { maps, width, scale, gap } = this.layer;
    const room = this.canvas.parentElement.clientWidth;
    const fitting = Math.max(1, Math.floor((room + gap) / (width * scale + gap)));
    return [40, 30, 24, 20, 15, 12, 8, 6, 4, 3, 2, 1].find((n) => n <= fitting && maps % n === 0) ?? 1;
  }

  corner(map) {
    const { height, width, scale, gap } = this.layer;
    return [(map % this.across) * (width * scale + gap), Math.floor(map / this.across) * (height * scale + gap)];
  }

  unitAt(left, top) {
    const { maps, height, width, scale } = this.layer;
    for (let map = 0; map < maps; map++) {
      const [x0, y0] = this.corner(map);
      const [x, y] = [Math.floor((left - x0) / scale), Math.floor((top - y0) / scale)];
      if (x >= 0 && y >= 0 && x < width && y < height) return { map, y, x };
    }
    return null;
  }

  /** Arrow keys go from unit to unit and on into the next map; Page Up and Down, or with Shift, from map to map. */
  walk(event) {
    const { maps, height, width } = this.layer;
    const arrow = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    const page = { PageUp: -1, PageDown: 1 }[event.key] ?? (event.shiftKey && arrow ? arrow[1] + arrow[0] * this.across : 0);
    if ((!arrow && !page) || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    let { map, y, x } = this.chosen ?? { map: 0, y: 0, x: 0 };
    if (page) map += page;
    else [y, x] = [y + arrow[0], x + arrow[1]];
    if (x < 0) [map, x] = map % this.across ? [map - 1, width - 1] : [map, 0];
    if (x >= width) [map, x] = (map + 1) % this.across && map + 1 < maps ? [map + 1, 0] : [map, width - 1];
    if (y < 0) [map, y] = map >= this.across ? [map - this.across, height - 1] : [map, 0];
    if (y >= height) [map, y] = map + this.across < maps ? [map + this.across, 0] : [map, height - 1];
    this.choose({ map: Math.min(maps - 1, Math.max(0, map)), y, x });
  }

  show(states) {
    this.maps = states ? mapsOf(this.name, states) : null;
  }

  state(unit) {
    return this.maps?.[unit.map][unit.y][unit.x];
  }

  label() {
    const now = this.chosen ? ` At ${unitName(this.name, this.chosen)}.` : "";
    this.canvas.setAttribute("aria-label", `Layer ${this.name}: arrow keys go from unit to unit.${now}`);
  }

  paint(scheme) {
    const { maps, height, width, scale, gap } = this.layer;
    this.across = this.columns();
    const down = Math.ceil(maps / this.across);
    const context = sized(
      this.canvas, this.across * (width * scale + gap) - gap, down * (height * scale + gap) - gap);
    context.lineWidth = 1;
    for (let map = 0; map < maps; map++) {
      const [left, top] = this.corner(map);
      if (this.maps) paintRows(context, this.maps[map], left, top, scale, (state) => ofState(state, scheme));
      context.strokeStyle = css(scheme.rule);
      context.strokeRect(left + 0.5, top + 0.5, width * scale - 1, height * scale - 1);
    }
    const outline = (map, y, x, size, weight) => {
      const [left, top] = this.corner(map);
      context.strokeStyle = css(scheme.accent);
      context.lineWidth = weight;
      context.strokeRect(left + x * scale + weight / 2, top + y * scale + weight / 2, size * scale - weight, size * scale - weight);
    };
    for (const mark of this.marks) outline(mark.map, mark.y, mark.x, mark.size, 1.5);
    if (this.chosen) {
      // A small unit would vanish behind its outline, so that goes around it, within its map.
      const { map, y, x } = this.chosen;
      if (scale >= 8) outline(map, y, x, 1, 2);
      else outline(map, Math.max(0, Math.min(height - 2, y - 0.5)), Math.max(0, Math.min(width - 2, x - 0.5)), 2, 2);
    }
    this.label();
  }
}
