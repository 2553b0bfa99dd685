// Crop by dragging on the source: a new rectangle, a move, or a corner. Keys do the same.

import { $, h } from "./dom.js";

const LEAST = 8; // pixels of the source

export class Crop {
  isOn = false;
  #box = null;
  #drag = null;

  /** `stage` has the source; `change(text)` sets the option, with null for the whole source. */
  constructor(stage, change, finish) {
    Object.assign(this, { stage, change, finish });
    this.picture = h("canvas", { class: "crop-source" });
    this.frame = h(
      "div",
      {
        ...{ class: "crop-frame", tabindex: "0", role: "application" },
        "aria-label": "Crop: arrow keys move it, with Shift they change its size",
        onkeydown: (event) => this.#key(event),
      },
      ...["nw", "ne", "sw", "se"].map((corner) => h("i", { class: corner, "data-corner": corner })),
    );
    this.sheet = h("div", { class: "crop-sheet" }, this.picture, this.frame);
    this.sheet.addEventListener("pointerdown", (event) => this.#begin(event));
    this.sheet.addEventListener("pointermove", (event) => this.#move(event));
    for (const end of ["pointerup", "pointercancel"]) {
      this.sheet.addEventListener(end, () => this.#end());
    }
    new ResizeObserver(() => this.isOn && this.draw()).observe($("stage"));
    $("crop").addEventListener("click", () => this.toggle());
  }

  toggle(isOn = !this.isOn) {
    this.isOn = isOn && Boolean(this.stage.image);
    $("crop").setAttribute("aria-pressed", String(this.isOn));
    $("stage").classList.toggle("cropping", this.isOn);
    if (this.isOn) {
      this.before = this.stage.mode;
      this.stage.setMode("sides");
      this.stage.panes[0].append(this.sheet);
      this.draw();
      this.frame.focus();
    } else if (this.before) {
      this.sheet.remove();
      this.stage.setMode(this.before);
    }
  }

  /** Show the rectangle of a crop as the option has it; none is the whole source. */
  show(text) {
    const numbers = /^[\d.,%\s]+$/.test(text ?? "") ? text.split(",") : [];
    const size = this.stage.report?.source;
    this.#box = size ? { x: 0, y: 0, w: size[0], h: size[1] } : null;
    if (size && numbers.length === 4) {
      const [x, y, w, hh] = numbers.map((each, index) =>
        each.includes("%") ? (parseFloat(each) / 100) * size[index % 2] : Number(each),
      );
      this.#box = { x, y, w, h: hh };
    }
    this.draw();
  }

  draw() {
    const image = this.stage.image;
    const size = this.stage.report?.source;
    if (!this.isOn || !image || !size) return;
    const pane = this.stage.panes[0];
    const scale = Math.min((pane.clientWidth - 48) / size[0], (pane.clientHeight - 48) / size[1]);
    this.scale = Math.max(scale, 0.01);
    this.sheet.style.width = `${size[0] * this.scale}px`;
    this.sheet.style.height = `${size[1] * this.scale}px`;
    this.sheet.style.left = `${Math.floor((pane.clientWidth - size[0] * this.scale) / 2)}px`;
    this.sheet.style.top = `${Math.floor((pane.clientHeight - size[1] * this.scale) / 2)}px`;
    this.picture.width = image.width;
    this.picture.height = image.height;
    this.picture.getContext("2d").drawImage(image, 0, 0);
    const { x, y, w, h: tall } = this.#box ?? { x: 0, y: 0, w: size[0], h: size[1] };
    const style = this.frame.style;
    for (const [name, length] of Object.entries({ left: x, top: y, width: w, height: tall })) {
      style[name] = `${length * this.scale}px`;
    }
  }

  #point(event) {
    const box = this.sheet.getBoundingClientRect();
    return [(event.clientX - box.left) / this.scale, (event.clientY - box.top) / this.scale];
  }

  #begin(event) {
    event.preventDefault();
    this.frame.focus();
    this.sheet.setPointerCapture(event.pointerId);
    this.#holdLayout(true);
    const [x, y] = this.#point(event);
    const box = this.#box;
    const [wide, tall] = this.stage.report.source;
    const isWhole = box.w >= wide && box.h >= tall;
    const corner = event.target.dataset?.corner;
    if (corner) {
      const fixed = [corner.includes("w") ? box.x + box.w : box.x, corner.includes("n") ? box.y + box.h : box.y];
      this.#drag = { kind: "corner", from: fixed };
    } else if (event.target === this.frame && !isWhole) {
      this.#drag = { kind: "move", from: [x - box.x, y - box.y] };
    } else this.#drag = { kind: "corner", from: [x, y] };
  }

  #move(event) {
    if (!this.#drag) return;
    const [x, y] = this.#point(event);
    const [fromX, fromY] = this.#drag.from;
    if (this.#drag.kind === "move") this.#set({ ...this.#box, x: x - fromX, y: y - fromY });
    else {
      const [left, right] = [Math.min(x, fromX), Math.max(x, fromX)];
      const [top, bottom] = [Math.min(y, fromY), Math.max(y, fromY)];
      this.#set({ x: left, y: top, w: right - left, h: bottom - top }, true);
    }
  }

  /** Keep the height of the line of facts during a drag, so that the source stays under the pointer. */
  #holdLayout(isHeld) {
    const { style, offsetHeight } = $("facts");
    style.height = isHeld ? `${offsetHeight}px` : "";
    style.overflow = isHeld ? "hidden" : "";
  }

  #end() {
    this.#holdLayout(false);
    this.#drag = null;
    this.finish();
  }

  #key(event) {
    if (event.key === "Escape" || event.key === "Enter") return this.toggle(false);
    const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const direction = steps[event.key];
    if (!direction || !this.#box) return undefined;
    event.preventDefault();
    const [wide, tall] = this.stage.report.source;
    const [x, y] = [direction[0] * Math.ceil(wide / 50), direction[1] * Math.ceil(tall / 50)];
    const box = this.#box;
    if (event.shiftKey) this.#set({ ...box, w: box.w + x, h: box.h + y }, true);
    else this.#set({ ...box, x: box.x + x, y: box.y + y });
    return undefined;
  }

  /** Take a rectangle, kept inside the source, in whole pixels. */
  #set({ x, y, w, h: tall }, mayCut = false) {
    const [wide, high] = this.stage.report.source;
    const within = (value, low, top) => Math.round(Math.min(Math.max(value, low), top));
    if (mayCut) {
      const [left, upper] = [within(x, 0, wide - LEAST), within(y, 0, high - LEAST)];
      const box = { x: left, y: upper };
      box.w = within(w - (left - x), LEAST, wide - left);
      box.h = within(tall - (upper - y), LEAST, high - upper);
      this.#box = box;
    } else {
      this.#box = { x: within(x, 0, wide - w), y: within(y, 0, high - tall), w, h: tall };
    }
    this.draw();
    const box = this.#box;
    const isWhole = box.w >= wide && box.h >= high;
    this.change(isWhole ? null : [box.x, box.y, box.w, box.h].map(Math.round).join(","));
  }
}
