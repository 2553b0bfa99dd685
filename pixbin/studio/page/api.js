// Requests to the studio. All addresses are relative to the page, whose address has the token.

/** An answer that is no success; `option` names the setting that is wrong, if it is one. */
export class RequestError extends Error {
  constructor(status, answer) {
    super(answer.error ?? `error ${status}`);
    Object.assign(this, { status, option: answer.option ?? null, kind: answer.kind ?? "" });
    this.isStale = answer.stale === true;
  }
}

const ENDED = "The studio has ended. Start it again with pixbin studio, and open its new address.";

/** Send a request; say so if there is no studio any more. */
async function ask(path, options) {
  try {
    return await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error(ENDED);
  }
}

async function check(response) {
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new RequestError(response.status, answer);
}

export async function getJson(path) {
  return (await check(await ask(path))).json();
}

export async function getBlob(path) {
  return (await check(await ask(path))).blob();
}

function send(path, value, signal) {
  const headers = { "Content-Type": "application/json" };
  return ask(path, { method: "POST", headers, body: JSON.stringify(value), signal }).then(check);
}

export async function post(path, value) {
  return (await send(path, value)).json();
}

export async function postForBlob(path, value) {
  return (await send(path, value)).blob();
}

export async function upload(file) {
  const headers = { "Content-Type": "application/octet-stream" };
  const path = `upload?name=${encodeURIComponent(file.name || "pasted.png")}`;
  return (await check(await ask(path, { method: "POST", headers, body: file }))).json();
}

/** Send a mask, and return its name, which settings use. */
export async function uploadMask(file) {
  const headers = { "Content-Type": "application/octet-stream" };
  const path = `mask?name=${encodeURIComponent(file.name || "mask.png")}`;
  return (await (await check(await ask(path, { method: "POST", headers, body: file }))).json()).name;
}

/** Draw a picture: the PNG as a blob, and the report on it. */
export async function draw(request, signal) {
  const response = await send("picture", request, signal);
  const report = JSON.parse(response.headers.get("Pixbin-Report"));
  return { blob: await response.blob(), report };
}
