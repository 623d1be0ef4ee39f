// The page: what is drawn goes to the service, and what it answers onto the page.

import * as answers from "./answer.js";
import { example } from "./examples.js";
import { AMPLITUDE, LAYERS, inputsOf } from "./layers.js";
import { MapsView } from "./mapsview.js";
import { colours, ofState, paintRows, sized } from "./paint.js";
import { Questions, weightsOf } from "./service.js";
import { SIDE, Surface } from "./surface.js";
import { describe, paintField } from "./unit.js";

const element = (id) => document.getElementById(id);
const radios = [...document.querySelectorAll("input[name=weights]")];
const page = { scheme: colours(), answer: null, weights: null, chosen: null, painting: false };

const views = Object.keys(LAYERS).map(
  (name) => new MapsView(name, document.querySelector(`[data-layer=${name}] canvas`), (unit) => choose({ name, unit })));
answers.prepare((k) => choose({ name: "OUTPUT", unit: { map: k } }));

const surface = new Surface(element("surface"), changed);
const questions = new Questions(() => (surface.empty ? null : surface.content()), answered);

function asked() { return radios.find((radio) => radio.checked).value; }

/** What is drawn has changed: show it now, and ask. */
function changed() {
  surface.paint(page.scheme);
  element("invitation").hidden = !surface.empty;
  element("clear").disabled = surface.empty;
  element("undo").disabled = !surface.undoable;
  questions.ask(asked());
}

/** An answer has come, an error, or neither for an empty page. */
function answered(answer, error) {
  element("error").hidden = !error;
  if (error) element("error").textContent = error.message;
  page.answer = answer;
  surface.boxes = (answer?.digits ?? []).map((digit) => digit.box);
  if (surface.boxes.length) surface.paint(page.scheme);
  for (const view of views) view.show(answer?.states);
  answers.show(answer, page.weights, !surface.empty);
  paintSoon();
}

function choose(chosen) {
  page.chosen = chosen;
  for (const view of views) {
    view.chosen = chosen?.name === view.name ? chosen.unit : null;
    view.marks = chosen && page.weights && LAYERS[chosen.name]?.below === view.name
      ? inputsOf(chosen.name, chosen.unit, page.weights.table) : [];
  }
  paintSoon();
  if (chosen && document.activeElement?.matches(":focus-visible") && document.activeElement !== surface.canvas) {
    answers.say(paintUnit());
  }
}

function paintUnit() {
  const chosen = page.chosen;
  const state = chosen?.name === "OUTPUT"
    ? page.answer?.states?.OUTPUT[chosen.unit.map]
    : views.find((view) => view.name === chosen?.name)?.state(chosen.unit);
  paintField(element("field"), page.answer?.pattern, chosen, page.scheme);
  return describe(chosen, state, page.answer?.states?.F6, page.weights, page.scheme);
}

/** At the next frame, all that depends on the answer or the chosen unit. */
function paintSoon() {
  if (page.painting) return;
  page.painting = true;
  requestAnimationFrame(() => {
    page.painting = false;
    for (const view of views) view.paint(page.scheme);
    answers.paintCodes(page.answer, page.weights, page.scheme);
    paintUnit();
  });
}

function paintAll() {
  page.scheme = colours();
  surface.paint(page.scheme);
  const ramp = Array.from({ length: 35 }, (_, at) => AMPLITUDE * (at / 17 - 1));
  paintRows(sized(element("scale"), 140, 8), [ramp, ramp], 0, 0, 4, (state) => ofState(state, page.scheme));
  paintSoon();
}

/** The other weights, or the same once more; what is drawn is read anew. */
async function useWeights() {
  const which = asked();
  questions.ask(which);
  try {
    const weights = await weightsOf(which);
    if (which !== asked()) return;
    page.weights = weights;
    answers.show(page.answer, weights, !surface.empty);
    choose(page.chosen);
  } catch (error) {
    answered(page.answer, error);
  }
}

for (const radio of radios) {
  radio.addEventListener("change", useWeights);
  // The untrained network is made when first asked for, which takes a second: begin when the hand nears.
  radio.parentElement.addEventListener("pointerenter", () => weightsOf(radio.value).catch(() => null), { once: true });
}

element("undo").addEventListener("click", () => surface.undo());
element("clear").addEventListener("click", () => surface.clear());
element("open").addEventListener("click", () => element("file").click());
element("file").addEventListener("change", (event) => {
  if (event.target.files[0]) surface.open(event.target.files[0]);
  event.target.value = "";
});

const box = element("surface").parentElement;
document.addEventListener("dragover", (event) => { event.preventDefault(); box.classList.add("over"); });
document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) box.classList.remove("over"); });
document.addEventListener("drop", (event) => {
  event.preventDefault();
  box.classList.remove("over");
  if (event.dataTransfer.files[0]) surface.open(event.dataTransfer.files[0]);
});
document.addEventListener("paste", (event) => {
  const file = event.clipboardData?.files[0];
  if (file) surface.open(file);
});

document.addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  const undoing = (event.ctrlKey || event.metaKey) && key === "z";
  if (undoing) event.preventDefault();
  if (undoing || (key === "u" && !event.ctrlKey && !event.metaKey)) return surface.undo();
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  if (key === "c") return surface.clear();
  if (key === "o") return element("file").click();
  if (key === "escape") return choose(null);
  if (key === "t") {
    radios.find((radio) => !radio.checked).checked = true;
    return useWeights();
  }
  if (/^[0-9]$/.test(key)) return surface.write(example(Number(key), SIDE));
  return undefined;
});

matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paintAll);
new ResizeObserver(paintAll).observe(document.body);
changed();
paintAll();
useWeights();
