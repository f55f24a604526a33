// A device that answers: chosen, asked, and what became of it.

import { post } from "../api.js";
import { h, field, announce } from "../dom.js";
import { t, tellProblem, triesLeft } from "../i18n.js";
import { busy, codePattern, codePicture, secretImage } from "./parts.js";

/** One of the person's devices; the one that they signed in with, at first. */
export function deviceChoice(enrolments, used) {
  const chosen = enrolments.find((found) => found.device === used) ?? enrolments[0];
  return [h("fieldset", { class: "choices tight" }, h("legend", {}, t("sign.device")),
    enrolments.map((found) => h("label", { class: "choice" },
      h("input", { type: "radio", name: "device", value: found.device, id: `with-${found.product}-${found.device.slice(-4)}`, "data-keep": true, checked: found === chosen }),
      h("span", {}, h("strong", {}, found.name ?? t(`product.${found.product}`)), h("span", { class: "fine number" }, short(found.device)))))),
  enrolments.length === 0 && h("p", {}, t("sign.none"))];
}

/** The device is asked: what to do with it, and the answer, which goes to the operation's own path or another one. */
export function answering(operation, enrolments, { notice, again }, path = `/api/operations/${operation.id}`) {
  const product = enrolments.find((found) => found.device === operation.device)?.product ?? "smartcard";
  const prompt = operation.prompt;
  const isAttached = operation.presentation === "plain";
  const code = h("input", { name: "code", autocomplete: "one-time-code", required: true, "data-keep": true, ...codePattern(product) });
  const form = h("form", { class: "form", onsubmit: busy(async () => {
    const answered = await post(`${path}/code`, { code: code.value.replace(/\s/g, "") });
    announce(t(`operation.${answered.state}`));
    again();
  }, notice) },
    !isAttached && field("code", t(`code.${product}`), code),
    h("div", { class: "actions" },
      !isAttached && h("button", { class: "main", id: "approve" }, t("sign.send")),
      h("button", { type: "button", class: "quiet", id: "stop", onclick: busy(async () => { await post(`${path}/cancel`); again(); }, notice) }, t("cancel"))));
  return h("section", { class: "panel", "aria-label": t("sign.title") },
    h("h4", {}, t("sign.with", { device: t(`product.${product}`) })),
    ["token", "smartcard", "stick"].includes(product) && secretImage(`${path}/image.png?of=${operation.id}`),
    operation.presentation === "sealed" && codePicture(`${path}/code.png?of=${operation.id}`, product),
    product === "token" && h("p", { class: "hint" }, t("token.press")),
    product === "mobile" && h("p", { class: "hint" }, t("mobile.online")),
    isAttached && h("div", { class: "note", role: "status", id: "waiting" },
      h("p", { id: "prompt", "data-prompt": prompt?.kind ?? "none" }, prompt ? t(`prompt.${prompt.kind}`) : t(`wait.${product}`)),
      prompt?.previousWasWrong && h("p", { class: "error", id: "wrong-pin" }, t("wrongPIN")),
      prompt?.triesLeft !== undefined && h("p", { id: "tries" }, triesLeft(prompt.triesLeft)),
      operation.queue && operation.queue.position > 0 && h("p", {}, t("queue", { position: operation.queue.position, ahead: operation.queue.ahead ?? "" }))),
    form);
}

/** How a device's answer ended, where it did not succeed. */
export function outcomeOf(operation, refused = "operation.refused.text") {
  if (operation.state === "succeeded") return null;
  const failure = operation.failure;
  return h("div", { class: "note bad", role: "alert", id: "outcome" },
    h("p", {}, h("strong", {}, t(`operation.${operation.state}`))),
    h("p", {}, failure ? tellProblem(failure) : t(operation.state === "refused" ? refused : `operation.${operation.state}.text`)));
}

function short(device) { return device.length > 16 ? `${device.slice(0, 8)}…` : device; }
