// What happens at the bank's bridge, as it happens: operations with their states, and devices that come and go.

import { get } from "./api.js";
import { h, swap } from "./dom.js";
import { t, money, time, doorName } from "./i18n.js";
import { badge } from "./bank/parts.js";

const rows = 12;

export class Activity {
  constructor(place) {
    this.place = place;
    this.operations = new Map();
    this.log = [];
    this.prompts = new Map();
  }

  async load() {
    try {
      const { operations } = await get("/api/activity");
      for (const operation of operations) this.operations.set(operation.id, operation);
    } catch { /* the page says elsewhere that the bridge is away */ }
    this.render();
  }

  /** An operation has changed. */
  operation(operation) {
    const known = this.operations.get(operation.id);
    if (known && known.change > operation.change) return;
    if (known?.state !== operation.state) this.note(`${this.title(operation)} · ${operation.subscriber} · ${t(`operation.${operation.state}`)}`);
    this.operations.set(operation.id, operation);
    this.render();
  }

  event(name, data) {
    if (name === "door") this.note(t(data.isUp ? "door.up" : "door.down", { door: doorName(data.door) }));
    else if (data.kind === "arrived" || data.kind === "left") this.note(`${data.device?.name ?? short(data.id)} · ${t(`happened.${data.kind}`)}`);
    else if (data.kind === "prompt" && data.prompt) this.note(`${data.prompt.device} · ${t(`prompt.${data.prompt.kind}`)}`);
    else return;
    this.render();
  }

  /** Whether what a device asks its person has changed. */
  emulator(state) {
    const before = this.prompts.get(state.id);
    this.prompts.set(state.id, state.prompt?.number);
    return before !== state.prompt?.number;
  }

  note(text) {
    this.log.unshift({ at: new Date(), text });
    this.log.length = Math.min(this.log.length, 40);
  }

  title(operation) {
    const { content } = operation;
    const name = t(`content.${content?.kind ?? "login"}`);
    return content?.amount ? `${name} ${money(content.amount, content.currency)}` : name;
  }

  render() {
    const sorted = [...this.operations.values()].sort((a, b) => (b.issuedAt ?? "").localeCompare(a.issuedAt ?? "") || b.change - a.change).slice(0, rows);
    swap(this.place, h("h2", { class: "pane-title", id: "activity-title" }, t("pane.activity")),
      h("div", { class: "activity-columns" },
        h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": t("activity.operations") }, h("table", {}, h("caption", {}, t("activity.operations")),
          h("thead", {}, h("tr", {}, ["what", "who", "device", "state"].map((name) => h("th", { scope: "col" }, t(`activity.${name}`))))),
          h("tbody", {}, sorted.map((operation) => h("tr", {}, h("td", {}, this.title(operation)), h("td", {}, operation.subscriber),
            h("td", { class: "number" }, short(operation.device)), h("td", {}, badge("operation", operation.state))))))),
        h("div", { class: "scroll", tabindex: "0", role: "log", "aria-live": "off", "aria-label": t("activity.events") }, h("p", { class: "caption" }, t("activity.events")),
          h("ol", { class: "log", id: "log" }, this.log.map(({ at, text }) => h("li", {}, h("time", {}, time(at)), " ", text))))));
  }
}

function short(device) { return device.length > 16 ? `${device.slice(0, 8)}…` : device; }
