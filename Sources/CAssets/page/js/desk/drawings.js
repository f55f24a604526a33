// What each device looks like.

import { post } from "../api.js";
import { h, s } from "../dom.js";
import { t } from "../i18n.js";

export const drawings = { token, scan, mobile, smartcard, stick, eid };

/** A key fob: a display, a bar that runs down, one button. */
function token(state, desk) {
  const { token: fob } = state;
  const isLit = fob?.isLit && fob.code;
  const left = Math.max(0, (fob?.secondsLeft ?? 0) - desk.age(state.id));
  return h("div", { class: "fob" },
    h("div", { class: "ring", "aria-hidden": "true" }),
    h("div", { class: isLit ? "lcd lit" : "lcd", id: `lcd-${state.id}` },
      h("output", { class: "digits", id: `code-${state.id}`, "aria-label": t("fob.code") }, isLit ? fob.code.replace(/(\d{3})(?=\d)/, "$1 ") : "\u00a0"),
      isLit && h("meter", { id: `left-${state.id}`, min: 0, max: 30, value: left, "aria-label": t("fob.left") })),
    h("button", { type: "button", class: "fob-button", id: `press-${state.id}`, "aria-label": t("fob.press"),
      onclick: () => desk.act(state.id, () => post(`/api/emulators/${state.id}/press`)) }, t("fob.short")));
}

/** What a screen shows: the operation, or the code. */
function screen(state) {
  const shown = state.screen;
  const kind = shown?.shows ?? "idle";
  return h("div", { class: `screen ${kind}`, id: `screen-${state.id}`, "data-shows": kind },
    kind === "idle" && h("p", { class: "fine" }, t("screen.idle")),
    kind === "summary" && [h("strong", {}, shown.summary?.title ?? ""),
      h("dl", {}, (shown.summary?.lines ?? []).filter((line) => line.text).map((line) => h("div", {}, h("dt", {}, line.label), h("dd", {}, line.text))))],
    kind === "refused" && [h("strong", {}, t("screen.refused")), h("p", {}, (shown.lines ?? []).join(" "))],
    kind === "code" && [h("p", { class: "fine" }, t("screen.code")), h("output", { class: "digits", id: `code-${state.id}` }, (shown.code ?? "").replace(/(\d{4})(?=\d)/g, "$1 "))]);
}

function camera(state, desk) {
  const file = h("input", { type: "file", accept: "image/png,image/jpeg", class: "unseen", id: `file-${state.id}`, tabindex: "-1", "aria-label": t("camera.file"),
    onchange: (event) => desk.lookAtFile(state, event.target.files[0]) });
  return h("div", { class: "keys" },
    h("button", { type: "button", class: "key", id: `look-${state.id}`, onclick: () => desk.lookAtPage(state) }, t("camera.page")),
    h("button", { type: "button", class: "key plain", id: `other-${state.id}`, onclick: () => file.click() }, t("camera.other")), file);
}

function scan(state, desk) {
  return h("div", { class: "scan-body" }, screen(state), h("div", { class: "lens", "aria-hidden": "true" }), camera(state, desk));
}

function mobile(state, desk) {
  return h("div", { class: "phone-body" }, h("div", { class: "speaker", "aria-hidden": "true" }), screen(state), camera(state, desk),
    h("div", { class: "keys" }, h("button", { type: "button", class: "key plain", id: `fetch-${state.id}`,
      onclick: () => desk.act(state.id, () => post(`/api/emulators/${state.id}/fetch`)) }, t("phone.fetch"))));
}

/** A reader with a display of its own, and a card that can be pulled out of it. */
function smartcard(state, desk) {
  const isIn = state.card?.isInserted;
  return h("div", { class: isIn ? "reader in" : "reader" },
    h("div", { class: "slot", "aria-hidden": "true" }, s("svg", { viewBox: "0 0 160 100", class: "chipcard" },
      s("rect", { x: 1, y: 1, width: 158, height: 98, rx: 9, class: "card-face" }),
      s("rect", { x: 18, y: 34, width: 30, height: 24, rx: 4, class: "chip" }),
      s("path", { d: "M18 46h30M28 34v24M38 34v24", class: "chip-lines" }))),
    h("p", { class: "fine", id: `slot-${state.id}` }, isIn ? t("card.in", { holder: state.card.holder ?? "" }) : t("card.out")),
    h("div", { class: "keys" }, isIn
      ? h("button", { type: "button", class: "key plain", id: `pull-${state.id}`, onclick: () => desk.act(state.id, () => post(`/api/emulators/${state.id}/pull`)) }, t("card.pull"))
      : h("button", { type: "button", class: "key", id: `insert-${state.id}`, onclick: () => desk.act(state.id, () => post(`/api/emulators/${state.id}/insert`)) }, t("card.insert"))));
}

function stick(state, desk) {
  const isIn = state.card?.isInserted;
  return h("div", { class: isIn ? "usb in" : "usb" },
    h("div", { class: "stick-body", "aria-hidden": "true" }, h("span", { class: "plug" }), h("span", { class: "lamp" })),
    h("p", { class: "fine" }, isIn ? t("stick.in") : t("stick.out")),
    h("div", { class: "keys" }, isIn
      ? h("button", { type: "button", class: "key plain", id: `unplug-${state.id}`, onclick: () => desk.act(state.id, () => post(`/api/emulators/${state.id}/unplug`)) }, t("stick.unplug"))
      : h("button", { type: "button", class: "key", id: `plug-${state.id}`, onclick: () => desk.act(state.id, () => post(`/api/emulators/${state.id}/plug`)) }, t("stick.plug"))));
}

/** Listed, and not ready: its channel (PACE) is not there. */
function eid(state) {
  const body = h("div", { class: "eid-card" }, h("span", { class: "eid-photo", "aria-hidden": "true" }), h("p", {}, t("product.eid.how")));
  // Nobody's yet: under a heading of its own, not under that of the person before it.
  return state ? body : [h("h3", { class: "owner", id: "not-ready" }, t("desk.notReady")),
    h("div", { class: "shelf" }, h("article", { class: "device eid off", "aria-labelledby": "device-name-eid" },
      h("header", { class: "device-head" }, h("h4", { id: "device-name-eid" }, t("product.eid"))), body))];
}
