// The stage: result and source at whole screen pixels for each cell, compared and zoomed.

import { $, h } from "./dom.js";
import { cellPixels, drawCells, drawSource, fittingZoom } from "./sheet.js";

const MODES = ["result", "divider", "sides"];
const MOST_ZOOM = 64;
const MARGIN = 12; // around the picture, in CSS pixels

export class Stage {
  report = null;
  mode = "result";
  zoom = null; // screen pixels of a cell; null fits the picture into the pane
  device = null; // whose frame is drawn
  isTrueSize = false;
  #image = null;
  #split = 0.5;

  constructor() {
    this.cells = h("canvas", { class: "cells", role: "img" });
    this.source = h("canvas", { class: "source", "aria-hidden": "true" });
    this.tint = h("div", { class: "tint" });
    this.glass = h("div", { class: "glass", "aria-hidden": "true" });
    this.handle = this.#makeHandle();
    this.sheet = h("div", { class: "sheet" }, this.glass, this.cells, this.tint, this.source, this.handle);
    this.other = h("div", { class: "sheet" });
    this.panes = [$("source-pane"), $("result-pane")];
    this.panes[0].append(this.other);
    this.panes[1].append(this.sheet);
    new ResizeObserver(() => this.layOut()).observe($("stage"));
    this.#connect();
    this.setMode(localStorage.getItem("pixbin-mode") ?? "result");
  }

  /** Show a result; the source is drawn again, as its crop may have changed. */
  async showResult(blob, report) {
    await drawCells(this.cells, blob, report);
    this.report = report;
    this.cells.setAttribute("aria-label", `${report.grid.join(" by ")} cells, ${report.method}`);
    this.#drawSource();
    this.layOut();
  }

  /** Show nothing, as there is no result. */
  clear() {
    this.report = null;
    this.cells.width = 0;
    this.sheet.dataset.look = $("scale").textContent = "";
    this.sheet.style.width = this.sheet.style.height = "0";
    $("true-size").hidden = true;
    this.#drawSource();
  }

  /** Show another source, which is an image or null. */
  setSource(image) {
    this.#image = image;
    this.#drawSource();
  }

  get image() {
    return this.#image;
  }

  setMode(mode) {
    this.mode = MODES.includes(mode) ? mode : "result";
    localStorage.setItem("pixbin-mode", this.mode);
    for (const input of $("modes").querySelectorAll("input")) {
      input.checked = input.value === this.mode;
    }
    (this.mode === "sides" ? this.other : this.sheet).insertBefore(
      this.source,
      this.mode === "sides" ? null : this.handle,
    );
    this.panes[0].hidden = this.mode !== "sides";
    this.source.hidden = this.mode === "result";
    this.handle.hidden = this.mode !== "divider";
    this.#drawSource();
    this.#moveSplit(this.#split);
    this.layOut();
  }

  nextMode() {
    this.setMode(MODES[(MODES.indexOf(this.mode) + 1) % MODES.length]);
  }

  /** Choose a frame, or none; `size` is the text of the device's size in pixels. */
  setFrame(frame, size) {
    this.device = frame && { ...frame, pixels: size.split("x").map(Number) };
    this.layOut();
  }

  /** The frame, if the picture fits the device. */
  get frame() {
    const size = this.report?.size;
    const fits = this.device && size && size.every((side, axis) => side <= this.device.pixels[axis]);
    return fits ? this.device : null;
  }

  /** How much larger the glass of the device is than the picture, across and down. */
  get #glassScale() {
    return [0, 1].map((axis) => (this.frame ? this.frame.pixels[axis] / this.report.size[axis] : 1));
  }

  /** Zoom by steps that grow; null fits. */
  zoomBy(direction) {
    if (!this.report) return;
    if (direction === null) this.zoom = null;
    else {
      const now = this.#zoomInForce();
      const step = Math.max(1, Math.floor(now / 4));
      this.zoom = Math.min(MOST_ZOOM, Math.max(1, now + direction * step));
    }
    this.isTrueSize = false;
    this.layOut(true);
  }

  /** Set sizes and positions, all on whole screen pixels. */
  layOut(keepsCentre = false) {
    if (!this.report) return;
    const ratio = window.devicePixelRatio;
    const frame = this.frame;
    if (!frame) this.isTrueSize = false;
    this.sheet.dataset.look = frame?.look ?? "";
    $("true-size").hidden = !frame;
    const zoom = this.#zoomInForce();
    const [columns, rows] = this.report.grid;
    const [x, y] = cellPixels(this.report, zoom);
    let width = (columns * x) / ratio;
    let height = (rows * y) / ratio;
    const [across, down] = this.#glassScale;
    if (this.isTrueSize) {
      const millimetre = Stage.pixelsPerMillimetre();
      width = (frame.width * millimetre) / across;
      height = (frame.height * millimetre) / down;
    }
    this.glass.style.inset = `${-50 * (down - 1)}% ${-50 * (across - 1)}%`;
    this.sheet.classList.toggle("smooth", this.isTrueSize);
    for (const [pane, sheet] of [
      [this.panes[0], this.other],
      [this.panes[1], this.sheet],
    ]) {
      this.#position(pane, sheet, width, height, keepsCentre);
    }
    $("scale").textContent = this.isTrueSize ? "mm" : `${zoom} px`;
    $("scale").title = this.isTrueSize ? "as large as the display" : "screen pixels for each cell";
    $("smaller").disabled = zoom <= 1 && !this.isTrueSize;
    $("larger").disabled = zoom >= MOST_ZOOM;
    $("true-size").setAttribute("aria-pressed", String(this.isTrueSize));
  }

  static pixelsPerMillimetre() {
    return Number(localStorage.getItem("pixbin-millimetre")) || 96 / 25.4;
  }

  #zoomInForce() {
    if (this.zoom !== null) return this.zoom;
    const pane = this.panes[1];
    const ratio = window.devicePixelRatio;
    const margin = 2 * (MARGIN + this.#bezel());
    const [across, down] = this.#glassScale;
    const width = ((pane.offsetWidth - margin) * ratio) / across; // no scroll bars, as it will fit
    const height = ((pane.offsetHeight - margin) * ratio) / down;
    return fittingZoom(this.report, width, height);
  }

  #bezel() {
    return this.frame ? 22 : 0;
  }

  #position(pane, sheet, width, height, keepsCentre) {
    const box = pane.getBoundingClientRect();
    const unit = wholeUnit(window.devicePixelRatio);
    const whole = (length, start) => Math.ceil((start + length) / unit) * unit - start;
    const [across, down] = this.#glassScale;
    const least = MARGIN + this.#bezel();
    const [leastLeft, leastTop] = [least + (width * (across - 1)) / 2, least + (height * (down - 1)) / 2];
    const [centreX, centreY] = [
      (pane.scrollLeft + pane.clientWidth / 2) / (pane.scrollWidth || 1),
      (pane.scrollTop + pane.clientHeight / 2) / (pane.scrollHeight || 1),
    ];
    const left = whole(Math.max(leastLeft, (box.width - width) / 2 - unit), box.left);
    const top = whole(Math.max(leastTop, (box.height - height) / 2 - unit), box.top);
    const style = sheet.style;
    style.width = `${width}px`;
    style.height = `${height}px`;
    style.marginLeft = `${left}px`;
    style.marginTop = `${top}px`;
    if (keepsCentre) {
      pane.scrollLeft = centreX * pane.scrollWidth - pane.clientWidth / 2;
      pane.scrollTop = centreY * pane.scrollHeight - pane.clientHeight / 2;
    }
  }

  #drawSource() {
    if (this.mode === "result") return; // nobody sees it
    if (this.#image && this.report) drawSource(this.source, this.#image, this.report);
    else this.source.width = 0;
  }

  #makeHandle() {
    const handle = h("div", {
      class: "divider",
      role: "slider",
      tabindex: "0",
      "aria-label": "Source to the left of the divider, in percent",
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    });
    handle.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -0.02, ArrowRight: 0.02, Home: -1, End: 1 };
      if (!(event.key in steps)) return;
      event.preventDefault();
      this.#moveSplit(this.#split + steps[event.key]);
    });
    return handle;
  }

  #moveSplit(share) {
    this.#split = Math.min(1, Math.max(0, share));
    const percent = this.#split * 100;
    this.source.style.clipPath = this.mode === "divider" ? `inset(0 ${100 - percent}% 0 0)` : "";
    this.handle.style.left = `${percent}%`;
    this.handle.setAttribute("aria-valuenow", String(Math.round(percent)));
  }

  #connect() {
    const drag = (event) => {
      const box = this.sheet.getBoundingClientRect();
      this.#moveSplit((event.clientX - box.left) / box.width);
    };
    this.sheet.addEventListener("pointerdown", (event) => {
      if (this.mode !== "divider") return;
      event.preventDefault();
      this.handle.focus();
      this.sheet.setPointerCapture(event.pointerId);
      drag(event);
    });
    this.sheet.addEventListener("pointermove", (event) => {
      if (this.sheet.hasPointerCapture(event.pointerId)) drag(event);
    });
    for (const [one, other] of [this.panes, [...this.panes].reverse()]) {
      one.addEventListener("scroll", () => {
        if (this.mode !== "sides") return;
        other.scrollTop = one.scrollTop;
        other.scrollLeft = one.scrollLeft;
      });
    }
    $("stage").addEventListener(
      "wheel",
      (event) => {
        if (!event.ctrlKey) return;
        event.preventDefault();
        this.zoomBy(event.deltaY < 0 ? 1 : -1);
      },
      { passive: false },
    );
    $("modes").addEventListener("change", (event) => this.setMode(event.target.value));
    $("smaller").addEventListener("click", () => this.zoomBy(-1));
    $("larger").addEventListener("click", () => this.zoomBy(1));
    $("fit").addEventListener("click", () => this.zoomBy(null));
  }
}

/** Return the least number of CSS pixels that is a whole number of screen pixels. */
function wholeUnit(ratio) {
  for (let unit = 1; unit <= 16; unit++) {
    if (Math.abs(unit * ratio - Math.round(unit * ratio)) < 0.001) return unit;
  }
  return 1 / ratio;
}
