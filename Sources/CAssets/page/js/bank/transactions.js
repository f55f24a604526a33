// The list of transactions with their state, and one of them: who signs it, with which device, and what became of it.

import { get, post } from "../api.js";
import { h } from "../dom.js";
import { t, money, moment, grouped } from "../i18n.js";
import { answering, deviceChoice, outcomeOf } from "./answering.js";
import { badge, busy, details } from "./parts.js";

export const transactions = {
  title: "list.title",
  async load({ state }) {
    const page = await get("/api/transactions");
    return { transactions: page.transactions, draft: state.draft.fields.amount ? state.draft.fields : null };
  },
  view({ transactions: list, draft }) {
    return [
      draft && h("p", { class: "note" }, `${t("list.draft")} `, h("a", { href: "#/payment" }, t("list.draft.open"))),
      list.length === 0 && h("p", { class: "empty" }, t("list.empty")),
      h("ul", { class: "rows" }, list.map((item) => h("li", {},
        h("a", { class: "row", href: `#/transactions/${item.id}` },
          h("span", { class: "row-main" }, h("strong", {}, item.content.payee ?? (item.content.kind === "batch" ? t("list.batch", { count: item.content.count }) : t("list.other"))),
            h("span", { class: "fine" }, item.content.iban ? grouped(item.content.iban) : "")),
          h("span", { class: "row-end" }, h("span", { class: "amount" }, money(item.content.amount ?? item.content.total, item.content.currency)),
            badge("transaction", item.state)))))),
      h("div", { class: "actions" }, h("a", { class: "button main", href: "#/payment", id: "new-payment" }, t("list.new"))),
    ];
  },
};

export const transaction = {
  title: "one.title",
  async load({ state, argument }) {
    const item = await get(`/api/transactions/${argument}`);
    const { enrolments } = await get("/api/devices");
    const place = (item.places ?? []).filter((found) => found.signer === state.person.user).at(-1);
    const operation = place && !place.signedAt ? await get(`/api/operations/${place.operation}`).catch(() => null) : null;
    return { item, operation, user: state.person.user, used: state.person.device, enrolments: enrolments.filter((found) => found.state === "active") };
  },
  view(model, context) {
    const { item, operation } = model;
    const isOpen = operation && ["pending", "working"].includes(operation.state);
    const isMine = (item.awaited ?? []).some((signer) => (signer.subscriber ?? signer) === model.user);
    const outcome = operation && !isOpen && outcomeOf(operation);
    return [
      item.state === "submitted" && h("div", { class: "note good", role: "status", id: "recorded" }, h("p", {}, h("strong", {}, t("recorded"))), h("p", {}, t("recorded.all"))),
      item.state === "toBeSigned" && !isMine && !isOpen && signed(model) && h("div", { class: "note good", role: "status", id: "recorded" }, h("p", {}, h("strong", {}, t("recorded"))), h("p", {}, t("recorded.others", { count: item.missing }))),
      outcome,
      h("p", {}, badge("transaction", item.state)),
      item.replacedBy && h("p", {}, h("a", { href: `#/transactions/${item.replacedBy}` }, t("one.replacedBy"))),
      details(item.content, { account: item.rule?.account ?? item.account }),
      signatures(item),
      isOpen ? answering(operation, model.enrolments, context) : isMine && item.state === "toBeSigned" && choosing(model, context),
      item.state === "toBeSigned" && item.creator === model.user && h("div", { class: "actions" },
        // Of payments that stand as a sum there is nothing to edit: they are withdrawn and asked for anew.
        (item.content.kind === "payment" || item.content.payments) && h("button", { type: "button", class: "quiet", id: "edit", onclick: busy(async () => { await post(`/api/transactions/${item.id}/edit`); await context.go("payment"); }, context.notice) }, t("pay.edit")),
        h("button", { type: "button", class: "quiet", id: "withdraw", onclick: busy(async () => { await post(`/api/transactions/${item.id}/withdraw`); context.again(); }, context.notice) }, t("one.withdraw"))),
      h("p", {}, h("a", { href: "#/transactions" }, t("one.back"))),
    ];
  },
};

function signed({ item, user }) { return (item.places ?? []).some((place) => place.signer === user && place.signedAt); }

function signatures(item) {
  const rule = item.rule;
  if (!rule || (rule.signatures ?? 1) < 2) return null;
  return h("section", { class: "signers" }, h("h4", {}, t("one.signers", { count: rule.signatures })),
    h("ul", {}, (rule.signers ?? []).map((signer) => {
      const place = (item.places ?? []).find((found) => found.signer === signer.subscriber && found.signedAt);
      return h("li", {}, `${signer.subscriber} (${signer.role}): `, place ? t("one.signedAt", { when: moment(place.signedAt) }) : t("one.notYet"));
    })));
}

/** The choice of a device, before it is asked. */
function choosing({ item, enrolments, used }, { notice, again }) {
  const form = h("form", { class: "form panel", onsubmit: busy(async () => {
    const device = form.elements.device.value;
    await post(`/api/transactions/${item.id}/sign`, { device, key: crypto.randomUUID() });
    again();
  }, notice) },
    h("h4", {}, t("sign.title")), deviceChoice(enrolments, used),
    h("div", { class: "actions" }, h("button", { class: "main", id: "sign" }, t("sign.begin"))));
  return form;
}
