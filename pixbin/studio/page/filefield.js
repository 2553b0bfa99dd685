// The field of an option whose value is a file, such as a mask.

import { h } from "./dom.js";

/** A button that chooses a file; its text is the name of the file. */
export function fileInput(control, id, controls) {
  const picker = h("input", {
    ...{ type: "file", hidden: true, accept: "image/*,.pbm,.pgm,.tif,.tiff" },
    onchange: () => {
      if (picker.files.length) controls.takeFile(control, picker.files[0]);
      picker.value = "";
    },
  });
  const button = h("button", {
    ...{ type: "button", id, class: "file", "aria-describedby": `${id}-help` },
    onclick: () => picker.click(),
  });
  const show = (value) => {
    button.textContent = value ?? "Choose, or drop here…";
    button.setAttribute("aria-label", `${control.label}: ${value ?? "choose a file"}`);
    button.title = value ?? "";
  };
  return { parts: [button, picker], show };
}

/** Take a file that is dropped onto an element; the page would take it as a picture. */
export function letDrop(element, take) {
  element.addEventListener("dragover", (event) => {
    event.preventDefault();
    event.stopPropagation();
    element.classList.add("over");
    document.body.classList.remove("dropping");
  });
  element.addEventListener("dragleave", () => element.classList.remove("over"));
  element.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    element.classList.remove("over");
    document.body.classList.remove("dropping");
    if (event.dataTransfer.files.length) take(event.dataTransfer.files[0]);
  });
}
