// Signing in: user ID and device, then what the device answers, with the password.

import { post, remove } from "../api.js";
import { h, field, announce } from "../dom.js";
import { get } from "../api.js";
import { t, tellProblem, triesLeft } from "../i18n.js";
import { codePattern, codePicture, secretImage, busy } from "./parts.js";

/** The devices that one can sign in with; the identity card is not ready. */
const products = ["mobile", "scan", "token", "smartcard", "stick"];

export const signIn = {
  title: "signIn.title",
  async load({ state }) {
    const { people } = await get("/api/letter");
    return { people, login: state.login && { user: state.login.user, product: state.login.product }, isReady: state.isReady, trouble: state.trouble };
  },
  view({ people, login, isReady, trouble }, { go, notice }) {
    if (!isReady) return h("div", { class: "note", role: "status" }, h("p", {}, t("opening")), trouble && h("p", { class: "fine" }, trouble));
    const user = h("input", { name: "user", autocomplete: "username", autocapitalize: "none", spellcheck: "false", required: true, "data-keep": true, value: login?.user ?? "" });
    const name = h("input", { name: "device-name", autocomplete: "off", "data-keep": true, maxlength: 40 });
    const form = h("form", { class: "form", onsubmit: busy(async () => {
      const body = { user: user.value.trim(), product: form.querySelector("input[name=product]:checked")?.value };
      if (name.value.trim()) body.name = name.value.trim();
      await post("/api/sign-in", body);
      await go("sign-in/answer");
    }, notice) },
      field("user", t("signIn.user"), user),
      h("fieldset", { class: "choices" }, h("legend", {}, t("signIn.device")),
        products.map((name, index) => h("label", { class: "choice" },
          h("input", { type: "radio", name: "product", value: name, id: `product-${name}`, "data-keep": true, checked: login ? login.product === name : index === 0 }),
          h("span", {}, h("strong", {}, t(`product.${name}`)), h("span", { class: "fine" }, t(`product.${name}.how`))))),
        h("label", { class: "choice off" },
          h("input", { type: "radio", name: "product", value: "eid", id: "product-eid", disabled: true }),
          h("span", {}, h("strong", {}, t("product.eid")), h("span", { class: "fine" }, t("product.eid.how"))))),
      field("device-name", t("signIn.name"), name),
      h("div", { class: "actions" }, h("button", { class: "main", id: "go-on" }, t("goOn")),
        login && h("a", { href: "#/sign-in/answer" }, t("signIn.resume"))));
    return [form, letter(people),
      h("p", { class: "fine" }, h("a", { href: "#/forgotten", id: "forgotten" }, t("forgotten.link"))),
      h("p", { class: "fine" }, h("a", { href: "#/activate" }, t("activate.link")))];
  },
};

/** What the demo's people got by post. */
function letter(people) {
  return h("details", { class: "letter", id: "letter", "data-keep": true, open: true },
    h("summary", {}, t("letter.title")),
    h("p", {}, t("letter.text")),
    h("table", {}, h("thead", {}, h("tr", {}, ["name", "user", "password"].map((name) => h("th", { scope: "col" }, t(`letter.${name}`))))),
      h("tbody", {}, people.map((person) => h("tr", {}, h("td", {}, person.name), h("td", {}, h("code", { id: `letter-user-${person.user}` }, person.user)),
        h("td", {}, person.password ? h("code", { id: `letter-password-${person.user}` }, person.password) : t(person.hasOwnPassword ? "letter.own" : "letter.none")))))),
    h("p", { class: "fine" }, t("letter.pin")));
}

export const answer = {
  title: "signIn.title",
  load({ state, desk }) {
    if (state.person) return { elsewhere: state.person.needsImage ? "image" : "transactions" };
    if (!state.login) return { elsewhere: "sign-in" };
    return { login: state.login, prompt: state.login.phase === "working" ? desk.promptOf(state.login.product) ?? null : null };
  },
  view({ login, prompt }, { go, notice }) {
    const { product, form: kind, phase } = login;
    if (phase === "refused") {
      return [h("div", { class: "note bad", role: "alert", id: "refused" }, h("p", {}, tellProblem(login.problem))),
        h("div", { class: "actions" }, h("button", { type: "button", class: "main", id: "begin-again", onclick: busy(async () => { await remove("/api/sign-in"); await go("sign-in"); }, notice) }, t("signIn.again")))];
    }
    const password = h("input", { type: "password", name: "password", autocomplete: "current-password", required: true, "data-keep": true });
    const code = kind === "plain" ? null : h("input", { name: "code", autocomplete: "one-time-code", required: true, "data-keep": true, ...codePattern(product) });
    const isWorking = phase === "working";
    const form = h("form", { class: "form", onsubmit: busy(async () => {
      const body = { id: login.id, password: password.value };
      if (code) body.code = code.value.replace(/\s/g, "");
      try { await post("/api/sign-in/finish", body); } catch (error) {
        // A card that is not in its reader: the same goes well once it is.
        if (!error.problem?.retryable) password.value = "";
        throw error;
      }
      password.value = "";
      announce(t("signIn.sent"));
    }, notice) },
      // A password manager files the password under the user ID.
      h("input", { type: "text", name: "user", autocomplete: "username", value: login.user, hidden: true, readonly: true, "aria-hidden": "true", tabindex: "-1" }),
      !isWorking && field("password", t("signIn.password"), password),
      code && field("code", t(`code.${product}`), code),
      h("div", { class: "actions" },
        !isWorking && h("button", { class: "main", id: "finish" }, t(code ? "signIn.finish" : "signIn.withDevice")),
        h("button", { type: "button", class: "quiet", id: "cancel", onclick: busy(async () => { await remove("/api/sign-in"); await go("sign-in"); }, notice) }, t("cancel"))));
    return [
      h("p", {}, t("signIn.asWith", { user: login.user, device: t(`product.${product}`) })),
      login.hasImage && secretImage(`/api/sign-in/image.png?of=${login.id}`, login.imageText),
      login.hasCode && codePicture(`/api/sign-in/code.png?of=${login.id}`, product),
      product === "token" && h("p", { class: "hint" }, t("token.press")),
      isWorking && h("div", { class: "note", role: "status", id: "waiting" }, h("p", {}, t(`wait.${product}`)),
        prompt?.previousWasWrong && h("p", { class: "error" }, t("wrongPIN")),
        prompt?.triesLeft !== undefined && h("p", {}, triesLeft(prompt.triesLeft))),
      form,
    ];
  },
};
