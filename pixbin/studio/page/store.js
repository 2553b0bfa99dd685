// The state of the page: settings, format and picture, with undo and redo.

const KEPT = "pixbin-studio";
const MOST_STEPS = 200;
const PAUSE = 800; // milliseconds after which a change of the same kind is a new step

export class Store extends EventTarget {
  constructor(state) {
    super();
    const { settings, format } = this.#restore() ?? state;
    this.start = { settings: state.settings, format: state.format };
    this.rivals = new Map();
    for (const control of state.controls) {
      if (control.rivals) this.rivals.set(control.name, control.rivals);
    }
    this.controls = new Map(state.controls.map((control) => [control.name, control]));
    this.picture = state.pictures[0]?.key ?? null;
    this.current = { settings, format };
    this.past = [];
    this.future = [];
    this.group = null;
    this.changed = 0;
  }

  get settings() {
    return this.current.settings;
  }

  get format() {
    return this.current.format;
  }

  /** The method that is in force, also if another option implies it. */
  get method() {
    const { method, method_inside: inside } = this.settings;
    return method ?? inside ?? this.methodWhenNoneIsChosen;
  }

  get methodWhenNoneIsChosen() {
    const { model, threshold, matrix } = this.settings;
    if (matrix) return "matrix";
    if (model) return "neural";
    return threshold ? "threshold" : "floyd-steinberg";
  }

  /** Change settings; null takes one out. Changes of the same group are undone together. */
  change(values, { format = this.format, group = null } = {}) {
    const settings = { ...this.settings };
    for (const [name, value] of Object.entries(values)) {
      if (value === null || value === "" || value === this.controls.get(name)?.default) {
        delete settings[name];
      } else settings[name] = value;
    }
    this.#replace({ settings, format }, group);
  }

  /** Choose a method, or null for the usual one; settings that belong to another one go. */
  chooseMethod(name) {
    this.change(this.changesForMethod(name));
  }

  changesForMethod(name) {
    const isNeural = name === "neural";
    const changes = { method: name, method_inside: null, matrix: null };
    if (name !== "threshold") changes.threshold = null;
    if (!isNeural) Object.assign(changes, { model: null, refine: null });
    return changes;
  }

  /** Choose a device, or none: its size and bytes replace those that were set, its format too. */
  chooseDevice(device) {
    const changes = { device: device?.name ?? null };
    for (const [name, control] of this.controls) {
      if (control.byDevice && name in this.settings) changes[name] = null;
    }
    this.change(changes, { format: device?.format ?? "png" });
  }

  load(settings, format) {
    this.#replace({ settings: { ...settings }, format: format ?? this.format }, null);
  }

  /** End a group, so that the next change of the same kind is undone by itself. */
  endGroup() {
    this.group = null;
  }

  choosePicture(key) {
    if (key === this.picture) return;
    this.picture = key;
    this.#notify("picture");
  }

  undo() {
    this.#travel(this.past, this.future);
  }

  redo() {
    this.#travel(this.future, this.past);
  }

  #travel(from, to) {
    if (!from.length) return;
    to.push(this.current);
    this.current = from.pop();
    this.group = null;
    this.#notify("settings");
  }

  #replace(state, group) {
    if (JSON.stringify(state) === JSON.stringify(this.current)) return;
    const isLater = performance.now() - this.changed > PAUSE;
    if (group === null || group !== this.group || isLater) {
      this.past.push(this.current);
      if (this.past.length > MOST_STEPS) this.past.shift();
    }
    this.group = group;
    this.changed = performance.now();
    this.future = [];
    this.current = state;
    this.#notify("settings");
  }

  #notify(what) {
    try {
      sessionStorage.setItem(KEPT + location.pathname, JSON.stringify(this.current));
    } catch {
      // a full or forbidden storage only forgets the settings at a reload
    }
    this.dispatchEvent(new CustomEvent("change", { detail: what }));
  }

  #restore() {
    try {
      return JSON.parse(sessionStorage.getItem(KEPT + location.pathname));
    } catch {
      return null;
    }
  }
}
