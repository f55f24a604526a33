// What a device approves besides transactions: another secret image, a payee to trust.

import { get, remove } from "../api.js";
import { h } from "../dom.js";
import { t, tellProblem } from "../i18n.js";
import { answering, outcomeOf } from "./answering.js";
import { busy } from "./parts.js";

/** The approval of this kind that has begun, with its operation; `null` where there is none. */
export async function approvalOf(kind, { approval }) {
  if (approval?.kind !== kind) return null;
  return { ...approval, asked: await get(`/api/operations/${approval.operation}`) };
}

/** What is to be done for it, or what became of it. */
export function approving(approval, enrolments, context, done) {
  const { asked, isDone, problem } = approval;
  const close = h("div", { class: "actions" }, h("button", { type: "button", class: "main", id: "close", onclick: busy(async () => {
    await remove("/api/approval"); context.again();
  }, context.notice) }, t("goOn")));
  if (isDone) return [h("div", { class: "note good", role: "status", id: "done" }, h("p", {}, done)), close];
  if (problem) return [h("div", { class: "note bad", role: "alert", id: "outcome" }, h("p", {}, tellProblem(problem))), close];
  if (["pending", "working"].includes(asked.state)) return answering(asked, enrolments, context);
  // Approved, and not carried out yet: the page is told in a moment.
  if (asked.state === "succeeded") return h("p", { role: "status" }, t("operation.succeeded"));
  return [outcomeOf(asked), close];
}
