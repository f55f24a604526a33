// Requests to the page's own server: same origin, with the token that no foreign page has.

let token = "";

/** What the server knows of this browser: who is signed in, what was begun. */
export let state = null;

/** A refusal, with the server's code and words. */
export class Refusal extends Error {
  constructor(problem) { super(problem.detail); this.problem = problem; }
}

/** Asks anew what the server knows. */
export async function look() {
  state = await get("/api/state");
  token = state.csrf;
  return state;
}

export function get(path) { return ask("GET", path); }
export function post(path, body = {}) { return ask("POST", path, JSON.stringify(body), "application/json"); }
export function put(path, body) { return ask("PUT", path, JSON.stringify(body), "application/json"); }
export function remove(path) { return ask("DELETE", path); }
/** Bytes that are no JSON: a picture, or what was typed on an emulated pad. */
export function send(path, bytes, type) { return ask("POST", path, bytes, type); }

async function ask(method, path, body, type, isSecond = false) {
  const headers = {};
  if (method !== "GET") headers["X-CSRF-Token"] = token;
  if (type) headers["Content-Type"] = type;
  let answer;
  try {
    answer = await fetch(path, { method, headers, body, credentials: "same-origin" });
  } catch {
    throw new Refusal({ code: "pageOffline", detail: "the demo's server cannot be reached" });
  }
  const json = (answer.headers.get("Content-Type") ?? "").includes("json") ? await answer.json() : null;
  if (answer.ok) return json;
  const problem = json ?? { code: "unknown", detail: `the server answers ${answer.status}` };
  // The server was started anew: this browser gets a new session, and nothing was carried out.
  if (!isSecond && (problem.code === "noSession" || problem.code === "wrongToken") && path !== "/api/state") {
    await look();
    return ask(method, path, body, type, true);
  }
  throw new Refusal(problem);
}
