// A payment, or several at once: filled in, then shown once more to be edited or confirmed.

import { get, post, put, remove } from "../api.js";
import { h, field } from "../dom.js";
import { t } from "../i18n.js";
import { isIBAN } from "./iban.js";
import { busy, details } from "./parts.js";

const rowNames = ["payee", "iban", "amount"];
const most = 5;

/** The draft's fields as this tab sent them: the last that arrived, and those on their way. */
let sent = [];
/** The fields that the form was drawn with. */
let drawn = null;

/** Fields in one order, so that equal ones are equal texts. */
function textOf(fields) { return JSON.stringify(Object.entries(fields).filter(([name]) => name !== "name").sort()); }

/** Sends a draft, and remembers that it is this tab's own. */
async function keepDraft(fields) {
  const mine = { name: fields.name, text: textOf(fields) };
  sent.push(mine);
  try { await put("/api/draft", fields); } catch (error) {
    sent = sent.filter((one) => one !== mine);
    throw error;
  }
  const index = sent.indexOf(mine);
  if (index > 0) sent.splice(0, index);
}

/** The field of a row: the first one's names are plain. */
function named(name, row) { return row === 1 ? name : `${name}-${row}`; }

/** Which rows there are; a row that was added is kept as soon as something stands in it. */
export function rowsOf(fields) {
  return Array.from({ length: most }, (_, index) => index + 1).filter((row) => row === 1 || rowNames.some((name) => named(name, row) in fields));
}

export const payment = {
  title: "pay.title",
  async load({ state }) { return { draft: state.draft, accounts: state.accounts, payees: (await get("/api/payees")).payees }; },
  // What this tab sent itself stands in the form already: drawing it anew would take the field from under the typist.
  key(model) {
    const { name, fields } = model.draft;
    const isOwn = drawn?.name === name && sent.some((one) => one.name === name && one.text === textOf(fields));
    if (!isOwn) drawn = { name, fields };
    return { ...model, draft: { ...model.draft, fields: drawn.fields } };
  },
  view({ draft, accounts, payees }, { go, again, notice }) {
    const { fields } = draft;
    const rows = rowsOf(fields);
    const inputs = {
      account: h("select", { disabled: Boolean(draft.edits) }, accounts.map(({ iban, kind }) =>
        h("option", { value: iban, selected: fields.account === iban }, `${t(`account.${kind}`)} – … ${iban.slice(-8, -4)} ${iban.slice(-4)}`))),
      currency: h("select", {}, ["EUR", "CHF", "USD"].map((name) => h("option", { value: name, selected: (fields.currency || "EUR") === name }, name))),
    };
    if (rows.length === 1) inputs.reference = h("input", { value: fields.reference ?? "", maxlength: 70, autocomplete: "off" });
    for (const row of rows) {
      const text = (name, more) => h("input", { value: fields[named(name, row)] ?? "", required: true, autocomplete: "off", ...more });
      inputs[named("payee", row)] = text("payee", { maxlength: 105 });
      inputs[named("iban", row)] = text("iban", { autocapitalize: "characters", spellcheck: "false", maxlength: 42 });
      inputs[named("amount", row)] = text("amount", { inputmode: "decimal", maxlength: 15 });
    }
    for (const [name, input] of Object.entries(inputs)) input.name = name;
    const values = () => ({ name: draft.name, ...Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value])) });
    const save = () => keepDraft(values());
    // Rows are added and taken away at the server's draft, so that another tab has them, too; the form is drawn anew with them.
    const change = (work) => busy(async () => { clearTimeout(form.timer); sent = []; await work(); again(); }, notice);
    const without = (gone) => {
      const kept = values();
      for (const name of rowNames) {
        for (const row of rows.filter((row) => row > gone)) kept[named(name, row - 1)] = kept[named(name, row)];
        delete kept[named(name, rows.at(-1))];
      }
      return put("/api/draft", kept);
    };
    const form = h("form", { class: "form", novalidate: true,
      oninput: () => { clearTimeout(form.timer); form.timer = setTimeout(() => save().catch(() => {}), 400); },
      onsubmit: busy(async () => {
        clearTimeout(form.timer);
        const cleaned = cleanAll(values());
        const wrong = mistakes(cleaned, rows);
        show(form, inputs, wrong);
        if (Object.keys(wrong).length > 0) return;
        await keepDraft(cleaned);
        await go("payment/check");
      }, notice) },
      draft.edits && h("p", { class: "note" }, t("pay.edits")),
      field("account", t("pay.account"), inputs.account),
      rows.length > 1 && field("currency", t("pay.currency"), inputs.currency),
      rows.map((row) => one(row, rows, inputs, payees, change, () => without(row))),
      rows.length === 1 && field("reference", t("pay.reference"), inputs.reference),
      h("div", { class: "actions" }, rows.length < most && h("button", { type: "button", class: "quiet", id: "add-payment",
        onclick: change(() => put("/api/draft", { ...values(), ...Object.fromEntries(rowNames.map((name) => [named(name, rows.length + 1), ""])) })) }, t("pay.more"))),
      h("div", { class: "actions" }, h("button", { class: "main", id: "go-on" }, t("goOn")),
        h("button", { type: "button", class: "quiet", id: "cancel", onclick: busy(async () => { clearTimeout(form.timer); await remove("/api/draft"); await go("transactions"); }, notice) }, t("cancel"))));
    return form;
  },
};

/** One payment's fields; several stand in a frame each. */
function one(row, rows, inputs, payees, change, without) {
  const [payee, iban, amount] = rowNames.map((name) => inputs[named(name, row)]);
  const known = h("select", { onchange: (event) => {
    const found = payees.find((one) => one.iban === event.target.value);
    if (!found) return;
    payee.value = found.name;
    iban.value = found.iban;
    payee.dispatchEvent(new Event("input", { bubbles: true }));
  } }, h("option", { value: "" }, "–"), payees.map((one) => h("option", { value: one.iban, selected: iban.value.replace(/\s/g, "") === one.iban }, one.name)));
  const fields = [
    payees.length > 0 && field(named("known", row), t("pay.known"), known),
    field(named("payee", row), t("pay.payee"), payee),
    field(named("iban", row), t("pay.iban"), iban, { hint: row === 1 ? t("pay.iban.hint") : undefined }),
    rows.length > 1 ? field(named("amount", row), t("pay.amount"), amount)
      : h("div", { class: "pair" }, field("amount", t("pay.amount"), amount), field("currency", t("pay.currency"), inputs.currency)),
  ];
  if (rows.length === 1) return fields;
  return h("fieldset", { class: "panel" }, h("legend", {}, t("pay.nth", { number: row })), fields,
    h("div", { class: "actions" }, h("button", { type: "button", class: "quiet", id: `remove-payment-${row}`, "aria-label": t("pay.remove.nth", { number: row }),
      onclick: change(without) }, t("pay.remove"))));
}

export const check = {
  title: "pay.check",
  load({ state }) {
    const { draft } = state;
    // What is confirmed is what is shown, so a draft that was not looked through yet goes back to its form.
    return draft.fields.amount && textOf(cleanAll(draft.fields)) === textOf(draft.fields) ? { draft, accounts: state.accounts } : { elsewhere: "payment" };
  },
  view({ draft }, { go, notice }) {
    const form = h("form", { class: "form", onsubmit: busy(async () => {
      const { transaction } = await post("/api/draft/confirm", { ...draft.fields, name: draft.name });
      await go(`transactions/${transaction}`, { instead: true });
    }, notice) },
      h("p", {}, t("pay.check.text")),
      details(contentOf(draft.fields), { account: draft.fields.account }),
      h("div", { class: "actions" }, h("button", { class: "main", id: "confirm" }, t("pay.confirm")),
        h("a", { class: "button", href: "#/payment", id: "edit" }, t("pay.edit"))));
    return form;
  },
};

/** What was filled in, as the bank writes contents. */
function contentOf(fields) {
  const rows = rowsOf(fields).filter((row) => row === 1 || rowNames.some((name) => fields[named(name, row)]));
  if (rows.length === 1) return fields;
  const payments = rows.map((row) => Object.fromEntries(rowNames.map((name) => [name, fields[named(name, row)]])));
  // In hundredths, because sums of decimal fractions are not exact.
  const total = payments.reduce((sum, one) => sum + Math.round(Number(one.amount) * 100), 0);
  return { kind: "batch", currency: fields.currency, total: (total / 100).toFixed(2), count: payments.length, payments };
}

function clean(name, value) {
  if (name.startsWith("iban")) return value.replace(/\s/g, "").toUpperCase();
  if (name.startsWith("amount")) return value.replace(/[\s\u00a0\u202f']/g, "").replace(",", ".");
  return value.trim();
}

/** Fields as the bank is asked for them. */
function cleanAll(fields) { return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, clean(name, value)])); }

/** What can be seen to be wrong before the bank is asked; the bank looks itself. */
function mistakes(values, rows) {
  const wrong = {};
  for (const row of rows) {
    const [payee, iban, amount] = rowNames.map((name) => values[named(name, row)]);
    if (!payee) wrong[named("payee", row)] = t("pay.wrong.payee");
    if (!isIBAN(iban)) wrong[named("iban", row)] = t("pay.wrong.iban");
    if (!/^\d{1,10}(\.\d{1,2})?$/.test(amount) || Number(amount) === 0) wrong[named("amount", row)] = t("pay.wrong.amount");
  }
  return wrong;
}

function show(form, inputs, wrong) {
  for (const old of form.querySelectorAll(".field > .error")) old.remove();
  let first = null;
  for (const [name, input] of Object.entries(inputs)) {
    const described = (input.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== `${name}-error`);
    input.removeAttribute("aria-invalid");
    if (name in wrong) {
      input.setAttribute("aria-invalid", "true");
      input.parentElement.append(h("p", { class: "error", id: `${name}-error` }, wrong[name]));
      described.push(`${name}-error`);
      if (!first || (first.compareDocumentPosition(input) & Node.DOCUMENT_POSITION_PRECEDING)) first = input;
    }
    if (described.length > 0) input.setAttribute("aria-describedby", described.join(" "));
    else input.removeAttribute("aria-describedby");
  }
  first?.focus();
}
