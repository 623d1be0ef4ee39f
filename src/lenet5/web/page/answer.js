// The answer: the digit, in words and as bars; and what is spoken.

import { STATE_SHAPES } from "./paper.js";

const RUBBISH = "none";
const CLASSES = [...Array(STATE_SHAPES.OUTPUT[0]).keys(), RUBBISH];
// The axis of the bars is never shorter, so that small penalties look small.
const SHORTEST_AXIS = 2;
// Milliseconds. While a stroke goes on, the answer changes many times a second: it is spoken when it has settled.
const ANSWER_SETTLES = 600;
const UNIT_SETTLES = 150;
// Characters that fit in the large and in the middle size.
const FITS_LARGE = 2;
const FITS_MIDDLE = 8;

function add(parent, tag, className) {
  const made = parent.appendChild(document.createElement(tag));
  made.className = className;
  return made;
}

const percent = (part) => {
  if (part > 0.9995) return "> 99.9 %";
  return part < 0.0005 ? "0 %" : `${(100 * part).toFixed(part < 0.1 || part > 0.99 ? 1 : 0)} %`;
};

/** How likely the numbers are as wholes; the one number is what the headline says already. */
function asWholes(numbers) {
  if (numbers.length === 1) return `As a whole ${percent(numbers[0].probability)} probable. `;
  const each = numbers.map(({ text, probability }) => `${text || "?"}, ${percent(probability)}`);
  return numbers.length ? `As wholes: ${each.join("; ")}. ` : "";
}

/** The answer as a sentence. */
function sentence(answer, drawn) {
  if (!answer || answer.probability === null) return drawn ? "Nothing to read." : "Nothing drawn yet.";
  if (answer.text) {
    const boldest = `Shown: the boldest, ${answer.digit}, ${percent(answer.probability)} probable.`;
    return asWholes(answer.numbers ?? []) + boldest;
  }
  if (answer.digit === null) return `Nearest to ${answer.runner_up}.`;
  return `${percent(answer.probability)} probable, then ${answer.runner_up}.`;
}

export class AnswerView {
  #digit = document.getElementById("digit");
  #words = document.getElementById("words");
  #note = document.getElementById("note");
  #spoken = document.getElementById("spoken");
  #bars = document.getElementById("bars");
  #speaking;

  constructor() {
    for (const name of CLASSES) this.#addBar(name);
  }

  #addBar(name) {
    const row = add(this.#bars, "tr", name === RUBBISH ? "rubbish" : "");
    const head = add(row, "th", "");
    head.scope = "row";
    head.textContent = name;
    if (name === RUBBISH) head.title = "The rubbish class of eq. 9: no digit";
    add(add(row, "td", ""), "span", "bar");
    add(row, "td", "number");
    add(row, "td", "number");
  }

  /** Show an answer of /api/states, or none; `drawn`: whether there is anything on the surface. */
  show(answer, weights, drawn) {
    const text = answer?.text || (answer?.digit ?? null);
    const length = String(text ?? "").length;
    this.#digit.textContent = text ?? (answer?.states ? "?" : "–");
    this.#digit.classList.toggle("blank", !answer?.states);
    this.#digit.classList.toggle("none", text === null);
    this.#digit.classList.toggle("long", length > FITS_LARGE && length <= FITS_MIDDLE);
    this.#digit.classList.toggle("longer", length > FITS_MIDDLE);
    this.#words.textContent = sentence(answer, drawn);
    this.#note.textContent = drawn ? (answer?.note ?? "") : "";
    this.#paintBars(answer, weights);
    const spoken = [text === null ? "" : `${text}.`, this.#words.textContent, this.#note.textContent];
    this.#speak(spoken.filter(Boolean).join(" "), ANSWER_SETTLES);
  }

  /** Speak of something else, as of the unit chosen by keyboard. */
  say(sentence) {
    this.#speak(sentence, UNIT_SETTLES);
  }

  #speak(sentence, after) {
    clearTimeout(this.#speaking);
    this.#speaking = setTimeout(() => { this.#spoken.textContent = sentence; }, after);
  }

  #paintBars(answer, weights) {
    const penalties = answer?.states ? [...answer.states.OUTPUT, weights?.j ?? 1] : null;
    const posterior = penalties ? [...answer.posterior, answer.rubbish] : null;
    const longest = penalties ? Math.max(SHORTEST_AXIS, ...penalties) : 1;
    const best = posterior ? posterior.indexOf(Math.max(...posterior)) : -1;
    [...this.#bars.rows].forEach((row, number) => {
      row.classList.toggle("best", number === best);
      row.cells[1].firstChild.style.width = `${penalties ? Math.max(0.5, (100 * penalties[number]) / longest) : 0}%`;
      row.cells[2].textContent = penalties ? penalties[number].toFixed(2) : "";
      row.cells[3].textContent = posterior ? percent(posterior[number]) : "";
    });
  }
}
