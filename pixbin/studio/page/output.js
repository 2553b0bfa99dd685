// The command line, and the ways out: copy, download, save, the whole folder, presets.

import { getJson, post, postForBlob } from "./api.js";
import { $, note, offerDownload, option } from "./dom.js";

export class Output {
  report = null;

  /** `request()` returns picture, settings and format; `fail(error)` shows an error. */
  constructor(state, store, request, fail) {
    Object.assign(this, { state, store, request, fail });
    const format = $("format");
    format.append(...state.formats.map((each) => option(each.name)));
    format.addEventListener("change", () => store.change({}, { format: format.value }));
    $("copy").addEventListener("click", () => this.copy());
    $("download").addEventListener("click", () => this.#safely(() => this.#download()));
    $("save").addEventListener("click", () => this.#safely(() => this.#save("picture")));
    $("keep-preset").addEventListener("click", () => this.#safely(() => this.#save("preset")));
    $("save").hidden = !state.saveFolder;
    $("folder").hidden = !state.folder;
    this.#fillPresets();
    this.#connectFolder();
  }

  show(report) {
    this.report = report;
    const words = report.command.split(/( )/).map((word) => (word === " " ? word : wholeWord(word)));
    $("command").replaceChildren(...words);
    for (const id of ["copy", "download", "save", "keep-preset"]) $(id).disabled = false;
  }

  /** Forget the result, as there is none. */
  clear() {
    this.report = null;
    $("command").replaceChildren();
    for (const id of ["copy", "download", "save", "keep-preset"]) $(id).disabled = true;
  }

  update() {
    $("format").value = this.store.format;
  }

  async copy() {
    if (!this.report) return;
    await copyText(this.report.command);
    flash($("copy"), "Copied");
  }

  async #safely(action) {
    try {
      await action();
    } catch (error) {
      this.fail(error);
    }
  }

  async #download() {
    const name = this.report.target;
    offerDownload(await postForBlob("file", { ...this.request(), name }), name);
  }

  /** Ask for a name, then save; if a file is there, ask before it is replaced. */
  async #save(kind) {
    const suggested = kind === "preset" ? "my-preset.toml" : this.report.target;
    const isKept = Boolean(this.state.saveFolder);
    let text = isKept ? `Into ${this.state.saveFolder}.` : "The browser keeps the file.";
    if (kind === "preset") text += ` Use it by --preset FILE.`;
    let name = suggested;
    let overwrite = false;
    for (;;) {
      name = await this.#askName(kind, name, text, overwrite);
      if (name === null) return;
      const value = { ...this.request(), kind, name, overwrite };
      if (!isKept) {
        offerDownload(await postForBlob("file", value), name);
        return;
      }
      try {
        const { paths } = await post("save", value);
        flash(kind === "preset" ? $("keep-preset") : $("save"), "Saved");
        sayBelow(`Saved ${paths.join(" and ")}`);
        if (kind === "preset") this.#addKept(name);
        return;
      } catch (error) {
        overwrite = error.kind === "NameTakenError";
        text = error.message;
      }
    }
  }

  #askName(kind, name, text, overwrite) {
    const dialog = $("name-dialog");
    $("name-title").textContent = kind === "preset" ? "Keep these settings" : "Save the picture";
    $("name-ok").textContent = overwrite ? "Replace" : "Save";
    $("name-ok").classList.toggle("danger", overwrite);
    $("name").value = name;
    $("name").oninput = () => {
      if (!overwrite) return;
      overwrite = false; // another name is another question
      $("name-ok").textContent = "Save";
      $("name-ok").classList.remove("danger");
    };
    $("name-note").textContent = text;
    dialog.returnValue = "";
    dialog.showModal();
    $("name").setSelectionRange(0, Math.max(0, name.lastIndexOf(".")));
    return new Promise((resolve) => {
      const close = () => resolve(dialog.returnValue === "ok" ? $("name").value.trim() : null);
      dialog.addEventListener("close", close, { once: true });
    });
  }

  #fillPresets() {
    const select = $("presets");
    const looks = document.createElement("optgroup");
    looks.label = "Looks";
    looks.append(...this.state.looks.map((look) => option(`look:${look.name}`, look.name)));
    select.append(option("", "Presets"), looks);
    if (this.state.presets.length) {
      const own = document.createElement("optgroup");
      own.label = "Your presets";
      own.append(...this.state.presets.map((name) => option(`preset:${name}`, name)));
      select.append(own);
    }
    for (const name of this.state.kept) this.#addKept(name);
    select.addEventListener("change", () => this.#safely(() => this.#load(select)));
  }

  /** Add a file of the folder for results to the menu, if it is not there. */
  #addKept(name) {
    const select = $("presets");
    let group = select.querySelector("optgroup.kept");
    if (!group) {
      group = document.createElement("optgroup");
      group.className = "kept";
      group.label = `Kept in ${this.state.saveFolder}`;
      select.append(group);
    }
    const value = `kept:${name}`;
    if ([...group.children].every((each) => each.value !== value)) group.append(option(value, name));
  }

  async #load(select) {
    const [kind, name] = [select.value.split(":")[0], select.value.slice(select.value.indexOf(":") + 1)];
    select.value = "";
    if (kind === "look") {
      this.store.load(this.state.looks.find((look) => look.name === name).settings, "png");
    } else if (kind === "preset" || kind === "kept") {
      const { settings, format } = await post("preset", { name, kept: kind === "kept" });
      this.store.load(settings, format);
    }
  }

  #connectFolder() {
    const dialog = $("folder-dialog");
    $("folder").addEventListener("click", () => {
      const { folder, saveFolder } = this.state;
      note($("folder-note"), saveFolder
        ? `Every picture of ${folder} with the present settings, into ${saveFolder}.`
        : "Saving is off. Start the studio again with --save-to FOLDER.");
      $("folder-run").hidden = $("folder-start").hidden = !saveFolder;
      dialog.showModal();
      dialog.querySelector(saveFolder ? "#folder-start" : ".cancel").focus();
      if (saveFolder) this.#safely(() => this.#follow());
    });
    $("folder-start").addEventListener("click", () => this.#safely(async () => {
      await post("folder", { ...this.request(), overwrite: $("folder-replace").checked });
      await this.#follow();
    }));
    $("folder-replace").addEventListener("keydown", (event) => {
      if (event.key === "Enter") $("folder-start").click(); // as in a form
    });
    $("folder-stop").addEventListener("click", () => this.#safely(() => post("folder/stop", {})));
  }

  /** Show the progress until the run ends. */
  async #follow() {
    for (;;) {
      const progress = await getJson("folder");
      const isRunning = progress.running === true;
      $("folder-stop").hidden = !isRunning;
      $("folder-start").disabled = isRunning;
      $("folder-bar").max = progress.total || 1;
      $("folder-bar").value = progress.done ?? 0;
      $("folder-state").textContent = progressText(progress);
      $("folder-messages").replaceChildren(...(progress.messages ?? []).map((text) => {
        const item = document.createElement("li");
        item.textContent = text;
        return item;
      }));
      if (!isRunning) return;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}

function progressText({ total, done, counts, running, stopped }) {
  if (total === undefined) return "";
  const parts = Object.entries(counts).map(([state, count]) => `${count} ${state}`);
  const end = running ? "" : stopped ? "; stopped" : "; finished";
  return `${done} of ${total}${parts.length ? `: ${parts.join(", ")}` : ""}${end}`;
}

/** Add a line below the numbers on the picture, in place of the last such line. */
function sayBelow(text) {
  $("facts").querySelector(".said")?.remove();
  const line = document.createElement("span");
  line.className = "remark said";
  line.textContent = $("spoken").textContent = text;
  $("facts").append(line);
}

/** A word of the command line, which goes to the next line as a whole. */
function wholeWord(text) {
  const word = document.createElement("span");
  word.textContent = text;
  return word;
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const range = document.createRange(); // without permission, select it for Ctrl-C
    range.selectNodeContents($("command"));
    getSelection().removeAllRanges();
    getSelection().addRange(range);
    document.execCommand("copy");
  }
}

/** Let a button say for a moment that it is done. */
function flash(button, text) {
  button.dataset.text ??= button.textContent;
  button.textContent = text;
  clearTimeout(button.timer);
  button.timer = setTimeout(() => (button.textContent = button.dataset.text), 1500);
}
