// The list of transactions with their state, and one of them: who signs it, with which device, and what became of it.

import { get, post } from "../api.js";
import { h, field, announce } from "../dom.js";
import { t, tellProblem, triesLeft, money, moment, grouped } from "../i18n.js";
import { badge, busy, codePicture, details, secretImage } from "./parts.js";

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
          h("span", { class: "row-main" }, h("strong", {}, item.content.payee ?? item.content.name ?? t("list.other")),
            h("span", { class: "fine" }, item.content.iban ? grouped(item.content.iban) : "")),
          h("span", { class: "row-end" }, h("span", { class: "amount" }, item.content.amount ? money(item.content.amount, item.content.currency) : ""),
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
      isOpen ? answering(operation, model, context) : isMine && item.state === "toBeSigned" && choosing(model, context),
      item.state === "toBeSigned" && item.creator === model.user && h("div", { class: "actions" },
        h("button", { type: "button", class: "quiet", id: "edit", onclick: busy(async () => { await post(`/api/transactions/${item.id}/edit`); await context.go("payment"); }, context.notice) }, t("pay.edit")),
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
  const chosen = enrolments.find((found) => found.device === used) ?? enrolments[0];
  const form = h("form", { class: "form panel", onsubmit: busy(async () => {
    const device = form.elements.device.value;
    await post(`/api/transactions/${item.id}/sign`, { device, key: crypto.randomUUID() });
    again();
  }, notice) },
    h("h4", {}, t("sign.title")),
    h("fieldset", { class: "choices tight" }, h("legend", {}, t("sign.device")),
      enrolments.map((found) => h("label", { class: "choice" },
        h("input", { type: "radio", name: "device", value: found.device, id: `with-${found.product}-${found.device.slice(-4)}`, checked: found === chosen }),
        h("span", {}, h("strong", {}, found.name ?? t(`product.${found.product}`)), h("span", { class: "fine number" }, short(found.device)))))),
    enrolments.length === 0 && h("p", {}, t("sign.none")),
    h("div", { class: "actions" }, h("button", { class: "main", id: "sign" }, t("sign.begin"))));
  return form;
}

/** The device is asked: what to do with it, and the answer. */
function answering(operation, { enrolments, item }, { notice, again }) {
  const product = enrolments.find((found) => found.device === operation.device)?.product ?? "smartcard";
  const prompt = operation.prompt;
  const isAttached = operation.presentation === "plain";
  const code = h("input", { name: "code", inputmode: "numeric", autocomplete: "one-time-code", required: true, "data-keep": true, maxlength: 12 });
  const form = h("form", { class: "form", onsubmit: busy(async () => {
    const answered = await post(`/api/operations/${operation.id}/code`, { code: code.value.replace(/\s/g, "") });
    announce(t(`operation.${answered.state}`));
    again();
  }, notice) },
    !isAttached && field("code", t(`code.${product}`), code),
    h("div", { class: "actions" },
      !isAttached && h("button", { class: "main", id: "approve" }, t("sign.send")),
      h("button", { type: "button", class: "quiet", id: "stop", onclick: busy(async () => { await post(`/api/operations/${operation.id}/cancel`); again(); }, notice) }, t("cancel"))));
  return h("section", { class: "panel", "aria-label": t("sign.title") },
    h("h4", {}, t("sign.with", { device: t(`product.${product}`) })),
    ["token", "smartcard", "stick"].includes(product) && secretImage(`/api/operations/${operation.id}/image.png`),
    operation.presentation === "sealed" && codePicture(`/api/operations/${operation.id}/code.png`, product),
    product === "token" && h("p", { class: "hint" }, t("token.press")),
    isAttached && h("div", { class: "note", role: "status", id: "waiting" },
      h("p", { id: "prompt", "data-prompt": prompt?.kind ?? "none" }, prompt ? t(`prompt.${prompt.kind}`) : t(`wait.${product}`)),
      prompt?.previousWasWrong && h("p", { class: "error", id: "wrong-pin" }, t("wrongPIN")),
      prompt?.triesLeft !== undefined && h("p", { id: "tries" }, triesLeft(prompt.triesLeft)),
      operation.queue && operation.queue.position > 0 && h("p", {}, t("queue", { position: operation.queue.position, ahead: operation.queue.ahead ?? "" }))),
    form);
}

/** How a device's answer ended, where it did not succeed. */
function outcomeOf(operation) {
  if (operation.state === "succeeded") return null;
  const failure = operation.failure;
  return h("div", { class: "note bad", role: "alert", id: "outcome" },
    h("p", {}, h("strong", {}, t(`operation.${operation.state}`))),
    h("p", {}, failure ? tellProblem(failure) : t(`operation.${operation.state}.text`)));
}

function short(device) { return device.length > 16 ? `${device.slice(0, 8)}…` : device; }
