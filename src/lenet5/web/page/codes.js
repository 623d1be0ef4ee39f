// The ten codes of figure 3 beside F6, each with its penalty.

import { bitmap } from "./layers.js";
import { paintRows, sizedContext, stateColour } from "./paint.js";
import { AMPLITUDE, CODE_COLUMNS, CODE_ROWS, STATE_SHAPES } from "./paper.js";

const SCALE = 5; // pixels a unit

export class CodesView {
  #list = document.getElementById("codes");

  /** `choose(k)`: called when the code of class k is pointed at. */
  constructor(choose) {
    for (let k = 0; k < STATE_SHAPES.OUTPUT[0]; k++) {
      const button = this.#list.appendChild(document.createElement("li")).appendChild(document.createElement("button"));
      button.type = "button";
      button.append(document.createElement("canvas"), document.createElement("b"), document.createElement("span"));
      button.children[1].textContent = k;
      for (const event of ["pointerenter", "focus", "click"]) button.addEventListener(event, () => choose(k));
    }
  }

  /** All of them, the nearest to F6 framed. */
  paint(answer, weights, scheme) {
    if (!weights) return;
    const penalties = answer?.states?.OUTPUT;
    const best = penalties ? penalties.indexOf(Math.min(...penalties)) : -1;
    [...this.#list.children].forEach((item, k) => {
      const button = item.firstChild;
      const [canvas, , number] = button.children;
      const context = sizedContext(canvas, SCALE * CODE_COLUMNS, SCALE * CODE_ROWS);
      paintRows(context, bitmap(weights.codes[k]), 0, 0, SCALE, (sign) => stateColour(AMPLITUDE * sign, scheme));
      number.textContent = penalties ? penalties[k].toFixed(2) : "";
      button.classList.toggle("best", k === best);
      button.setAttribute("aria-label", `Code of ${k}${penalties ? `, penalty ${penalties[k].toFixed(2)}` : ""}`);
    });
  }
}
