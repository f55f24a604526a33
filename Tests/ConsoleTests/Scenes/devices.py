"""Devices: lost, found, ordered, activated."""

from selenium.webdriver.common.by import By


def lost_device(person):
    person.stranger()
    person.sign_in("scan")
    person.press("a[href='#/devices']")
    phone = "li[data-device^='MOBILE']"
    person.see(phone)
    person.press(f"{phone} summary")
    person.press(f"{phone} .warn")
    person.see(f"{phone} .badge", "suspended")
    person.shot("device-suspended")
    person.press(f"{phone} button[id^='call-']")
    person.until("the helpdesk's code", lambda: any(c.isdigit() for c in person.find("#banner").text))
    code = "".join(c for c in person.text("#banner") if c.isdigit())
    person.type(f"{phone} input[id^='helpdesk-']", code)
    person.press(f"{phone} button[id^='reactivate-']")
    person.see(f"{phone} .badge", "active")


def opened_order(person):
    return person.until("the order", lambda: "/activate/" in person.driver.current_url and person.driver.current_url.split("/")[-1])


def activate(person, kind, order, password="Lake-4711", name="My second phone"):
    """Takes step after step, as the page asks for them, until the device is active."""
    steps = []
    for _ in range(14):
        step = person.until("a step", lambda: person.driver.find_elements(By.CSS_SELECTOR, "#activated") and "done"
                            or person.find("#step").get_attribute("data-step"))
        if step == "done":
            return steps
        steps.append(step)
        if step == "keys":
            person.press("#take-out")
        elif step in ("firstCode", "secondCode"):
            code = person.paired(kind, order, isLast=step == "secondCode")
            assert len(code) == (10 if step == "firstCode" else 8), code
            person.shot(f"pairing-{kind}-{step}")
            person.type("#code", code)
            person.press("#pair")
        elif step == "approval" and kind in ("smartcard", "stick"):
            person.press("#show-code")
            card = person.device(kind, order=order)
            person.until("the pad", lambda: person.find(f"#key-{card}-ok"))
            person.shot(f"activation-{kind}")
            person.pin(card)
        elif step in ("approval", "lastApproval"):
            person.press("#show-code")
            person.see("#approve")
            code = person.token(order=order) if kind == "token" else person.handheld(kind, order=order)
            person.shot(f"activation-{kind}")
            person.type("#code", code)
            person.press("#approve")
        elif step == "securityQuestions":
            for number in (1, 2, 3):
                person.type(f"#question{number}", f"Which is number {number}?")
                person.type(f"#answer{number}", f"Answer {number}")
            person.press("#prove")
        else:
            known = {"newPassword": password, "deviceName": name}
            text = known.get(step) or person.until("the letter", lambda: person.find(f"#step-{step}").text)
            person.type("#proof", text)
            person.press("#prove")
        person.until(f"what comes after {step}", lambda: person.driver.find_elements(By.CSS_SELECTOR, "#activated")
                     or person.find("#step").get_attribute("data-step") != step)
    raise AssertionError(f"an activation has no fourteen steps: {steps}")


def activate_scan(person):
    person.stranger()
    person.press("a[href='#/activate']")
    person.press(".rows .row")
    order = opened_order(person)
    # As the product's maker publishes it: two QR codes, the activation code between them.
    steps = activate(person, "scan", order)
    assert steps[:6] == ["keys", "firstCode", "activationCode", "secondCode", "serialNumber", "approval"], steps
    assert steps[6:] == ["initialPassword", "newPassword", "securityQuestions", "lastApproval"], steps
    person.see("#activated")
    person.shot("activation-done")
    person.stranger()
    person.type("#user", "chris")
    person.press("#product-scan")
    person.press("#go-on")
    person.see("#password")
    code = person.handheld("scan", order=order)
    person.type("#password", "Lake-4711")
    person.type("#code", code)
    person.press("#finish")
    person.see("#new-payment")


def phone_alone(person):
    person.stranger()
    person.sign_in("scan")
    person.press("a[href='#/devices']")
    person.press("#order-mobile")
    activate(person, "mobile", opened_order(person), name="My first new phone")
    person.see("#activated")
    # A phone too many: its place is free again, for the next scene.
    phone = "li[data-device='MOBILE-0002']"
    gone_for_good(person, phone, "revoke")
    person.see(f"{phone} .badge", "ended")


def phone_with_scan(person):
    person.stranger()
    person.sign_in("scan")
    person.press("a[href='#/devices']")
    person.press("#order-mobile")
    order = opened_order(person)
    person.press("#vouch")
    person.see("#approve")
    code = person.handheld("scan")
    person.type("#code", code)
    person.press("#approve")
    person.until("the next step", lambda: person.find("#step").get_attribute("data-step") != "activationCode")
    activate(person, "mobile", order)
    person.see("#activated")


def gone_for_good(person, device, then):
    """Suspends a device that was lost and presses what comes next: "replace" or "revoke"."""
    person.press("a[href='#/devices']")
    person.see(device)
    person.press(f"{device} summary")
    person.press(f"{device} .warn")
    person.see(f"{device} .badge", "suspended")
    person.press(f"{device} button[id^='{then}-']")


def replaced_scan(person):
    """Lost for good: suspended, another one ordered in its place, activated; the old one is over, and nothing else is."""
    person.stranger()
    person.sign_in("stick")
    old = "li[data-device='SCAN-0001']"
    gone_for_good(person, old, "replace")
    order = opened_order(person)
    steps = activate(person, "scan", order)
    assert steps[:4] == ["keys", "firstCode", "activationCode", "secondCode"] and "newPassword" not in steps, steps
    person.see("#activated")
    person.press("a[href='#/devices']")
    person.see(f"{old} .badge", "replaced")
    new = person.device("scan", order=order)
    person.see(f"li[data-device='{new}'] .badge", "active")
    person.shot("device-replaced")
    password = person.ask("/api/letter")["people"][0]["password"]
    person.stranger()
    person.type("#user", "anna")
    person.press("#product-scan")
    person.press("#go-on")
    person.see("#password")
    code = person.handheld("scan", order=order)
    person.type("#password", password)
    person.type("#code", code)
    person.press("#finish")
    person.see("#new-payment")


def replaced_card(person):
    """A lost card: the new one has the order letter's code and agrees by itself; the old one ends."""
    person.stranger()
    person.sign_in("scan")
    old = "li[data-product='smartcard']"
    gone_for_good(person, old, "replace")
    order = opened_order(person)
    steps = activate(person, "smartcard", order)
    assert steps == ["keys", "challengeCode", "approval"], steps
    person.press("a[href='#/devices']")
    person.until("the old card's end", lambda: [e.text for e in person.driver.find_elements(
        By.CSS_SELECTOR, f"{old} .badge")] == ["ended", "active"])
    person.shot("card-replaced")


def foreign_device(person):
    """Nobody orders in the place of somebody else's device, or of one of another kind: both are as if they were not there."""
    person.stranger()
    person.sign_in("scan")
    phone = next(e["device"] for e in person.ask("/api/devices")["enrolments"] if e["product"] == "mobile")
    for order in [{"product": "smartcard", "replaces": "SCAN-0002"}, {"product": "smartcard", "replaces": phone}]:
        code = person.driver.execute_async_script(
            "const [order, done] = arguments;"
            "import('/js/api.js').then(({ post }) => post('/api/orders', order)).then(() => done('ordered'), (e) => done(e.problem.code))", order)
        assert code == "notFound", (order, code)


def ordered_token(person):
    """A Token that the bank still admits: its serial number before its keys, and no QR code."""
    person.stranger()
    person.sign_in("scan")
    person.press("a[href='#/devices']")
    person.press("#order-token")
    order = opened_order(person)
    steps = activate(person, "token", order)
    assert steps[:4] == ["activationCode", "serialNumber", "keys", "approval"] and "newPassword" not in steps, steps
    person.see("#activated")
    serial = person.device("token", order=order)
    person.press("a[href='#/devices']")
    found = [e["device"] for e in person.ask("/api/devices")["enrolments"] if e["product"] == "token" and e["state"] == "active"]
    assert len(found) == 2 and any(name.startswith("TOKEN-9") for name in found), (serial, found)
    person.shot("token-ordered")
