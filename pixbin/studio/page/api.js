// Requests to the studio. All addresses are relative to the page, whose address has the token.

/** An answer that is no success; `option` names the setting that is wrong, if it is one. */
export class RequestError extends Error {
  constructor(status, answer) {
    super(answer.error ?? `error ${status}`);
    Object.assign(this, { status, option: answer.option ?? null, kind: answer.kind ?? "" });
    this.isStale = answer.stale === true;
  }
}

async function check(response) {
  if (response.ok) return response;
  const answer = await response.json().catch(() => ({}));
  throw new RequestError(response.status, answer);
}

export async function getJson(path) {
  return (await check(await fetch(path))).json();
}

export async function getBlob(path) {
  return (await check(await fetch(path))).blob();
}

function send(path, value, signal) {
  const headers = { "Content-Type": "application/json" };
  return fetch(path, { method: "POST", headers, body: JSON.stringify(value), signal }).then(check);
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
  return (await check(await fetch(path, { method: "POST", headers, body: file }))).json();
}

/** Draw a picture: the PNG as a blob, and the report on it. */
export async function draw(request, signal) {
  const response = await send("picture", request, signal);
  const report = JSON.parse(response.headers.get("Pixbin-Report"));
  return { blob: await response.blob(), report };
}
