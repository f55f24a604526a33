// The secret image: chosen once from nine, shown ever after with each PIN or code that is asked; another one, after a device agreed.

import { get, post } from "../api.js";
import { h } from "../dom.js";
import { current, t } from "../i18n.js";
import { deviceChoice } from "./answering.js";
import { approvalOf, approving } from "./approval.js";
import { busy } from "./parts.js";

export const image = {
  title: "image.title",
  async load({ state }) {
    const { enrolments, hasImage } = await get("/api/devices");
    const model = { hasImage, used: state.person.device, enrolments: enrolments.filter((found) => found.state === "active"), approval: await approvalOf("image", state) };
    return model.approval ? model : { ...model, pictures: (await get("/api/images")).images ?? [] };
  },
  view({ pictures, hasImage, enrolments, used, approval }, context) {
    if (approval) {
      return [h("p", {}, t("image.change.text")), h("img", { class: "chosen", src: `/api/images/${encodeURIComponent(approval.name)}`, alt: approval.name, width: 160, height: 120 }),
        approving(approval, enrolments, context, t("image.done"))];
    }
    const { go, again, notice } = context;
    const form = h("form", { class: "form", onsubmit: busy(async () => {
      const name = form.querySelector(".picture input:checked")?.value;
      if (!name) return form.querySelector(".picture input")?.focus();
      if (hasImage) {
        await post("/api/approval/image", { name, device: form.elements.device.value, key: crypto.randomUUID() });
        return again();
      }
      await post("/api/images", { name });
      await go("transactions");
    }, notice) },
      h("p", {}, t(hasImage ? "image.change.text" : "image.text")),
      h("fieldset", { class: "pictures" }, h("legend", {}, t("image.legend")),
        pictures.map(({ name, names }, index) => h("label", { class: "picture" },
          h("input", { type: "radio", name: "picture", value: name, id: `picture-${index}`, "data-keep": true }),
          h("img", { src: `/api/images/${encodeURIComponent(name)}`, alt: names?.[current()] ?? names?.en ?? name, width: 120, height: 90 })))),
      hasImage && deviceChoice(enrolments, used),
      h("div", { class: "actions" }, h("button", { class: "main", id: "choose" }, t(hasImage ? "image.change" : "image.choose"))));
    return form;
  },
};
