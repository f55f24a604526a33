// Activating a device that came by post, step by step, in the product's order.

import { get, post } from "../api.js";
import { h, field } from "../dom.js";
import { t } from "../i18n.js";
import { busy, codePattern, codePicture } from "./parts.js";

const cards = ["smartcard", "stick"];

export const activation = {
  title: "activate.title",
  async load({ state, argument }) {
    if (!argument) return { orders: (await get("/api/letter")).orders };
    const { emulators } = await get("/api/emulators");
    const found = await get(`/api/orders/${argument}`);
    // A card has no number on its back that anybody asks for.
    return { ...found, serials: emulators.filter((one) => one.order === argument && !cards.includes(one.kind)).map((one) => one.device), isSignedIn: Boolean(state.person) };
  },
  view(model, context) {
    if (model.orders) return choice(model.orders);
    const { order, letter, operation, pairing, serials, isSignedIn } = model;
    const path = `/api/orders/${order.id}`;
    const send = (work) => busy(async () => { await work(); context.again(); }, context.notice);
    const back = h("p", {}, h("a", { href: isSignedIn ? "#/devices" : "#/sign-in" }, t(isSignedIn ? "devices.title" : "activate.toSignIn")));
    const head = h("p", {}, t("activate.for", { device: t(`product.${order.product}`), user: order.subscriber }));
    if (order.state === "active") return [head, h("div", { class: "note good", role: "status", id: "activated" }, h("p", {}, t("activate.done"))), back];
    if (order.state !== "ordered" || !order.next) return [head, h("div", { class: "note bad" }, t("activate.over")), back];
    const next = stepOf(order, pairing);
    return [head, paper(letter, serials), h("h4", { id: "step", "data-step": next }, t("activate.step", { step: t(`step.${next}`) })),
      step(next, order, operation, pairing, path, send), back];
  },
};

function choice(orders) {
  return [h("p", {}, t(orders.length > 0 ? "activate.which" : "activate.none")),
    h("ul", { class: "rows" }, orders.map((order) => h("li", {}, h("a", { class: "row", href: `#/activate/${order.id}` },
      t("activate.for", { device: t(`product.${order.product}`), user: order.user }))))),
    h("p", {}, h("a", { href: "#/sign-in" }, t("activate.toSignIn")))];
}

/** The open letter of the demo, and what stands on the device's back. */
function paper(letter, serials) {
  const lines = [["letter.user", letter.user], ["step.activationCode", letter.activationCode], ["step.challengeCode", letter.challengeCode],
    ["step.initialPassword", letter.initialPassword], ["step.serialNumber", letter.serialNumber ?? serials[0]]].filter(([, value]) => value);
  return h("details", { class: "letter", id: "order-letter", "data-keep": true, open: true }, h("summary", {}, t("activate.letter")),
    h("dl", { class: "lines" }, lines.map(([name, value]) => h("div", {}, h("dt", {}, t(name)), h("dd", {}, h("code", { id: name.replace(".", "-") }, value))))));
}

/** What the person does next: a Scan shows its first code before the activation code is asked, its second one after it. */
function stepOf({ next, product }, pairing) {
  const isPaired = ["scan", "mobile"].includes(product);
  if (isPaired && (next === "keys" || (next === "activationCode" && product === "scan"))) {
    if (!pairing) return "keys";
    if (pairing.awaits !== "otherStep") return pairing.awaits;
  }
  return next;
}

function step(next, order, operation, pairing, path, send) {
  const { product } = order;
  if (operation && cards.includes(product)) return h("div", { class: "note", role: "status", id: "waiting" }, h("p", {}, t(`wait.${product}`)));
  if (operation) return code(product, operation, path, send, order);
  switch (next) {
    case "keys":
      return [h("p", {}, t(`activate.keys.${["scan", "mobile"].includes(product) ? "paired" : "made"}`)),
        button("take-out", t("activate.keys.go"), send(() => post(`${path}/keys`)))];
    case "firstCode":
    case "secondCode":
      return pairingCode(next, product, pairing, path, send);
    case "approval":
    case "lastApproval":
      return [h("p", {}, t("activate.approval")), button("show-code", t(cards.includes(product) ? "activate.approval.card" : "activate.approval.go"), send(() => post(`${path}/approval`, { by: "itself" })))];
    case "securityQuestions":
      return questions(path, send);
    default: {
      const isPassword = ["initialPassword", "newPassword"].includes(next);
      const input = h("input", { name: next, required: true, "data-keep": true, autocomplete: isPassword ? (next === "newPassword" ? "new-password" : "off") : "off", type: isPassword ? "password" : "text", maxlength: 64 });
      return [h("form", { class: "form", onsubmit: send(async () => { const value = input.value; input.value = ""; await post(`${path}/proof`, { [next]: value }); }) },
        field("proof", t(`step.${next}`), input, { hint: next === "newPassword" ? t("step.newPassword.hint") : undefined }),
        h("div", { class: "actions" }, h("button", { class: "main", id: "prove" }, t("goOn")))),
        next === "activationCode" && product === "mobile" && button("vouch", t("activate.otherDevice"), send(() => post(`${path}/approval`, { by: "scan" })), "quiet")];
    }
  }
}

/** The QR code, and the code that the device shows for it. */
function code(product, operation, path, send, order) {
  const reader = order.next === "activationCode" ? "scan" : product;
  const input = h("input", { name: "code", autocomplete: "one-time-code", required: true, "data-keep": true, ...codePattern(reader) });
  return [reader === "token" ? h("p", { class: "hint" }, t("token.press")) : codePicture(`${path}/code.png?of=${operation}`, reader),
    h("form", { class: "form", onsubmit: send(() => post(`${path}/code`, { code: input.value.replace(/\s/g, "") })) },
      field("code", t(`code.${reader}`), input), h("div", { class: "actions" }, h("button", { class: "main", id: "approve" }, t("goOn"))))];
}

/** A QR code of the pairing, and the digits that the device shows for it. */
function pairingCode(next, product, pairing, path, send) {
  const input = h("input", { name: "code", inputmode: "numeric", autocomplete: "off", required: true, "data-keep": true, maxlength: 14 });
  return [codePicture(`${path}/pairing.png?of=${next}-${encodeURIComponent(pairing.endsAt)}`, product),
    h("form", { class: "form", onsubmit: send(async () => { const value = input.value.replace(/\s/g, ""); input.value = ""; await post(`${path}/pairing/code`, { code: value }); }) },
      field("code", t(`code.${next}`), input, { hint: next === "secondCode" && product === "mobile" ? t("code.newPIN") : undefined }),
      h("div", { class: "actions" }, h("button", { class: "main", id: "pair" }, t("goOn"))))];
}

function questions(path, send) {
  const inputs = {};
  const rows = [1, 2, 3].map((number) => ["question", "answer"].map((kind) => {
    const input = h("input", { required: true, autocomplete: "off", maxlength: 120, "data-keep": true });
    inputs[`${kind}${number}`] = input;
    return field(`${kind}${number}`, t(`step.${kind}`, { number }), input);
  }));
  return h("form", { class: "form", onsubmit: send(() => post(`${path}/questions`, Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value.trim()])))) },
    rows, h("div", { class: "actions" }, h("button", { class: "main", id: "prove" }, t("goOn"))));
}

function button(id, text, press, kind = "main") { return h("div", { class: "actions" }, h("button", { type: "button", class: kind, id, onclick: press }, text)); }
