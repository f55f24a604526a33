// The page's words, in the language that was chosen; a word that a dictionary lacks is shown in English.

import en from "./en.js";
import fr from "./fr.js";
import refusals from "./fr-refusals.js";

const dictionaries = { en, fr };
const kept = read("language");
let language = kept in dictionaries ? kept : (navigator.language || "en").startsWith("fr") ? "fr" : "en";
document.documentElement.lang = language;

/** The languages, each by its own name. */
export const languages = { en: "English", fr: "Français" };

/** The language that is shown. */
export function current() { return language; }

/** Chooses a language, and keeps it. */
export function choose(name) {
  language = name;
  document.documentElement.lang = name;
  keep("language", name);
}

/** A text by its name; `{x}` in it is replaced. */
export function t(name, values = {}) {
  const text = dictionaries[language][name] ?? en[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, key) => values[key] ?? "");
}

/** Whether there is such a text. */
export function knows(name) { return name in en; }

/** What a refusal says: by its code where we have words for it, otherwise as the door says it, which is in English. */
export function tellProblem(problem) {
  if (!problem) return "";
  const name = `problem.${problem.code}`;
  const own = language === "fr" ? refusals[problem.code] : knows(name) ? t(name) : null;
  const text = own ?? [problem.detail, problem.userAction].filter(Boolean).map(sentence).join(" ");
  return problem.triesLeft === undefined ? text : `${text} ${triesLeft(problem.triesLeft)}`;
}

/** A door as a sentence begins with it; one that we have no word for is called as the server calls it. */
export function doorName(name) {
  const key = `door.name.${name}`;
  return knows(key) ? t(key) : name;
}

/** How many tries are left, as a sentence. */
export function triesLeft(count) { return t(count === 1 ? "tries.one" : "tries.many", { count }); }

/** An amount as it is written here: `1 234,50 EUR`. */
export function money(amount, currency) {
  const [whole, part] = String(amount).split(".");
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, "\u202f");
  return `${grouped}${part ? (language === "fr" ? "," : ".") + part : ""}\u00a0${currency}`;
}

/** A moment in the person's own time. */
export function moment(text) {
  const date = new Date(text);
  return isNaN(date) ? "" : date.toLocaleString(language === "fr" ? "fr-LU" : "en-GB", { dateStyle: "medium", timeStyle: "short" });
}

/** A moment of today, to the second. */
export function time(date) { return date.toLocaleTimeString(language === "fr" ? "fr-LU" : "en-GB"); }

/** An IBAN in groups of four. */
export function grouped(iban) { return String(iban ?? "").replace(/\s/g, "").replace(/(.{4})(?=.)/g, "$1 "); }

/** Something kept in this browser: language and colours, nothing else. */
export function read(name) { try { return localStorage.getItem(name) ?? ""; } catch { return ""; } }
export function keep(name, value) { try { localStorage.setItem(name, value); } catch { /* a private window */ } }

function sentence(text) {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(first) ? first : `${first}.`;
}
