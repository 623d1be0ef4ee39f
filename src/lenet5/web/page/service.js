// Asking the service: one question at a time, and of those that wait only the last.

async function answered(response) {
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error ?? `The service answered with status ${response.status}.`);
  return answer;
}

async function ask(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Error("The service does not answer. Does lenet5 serve still run?");
  }
  return answered(response);
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

/** Questions about what is drawn: `content()` makes what is sent, `done(answer, error)` hears of the answer. */
export class Questions {
  constructor(content, done) {
    Object.assign(this, { content, done, busy: false, waiting: null });
  }

  /** Ask; while an answer is awaited, remember only that there is more to ask. `which`: the weights. */
  async ask(which) {
    this.waiting = which;
    if (this.busy) return;
    this.busy = true;
    while (this.waiting) {
      const asked = this.waiting;
      this.waiting = null;
      try {
        const body = await this.content();
        // Nothing to read: the page was cleared meanwhile.
        if (!body) { this.done(null, null); continue; }
        const headers = { "Content-Type": body.type?.startsWith("image/") ? body.type.split("+")[0] : "application/octet-stream" };
        this.done(await ask(`api/states?weights=${asked}`, { method: "POST", headers, body }), null);
      } catch (error) {
        this.done(null, error);
      }
    }
    this.busy = false;
  }
}
