// The secret image: chosen once from nine, shown ever after with each PIN or code that is asked.

import { get, post } from "../api.js";
import { h } from "../dom.js";
import { current, t } from "../i18n.js";
import { busy } from "./parts.js";

export const image = {
  title: "image.title",
  async load() { return { pictures: (await get("/api/images")).images ?? [] }; },
  view({ pictures }, { go, notice }) {
    const form = h("form", { class: "form", onsubmit: busy(async () => {
      const name = form.querySelector("input:checked")?.value;
      if (!name) return form.querySelector("input")?.focus();
      await post("/api/images", { name });
      await go("transactions");
    }, notice) },
      h("p", {}, t("image.text")),
      h("fieldset", { class: "pictures" }, h("legend", {}, t("image.legend")),
        pictures.map(({ name, names }, index) => h("label", { class: "picture" },
          h("input", { type: "radio", name: "picture", value: name, id: `picture-${index}` }),
          h("img", { src: `/api/images/${encodeURIComponent(name)}`, alt: names?.[current()] ?? names?.en ?? name, width: 120, height: 90 })))),
      h("div", { class: "actions" }, h("button", { class: "main", id: "choose" }, t("image.choose"))));
    return form;
  },
};
