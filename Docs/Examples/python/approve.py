#!/usr/bin/env python3
"""Signs a customer in and has a payment approved, on a card that is attached to the daemon's machine.

Needs Python 3.9 and nothing else. See ../README.md for the environment variables.
"""

import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid

PAYMENT = {"kind": "payment", "iban": "LU280019400644750000", "amount": "12.50", "currency": "EUR",
           "payee": "Anna Muster", "reference": "Invoice 7"}
FINAL = {"succeeded", "refused", "cancelled", "expired", "failed", "indeterminate"}


class Refused(Exception):
    """A problem (RFC 9457): programs compare `code`, people read the rest."""

    def __init__(self, problem):
        super().__init__(problem.get("detail", ""))
        self.code = problem.get("code", "unknown")
        self.user_action = problem.get("userAction")


def variable(name):
    try:
        return os.environ[name]
    except KeyError:
        raise Refused({"code": "missing", "detail": f"{name} is missing", "userAction": "see README.md"}) from None


class Bridge:
    """The daemon's door on loopback."""

    def __init__(self, address, token):
        self.address, self.token = address.rstrip("/"), token
        # A proxy of the environment has no business between two programs of one machine.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def ask(self, method, path, body=None, timeout=60, **fields):
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json", "Tessera-Version": "1"}
        headers.update({name.replace("_", "-"): value for name, value in fields.items()})
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.address + path, data, headers, method=method)
        try:
            with self.opener.open(request, timeout=timeout) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            try:
                problem = json.load(error)
            except ValueError:
                raise Refused({"detail": f"status {error.code} without a problem document"}) from error
            raise Refused(problem) from error


def device_of(bridge, user):
    """The user's own card among those that are attached now."""
    attached = {device["id"] for device in bridge.ask("GET", "/v1/devices")["devices"]}
    for enrolment in bridge.ask("GET", f"/v1/subscribers/{urllib.parse.quote(user, safe='')}/enrolments")["enrolments"]:
        if enrolment["state"] == "active" and enrolment["device"] in attached:
            return enrolment["device"], enrolment["product"]
    raise Refused({"code": "cardMissing", "detail": f"no card of {user} is attached", "userAction": "insert the card"})


def sign_in(bridge, user, password, device, product):
    begun = bridge.ask("POST", "/v1/logins",
                       {"user": user, "product": product, "place": "Luxembourg", "browser": "Firefox"})
    # The person may take their time at the reader; the daemon's own deadline is shorter than ours.
    return bridge.ask("POST", f"/v1/logins/{begun['id']}/finish",
                      {"user": user, "password": password, "attachedDevice": device}, timeout=360)


def approve(bridge, user, device):
    """Asks the card's holder for a signature, and waits until there is an outcome."""
    # One key for one wish: to send it again with the same key does not ask the person twice.
    operation = bridge.ask("POST", "/v1/operations", {"subscriber": user, "device": device, "content": PAYMENT},
                           Idempotency_Key=str(uuid.uuid4()))
    path, deadline = f"/v1/operations/{operation['id']}", time.monotonic() + 300
    while operation["state"] not in FINAL:
        if time.monotonic() > deadline:
            raise Refused({"code": "deadline", "detail": "no outcome after five minutes", "userAction": f"look at {path}"})
        operation = bridge.ask("GET", f"{path}?wait=30")
    if operation["state"] != "succeeded":
        raise Refused(operation.get("failure") or {"code": operation["state"], "detail": "the payment is not approved"})
    return operation


def main():
    bridge = Bridge(variable("TESSERA_URL"), variable("TESSERA_TOKEN"))
    user = variable("TESSERA_USER")
    device, product = device_of(bridge, user)
    session = sign_in(bridge, user, variable("TESSERA_PASSWORD"), device, product)
    print(f"signed in: {session['subscriber']}")
    operation = approve(bridge, user, device)
    print(f"payment: {operation['state']}")
    evidence = operation["evidence"]
    print(f"evidence: {evidence['kind']}, bound to the {evidence['binding']}, {evidence['acceptedAt']}, {evidence['answer'][:16]}…")
    # The one question before the payment is carried out: a yes is spent, under the payment's own key.
    permission = bridge.ask("POST", "/v1/permissions", {"content": PAYMENT, "approvedBy": operation["id"]},
                            Session_Token=session["token"], Idempotency_Key=str(uuid.uuid4()))
    print(f"permission: {permission['answer']}")


if __name__ == "__main__":
    try:
        main()
    except (Refused, OSError) as error:
        if isinstance(error, OSError):
            error = Refused({"code": "unreachable", "detail": f"the daemon does not answer: {error}",
                             "userAction": "start it, or mend TESSERA_URL"})
        print(f"{error.code}: {error}", file=sys.stderr)
        if error.user_action:
            print(f"next: {error.user_action}", file=sys.stderr)
        sys.exit(1)
