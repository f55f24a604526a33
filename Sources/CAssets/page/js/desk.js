// The emulated devices beside the bank, each drawn as what it is. All of it is emulated: no real device's PIN can be typed here.

import { get, post, put, send } from "./api.js";
import { h, swap, announce } from "./dom.js";
import { t, tellProblem, triesLeft } from "./i18n.js";
import { drawings } from "./desk/drawings.js";
import { Pad } from "./desk/pad.js";

const order = ["token", "scan", "mobile", "smartcard", "stick", "eid"];

export class Desk {
  constructor(place) {
    this.place = place;
    this.states = new Map();
    this.pads = new Map();
    this.words = new Map();
    this.seen = new Map();
    setInterval(() => this.tick(), 500);
  }

  /** Asks what there is. */
  async load() {
    try {
      const { emulators } = await get("/api/emulators");
      this.states = new Map(emulators.map((state) => [state.id, state]));
      for (const state of emulators) this.seen.set(state.id, Date.now());
    } catch { this.states = new Map(); }
    this.render();
  }

  /** A device has changed. */
  take(state) {
    const known = this.states.get(state.id);
    if (known && known.change > state.change) return;
    const before = known?.prompt?.number;
    this.states.set(state.id, state);
    this.seen.set(state.id, Date.now());
    if (state.prompt && state.prompt.number !== before) {
      this.words.delete(state.id);
      announce(`${state.name}: ${this.question(state)}`);
    }
    if (state.screen?.shows === "code" && known?.screen?.shows !== "code") announce(`${state.name}: ${state.screen.code}`);
    if (known) this.draw(state.id); else this.render();
  }

  remove(id) { this.states.delete(id); this.render(); }

  /** What the first device of a kind asks its person now. */
  promptOf(kind) { return [...this.states.values()].find((state) => state.kind === kind && state.prompt)?.prompt; }

  render() {
    const sorted = [...this.states.values()].sort((a, b) => (order.indexOf(a.kind) - order.indexOf(b.kind)) || a.id.localeCompare(b.id));
    // What has just come by post stands first: somebody is about to use it.
    const people = [...new Set(sorted.map((state) => state.subscriber ?? ""))].sort((a, b) => Boolean(a) - Boolean(b));
    swap(this.place, people.map((person) => [
      h("h3", { class: "owner" }, person ? t("desk.owner", { name: person }) : t("desk.new")),
      h("div", { class: "shelf" }, sorted.filter((state) => (state.subscriber ?? "") === person)
        .map((state) => h("article", { class: `device ${state.kind}`, id: `device-${state.id}`, "aria-labelledby": `device-name-${state.id}` }, this.body(state)))),
    ]), sorted.some((state) => state.kind === "eid") ? null : drawings.eid(),
    sorted.length === 0 && h("p", { class: "empty" }, t("desk.none")));
  }

  draw(id) {
    const state = this.states.get(id);
    const place = document.getElementById(`device-${id}`);
    if (!state || !place) return this.render();
    swap(place, this.body(state));
  }

  body(state) {
    const word = this.words.get(state.id);
    return [
      h("header", { class: "device-head" }, h("h4", { id: `device-name-${state.id}` }, t(`desk.${state.kind}`)), h("span", { class: "tag" }, t("desk.emulated"))),
      drawings[state.kind]?.(state, this),
      state.prompt && this.prompt(state),
      word && h("p", { class: "device-word", role: "status" }, word),
      h("details", { class: "behaviour", id: `more-${state.id}`, "data-keep": true }, h("summary", {}, t("desk.more")),
        h("label", { for: `behaviour-${state.id}` }, t("desk.behaviour")),
        h("select", { id: `behaviour-${state.id}`, onchange: (event) => this.act(state.id, () => put(`/api/emulators/${state.id}/behaviour`, { behaviour: event.target.value })) },
          ["wait", "respond", "decline", "wrongPIN"].map((name) => h("option", { value: name, selected: state.behaviour === name }, t(`desk.behaviour.${name}`))))),
    ];
  }

  question(state) {
    const { prompt } = state;
    return prompt.kind === "consent" ? t("desk.consent") : prompt.kind === "lastTry" ? t("desk.lastTry") : t(`desk.${prompt.kind}`, { form: prompt.form ?? "" });
  }

  /** What the device asks, with its keys; a pad for a PIN, which says that it is emulated. */
  prompt(state) {
    const { prompt } = state;
    const path = `/api/emulators/${state.id}`;
    const query = `?prompt=${prompt.number}`;
    const wantsPIN = ["pin", "newPIN", "newPINAgain"].includes(prompt.kind);
    const isCard = ["smartcard", "stick"].includes(state.kind);
    let pad = this.pads.get(state.id);
    if (pad?.number !== prompt.number) {
      pad = new Pad(state.id, prompt.number, {
        enter: (bytes) => this.act(state.id, () => send(`${path}/pin${query}`, bytes, "application/octet-stream")),
        changed: () => this.draw(state.id),
      });
      this.pads.set(state.id, pad);
    }
    return h("div", { class: "prompt", role: "group", "aria-label": this.question(state) },
      isCard && prompt.summary && summary(prompt.summary),
      h("p", { class: "question", id: `question-${state.id}` }, this.question(state)),
      prompt.previousWasWrong && h("p", { class: "error" }, t("wrongPIN")),
      prompt.triesLeft !== undefined && h("p", { class: "tries" }, triesLeft(prompt.triesLeft)),
      wantsPIN ? pad.view()
        : h("div", { class: "keys" },
          h("button", { type: "button", class: "key yes", id: `accept-${state.id}`, onclick: () => this.act(state.id, () => post(`${path}/accept${query}`)) }, t("desk.accept"))),
      h("div", { class: "keys" },
        h("button", { type: "button", class: "key no", id: `decline-${state.id}`, onclick: () => this.act(state.id, () => post(`${path}/decline${query}`)) }, t("desk.decline"))));
  }

  /** Presses something; a refusal is shown on the device. */
  async act(id, work) {
    this.words.delete(id);
    const before = this.states.get(id);
    try {
      const state = await work();
      // An event may have overtaken this answer: then it is the answer that is old.
      const known = this.states.get(id);
      if (state?.id && (known === before || state.change > known.change)) this.take(state);
      const failure = state?.answer?.failure;
      if (failure) this.words.set(id, tellProblem(failure));
    } catch (error) {
      this.words.set(id, error.problem ? tellProblem(error.problem) : String(error.message));
    }
    this.draw(id);
  }

  /** Holds a Scan or phone before the QR code that the bank shows now, as its camera would see it. */
  async lookAtPage(state) {
    const shown = document.querySelector("#view img[data-code]");
    if (!shown) { this.words.set(state.id, t("desk.noCode")); return this.draw(state.id); }
    await this.act(state.id, async () => {
      const picture = await fetch(shown.src, { credentials: "same-origin" });
      return send(`/api/emulators/${state.id}/look`, await picture.arrayBuffer(), "image/png");
    });
  }

  /** Holds it before any other picture, from a file. */
  async lookAtFile(state, file) {
    if (!file) return;
    await this.act(state.id, async () => send(`/api/emulators/${state.id}/look`, await file.arrayBuffer(), file.type === "image/jpeg" ? "image/jpeg" : "image/png"));
  }

  /** How old what we know of a device is, in seconds. */
  age(id) { return (Date.now() - (this.seen.get(id) ?? Date.now())) / 1000; }

  /** Fobs count down; what ran out is asked anew. */
  tick() {
    for (const state of this.states.values()) {
      if (state.kind !== "token" || !state.token?.isLit) continue;
      const left = (state.token.secondsLeft ?? 0) - this.age(state.id);
      const light = (state.token.darkIn ?? 0) - this.age(state.id);
      if (left <= 0 || light <= 0) {
        this.seen.set(state.id, Date.now());
        // What is shown has run out: until something newer is known, the display is dark.
        this.states.set(state.id, { ...state, token: { ...state.token, isLit: false } });
        get(`/api/emulators/${state.id}`).then((fresh) => { this.states.set(fresh.id, fresh); this.seen.set(fresh.id, Date.now()); this.draw(fresh.id); })
          .catch(() => this.draw(state.id));
      } else {
        const meter = document.getElementById(`left-${state.id}`);
        if (meter) { meter.value = left; meter.textContent = `${Math.ceil(left)} s`; }
      }
    }
  }
}

function summary(found) {
  return h("div", { class: "asked" }, h("strong", {}, found.title),
    h("dl", {}, (found.lines ?? []).filter((line) => line.text).map((line) => h("div", {}, h("dt", {}, line.label), h("dd", {}, line.text)))));
}
