// The pad of an emulated device. What is typed is bytes, never a text and never in the page's elements; it is wiped when it was sent.

import { h } from "../dom.js";
import { t } from "../i18n.js";

const longest = 16;

export class Pad {
  #typed = new Uint8Array(longest);
  #count = 0;

  constructor(device, number, { enter, changed }) {
    this.device = device;
    this.number = number;
    this.enter = enter;
    this.changed = changed;
  }

  view() {
    const key = (text, label, name, press, kind = "") => h("button", { type: "button", class: `key ${kind}`, id: `key-${this.device}-${name}`, "aria-label": label, onclick: press }, text);
    const digits = ["1", "2", "3", "4", "5", "6", "7", "8", "9"].map((digit) => key(digit, digit, digit, () => this.#press(digit)));
    return h("div", { class: "pad", role: "group", "aria-label": t("pad.label"), onkeydown: (event) => this.#keyboard(event) },
      h("p", { class: "pad-note" }, t("pad.emulated")),
      h("output", { class: "dots", "aria-label": t("pad.typed", { count: this.#count }) }, "•".repeat(this.#count) || "\u00a0"),
      h("div", { class: "pad-keys" }, digits,
        key("⌫", t("pad.back"), "back", () => this.#back()),
        key("0", "0", "0", () => this.#press("0")),
        key("OK", t("pad.ok"), "ok", () => this.#enter(), "yes")));
  }

  #press(digit) {
    if (this.#count < longest) this.#typed[this.#count++] = digit.charCodeAt(0);
    this.changed();
  }

  #back() {
    if (this.#count > 0) this.#typed[--this.#count] = 0;
    this.changed();
  }

  async #enter() {
    if (this.#count === 0) return;
    const bytes = this.#typed.slice(0, this.#count);
    this.#typed.fill(0);
    this.#count = 0;
    this.changed();
    try { await this.enter(bytes); } finally { bytes.fill(0); }
  }

  #keyboard(event) {
    if (/^\d$/.test(event.key)) { event.preventDefault(); this.#press(event.key); }
    else if (event.key === "Backspace") { event.preventDefault(); this.#back(); }
  }
}
