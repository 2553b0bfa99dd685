// The page: connects the store with the stage, the controls, the film strip and the ways out.

import { getBlob, getJson, upload, uploadMask } from "./api.js";
import { Controls } from "./controls.js";
import { Crop } from "./crop.js";
import { $, later, note, option, prepareDialogs } from "./dom.js";
import { Drawer } from "./drawer.js";
import { Output } from "./output.js";
import { Stage } from "./stage.js";
import { Store } from "./store.js";
import { Strip } from "./strip.js";

const state = await getJson("state");
const store = new Store(state);
const stage = new Stage();
const controls = new Controls(store, state, takeFile);
const output = new Output(state, store, request, fail);
const strip = new Strip(state, requestTile, (method) => store.chooseMethod(method));
const crop = new Crop(
  stage,
  (text) => store.change({ crop: text }, { group: "crop" }),
  () => store.endGroup(),
);
const drawer = new Drawer("picture", show, fail);

function request() {
  return { picture: store.picture, settings: store.settings, format: store.format };
}

/** What a tile of the film strip draws: the present settings by another method. */
function requestTile(method) {
  if (store.picture === null || drawer.isBusy) return null;
  const settings = { ...store.settings, ...store.changesForMethod(method) };
  for (const name of Object.keys(settings)) if (settings[name] === null) delete settings[name];
  return { ...request(), format: "png", settings: withoutBytes(settings) };
}

/** Byte layouts are for the format of the display, not for the PNG of a tile. */
function withoutBytes(settings) {
  const bytes = ["layout", "bit_order", "polarity", "stride", "rotate", "flip", "header", "symbol"];
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !bytes.includes(name)));
}

let drawnPicture = null; // the key of the picture whose result is on the page
async function show(blob, report, { picture }) {
  drawnPicture = picture;
  await stage.showResult(blob, report);
  document.body.classList.remove("failed");
  note($("problem"), "");
  $("facts").replaceChildren(...facts(report));
  speak();
  output.show(report);
  controls.update(report);
  crop.show(store.settings.crop);
  if (!stage.image) loadSource();
  document.body.dataset.drawn = String(Number(document.body.dataset.drawn ?? 0) + 1);
}

/** Let screen readers say the numbers, but not at every step of a slider. */
const speak = later(700, () => ($("spoken").textContent = $("facts").innerText));

function fail(error) {
  document.body.classList.add("failed");
  if (drawnPicture !== store.picture) clear(); // nothing on the page must seem to be of the new one
  note($("problem"), error.message);
  strip.pause();
  if (error.option) controls.mark(error.option);
}

/** Take the result of another picture off the page. */
function clear() {
  drawnPicture = null;
  if (crop.isOn) crop.toggle(false);
  stage.clear();
  $("facts").replaceChildren();
  output.clear();
}

/** The numbers on the result, each with its name. */
function facts(report) {
  const count = (value) => value.toLocaleString("en");
  const [width, height] = report.size;
  const parts = [
    [`${width} × ${height}`, "pixels"],
    [report.grid.join(" × "), `cells of ${report.blocks.replace("x", " × ")}`],
    [count(report.bytes), `bytes as ${report.format}`],
    [`${(100 * report.ink).toFixed(1)} %`, "ink"],
    [count(report.lone), report.lone === 1 ? "lone cell" : "lone cells"],
  ];
  const spans = parts.map(([value, name]) => {
    const span = document.createElement("span");
    const strong = document.createElement("b");
    strong.textContent = value;
    span.append(strong, ` ${name}`);
    return span;
  });
  for (const text of report.notes) {
    const span = document.createElement("span");
    span.className = "remark";
    span.textContent = text;
    spans.push(span);
  }
  return spans;
}

function refresh(what = "settings") {
  const isThere = store.picture !== null;
  $("empty").hidden = isThere;
  document.body.classList.toggle("no-picture", !isThere);
  const frame = state.frames.find((each) => each.device === store.settings.device) ?? null;
  stage.setFrame(frame, state.devices.find((each) => each.name === frame?.device)?.size);
  $("frames").value = frame?.device ?? "";
  $("undo").disabled = !store.past.length;
  $("redo").disabled = !store.future.length;
  $("pictures").value = store.picture ?? "";
  if (what === "picture") stage.setSource(null);
  controls.wrong = null;
  controls.update();
  output.update();
  if (!isThere) return;
  drawer.request(request());
  strip.refresh(store.method);
}

let sourceNumber = 0;
async function loadSource() {
  const number = ++sourceNumber;
  if (store.picture === null) return;
  try {
    const frame = store.settings.frame ? `?frame=${encodeURIComponent(store.settings.frame)}` : "";
    const image = await createImageBitmap(await getBlob(`source/${store.picture}${frame}`));
    if (number === sourceNumber) stage.setSource(image);
    crop.show(store.settings.crop);
  } catch (error) {
    if (number === sourceNumber) fail(error);
  }
}

function listPictures() {
  const select = $("pictures");
  select.replaceChildren(...state.pictures.map((each) => option(each.key, each.label)));
  select.hidden = state.pictures.length === 0;
  $("previous").hidden = $("next").hidden = state.pictures.length < 2;
}

function step(distance) {
  const index = state.pictures.findIndex((each) => each.key === store.picture);
  const next = state.pictures[(index + distance + state.pictures.length) % state.pictures.length];
  if (next) store.choosePicture(next.key);
}

async function take(files) {
  for (const file of files) {
    try {
      const picture = await upload(file);
      state.pictures.push(picture);
      listPictures();
      store.choosePicture(picture.key);
    } catch (error) {
      note($("problem"), error.message); // the picture on the page stays
    }
  }
}

/** Send a file, such as a mask, and make it the value of an option. */
async function takeFile(control, file) {
  try {
    const name = await uploadMask(file);
    if (store.settings[control.name] === name) refresh(); // another content of the same name
    else store.change({ [control.name]: name });
  } catch (error) {
    note($("problem"), error.message); // the picture on the page stays
  }
}

function connectPictures() {
  $("pictures").addEventListener("change", (event) => store.choosePicture(event.target.value));
  $("previous").addEventListener("click", () => step(-1));
  $("next").addEventListener("click", () => step(1));
  for (const id of ["open", "choose"]) $(id).addEventListener("click", () => $("file").click());
  $("file").addEventListener("change", () => take($("file").files));
  addEventListener("dragover", (event) => {
    event.preventDefault();
    document.body.classList.add("dropping");
  });
  addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) document.body.classList.remove("dropping");
  });
  addEventListener("drop", (event) => {
    event.preventDefault();
    document.body.classList.remove("dropping");
    take(event.dataTransfer.files);
  });
  addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) take(event.clipboardData.files);
  });
}

function connectHistory() {
  $("undo").addEventListener("click", () => store.undo());
  $("redo").addEventListener("click", () => store.redo());
  $("reset").addEventListener("click", () => store.load(store.start.settings, store.start.format));
}

function connectFrames() {
  $("frames").append(option("", "no frame"), ...state.frames.map((each) => option(each.device, each.name)));
  $("frames").addEventListener("change", (event) => {
    store.chooseDevice(state.devices.find((each) => each.name === event.target.value) ?? null);
  });
  $("true-size").addEventListener("click", () => {
    stage.isTrueSize = !stage.isTrueSize;
    stage.layOut();
    if (stage.isTrueSize && !localStorage.getItem("pixbin-millimetre")) openRuler();
  });
  $("true-size").addEventListener("dblclick", openRuler);
  $("ruler-range").addEventListener("input", (event) => {
    localStorage.setItem("pixbin-millimetre", event.target.value);
    drawRuler();
    stage.layOut();
  });
}

function drawRuler() {
  $("ruler").style.width = `${85.6 * Stage.pixelsPerMillimetre()}px`;
}

function openRuler() {
  $("ruler-range").value = Stage.pixelsPerMillimetre();
  localStorage.setItem("pixbin-millimetre", $("ruler-range").value);
  drawRuler();
  $("ruler-dialog").showModal();
}

function connectKeys() {
  const actions = {
    "[": () => step(-1),
    "]": () => step(1),
    "+": () => stage.zoomBy(1),
    "=": () => stage.zoomBy(1),
    "-": () => stage.zoomBy(-1),
    0: () => stage.zoomBy(null),
    v: () => stage.nextMode(),
    x: () => !$("crop").hidden && crop.toggle(),
    c: () => output.copy(),
    "/": () => $("search").focus(),
    "?": () => $("keys-dialog").showModal(),
  };
  strip.names.forEach((name, index) => (actions[index + 1] = () => store.chooseMethod(name)));
  $("keys").addEventListener("click", actions["?"]);
  addEventListener("keydown", (event) => {
    const isTyping = event.target.matches("input:not([type=radio], [type=range], [type=checkbox]), select, textarea");
    if (document.querySelector("dialog[open]")) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isTyping) {
      event.preventDefault();
      if (event.shiftKey) store.redo();
      else store.undo();
    } else if (!isTyping && !event.ctrlKey && !event.metaKey && !event.altKey && actions[event.key]) {
      event.preventDefault();
      actions[event.key]();
    }
  });
}

prepareDialogs();
listPictures();
connectPictures();
connectHistory();
connectFrames();
connectKeys();
$("crop").hidden = !store.controls.has("crop");
$("copy").disabled = $("download").disabled = $("save").disabled = true;
let lastFrame = store.settings.frame;
store.addEventListener("change", (event) => {
  if (store.settings.frame !== lastFrame) loadSource();
  lastFrame = store.settings.frame;
  refresh(event.detail);
});
refresh("picture");
