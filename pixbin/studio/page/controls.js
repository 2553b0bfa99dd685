// The controls: one for each option of `convert`, made from the table that the studio sends.

import { $, h, option } from "./dom.js";
import { fileInput, letDrop } from "./filefield.js";

const AUTOMATIC = "automatic";

/** Text of a number: no more digits than a person reads. */
const numberText = (value) => String(Number(Number(value).toFixed(4)));

/** The number that a slider shows for a text such as "64x48", "20%" or "1.5"; NaN if none. */
export function sliderNumber(text) {
  const match = /^\s*([+-]?(?:\d+\.?\d*|\.\d+))\s*(%?)/.exec(text ?? "");
  return match ? Number(match[1]) / (match[2] ? 100 : 1) : NaN;
}

export class Controls {
  #rows = new Map();

  /** `takeFile(control, file)` sends a file, and makes it the value of the control. */
  constructor(store, state, takeFile) {
    Object.assign(this, { store, state, takeFile });
    this.report = null;
    this.wrong = null;
    const form = $("controls");
    for (const panel of state.panels) {
      const controls = state.controls.filter((control) => control.panel === panel);
      if (controls.length) form.append(this.#panel(panel, controls));
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    $("search").addEventListener("input", () => this.update());
    this.update();
  }

  /** Show the settings of the store, and hide what has no effect. */
  update(report = this.report) {
    this.report = report;
    const word = $("search").value.trim().toLowerCase();
    for (const [name, row] of this.#rows) {
      const value = this.store.settings[name];
      row.show(value);
      this.#showCurrent(name, row);
      row.element.classList.toggle("changed", value !== undefined);
      row.element.hidden = word ? !row.words.includes(word) : !this.#hasEffect(row, value);
      row.element.classList.toggle("wrong", name === this.wrong);
    }
    for (const details of $("controls").querySelectorAll("details")) {
      const rows = [...details.querySelectorAll(".row")];
      details.hidden = rows.every((row) => row.hidden);
      if (word && !details.hidden) details.open = true;
    }
  }

  /** Mark the option that the studio did not take. */
  mark(name) {
    this.wrong = name;
    const row = this.#rows.get(name);
    if (!row) return;
    row.element.hidden = false;
    row.element.classList.add("wrong");
    for (let parent = row.element.parentElement; parent; parent = parent.parentElement) {
      if (parent.tagName === "DETAILS") parent.open = true;
    }
  }

  /** Let an empty field say what the last picture had. */
  #showCurrent(name, { element }) {
    const { size, grid, block } = this.report ?? {};
    const texts = { size: size?.join("x"), grid: grid?.join("x"), block: block && String(block) };
    if (texts[name]) element.querySelector("input[type=text]").placeholder = texts[name];
  }

  #hasEffect({ control }, value) {
    if (value !== undefined) return true;
    const { settings, method } = this.store;
    if (control.needs && settings[control.needs] === undefined) return false;
    if (!control.methods) return true;
    return [method, settings.method_outside].some((each) => control.methods.includes(each));
  }

  #panel(title, controls) {
    const usual = controls.filter((control) => control.basic);
    const rare = controls.filter((control) => !control.basic);
    const body = usual.map((control) => this.#row(control));
    if (rare.length) {
      const rows = rare.map((control) => this.#row(control));
      if (usual.length) {
        body.push(h("details", { class: "more" }, h("summary", {}, "More"), ...rows));
      } else body.push(...rows);
    }
    const isOpen = usual.length > 0;
    return h("details", { class: "panel", open: isOpen }, h("summary", {}, title), ...body);
  }

  #row(control) {
    const id = `option-${control.name}`;
    const make = { switch: switchInput, slider: sliderInput, color: colorInput, file: fileInput };
    const maker = make[control.kind] ?? (control.kind === "choice" ? choiceInput : textInput);
    const input = maker(control, id, this);
    const help = h("span", { class: "hidden", id: `${id}-help` }, control.help);
    const reset = h(
      "button",
      {
        type: "button",
        class: "reset",
        title: "Default",
        "aria-label": `Default of ${control.label}`,
        onclick: () => this.set(control, null),
      },
      "×",
    );
    const label = h("label", { for: id }, control.label);
    const element = h("div", { class: `row ${control.kind}` }, label, reset, ...input.parts, help);
    element.addEventListener("pointerenter", () => ($("hint").textContent = control.help));
    element.addEventListener("focusin", () => ($("hint").textContent = control.help));
    element.addEventListener("focusout", () => this.store.endGroup());
    if (control.kind === "file") letDrop(element, (file) => this.takeFile(control, file));
    const words = `${control.label} ${control.help}`.toLowerCase();
    this.#rows.set(control.name, { element, control, words, show: input.show });
    return element;
  }

  /** Change a setting; a device and a method bring more with them. */
  set(control, value, group = null) {
    const { store, state } = this;
    if (control.name === "device") {
      store.chooseDevice(state.devices.find((device) => device.name === value) ?? null);
    } else if (control.name === "method") {
      store.chooseMethod(value);
    } else {
      const changes = { [control.name]: value };
      if (control.name === "method_inside" && value) {
        Object.assign(changes, store.changesForMethod(value), { method: null, method_inside: value });
      }
      if (control.kind === "file" && value === null) {
        for (const [name, each] of store.controls) if (each.needs === control.name) changes[name] = null;
      }
      if (control.rivals === "cells" && value) {
        for (const [name, group] of store.rivals) {
          if (group === "cells" && name !== control.name) changes[name] = null;
        }
      }
      store.change(changes, { group });
    }
  }
}

function switchInput(control, id, controls) {
  const input = h("input", {
    ...{ type: "checkbox", id, role: "switch", "aria-describedby": `${id}-help` },
    onchange: () => controls.set(control, input.checked),
  });
  const show = (value) => (input.checked = value ?? control.default);
  return { parts: [input], show };
}

function choiceInput(control, id, controls) {
  const first = control.default ?? (control.name === "method" ? "floyd-steinberg" : AUTOMATIC);
  const blanks = { device: "none", method_inside: "as the method", method_outside: "threshold" };
  const blank = blanks[control.name] ?? first;
  const input = h(
    "select",
    {
      ...{ id, "aria-describedby": `${id}-help` },
      onchange: () => controls.set(control, input.value || null),
    },
    option("", blank),
    ...choiceOptions(control, controls.state),
  );
  const show = (value) => {
    if (value !== undefined && ![...input.options].some((each) => each.value === value)) {
      input.append(option(value));
    }
    input.value = value ?? "";
    if (control.name === "method") blankMethod(input, controls.store.methodWhenNoneIsChosen, blank);
  };
  return { parts: [input], show };
}

/** Let the select of the method say which one another option implies, such as a model. */
function blankMethod(input, implied, usual) {
  const isImplied = implied !== usual;
  input.options[0].textContent = isImplied ? `${implied}, by another option` : usual;
}

/** The choices of a select; methods are grouped by their use, devices by their kind. */
function choiceOptions({ name, choices, default: usual }, state) {
  const group = (rows, key, text) => {
    const groups = new Map();
    for (const row of rows) {
      if (!groups.has(row[key])) groups.set(row[key], h("optgroup", { label: row[key] }));
      const element = option(row.name, text(row));
      element.title = row.advice ?? "";
      groups.get(row[key]).append(element);
    }
    return groups.values();
  };
  if (name === "method") return group(state.methods, "use", (row) => row.name);
  if (name === "device") return group(state.devices, "kind", (row) => `${row.name}, ${row.size}`);
  return choices.filter((choice) => choice !== usual).map((choice) => option(choice));
}

function textInput(control, id, controls) {
  const input = h("input", {
    ...{ type: "text", id, spellcheck: "false", "aria-describedby": `${id}-help` },
    placeholder: control.default ?? control.metavar,
    onchange: () => controls.set(control, input.value.trim() || null),
  });
  const show = (value) => showText(input, value ?? "");
  if (!control.choices.length) return { parts: [input], show };
  const words = control.choices.map((choice) => option(choice));
  input.setAttribute("list", `${id}-words`);
  return { parts: [input, h("datalist", { id: `${id}-words` }, ...words)], show };
}

function sliderInput(control, id, controls) {
  const [min, max, step] = control.slider;
  const suffix = control.name === "grid" ? "x" : "";
  const range = h("input", {
    ...{ type: "range", min: String(min), max: String(max), step: String(step) },
    "aria-label": `${control.label}, slider`,
    "aria-describedby": `${id}-help`,
    oninput: () => controls.set(control, numberText(range.value) + suffix, control.name),
  });
  const input = h("input", {
    ...{ type: "text", id, inputmode: suffix ? "text" : "decimal", spellcheck: "false" },
    "aria-describedby": `${id}-help`,
    placeholder: control.default ?? "auto",
    onchange: () => controls.set(control, input.value.trim() || null),
  });
  input.addEventListener("keydown", (event) => {
    const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (!direction) return;
    event.preventDefault();
    const next = Math.min(max, Math.max(min, Number(range.value) + direction * step));
    controls.set(control, numberText(next) + suffix, control.name);
  });
  const show = (value) => {
    showText(input, value ?? "");
    if (control.name === "grid" && controls.report) {
      range.max = String(Math.max(min, Math.min(max, controls.report.size[0]))); // as convert does
    }
    const number = sliderNumber(value ?? control.default);
    range.value = String(Number.isNaN(number) ? restingNumber(control, controls) : number);
  };
  return { parts: [range, input], show };
}

/** Where the slider of an automatic option stands: at the value that the last picture had. */
function restingNumber(control, { report, store }) {
  const known = { grid: report?.grid[0], block: report?.block, threshold: 128, enhance: 1, frequency: 0.2 };
  if (control.name === "enhance" && store.settings.enhance === "none") return 0;
  return known[control.name] ?? control.slider[0];
}

function colorInput(control, id, controls) {
  const swatch = h("input", {
    ...{ type: "color", "aria-label": `${control.label}, colour picker` },
    oninput: () => controls.set(control, swatch.value, control.name),
  });
  const input = h("input", {
    ...{ type: "text", id, spellcheck: "false", "aria-describedby": `${id}-help` },
    placeholder: control.default,
    onchange: () => controls.set(control, input.value.trim() || null),
  });
  const show = (value) => {
    showText(input, value ?? "");
    swatch.value = hexOf(value ?? control.default);
  };
  return { parts: [swatch, input], show };
}

/** A colour as #rrggbb, for the picker of the browser. */
function hexOf(text) {
  const context = new OffscreenCanvas(1, 1).getContext("2d");
  context.fillStyle = { ink: "black", paper: "white" }[text] ?? text;
  return context.fillStyle;
}

function showText(input, text) {
  if (input.value !== text) input.value = text;
}
