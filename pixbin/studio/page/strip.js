// The film strip: the present settings by other methods, drawn one after another when nothing is due.

import { Drawer } from "./drawer.js";
import { $, h } from "./dom.js";
import { averaged } from "./averages.js";

const PAUSE = 350; // milliseconds without a change before the strip is drawn

export class Strip {
  #tiles = new Map();
  #timer = 0;
  #quietUntil = 0;
  #round = 0;
  #isWide = false;

  /** `request(method)` returns what to draw, or null while the large picture is due. */
  constructor(state, request, choose) {
    Object.assign(this, { state, request, choose });
    this.drawer = new Drawer("strip", (blob) => this.#show(blob), (error) => this.#fail(error));
    this.element = $("strip");
    this.more = h("button", {
      ...{ type: "button", class: "more-methods", "aria-expanded": "false" },
      onclick: () => this.#toggle(),
    });
    this.#fill(state.strip);
    this.seen = new IntersectionObserver(() => this.#plan());
  }

  get names() {
    return this.state.strip;
  }

  /** Draw all tiles again, after a pause. */
  refresh(method) {
    this.#mark(method);
    clearTimeout(this.#timer);
    this.#round++;
    for (const tile of this.#tiles.values()) tile.isOld = true;
    this.#plan();
  }

  /** Draw no tiles until the next change, as these settings make no picture. */
  pause() {
    clearTimeout(this.#timer);
  }

  #plan() {
    clearTimeout(this.#timer);
    this.#quietUntil = performance.now() + PAUSE;
    this.#timer = setTimeout(() => this.#next(), PAUSE);
  }

  #next() {
    if (this.drawer.isBusy || performance.now() < this.#quietUntil - 1) return;
    const visible = [...this.#tiles.values()].find((tile) => tile.isOld && isInView(tile.element));
    if (!visible) return;
    const value = this.request(visible.name);
    if (!value) {
      this.#plan();
      return;
    }
    visible.isOld = false;
    visible.element.setAttribute("aria-busy", "true");
    this.pending = { tile: visible, round: this.#round };
    this.drawer.request(value);
  }

  async #show(blob) {
    const { tile, round } = this.pending;
    const image = await createImageBitmap(blob);
    paint(tile.canvas, image);
    image.close();
    tile.element.classList.remove("failed");
    tile.element.removeAttribute("aria-busy");
    if (round !== this.#round) tile.isOld = true;
    queueMicrotask(() => this.#continue());
  }

  #fail(error) {
    const { tile } = this.pending;
    tile.element.classList.add("failed");
    tile.element.removeAttribute("aria-busy");
    tile.element.title = error.message;
    queueMicrotask(() => this.#continue());
  }

  #continue() {
    setTimeout(() => this.#next(), 0);
  }

  #mark(method) {
    for (const [name, tile] of this.#tiles) {
      const isChosen = name === method;
      tile.element.setAttribute("aria-checked", String(isChosen));
      tile.element.tabIndex = isChosen || (!this.#tiles.has(method) && name === this.names[0]) ? 0 : -1;
    }
    this.method = method;
  }

  #fill(names) {
    this.#tiles.clear();
    const tiles = names.map((name, index) => this.#tile(name, index));
    this.element.replaceChildren(...tiles, this.more);
    const all = this.state.methods.length;
    this.more.textContent = this.#isWide ? "Fewer" : `All ${all}`;
    this.more.setAttribute("aria-label", this.#isWide ? "Fewer methods" : `All ${all} methods`);
  }

  #tile(name, index) {
    const canvas = h("canvas", { "aria-hidden": "true" });
    const method = this.state.methods.find((each) => each.name === name);
    const element = h(
      "button",
      {
        ...{ type: "button", role: "radio", class: "tile", title: method?.advice ?? "" },
        "aria-checked": "false",
        onclick: () => this.choose(name),
        onkeydown: (event) => this.#walk(event),
      },
      canvas,
      h("span", {}, name),
    );
    if (index < 9 && !this.#isWide) element.setAttribute("aria-keyshortcuts", String(index + 1));
    this.#tiles.set(name, { name, element, canvas, isOld: true });
    return element;
  }

  /** Arrow keys go to the neighbour, as in any group of radio buttons. */
  #walk(event) {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const names = [...this.#tiles.keys()];
    const index = names.indexOf([...this.#tiles.values()].find((each) => each.element === event.currentTarget).name);
    const name = names[(index + step + names.length) % names.length];
    this.choose(name);
    this.#tiles.get(name).element.focus();
  }

  #toggle() {
    this.#isWide = !this.#isWide;
    this.element.classList.toggle("wide", this.#isWide);
    this.more.setAttribute("aria-expanded", String(this.#isWide));
    const rest = this.state.methods.map((each) => each.name);
    this.#fill(this.#isWide ? [...new Set([...this.names, ...rest])] : this.names);
    this.#mark(this.method);
    this.seen.disconnect();
    for (const tile of this.#tiles.values()) this.seen.observe(tile.element);
    this.#plan();
  }
}

/** Paint the whole picture: whole pixels for each cell, or averages of cells if they do not fit. */
function paint(canvas, image) {
  canvas.width = Math.round(canvas.clientWidth * devicePixelRatio);
  canvas.height = Math.round(canvas.clientHeight * devicePixelRatio);
  const fitting = Math.min(canvas.width / image.width, canvas.height / image.height);
  const scale = fitting < 1 ? fitting : Math.floor(fitting);
  const width = Math.max(1, Math.round(image.width * scale));
  const height = Math.max(1, Math.round(image.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  const x = Math.floor((canvas.width - width) / 2);
  const y = Math.floor((canvas.height - height) / 2);
  if (scale < 1) context.putImageData(averaged(image, width, height), x, y);
  else context.drawImage(image, x, y, width, height);
}

function isInView(element) {
  const box = element.getBoundingClientRect();
  return box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
}
