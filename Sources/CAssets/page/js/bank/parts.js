// What several pages of the bank have.

import { h } from "../dom.js";
import { t, tellProblem, money, grouped } from "../i18n.js";

/** The QR code that a Scan or phone reads; the emulated devices' camera finds it by `data-code`. */
export function codePicture(path, product) {
  return h("figure", { class: "code" },
    h("img", { src: path, alt: t("qr.alt"), "data-code": product, width: 260, height: 260 }),
    h("figcaption", {}, t(`qr.${product}`)));
}

/** The person's secret image; hidden where they have none, and where theirs cannot be shown, that is said. */
export function secretImage(path, text) {
  const failed = async () => {
    const status = await fetch(path, { credentials: "same-origin" }).then((answer) => answer.status, () => 0);
    if (status === 404) figure.hidden = true;
    else figure.replaceChildren(h("p", { class: "note bad", role: "alert" }, t("image.missing")));
  };
  const figure = h("figure", { class: "secret" },
    h("img", { src: path, alt: text ?? t("image.alt"), onerror: failed }),
    h("figcaption", {}, t("image.check")));
  return figure;
}

/** What a code's field takes: as many digits as the product's codes have, with spaces where they are read in groups. */
export function codePattern(product) {
  const digits = product === "token" ? 6 : 8;
  return { pattern: ` *(?:[0-9] *){${digits}}`, title: t("code.digits", { digits }), inputmode: "numeric", maxlength: digits + 4 };
}

/** A handler of a form: one request at a time, and a refusal is said. */
export function busy(work, notice) {
  return async (event) => {
    event.preventDefault();
    const buttons = event.currentTarget?.querySelectorAll?.("button") ?? [];
    if (event.currentTarget?.dataset?.busy) return;
    const place = event.currentTarget;
    if (place?.dataset) place.dataset.busy = "yes";
    for (const button of buttons) button.setAttribute("aria-disabled", "true");
    try {
      notice("");
      await work(event);
    } catch (error) {
      notice(error.problem ? tellProblem(error.problem) : String(error.message));
    } finally {
      if (place?.dataset) delete place.dataset.busy;
      for (const button of buttons) button.removeAttribute("aria-disabled");
    }
  };
}

/** What is paid, as a list of names and values. */
export function details(content, { account } = {}) {
  if (content.kind === "batch") return batch(content, account);
  const lines = [
    [t("pay.amount"), money(content.amount, content.currency), "big"],
    [t("pay.payee"), content.payee],
    [t("pay.iban"), grouped(content.iban), "number"],
    [t("pay.reference"), content.reference],
    [t("pay.account"), account && grouped(account), "number"],
  ];
  return h("dl", { class: "lines" }, lines.filter(([, value]) => value).map(([name, value, kind]) =>
    h("div", {}, h("dt", {}, name), h("dd", { class: kind }, value))));
}

/** Several payments: their sum, and each of them where the bank knows them one by one. */
function batch(content, account) {
  return [h("dl", { class: "lines" },
    h("div", {}, h("dt", {}, t("pay.total", { count: content.count })), h("dd", { class: "big" }, money(content.total, content.currency))),
    account && h("div", {}, h("dt", {}, t("pay.account")), h("dd", { class: "number" }, grouped(account)))),
  content.payments
    ? h("ol", { class: "rows", id: "payments" }, content.payments.map((one) => h("li", { class: "row" },
      h("span", { class: "row-main" }, h("strong", {}, one.payee), h("span", { class: "fine number" }, grouped(one.iban))),
      h("span", { class: "amount" }, money(one.amount, one.currency ?? content.currency)))))
    : h("p", { class: "fine" }, t("pay.trusted"))];
}

/** A state as a coloured word; the word alone says it. */
export function badge(kind, name) { return h("span", { class: `badge ${name}` }, t(`${kind}.${name}`)); }
