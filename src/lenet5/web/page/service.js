// Asking the service: one question at a time, and of those that wait only the last.

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The service does not answer. Does lenet5 serve still run?");
  }
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The service answered with status ${response.status}.`);
  return answer;
}

const kept = {};

/** All weights, trained or untrained; asked for once. */
export function weightsOf(which) {
  kept[which] ??= ask(`api/weights?weights=${which}`).catch((error) => {
    delete kept[which];
    throw error;
  });
  return kept[which];
}

/** Questions about what is drawn. */
export class Questions {
  #content;
  #done;
  #busy = false;
  #waiting = null;

  /** `content()`: makes what is sent, null for nothing · `done(answer, error)`: hears of the answer. */
  constructor(content, done) {
    this.#content = content;
    this.#done = done;
  }

  /** Ask; while an answer is awaited, remember only that there is more to ask. `which`: the weights. */
  async ask(which) {
    this.#waiting = which;
    if (this.#busy) return;
    this.#busy = true;
    while (this.#waiting) {
      const asked = this.#waiting;
      this.#waiting = null;
      try {
        this.#done(await this.#answer(asked), null);
      } catch (error) {
        this.#done(null, error);
      }
    }
    this.#busy = false;
  }

  async #answer(which) {
    const body = await this.#content();
    // Nothing to read: the surface was cleared meanwhile.
    if (!body) return null;
    const type = body.type?.startsWith("image/") ? body.type.split("+")[0] : "application/octet-stream";
    return ask(`api/states?weights=${which}`, { method: "POST", headers: { "Content-Type": type }, body });
  }
}
