// Small helpers for elements. No text is ever parsed as HTML.

export const $ = (id) => document.getElementById(id);

/** Return a new element with attributes, event listeners (onclick: f) and children. */
export function h(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (key === "class") element.className = value;
    else if (key in element && typeof value !== "string") element[key] = value;
    else if (value !== null && value !== undefined) element.setAttribute(key, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/** Return an option of a select. */
export const option = (value, text = value) => h("option", { value }, text);

/** Show a text in an element, and hide it if there is none. */
export function note(element, text) {
  element.textContent = text;
  element.hidden = !text;
}

/** Close a dialog by its buttons of class "cancel". */
export function prepareDialogs() {
  for (const dialog of document.querySelectorAll("dialog")) {
    for (const button of dialog.querySelectorAll(".cancel")) {
      button.addEventListener("click", () => dialog.close("cancel"));
    }
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close("cancel");
    });
  }
}

/** Return a function that runs the last call after a pause. */
export function later(milliseconds, run) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(run, milliseconds, ...args);
  };
}

/** Let the browser keep bytes as a file. */
export function offerDownload(blob, name) {
  const url = URL.createObjectURL(blob);
  h("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10000);
}
