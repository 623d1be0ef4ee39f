// The answer: the digit, in words and as bars, and the ten codes beside F6.

import { ofState, paintRows, sized } from "./paint.js";

const [digit, words, note, spoken, bars, codes] =
  ["digit", "words", "note", "spoken", "bars", "codes"].map((id) => document.getElementById(id));
// The axis of the bars is never shorter, so that small penalties look small.
const SHORTEST = 2;
let speaking;

const cell = (row, tag, className) => {
  const made = row.appendChild(document.createElement(tag));
  made.className = className;
  return made;
};

/** The rows of the bars, the rubbish class last, and the buttons of the codes. */
export function prepare(chooseCode) {
  for (const name of [...Array(10).keys(), "none"]) {
    const row = bars.appendChild(document.createElement("tr"));
    if (name === "none") row.className = "rubbish";
    const head = cell(row, "th", "");
    head.scope = "row";
    head.textContent = name;
    if (name === "none") head.title = "The rubbish class of eq. 9: no digit";
    cell(cell(row, "td", ""), "span", "bar");
    cell(row, "td", "number");
    cell(row, "td", "number");
  }
  for (let k = 0; k < 10; k++) {
    const button = codes.appendChild(document.createElement("li")).appendChild(document.createElement("button"));
    button.type = "button";
    button.append(document.createElement("canvas"), document.createElement("b"), document.createElement("span"));
    button.children[1].textContent = k;
    for (const event of ["pointerenter", "focus", "click"]) button.addEventListener(event, () => chooseCode(k));
  }
}

const percent = (part) => {
  if (part > 0.9995) return "> 99.9 %";
  return part < 0.0005 ? "0 %" : `${(100 * part).toFixed(part < 0.1 ? 1 : 0)} %`;
};

function paintBars(answer, weights) {
  const penalties = answer?.states ? [...answer.states.OUTPUT, weights?.j ?? 1] : null;
  const parts = penalties ? [...answer.posterior, answer.rubbish] : null;
  const most = penalties ? Math.max(SHORTEST, ...penalties) : 1;
  const best = parts ? parts.indexOf(Math.max(...parts)) : -1;
  [...bars.rows].forEach((row, number) => {
    row.classList.toggle("best", number === best);
    row.cells[1].firstChild.style.width = `${penalties ? Math.max(0.5, (100 * penalties[number]) / most) : 0}%`;
    row.cells[2].textContent = penalties ? penalties[number].toFixed(2) : "";
    row.cells[3].textContent = parts ? percent(parts[number]) : "";
  });
}

/** The ten codes, each with its penalty; the nearest framed. */
export function paintCodes(answer, weights, scheme) {
  if (!weights) return;
  const penalties = answer?.states?.OUTPUT;
  const best = penalties ? penalties.indexOf(Math.min(...penalties)) : -1;
  [...codes.children].forEach((item, k) => {
    const button = item.firstChild;
    const rows = Array.from({ length: 12 }, (_, y) => weights.codes[k].slice(7 * y, 7 * y + 7));
    paintRows(sized(button.children[0], 35, 60), rows, 0, 0, 5, (sign) => ofState(1.7159 * sign, scheme));
    button.children[2].textContent = penalties ? penalties[k].toFixed(2) : "";
    button.classList.toggle("best", k === best);
    button.setAttribute("aria-label", `Code of ${k}${penalties ? `, penalty ${penalties[k].toFixed(2)}` : ""}`);
  });
}

/** The answer as a sentence. */
function sentence(answer, drawn) {
  if (!answer || answer.probability === null) return drawn ? "Nothing to read." : "Nothing drawn yet.";
  if (answer.text) return `Shown: the boldest, ${answer.digit}, ${percent(answer.probability)} probable.`;
  if (answer.digit === null) return `Nearest to ${answer.runner_up}.`;
  return `${percent(answer.probability)} probable, then ${answer.runner_up}.`;
}

/** Show an answer of /api/states, or none; `drawn`: whether there is anything on the surface. */
export function show(answer, weights, drawn) {
  const text = answer?.text || (answer?.digit ?? null);
  digit.textContent = text ?? (answer?.states ? "?" : "–");
  digit.classList.toggle("blank", !answer?.states);
  const long = String(text ?? "").length;
  digit.classList.toggle("none", text === null);
  digit.classList.toggle("long", long > 2 && long <= 8);
  digit.classList.toggle("longer", long > 8);
  words.textContent = sentence(answer, drawn);
  note.textContent = drawn ? (answer?.note ?? "") : "";
  paintBars(answer, weights);
  clearTimeout(speaking);
  // While a stroke goes on, the answer changes many times a second: it is spoken when it has settled.
  speaking = setTimeout(() => {
    spoken.textContent = [text === null ? "" : `${text}.`, words.textContent, note.textContent].filter(Boolean).join(" ");
  }, 600);
}

/** Say something else, as the unit chosen by keyboard. */
export function say(sentenceToSay) {
  clearTimeout(speaking);
  speaking = setTimeout(() => { spoken.textContent = sentenceToSay; }, 150);
}
