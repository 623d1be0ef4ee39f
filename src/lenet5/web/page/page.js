// The page: what is drawn goes to the service, and what it answers onto the page.

import { AnswerView } from "./answer.js";
import { CodesView } from "./codes.js";
import { example } from "./examples.js";
import { LAYOUT, inputsOf } from "./layers.js";
import { MapsView } from "./maps_view.js";
import { colours, paintRows, sizedContext, stateColour } from "./paint.js";
import { AMPLITUDE } from "./paper.js";
import { takePictures } from "./pictures_in.js";
import { Questions, weightsOf } from "./service.js";
import { onKeys } from "./shortcuts.js";
import { SIDE, Surface } from "./surface.js";
import { UnitView } from "./unit.js";

// The legend's grey scale: so many steps of so many pixels.
const LEGEND = { steps: 35, width: 4, height: 8 };

const element = (id) => document.getElementById(id);

class Page {
  #scheme = colours();
  #answer = null;
  #weights = null;
  #chosen = null; // {name: of the layer, unit: {map, y, x}}
  #painting = false;
  #radios = [...document.querySelectorAll("input[name=weights]")];
  #answerView = new AnswerView();
  #unitView = new UnitView();
  #codesView = new CodesView((k) => this.#choose({ name: "OUTPUT", unit: { map: k } }));
  #mapsViews = Object.keys(LAYOUT).map((name) => new MapsView(
    name, document.querySelector(`[data-layer=${name}] canvas`), (unit) => this.#choose({ name, unit })));
  #surface = new Surface(element("surface"), () => this.#drawn());
  #questions = new Questions(
    () => (this.#surface.empty ? null : this.#surface.content()), (answer, error) => this.#answered(answer, error));

  constructor() {
    const surface = this.#surface;
    for (const radio of this.#radios) {
      radio.addEventListener("change", () => this.#useWeights());
      // The untrained network is made when first asked for, which takes a second: begin when the hand nears.
      const begin = () => weightsOf(radio.value).catch(() => null);
      radio.parentElement.addEventListener("pointerenter", begin, { once: true });
    }
    element("undo").addEventListener("click", () => surface.undo());
    element("clear").addEventListener("click", () => surface.clear());
    takePictures(element("surface").parentElement, element("open"), element("file"), (file) => surface.open(file));
    onKeys({
      u: () => surface.undo(),
      c: () => surface.clear(),
      o: () => element("file").click(),
      t: () => this.#otherWeights(),
      escape: () => this.#choose(null),
    }, (digit) => surface.write(example(digit, SIDE)));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.#paintAll());
    new ResizeObserver(() => this.#paintAll()).observe(document.body);
    this.#drawn();
    this.#paintAll();
    this.#useWeights();
  }

  get #asked() { return this.#radios.find((radio) => radio.checked).value; }

  /** What is drawn has changed: show it now, and ask. */
  #drawn() {
    const surface = this.#surface;
    surface.paint(this.#scheme);
    element("invitation").hidden = !surface.empty;
    element("clear").disabled = surface.empty;
    element("undo").disabled = !surface.undoable;
    this.#questions.ask(this.#asked);
  }

  /** An answer has come, an error, or neither where nothing is drawn. */
  #answered(answer, error) {
    element("error").hidden = !error;
    if (error) element("error").textContent = error.message;
    this.#answer = answer;
    const boxes = (answer?.digits ?? []).map((digit) => digit.box);
    this.#surface.boxes = boxes;
    if (boxes.length) this.#surface.paint(this.#scheme);
    for (const view of this.#mapsViews) view.show(answer?.states);
    this.#answerView.show(answer, this.#weights, !this.#surface.empty);
    this.#paintSoon();
  }

  #choose(chosen) {
    this.#chosen = chosen;
    for (const view of this.#mapsViews) {
      const read = chosen && this.#weights && LAYOUT[chosen.name]?.below === view.name;
      view.outline(
        chosen?.name === view.name ? chosen.unit : null,
        read ? inputsOf(chosen.name, chosen.unit, this.#weights.table) : []);
    }
    this.#paintSoon();
    if (chosen && document.activeElement?.matches(":focus-visible") && !this.#surface.focused) {
      this.#answerView.say(this.#paintUnit());
    }
  }

  /** The other weights, or the same once more; what is drawn is read anew. */
  async #useWeights() {
    const which = this.#asked;
    this.#questions.ask(which);
    try {
      const weights = await weightsOf(which);
      if (which !== this.#asked) return;
      this.#weights = weights;
      this.#answerView.show(this.#answer, weights, !this.#surface.empty);
      this.#choose(this.#chosen);
    } catch (error) {
      this.#answered(this.#answer, error);
    }
  }

  #otherWeights() {
    this.#radios.find((radio) => !radio.checked).checked = true;
    this.#useWeights();
  }

  #paintUnit() {
    const { name, unit } = this.#chosen ?? {};
    const state = name === "OUTPUT"
      ? this.#answer?.states?.OUTPUT[unit.map]
      : this.#mapsViews.find((view) => view.name === name)?.state(unit);
    return this.#unitView.paint(this.#chosen, state, this.#answer, this.#weights, this.#scheme);
  }

  /** At the next frame, all that depends on the answer or the chosen unit. */
  #paintSoon() {
    if (this.#painting) return;
    this.#painting = true;
    requestAnimationFrame(() => {
      this.#painting = false;
      for (const view of this.#mapsViews) view.paint(this.#scheme);
      this.#codesView.paint(this.#answer, this.#weights, this.#scheme);
      this.#paintUnit();
    });
  }

  #paintAll() {
    this.#scheme = colours();
    this.#surface.paint(this.#scheme);
    this.#paintLegend();
    this.#paintSoon();
  }

  #paintLegend() {
    const { steps, width, height } = LEGEND;
    const ramp = Array.from({ length: steps }, (_, at) => AMPLITUDE * ((2 * at) / (steps - 1) - 1));
    const context = sizedContext(element("scale"), steps * width, height);
    const rows = Array.from({ length: height / width }, () => ramp);
    paintRows(context, rows, 0, 0, width, (state) => stateColour(state, this.#scheme));
  }
}

new Page();
