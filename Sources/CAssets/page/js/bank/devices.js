// The person's devices: their names and states, and what can be done when one is lost.

import { get, post } from "../api.js";
import { h, field } from "../dom.js";
import { t, moment } from "../i18n.js";
import { badge, busy } from "./parts.js";

/** What can be ordered; a Token, which has reached its end, where the bank still admits it. */
const ordered = ["scan", "mobile", "token", "smartcard", "stick"];

export const devices = {
  title: "devices.title",
  async load({ state }) {
    const { enrolments, orders, hasImage } = await get("/api/devices");
    return { enrolments, orders, hasImage, used: state.person.device };
  },
  view({ enrolments, orders, hasImage, used }, { again, go, notice }) {
    const order = (product, replaces) => busy(async () => {
      const { id } = await post("/api/orders", replaces ? { product, replaces } : { product });
      await go(`activate/${id}`);
    }, notice);
    const act = (path, body) => busy(async () => { await post(path, body); again(); }, notice);
    return [
      h("p", {}, t("devices.text")),
      h("ul", { class: "cards" }, enrolments.map((item, index) => {
        const path = `/api/devices/${encodeURIComponent(item.device)}`;
        const name = item.name ?? t(`product.${item.product}`);
        const input = h("input", { value: item.name ?? "", maxlength: 40, autocomplete: "off" });
        const code = h("input", { inputmode: "numeric", autocomplete: "off", maxlength: 12, "data-keep": true });
        return h("li", { class: "card", id: `enrolment-${index}`, "data-device": item.device, "data-product": item.product },
          h("h4", {}, name, " ", badge("enrolment", item.state)),
          h("p", { class: "fine" }, `${t(`product.${item.product}`)} · `, h("span", { class: "number" }, item.device),
            item.isEmulated ? ` · ${t("devices.emulated")}` : "", item.device === used ? ` · ${t("devices.used")}` : ""),
          item.validUntil && item.state === "active" && h("p", { class: "fine" }, t("devices.until", { when: moment(item.validUntil) })),
          item.state === "active" && h("details", { id: `more-${index}`, "data-keep": true }, h("summary", {}, t("devices.more")),
            h("form", { class: "form", onsubmit: busy(async () => { await post(`${path}/rename`, { name: input.value.trim() }); again(); }, notice) },
              field(`name-${index}`, t("devices.name"), input), h("div", { class: "actions" }, h("button", { id: `rename-${index}` }, t("devices.rename")))),
            h("p", {}, t("devices.lost.text")),
            h("div", { class: "actions" }, h("button", { type: "button", class: "warn", id: `suspend-${index}`, onclick: act(`${path}/suspend`) }, t("devices.suspend")))),
          ["suspended", "blocked"].includes(item.state) && h("form", { class: "form", onsubmit: busy(async () => {
            await post(`${path}/reactivate`, { code: code.value.replace(/\s/g, "") }); again();
          }, notice) },
            h("p", {}, t(item.suspension === "fraud" ? "devices.fraud" : "devices.back")),
            item.suspension !== "fraud" && [field(`helpdesk-${index}`, t("devices.helpdesk"), code),
              h("div", { class: "actions" }, h("button", { id: `reactivate-${index}` }, t("devices.reactivate")),
                h("button", { type: "button", class: "quiet", id: `call-${index}`, onclick: busy(async () => {
                  const answer = await post(`${path}/helpdesk`); notice(t("devices.helpdesk.says", { code: answer.code }));
                }, notice) }, t("devices.call")))],
            ordered.includes(item.product) && [h("p", {}, t("devices.replace.text")),
              h("div", { class: "actions" }, h("button", { type: "button", id: `replace-${index}`, onclick: order(item.product, item.device) }, t("devices.replace")))],
            h("div", { class: "actions" }, h("button", { type: "button", class: "warn", id: `revoke-${index}`, onclick: act(`${path}/revoke`) }, t("devices.revoke")))));
      })),
      orders.filter((order) => order.state === "ordered").map((order) => h("p", { class: "note" }, `${t(`product.${order.product}`)}: `,
        h("a", { href: `#/activate/${order.id}` }, t("activate.goOn")))),
      h("section", { class: "panel" }, h("h4", {}, t("devices.add")), h("p", {}, t("devices.add.text")),
        h("div", { class: "actions" }, ["mobile", "token"].map((product) =>
          h("button", { type: "button", id: `order-${product}`, onclick: order(product) }, t(`devices.order.${product}`))))),
      hasImage && h("section", { class: "panel" }, h("h4", {}, t("image.title")), h("p", {}, t("devices.image")),
        h("div", { class: "actions" }, h("a", { class: "button", href: "#/image", id: "change-image" }, t("image.change.link")))),
    ];
  },
};
