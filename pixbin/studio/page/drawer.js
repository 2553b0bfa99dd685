// One picture at a time: the newest settings win, and what came late is never seen.

import { draw } from "./api.js";

const PATIENCE = 250; // milliseconds that a request may take before a newer one replaces it

/** A name for this tab, so that two tabs do not drop each other's work. */
export const TAB = Array.from(crypto.getRandomValues(new Uint32Array(2))).join("-");

export class Drawer {
  #number = 0;
  #running = null;
  #waiting = null;

  /** `channel` is "picture" or "strip"; `show` gets (blob, report, value), `fail` an error. */
  constructor(channel, show, fail) {
    Object.assign(this, { channel: `${TAB}/${channel}`, show, fail });
  }

  get isBusy() {
    return this.#running !== null;
  }

  /** Draw this, and nothing older any more. */
  request(value) {
    this.#waiting = value;
    if (!this.#running) this.#start();
    else if (performance.now() - this.#running.since > PATIENCE) this.#replace();
    else if (!this.#running.timer) {
      const wait = PATIENCE - (performance.now() - this.#running.since);
      this.#running.timer = setTimeout(() => this.#replace(), wait);
    }
  }

  #replace() {
    this.#running?.controller.abort();
    this.#end();
    if (this.#waiting) this.#start();
  }

  #end() {
    clearTimeout(this.#running?.timer);
    this.#running = null;
  }

  async #start() {
    const value = { ...this.#waiting, channel: this.channel, number: ++this.#number };
    const running = { controller: new AbortController(), since: performance.now(), timer: 0 };
    this.#waiting = null;
    this.#running = running;
    try {
      const { blob, report } = await draw(value, running.controller.signal);
      if (this.#running === running) await this.show(blob, report, value);
    } catch (error) {
      const isOld = this.#running !== running || error.name === "AbortError" || error.isStale;
      if (!isOld) this.fail(error);
    }
    if (this.#running === running) {
      this.#end();
      if (this.#waiting) this.#start();
    }
  }
}
