"use strict";
const SIDES = [96, 128, 192, 256, 384, 512, 768, 1024, 1536];
const body = document.body;
const zoom = document.getElementById("zoom");
const status = document.getElementById("status");
const command = document.getElementById("command");

// Each cell is a whole number of screen pixels, so that blocks stay equal.
function setSizes() {
  const side = SIDES[zoom.value];
  const anchor = document.elementFromPoint(innerWidth / 2, innerHeight / 2)?.closest("figure");
  const before = anchor?.getBoundingClientRect().top;
  for (const figure of document.querySelectorAll("figure[data-across]")) {
    const across = Number(figure.dataset.across);
    const down = Number(figure.dataset.down);
    const cell = Math.max(1, Math.floor(side / Math.max(across, down)));
    figure.style.setProperty("--wide", `${Math.round(across * cell)}px`);
    figure.style.setProperty("--tall", `${Math.round(down * cell)}px`);
  }
  zoom.setAttribute("aria-valuetext", `${side} pixels`);
  document.getElementById("side").textContent = `${side} px`;
  if (anchor) scrollBy(0, anchor.getBoundingClientRect().top - before);
}

async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const field = document.createElement("textarea");
    field.value = text;
    body.append(field);
    field.select();
    const copied = document.execCommand("copy");
    field.remove();
    return copied;
  }
}

function commandOf(event) {
  return event.target.closest?.("figure")?.dataset.command;
}

function showCommand(event) {
  const line = commandOf(event);
  if (line) command.textContent = line;
}

function toggle(button, name) {
  const isOn = body.classList.toggle(name);
  button.setAttribute("aria-pressed", String(isOn));
}

zoom.addEventListener("input", setSizes);
document.addEventListener("mouseover", showCommand);
document.addEventListener("focusin", showCommand);
document.addEventListener("click", async (event) => {
  const button = event.target.closest("button");
  if (button?.dataset.toggle) toggle(button, button.dataset.toggle);
  if (!button?.classList.contains("copy")) return;
  const line = commandOf(event);
  command.textContent = line;
  status.textContent = (await copyText(line))
    ? `Copied: ${line}` : "The browser does not allow to copy; select the line above.";
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "+" || event.key === "-") {
    zoom.value = Number(zoom.value) + (event.key === "+" ? 1 : -1);
    setSizes();
  }
  if (event.key === "s") document.querySelector('[data-toggle="sources"]').click();
});
setSizes();
