// A payment: filled in, then shown once more to be edited or confirmed.

import { post, put, remove } from "../api.js";
import { h, field } from "../dom.js";
import { t } from "../i18n.js";
import { busy, details } from "./parts.js";

const names = ["account", "payee", "iban", "amount", "currency", "reference"];

export const payment = {
  title: "pay.title",
  load({ state }) { return { draft: state.draft, accounts: state.accounts }; },
  view({ draft, accounts }, { go, notice }) {
    const { fields } = draft;
    const inputs = {
      account: h("select", { disabled: Boolean(draft.edits) }, accounts.map(({ iban, kind }) =>
        h("option", { value: iban, selected: fields.account === iban }, `${t(`account.${kind}`)} – ${iban.slice(-4)}`))),
      payee: h("input", { value: fields.payee ?? "", required: true, maxlength: 105, autocomplete: "off" }),
      iban: h("input", { value: fields.iban ?? "", required: true, autocomplete: "off", autocapitalize: "characters", spellcheck: "false", maxlength: 42 }),
      amount: h("input", { value: fields.amount ?? "", required: true, inputmode: "decimal", autocomplete: "off", maxlength: 15 }),
      currency: h("select", {}, ["EUR", "CHF", "USD"].map((name) => h("option", { value: name, selected: (fields.currency || "EUR") === name }, name))),
      reference: h("input", { value: fields.reference ?? "", maxlength: 70, autocomplete: "off" }),
    };
    for (const [name, input] of Object.entries(inputs)) input.name = name;
    const values = () => Object.fromEntries([["name", draft.name], ...names.map((name) => [name, clean(name, inputs[name].value)])]);
    const save = () => put("/api/draft", values());
    const form = h("form", { class: "form", novalidate: true,
      oninput: () => { clearTimeout(form.timer); form.timer = setTimeout(() => save().catch(() => {}), 400); },
      onsubmit: busy(async () => {
        clearTimeout(form.timer);
        const wrong = mistakes(values());
        show(form, wrong);
        if (Object.keys(wrong).length > 0) return;
        await save();
        await go("payment/check");
      }, notice) },
      draft.edits && h("p", { class: "note" }, t("pay.edits")),
      field("account", t("pay.account"), inputs.account),
      field("payee", t("pay.payee"), inputs.payee),
      field("iban", t("pay.iban"), inputs.iban, { hint: t("pay.iban.hint") }),
      h("div", { class: "pair" }, field("amount", t("pay.amount"), inputs.amount), field("currency", t("pay.currency"), inputs.currency)),
      field("reference", t("pay.reference"), inputs.reference),
      h("div", { class: "actions" }, h("button", { class: "main", id: "go-on" }, t("goOn")),
        h("button", { type: "button", class: "quiet", id: "cancel", onclick: async () => { clearTimeout(form.timer); await remove("/api/draft"); await go("transactions"); } }, t("cancel"))));
    return form;
  },
};

export const check = {
  title: "pay.check",
  load({ state }) {
    const { draft } = state;
    return draft.fields.amount ? { draft, accounts: state.accounts } : { elsewhere: "payment" };
  },
  view({ draft }, { go, notice }) {
    const form = h("form", { class: "form", onsubmit: busy(async () => {
      const { transaction } = await post("/api/draft/confirm", { name: draft.name });
      await go(`transactions/${transaction}`, { instead: true });
    }, notice) },
      h("p", {}, t("pay.check.text")),
      details(draft.fields, { account: draft.fields.account }),
      h("div", { class: "actions" }, h("button", { class: "main", id: "confirm" }, t("pay.confirm")),
        h("a", { class: "button", href: "#/payment", id: "edit" }, t("pay.edit"))));
    return form;
  },
};

function clean(name, value) {
  if (name === "iban") return value.replace(/\s/g, "").toUpperCase();
  if (name === "amount") return value.replace(/[\s\u00a0\u202f']/g, "").replace(",", ".");
  return value.trim();
}

/** What can be seen to be wrong before the bank is asked; the bank looks itself. */
function mistakes(values) {
  const wrong = {};
  if (!values.payee) wrong.payee = t("pay.wrong.payee");
  if (!isIBAN(values.iban)) wrong.iban = t("pay.wrong.iban");
  if (!/^\d{1,10}(\.\d{1,2})?$/.test(values.amount) || Number(values.amount) === 0) wrong.amount = t("pay.wrong.amount");
  return wrong;
}

function show(form, wrong) {
  for (const old of form.querySelectorAll(".field > .error")) old.remove();
  let first = null;
  for (const name of names) {
    const input = form.elements[name];
    const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== `${name}-error`);
    input.toggleAttribute("aria-invalid", name in wrong);
    if (name in wrong) {
      input.setAttribute("aria-invalid", "true");
      input.parentElement.append(h("p", { class: "error", id: `${name}-error` }, wrong[name]));
      described.push(`${name}-error`);
      first ??= input;
    }
    if (described.length > 0) input.setAttribute("aria-describedby", described.join(" "));
    else input.removeAttribute("aria-describedby");
  }
  first?.focus();
}

/** ISO 13616: the remainder modulo 97 is 1. */
function isIBAN(text) {
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]{11,30}$/.test(text)) return false;
  let rest = 0;
  for (const character of text.slice(4) + text.slice(0, 4)) {
    for (const digit of parseInt(character, 36).toString()) rest = (rest * 10 + Number(digit)) % 97;
  }
  return rest === 1;
}
