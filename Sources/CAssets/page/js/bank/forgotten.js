// A forgotten password: a device approves that there is a new one, then the person chooses it.

import { get, post, remove } from "../api.js";
import { h, field } from "../dom.js";
import { t } from "../i18n.js";
import { answering, outcomeOf } from "./answering.js";
import { busy } from "./parts.js";

const products = ["mobile", "scan", "token", "smartcard", "stick"];
const path = "/api/forgotten";

export const forgotten = {
  title: "forgotten.title",
  load() { return get(path); },
  view(model, context) {
    const { go, again, notice } = context;
    const back = h("p", {}, h("a", { href: "#/sign-in", id: "to-sign-in" }, t("activate.toSignIn")));
    if (!model.operation) return [begin(again, notice), back];
    const { operation, user, product, isDone } = model;
    const over = (text, kind = "main") => h("div", { class: "actions" }, h("button", { type: "button", class: kind, id: "close", onclick: busy(async () => {
      await remove(path);
      if (isDone) await go("sign-in"); else again();
    }, notice) }, t(text)));
    if (isDone) return [h("div", { class: "note good", role: "status", id: "changed" }, h("p", {}, t("forgotten.done"))), over("activate.toSignIn")];
    const who = h("p", {}, t("signIn.asWith", { user, device: t(`product.${product}`) }));
    if (operation.state === "succeeded") return [who, choose(user, again, notice), over("signIn.again", "quiet"), back];
    if (["pending", "working"].includes(operation.state)) return [who, answering(operation, [{ device: operation.device, product }], context, path)];
    return [who, outcomeOf(operation, "forgotten.refused"), over("signIn.again"), back];
  },
};

/** Whose password it is, and which device says so. */
function begin(again, notice) {
  const user = h("input", { name: "user", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, "data-keep": true });
  const form = h("form", { class: "form", onsubmit: busy(async () => {
    await post(path, { user: user.value.trim(), product: form.querySelector("input[name=product]:checked")?.value });
    again();
  }, notice) },
    h("p", {}, t("forgotten.text")),
    field("user", t("signIn.user"), user),
    h("fieldset", { class: "choices tight" }, h("legend", {}, t("signIn.device")),
      products.map((name, index) => h("label", { class: "choice" },
        h("input", { type: "radio", name: "product", value: name, id: `product-${name}`, "data-keep": true, checked: index === 0 }),
        h("span", {}, h("strong", {}, t(`product.${name}`)))))),
    h("div", { class: "actions" }, h("button", { class: "main", id: "go-on" }, t("goOn"))));
  return form;
}

function choose(user, again, notice) {
  const password = h("input", { type: "password", name: "new", autocomplete: "new-password", required: true, maxlength: 64, "data-keep": true });
  return h("form", { class: "form", onsubmit: busy(async () => {
    const value = password.value;
    password.value = "";
    await post(`${path}/password`, { new: value });
    again();
  }, notice) },
    h("div", { class: "note good", role: "status" }, h("p", {}, t("forgotten.approved"))),
    // A password manager files the password under the user ID.
    h("input", { type: "text", name: "user", autocomplete: "username", value: user, hidden: true, readonly: true, "aria-hidden": "true", tabindex: "-1" }),
    field("new-password", t("forgotten.new"), password, { hint: t("step.newPassword.hint") }),
    h("div", { class: "actions" }, h("button", { class: "main", id: "set-password" }, t("forgotten.set"))));
}
