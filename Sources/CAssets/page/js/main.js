// The page: the bank on the left, the devices on the right, what happens below.

import { state, look, post } from "./api.js";
import { h, swap, announce } from "./dom.js";
import { t, current, choose, languages, read, keep, tellProblem, doorName } from "./i18n.js";
import { listen } from "./events.js";
import { Desk } from "./desk.js";
import { Activity } from "./activity.js";
import { signIn, answer } from "./bank/sign-in.js";
import { payment, check } from "./bank/payment.js";
import { transactions, transaction } from "./bank/transactions.js";
import { devices } from "./bank/devices.js";
import { image } from "./bank/image.js";
import { payees } from "./bank/payees.js";
import { activation } from "./bank/activation.js";
import { forgotten } from "./bank/forgotten.js";

const routes = [
  [/^sign-in$/, signIn, { open: true }],
  [/^sign-in\/answer$/, answer, { open: true }],
  [/^forgotten$/, forgotten, { open: true }],
  [/^activate(?:\/([\w.-]+))?$/, activation, { open: true }],
  [/^payment$/, payment],
  [/^payment\/check$/, check],
  [/^transactions$/, transactions],
  [/^transactions\/([\w.-]+)$/, transaction],
  [/^devices$/, devices],
  [/^payees$/, payees],
  [/^image$/, image],
];

const view = document.getElementById("view");
const desk = new Desk(document.getElementById("device-grid"));
const activity = new Activity(document.getElementById("activity"));
let shown = { path: "", model: "" };
let round = 0;

/** Goes somewhere, as a link would. */
export function go(path, { instead = false } = {}) {
  if (instead) history.replaceState(null, "", `#/${path}`);
  else if (location.hash !== `#/${path}`) history.pushState(null, "", `#/${path}`);
  return render();
}

/** Shows what belongs to the address; leaves alone what has not changed. */
async function render({ force = false } = {}) {
  const number = ++round;
  watchSession();
  const path = location.hash.replace(/^#\//, "");
  const found = routes.map(([pattern, page, options]) => ({ match: path.match(pattern), page, options })).find(({ match }) => match);
  if (!found) return go(state.person ? "transactions" : "sign-in", { instead: true });
  if (!state.person && !found.options?.open) return go("sign-in", { instead: true });
  if (state.person && found.page === signIn) return go(state.person.needsImage ? "image" : "transactions", { instead: true });
  let model;
  try {
    model = await found.page.load?.({ state, desk, argument: found.match[1] }) ?? {};
  } catch (error) {
    if (number !== round) return;
    if (error.problem?.code === "signedOut") { await look(); notice(tellProblem(error.problem)); return go("sign-in", { instead: true }); }
    model = { failure: error.problem ?? { code: "unknown", detail: String(error.message) } };
  }
  if (number !== round) return;
  if (model.elsewhere !== undefined) return go(model.elsewhere, { instead: true });
  const text = JSON.stringify([current(), path, model.failure ? model : found.page.key?.(model) ?? model]);
  if (text === shown.model && !force) return;
  const isNew = shown.path !== path;
  shown = { path, model: text };
  header();
  const title = t(found.page.title);
  document.title = `${title} – ${t("bank.name")}`;
  const heading = h("h3", { tabindex: "-1", id: "heading" }, title);
  // After a change the server is asked first: what is shown next depends on it.
  const after = (next) => async (...wishes) => { await look(); return next(...wishes); };
  const context = { state, go: after(go), again: after(() => render({ force: true })), notice, desk, argument: found.match[1] };
  if (isNew) view.replaceChildren();
  swap(view, heading, model.failure ? failure(model.failure) : found.page.view(model, context));
  if (isNew && document.activeElement?.closest("#devices") === null) heading.focus({ preventScroll: true });
}

function failure(problem) {
  return h("div", { class: "note bad", role: "alert" }, h("p", {}, tellProblem(problem)),
    h("button", { type: "button", id: "again", onclick: () => render({ force: true }) }, t("again")));
}

/** Says something at the top of the page, for a while. */
function notice(text) {
  const banner = document.getElementById("banner");
  banner.textContent = text;
  banner.hidden = !text;
  clearTimeout(notice.timer);
  if (text) notice.timer = setTimeout(() => { banner.hidden = true; }, 12_000);
}

function header() {
  const link = (path, text) => h("a", { href: `#/${path}`, "aria-current": location.hash === `#/${path}` ? "page" : null }, text);
  swap(document.getElementById("skips"),
    ["bank", "devices", "activity"].map((name) => h("a", { href: `#${name}`, onclick: jump(name) }, t(`skip.${name}`))));
  swap(document.getElementById("top"),
    h("div", { class: "brand" }, h("img", { src: "/icon.svg", alt: "", width: 34, height: 34 }),
      h("h1", {}, t("bank.name")), h("span", { class: "tag" }, t("bank.demo"))),
    state.person && h("nav", { "aria-label": t("nav.label") },
      link("transactions", t("nav.transactions")), link("payment", t("nav.payment")), link("payees", t("nav.payees")), link("devices", t("nav.devices"))),
    h("div", { class: "settings" },
      state.person && h("span", { class: "who" }, state.person.name),
      state.person && h("button", { type: "button", id: "sign-out", class: "quiet", onclick: signOut }, t("nav.signOut")),
      h("label", { class: "unseen", for: "language" }, t("language")),
      h("select", { id: "language", onchange: (event) => { choose(event.target.value); notice(""); translate(); } },
        Object.entries(languages).map(([name, text]) => h("option", { value: name, lang: name, selected: name === current() }, text))),
      h("label", { class: "unseen", for: "colours" }, t("colours")),
      h("select", { id: "colours", onchange: (event) => colours(event.target.value) },
        ["auto", "light", "dark"].map((name) => h("option", { value: name, selected: (read("colours") || "auto") === name }, t(`colours.${name}`))))));
}

function jump(name) {
  return (event) => { event.preventDefault(); document.getElementById(name).focus(); };
}

async function signOut() {
  const { remove } = await import("./api.js");
  await remove("/api/sign-in/session").catch(() => {});
  await look();
  await go("sign-in");
  announce(t("signedOut"));
}

function colours(name) {
  keep("colours", name);
  if (name === "light" || name === "dark") document.documentElement.dataset.colours = name;
  else delete document.documentElement.dataset.colours;
}

function translate() {
  for (const name of ["bank", "devices"]) document.getElementById(`${name}-title`).textContent = t(`pane.${name}`);
  document.getElementById("devices-note").textContent = t("pane.devices.note");
  line(!document.documentElement.hasAttribute("data-offline"));
  header();
  desk.render();
  activity.render();
  return render({ force: true });
}

let waiting = null;
/** Looks again, once for many events that come together. */
function soon() {
  waiting ??= setTimeout(async () => {
    waiting = null;
    try { await look(); await render(); } catch { /* the line is down; `line` says so */ }
  }, 60);
}

/** Says as long as it lasts that nothing new comes from the demo's server. */
function line(isUp) {
  document.documentElement.toggleAttribute("data-offline", !isUp);
  const banner = document.getElementById("offline");
  banner.textContent = isUp ? "" : t("offline");
  banner.hidden = isUp;
}

/** Looks anew when the session ends by itself. */
function watchSession() {
  clearTimeout(watchSession.timer);
  const end = Date.parse(state?.person?.endsAt ?? "");
  // A moment later: the server counts in parts of a second, and says whole ones.
  if (!isNaN(end) && end > Date.now()) watchSession.timer = setTimeout(soon, end - Date.now() + 1000);
}

async function start() {
  colours(read("colours") || "auto");
  try { await look(); } catch (error) {
    notice(tellProblem(error.problem));
    return setTimeout(start, 2000);
  }
  notice("");
  await translate();
  await Promise.all([desk.load(), activity.load()]);
  const open = listen(async (name, data) => {
    switch (name) {
      case "state": soon(); break;
      case "operation": activity.operation(data); soon(); break;
      case "device": activity.event("device", data); soon(); break;
      case "emulator": desk.take(data); if (activity.emulator(data)) soon(); break;
      case "removed": desk.remove(data.id); break;
      case "door": activity.event("door", data); notice(data.isUp ? "" : t("door.down", { door: doorName(data.door) })); soon(); break;
      case "reset": await desk.load(); soon(); break;
      case "line": line(data.isUp); if (data.isUp) { await desk.load(); soon(); } break;
      case "again": try { await look(); open(); } catch { setTimeout(open, 2000); } break;
    }
  });
}

addEventListener("hashchange", () => {
  // Another page was chosen: that is activity, where an event that draws a page anew is none. That a session is over, drawing tells.
  if (state?.person) post("/api/sign-in/session").catch(() => {});
  render();
});
// Typing is activity, too; once a minute is enough of it.
let typedAt = 0;
view.addEventListener("input", () => {
  if (!state?.person || Date.now() - typedAt < 60_000) return;
  typedAt = Date.now();
  post("/api/sign-in/session").catch(() => {});
});
addEventListener("popstate", () => render());
// A page that the browser kept aside shows what is true now.
addEventListener("pageshow", (event) => { if (event.persisted) soon(); });
start();
