// Elements without markup in texts: whatever a door says is shown as text, never read as HTML.

const SVG = "http://www.w3.org/2000/svg";

/** An element with properties and children; `null` and `false` among the children are nothing. */
export function h(tag, properties = {}, ...children) {
  return fill(document.createElement(tag), properties, children);
}

/** The same for SVG. */
export function s(tag, properties = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") element[name] = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Puts other contents into an element, and leaves the person where they were: focus, what they typed and chose, what they unfolded. */
export function swap(container, ...children) {
  const focused = container.contains(document.activeElement) ? document.activeElement : null;
  const focus = focused && { id: focused.id, start: selection(focused, "selectionStart"), end: selection(focused, "selectionEnd") };
  const kept = new Map();
  for (const field of container.querySelectorAll("[data-keep]")) kept.set(keyOf(field), field[wordOf(field)]);
  container.replaceChildren(...children.flat(Infinity).filter(Boolean));
  for (const field of container.querySelectorAll("[data-keep]")) {
    const value = kept.get(keyOf(field));
    // Of several choices the chosen one is kept; where it is gone, the new contents' own choice stands.
    if (value !== undefined && !(field.type === "radio" && !value)) field[wordOf(field)] = value;
  }
  if (!focus) return;
  const again = focus.id && document.getElementById(focus.id);
  if (again) {
    again.focus({ preventScroll: true });
    if (focus.start !== null && again.setSelectionRange) try { again.setSelectionRange(focus.start, focus.end); } catch { /* no text field */ }
  }
}

/** The same field before and after: one step's password is never another step's, nor one picture another one. */
function keyOf(field) { return JSON.stringify([field.id, field.name, field.type === "radio" && field.value]); }

/** The property that a person changes. */
function wordOf(field) { return field.tagName === "DETAILS" ? "open" : field.type === "radio" ? "checked" : "value"; }

function selection(element, name) {
  try { return element[name] ?? null; } catch { return null; }
}

/** Tells who cannot see the page what has changed. */
export function announce(text) {
  const place = document.getElementById("announcer");
  if (place.textContent === text) place.textContent = "";
  requestAnimationFrame(() => { place.textContent = text; });
}

/** A labelled field, with what is wrong with it below. */
export function field(id, label, input, { hint, error } = {}) {
  const notes = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
  if (notes) input.setAttribute("aria-describedby", notes);
  if (error) input.setAttribute("aria-invalid", "true");
  input.id = id;
  return h("div", { class: "field" },
    h("label", { for: id }, label), input,
    hint && h("p", { class: "hint", id: `${id}-hint` }, hint),
    error && h("p", { class: "error", id: `${id}-error` }, error));
}
