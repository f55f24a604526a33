// Signs a customer in and has a payment approved, on a card that is attached to the daemon's machine.
//
// Needs Node 18 or later (fetch) and no package. See ../README.md for the environment variables.

// What is used of Node, so that its type definitions need not be installed.
declare const process: { env: Record<string, string | undefined>; exitCode?: number };

interface Problem { code: string; detail: string; userAction?: string }
interface Device { id: string }
interface Enrolment { device: string; product: string; state: string }
interface Session { token: string; subscriber: string }
interface Operation { id: string; state: string; failure?: Partial<Problem>; evidence?: Evidence }
interface Evidence { kind: string; binding: string; acceptedAt: string; answer: string }

const payment = {
    kind: "payment", iban: "LU280019400644750000", amount: "12.50", currency: "EUR", payee: "Anna Muster", reference: "Invoice 7",
};
const final = ["succeeded", "refused", "cancelled", "expired", "failed", "indeterminate"];

/** A problem (RFC 9457): programs compare `code`, people read the rest. */
class Refused extends Error {
    readonly code: string;
    readonly userAction?: string;

    constructor(problem: Partial<Problem>) {
        super(problem.detail ?? "no reason was given");
        this.code = problem.code ?? "unknown";
        this.userAction = problem.userAction;
    }
}

/** Another one for each request; the same one when a request is repeated. Node 18 has no global `crypto` for a UUID. */
function requestKey(): string {
    return `${Date.now()}-${Math.random().toString(36).slice(2)}`;
}

function variable(name: string): string {
    const value = process.env[name];
    if (value === undefined) throw new Refused({ code: "missing", detail: `${name} is missing`, userAction: "see README.md" });
    return value;
}

async function ask<Answer>(
    method: string, path: string, body?: object, headers: Record<string, string> = {}, seconds = 60
): Promise<Answer> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), seconds * 1000);
    let answer: Response;
    let text: string;
    try {
        answer = await fetch(variable("TESSERA_URL") + path, {
            method,
            headers: {
                "Authorization": `Bearer ${variable("TESSERA_TOKEN")}`, "Content-Type": "application/json", "Tessera-Version": "1", ...headers,
            },
            body: body === undefined ? undefined : JSON.stringify(body),
            signal: limit.signal,
        });
        text = await answer.text();
    } finally {
        clearTimeout(timer);  // a timer that waits keeps the program alive
    }
    let document: unknown;
    try {
        document = JSON.parse(text);
    } catch {
        throw new Refused({ detail: `status ${answer.status} without a JSON document` });
    }
    if (!answer.ok) throw new Refused(document as Problem);
    return document as Answer;
}

/** The user's own card among those that are attached now. */
async function cardOf(user: string): Promise<Enrolment> {
    const { devices } = await ask<{ devices: Device[] }>("GET", "/v1/devices");
    const { enrolments } = await ask<{ enrolments: Enrolment[] }>("GET", `/v1/subscribers/${encodeURIComponent(user)}/enrolments`);
    const own = enrolments.find(({ state, device }) => state === "active" && devices.some(({ id }) => id === device));
    if (own === undefined) {
        throw new Refused({ code: "cardMissing", detail: `no card of ${user} is attached`, userAction: "insert the card" });
    }
    return own;
}

async function signIn(user: string, password: string, card: Enrolment): Promise<Session> {
    const begun = await ask<{ id: string }>(
        "POST", "/v1/logins", { user, product: card.product, place: "Luxembourg", browser: "Firefox" });
    // The person may take their time at the reader; the daemon's own deadline is shorter than ours.
    return ask<Session>("POST", `/v1/logins/${begun.id}/finish`, { user, password, attachedDevice: card.device }, {}, 360);
}

/** Asks the card's holder for a signature, and waits until there is an outcome. */
async function approve(user: string, card: Enrolment): Promise<Operation> {
    // One key for one wish: to send it again with the same key does not ask the person twice.
    let operation = await ask<Operation>(
        "POST", "/v1/operations", { subscriber: user, device: card.device, content: payment }, { "Idempotency-Key": requestKey() });
    const deadline = Date.now() + 300_000;
    while (!final.includes(operation.state)) {
        const path = `/v1/operations/${operation.id}`;
        if (Date.now() > deadline) {
            throw new Refused({ code: "deadline", detail: "no outcome after five minutes", userAction: `look at ${path}` });
        }
        operation = await ask<Operation>("GET", `${path}?wait=30`);
    }
    if (operation.state !== "succeeded") {
        throw new Refused(operation.failure ?? { code: operation.state, detail: "the payment is not approved" });
    }
    return operation;
}

async function main(): Promise<void> {
    const user = variable("TESSERA_USER");
    const card = await cardOf(user);
    const session = await signIn(user, variable("TESSERA_PASSWORD"), card);
    console.log(`signed in: ${session.subscriber}`);
    const operation = await approve(user, card);
    console.log(`payment: ${operation.state}`);
    const { kind, binding, acceptedAt, answer } = operation.evidence!;
    console.log(`evidence: ${kind}, bound to the ${binding}, ${acceptedAt}, ${answer.slice(0, 16)}…`);
    // The one question before the payment is carried out: a yes is spent, under the payment's own key.
    const permission = await ask<{ answer: string }>(
        "POST", "/v1/permissions", { content: payment, approvedBy: operation.id },
        { "Session-Token": session.token, "Idempotency-Key": requestKey() });
    console.log(`permission: ${permission.answer}`);
}

main().catch((error: unknown) => {
    const refused = error instanceof Refused ? error
        : new Refused({ code: "unreachable", detail: `the daemon does not answer: ${error}`, userAction: "start it, or mend TESSERA_URL" });
    console.error(`${refused.code}: ${refused.message}`);
    if (refused.userAction) console.error(`next: ${refused.userAction}`);
    process.exitCode = 1;
});
