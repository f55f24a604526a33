// Whom the person trusts: a list, and a new one, which a device approves.

import { get, post, remove } from "../api.js";
import { h, field } from "../dom.js";
import { t, grouped } from "../i18n.js";
import { deviceChoice } from "./answering.js";
import { approvalOf, approving } from "./approval.js";
import { isIBAN } from "./iban.js";
import { busy } from "./parts.js";

export const payees = {
  title: "payees.title",
  async load({ state }) {
    const { payees: list } = await get("/api/payees");
    const { enrolments } = await get("/api/devices");
    return { list, approval: await approvalOf("payee", state), used: state.person.device, enrolments: enrolments.filter((found) => found.state === "active") };
  },
  view({ list, approval, enrolments, used }, context) {
    const { notice, again } = context;
    return [
      h("p", {}, t("payees.text")),
      list.length === 0 && h("p", { class: "empty" }, t("payees.empty")),
      h("ul", { class: "rows", id: "payees" }, list.map(({ iban, name }) => h("li", { class: "row" },
        h("span", { class: "row-main" }, h("strong", {}, name), h("span", { class: "fine number" }, grouped(iban))),
        h("button", { type: "button", class: "quiet", id: `remove-${iban}`, "aria-label": t("payees.remove.of", { name }), onclick: busy(async () => {
          await remove(`/api/payees/${iban}`); again();
        }, notice) }, t("payees.remove"))))),
      approval ? h("section", { class: "panel", "aria-label": t("payees.add") },
        h("h4", {}, t("payees.add")), h("p", {}, h("strong", {}, approval.name), " ", h("span", { class: "number" }, grouped(approval.iban))),
        approving(approval, enrolments, context, t("payees.done", { name: approval.name })))
        : adding(enrolments, used, context),
    ];
  },
};

function adding(enrolments, used, { notice, again }) {
  const name = h("input", { required: true, maxlength: 70, autocomplete: "off", "data-keep": true });
  const iban = h("input", { required: true, maxlength: 42, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", "data-keep": true });
  const form = h("form", { class: "form panel", onsubmit: busy(async () => {
    const text = iban.value.replace(/\s/g, "").toUpperCase();
    if (!isIBAN(text)) { iban.setAttribute("aria-invalid", "true"); iban.focus(); return notice(t("pay.wrong.iban")); }
    await post("/api/approval/payee", { name: name.value.trim(), iban: text, device: form.elements.device.value, key: crypto.randomUUID() });
    again();
  }, notice) },
    h("h4", {}, t("payees.add")), field("payee-name", t("pay.payee"), name), field("payee-iban", t("pay.iban"), iban),
    deviceChoice(enrolments, used),
    h("div", { class: "actions" }, h("button", { class: "main", id: "add-payee" }, t("sign.begin"))));
  return form;
}
