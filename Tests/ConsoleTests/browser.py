"""A person before the demo, played in a real Chromium: python browser.py URL FOLDER [SCENE...]

Each scene prints "ok NAME" or "failed NAME: why"; screenshots go into FOLDER. The exit code is 1 when one failed.
"""

import json
import pathlib
import subprocess
import sys
import time
import traceback

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

PATIENCE = 90
PIN = "123456"
PRIVATE = "LU280019400644750000"
BUSINESS = "LU360029152460050000"


class Person:
    """What somebody sees and presses; each wish is repeated while the page redraws itself, until its deadline."""

    def __init__(self, url, folder):
        self.url, self.folder = url, pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        options = Options()
        for argument in ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"]:
            options.add_argument(argument)
        options.binary_location = "/usr/bin/chromium"
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
        self.driver.set_window_size(1400, 1600)
        self.driver.set_script_timeout(PATIENCE)

    # What is seen and pressed.

    def until(self, what, look):
        """The first true answer of look, within the deadline."""
        end, last = time.monotonic() + PATIENCE, None
        while time.monotonic() < end:
            try:
                found = look()
                if found:
                    return found
            except WebDriverException as error:
                last = error.msg
            time.sleep(0.1)
        self.shot("lost")
        text = self.driver.find_element(By.TAG_NAME, "main").text[:1500]
        raise AssertionError(f"{what} was waited for in vain at {self.driver.current_url}\n{last}\n{text}")

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def see(self, selector, text=""):
        return self.until(f"{selector} with {text!r}", lambda: text in self.find(selector).text and self.find(selector).is_displayed())

    def text(self, selector):
        return self.until(f"a text in {selector}", lambda: self.find(selector).text)

    def source(self, selector):
        return self.until(f"a picture at {selector}", lambda: self.find(selector).get_attribute("src"))

    def press(self, selector):
        def work():
            self.find(selector).click()
            return True

        self.until(f"a press on {selector}", work)

    def type(self, selector, text):
        def work():
            field = self.find(selector)
            field.clear()
            field.send_keys(text)
            return field.get_attribute("value") == text

        self.until(f"{text!r} in {selector}", work)

    def choose(self, selector, value):
        def work():
            self.driver.execute_script(
                "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}));"
                "arguments[0].dispatchEvent(new Event('change', {bubbles: true}))", self.find(selector), value)
            return self.find(selector).get_attribute("value") == value

        self.until(f"{value!r} in {selector}", work)

    def shot(self, name):
        self.driver.save_screenshot(str(self.folder / f"{name}.png"))

    def script(self, text, *arguments):
        return self.driver.execute_script(text, *arguments)

    def ask(self, path):
        """What the page's server says, as the page would hear it."""
        return self.driver.execute_async_script(
            "const done = arguments[1]; fetch(arguments[0]).then((a) => a.json()).then(done, (e) => done({error: String(e)}))", path)

    def device(self, kind, user="anna", order=None):
        """The emulated device of a kind."""
        def look():
            found = [e for e in self.ask("/api/emulators").get("emulators", []) if e["kind"] == kind]
            found = [e for e in found if (e.get("order") == order if order else e.get("subscriber") == user)]
            return found and found[-1]["id"]

        return self.until(f"a {kind} of {user}", look)

    # What people do at the bank.

    def open(self, path=""):
        self.driver.get(self.url + path)
        self.until("the page", lambda: self.find("#heading"))

    def stranger(self):
        """A browser that nobody used before."""
        for window in self.driver.window_handles[1:]:
            self.driver.switch_to.window(window)
            self.driver.close()
        self.driver.switch_to.window(self.driver.window_handles[0])
        self.driver.get(self.url + "/icon.svg")
        self.driver.delete_all_cookies()
        self.script("try { localStorage.clear() } catch {}")
        self.open()
        self.see("#go-on")

    def pin(self, device, digits=PIN):
        for digit in digits:
            self.press(f"#key-{device}-{digit}")
        self.press(f"#key-{device}-ok")

    def handheld(self, kind, user="anna", order=None, scan=None):
        """Holds a Scan or phone before the screen, compares, agrees; the code that it shows."""
        device = scan or self.device(kind, user, order)
        self.until("the QR code", lambda: self.script(
            "const i = document.querySelector('#view img[data-code]'); return i && i.complete && i.naturalWidth > 0"))
        before = self.shown(device)
        self.press(f"#look-{device}")
        if kind == "mobile":
            self.agree(device)
            self.pin(device)
        else:
            self.agree(device)
        return self.until("a code", lambda: self.shown(device) not in (None, "", before) and self.shown(device))

    def agree(self, device):
        """Says yes where the device asks for it before anything else."""
        self.until("a prompt", lambda: self.driver.find_elements(
            By.CSS_SELECTOR, f"#accept-{device}, #key-{device}-ok"))
        if self.driver.find_elements(By.CSS_SELECTOR, f"#accept-{device}"):
            self.press(f"#accept-{device}")

    def shown(self, device):
        text = self.script("return document.getElementById(arguments[0])?.textContent ?? null", f"code-{device}")
        return text.replace(" ", "").strip() if text else None

    def token(self, user="anna"):
        """A number that the Token has not shown to this person yet."""
        device = self.device("token", user)
        spent = getattr(self, "spent", set())
        self.spent = spent

        def look():
            code = self.shown(device)
            if code and code.isdigit() and code not in spent:
                return code
            self.find(f"#press-{device}").click()
            time.sleep(0.5)
            return None

        code = self.until("a new number", look)
        spent.add(code)
        return code

    def sign_in(self, product, user="anna", password=None):
        self.type("#user", user)
        password = password or self.text(f"#letter-password-{user}")
        self.press(f"#product-{product}")
        self.press("#go-on")
        self.see("#password")
        if product in ("scan", "mobile"):
            code = self.handheld(product, user)
        elif product == "token":
            code = self.token(user)
        else:
            code = None
        self.type("#password", password)
        if code:
            self.type("#code", code)
        self.press("#finish")
        if not code:
            device = self.device(product, user)
            self.until("the pad", lambda: self.find(f"#key-{device}-ok"))
            self.shot(f"sign-in-{product}-pad")
            self.pin(device)
        self.until("the bank", lambda: self.driver.find_elements(By.CSS_SELECTOR, "#sign-out"))
        if self.until("where we are", lambda: "#/image" in self.driver.current_url and "image"
                      or "#/transactions" in self.driver.current_url and "list") == "image":
            self.until("nine pictures", lambda: self.script(
                "const all = [...document.querySelectorAll('.picture img')];"
                "return all.length === 9 && all.every((i) => i.complete && i.naturalWidth > 0)"))
            self.shot("secret-image-choice")
            self.press("#picture-4")
            self.press("#choose")
        self.see("#new-payment")

    def fill(self, amount="12.50", account=PRIVATE, payee="Boulangerie du Coin"):
        self.press("#new-payment")
        self.see("#go-on")
        self.choose("#account", account)
        self.type("#payee", payee)
        self.type("#iban", "LU36 0029 1524 6005 0000")
        self.type("#amount", amount)
        self.type("#reference", "Invoice 2026-117")

    def confirm(self):
        self.press("#go-on")
        self.see("#confirm")
        self.press("#confirm")
        self.see("#sign")

    def begin(self, product):
        """Chooses a device for the approval."""
        self.press(f"input[id^='with-{product}-']")
        self.press("#sign")

    def approve(self, product, user="anna"):
        self.begin(product)
        if product in ("smartcard", "stick"):
            device = self.device(product, user)
            self.until("the pad", lambda: self.find(f"#key-{device}-ok"))
            self.shot(f"approve-{product}")
            self.pin(device)
        else:
            self.see("#approve")
            code = self.token(user) if product == "token" else self.handheld(product, user)
            self.shot(f"approve-{product}")
            self.type("#code", code)
            self.press("#approve")
        self.see("#recorded")


# Scenes.

def five_devices(person, product):
    person.stranger()
    person.sign_in(product)
    person.fill(amount="12.50")
    person.confirm()
    person.approve(product)
    person.see(".badge.submitted")
    person.shot(f"recorded-{product}")
    person.press("a[href='#/transactions']")
    person.see(".rows .badge.submitted")


def wrong_pin(person):
    person.stranger()
    person.sign_in("scan")
    person.fill()
    person.confirm()
    person.begin("smartcard")
    card = person.device("smartcard")
    person.until("the pad", lambda: person.find(f"#key-{card}-ok"))
    person.pin(card, "654321")
    person.see("#wrong-pin")
    tries = person.text("#tries")
    assert "4" in tries, tries
    person.see(f"#device-{card} .tries", "4")
    person.shot("wrong-pin")
    person.pin(card)
    person.see("#recorded")


def pulled_card(person):
    person.stranger()
    person.sign_in("scan")
    person.fill()
    person.confirm()
    person.begin("smartcard")
    card = person.device("smartcard")
    person.until("the pad", lambda: person.find(f"#key-{card}-ok"))
    person.press(f"#pull-{card}")
    person.until("the wish for the card", lambda: person.find("#prompt").get_attribute("data-prompt") == "insertCard")
    person.shot("card-pulled")
    person.press(f"#insert-{card}")
    person.until("the pad", lambda: person.find(f"#key-{card}-ok"))
    person.pin(card)
    person.see("#recorded")


def changed_amount(person):
    person.stranger()
    person.sign_in("scan")
    person.fill(amount="12.50")
    person.confirm()
    person.begin("scan")
    person.see("#approve")
    code = person.handheld("scan")
    person.press("#edit")
    person.see("#go-on")
    person.type("#amount", "1250.00")
    person.confirm()
    person.begin("scan")
    person.see("#approve")
    person.type("#code", code)
    person.press("#approve")
    person.see("#outcome")
    assert person.driver.find_elements(By.CSS_SELECTOR, ".badge.toBeSigned"), "nothing may be signed"
    person.shot("changed-amount-refused")
    person.approve("scan")


def foreign_code(person):
    person.stranger()
    scan = person.device("scan")
    picture = person.folder.resolve() / "foreign-code.png"
    subprocess.run(["qrencode", "-s", "8", "-o", str(picture), "https://bank.example.evil/pay?amount=9000"], check=True)
    person.until("the file's field", lambda: person.find(f"#file-{scan}").send_keys(str(picture)) is None)
    person.see(f"#device-{scan} .device-word")
    person.shot("foreign-code-refused")
    # A code of this bank that is for somebody else's Scan.
    person.type("#user", "anna")
    person.press("#product-scan")
    person.press("#go-on")
    person.see("#password")
    other = person.device("scan", "ben")
    person.until("the QR code", lambda: person.script("return document.querySelector('#view img[data-code]')?.naturalWidth > 0"))
    person.press(f"#look-{other}")
    person.see(f"#device-{other} .device-word")
    assert not person.shown(other), "it must show no code"
    person.shot("foreign-device-refuses")


def back_and_reload(person):
    person.stranger()
    person.sign_in("scan")
    before = len(person.ask("/api/transactions")["transactions"])
    person.fill(amount="77.70", payee="Librairie du Parc")
    person.until("the draft", lambda: person.ask("/api/state")["draft"]["fields"].get("amount") == "77.70")
    person.driver.refresh()
    person.until("what was typed", lambda: person.find("#payee").get_attribute("value") == "Librairie du Parc")
    person.press("#go-on")
    person.see("#confirm")
    person.driver.back()
    person.until("what was typed", lambda: person.find("#amount").get_attribute("value") == "77.70")
    person.driver.forward()
    person.see("#confirm")
    person.driver.refresh()
    person.see(".lines", "Librairie du Parc")
    person.press("#confirm")
    person.begin("scan")
    person.see("#approve")
    first = person.source("#view img[data-code]")
    person.driver.refresh()
    person.see("#approve")
    assert person.source("#view img[data-code]") == first, "the same operation goes on"
    person.driver.back()
    person.until("another place", lambda: "/transactions/" not in person.driver.current_url)
    person.driver.forward()
    person.see("#approve")
    code = person.handheld("scan")
    person.type("#code", code)
    person.press("#approve")
    person.see("#recorded")
    person.driver.refresh()
    person.see("#recorded")
    assert len(person.ask("/api/transactions")["transactions"]) == before + 1, "one payment, however often one goes back"


def two_tabs(person):
    person.stranger()
    person.sign_in("scan")
    first = person.driver.current_window_handle
    person.driver.switch_to.new_window("tab")
    second = person.driver.current_window_handle
    person.open()
    person.see("#new-payment")
    person.driver.switch_to.window(first)
    person.fill(amount="31.00", payee="Garage Hoffmann")
    person.until("the draft", lambda: person.ask("/api/state")["draft"]["fields"].get("amount") == "31.00")
    person.driver.switch_to.window(second)
    person.see(".note a[href='#/payment']")
    person.driver.switch_to.window(first)
    person.confirm()
    here = person.driver.current_url
    person.driver.switch_to.window(second)
    person.see(".rows", "Garage Hoffmann")
    person.driver.get(here)
    person.see("#sign")
    person.driver.switch_to.window(first)
    person.begin("scan")
    person.see("#approve")
    person.driver.switch_to.window(second)
    person.see("#approve")
    code = person.handheld("scan")
    person.type("#code", code)
    person.press("#approve")
    person.see("#recorded")
    person.driver.switch_to.window(first)
    person.see("#recorded")
    person.shot("two-tabs-first")
    person.press("#sign-out")
    person.see("#go-on")
    person.driver.switch_to.window(second)
    person.until("the sign-in", lambda: "#/sign-in" in person.driver.current_url and person.find("#user"))


def second_signer(person):
    person.stranger()
    person.sign_in("scan")
    person.fill(amount="15000.00", account=BUSINESS, payee="Chantier Naval")
    person.confirm()
    person.approve("scan")
    person.see(".badge.toBeSigned")
    person.shot("second-signer-waits")
    here = person.driver.current_url
    person.stranger()
    person.sign_in("scan", "ben")
    person.driver.get(here)
    person.see("#sign")
    person.approve("scan", "ben")
    person.see(".badge.submitted")
    person.shot("second-signer-signed")


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
    for _ in range(12):
        step = person.until("a step", lambda: person.driver.find_elements(By.CSS_SELECTOR, "#activated") and "done"
                            or person.find("#step").get_attribute("data-step"))
        if step == "done":
            return
        if step == "keys":
            person.press("#take-out")
        elif step in ("approval", "lastApproval"):
            person.press("#show-code")
            person.see("#approve")
            code = person.handheld(kind, order=order)
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
    raise AssertionError("an activation has no twelve steps")


def activate_scan(person):
    person.stranger()
    person.press("a[href='#/activate']")
    person.press(".rows .row")
    order = opened_order(person)
    activate(person, "scan", order)
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
    person.press("a[href='#/devices']")
    phone = "li[data-device='MOBILE-0002']"
    person.see(phone)
    person.press(f"{phone} summary")
    person.press(f"{phone} .warn")
    person.see(f"{phone} .badge", "suspended")
    person.press(f"{phone} button[id^='revoke-']")
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


JUDGE = """
const faults = [];
const visible = (e) => e.checkVisibility({checkOpacity: true, checkVisibilityCSS: true}) && e.getClientRects().length > 0;
const parse = (c) => { const m = c.match(/[\\d.]+/g).map(Number); return {r: m[0], g: m[1], b: m[2], a: m[3] ?? 1}; };
const over = (t, b) => ({r: t.r * t.a + b.r * (1 - t.a), g: t.g * t.a + b.g * (1 - t.a), b: t.b * t.a + b.b * (1 - t.a), a: 1});
const light = ({r, g, b}) => { const f = (v) => { v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; };
  return .2126 * f(r) + .7152 * f(g) + .0722 * f(b); };
const ground = (e) => { const layers = []; for (let n = e; n; n = n.parentElement) { const s = getComputedStyle(n);
    if (s.backgroundImage !== 'none' && s.backgroundImage.includes('gradient')) { layers.push(parse(s.backgroundImage.match(/rgba?\\([^)]*\\)/)[0])); break; }
    const c = parse(s.backgroundColor); if (c.a > 0) { layers.push(c); if (c.a === 1) break; } }
  return layers.reverse().reduce((b, t) => over(t, b), {r: 255, g: 255, b: 255, a: 1}); };
const name = (e) => { if (e.getAttribute('aria-label')) return e.getAttribute('aria-label');
  const by = e.getAttribute('aria-labelledby'); if (by) return by.split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join(' ');
  if (e.labels?.length) return [...e.labels].map((l) => l.textContent).join(' ');
  return (e.textContent || e.getAttribute('alt') || e.getAttribute('title') || '').trim(); };
for (const e of document.querySelectorAll('button, a[href], input, select, textarea, summary, meter, [role=group], [role=region], section')) {
  if (e.type === 'hidden' || e.getAttribute('aria-hidden') || !visible(e)) continue;
  if (!name(e).trim()) faults.push('no name: ' + e.outerHTML.slice(0, 120)); }
for (const e of document.querySelectorAll('img')) if (!e.hasAttribute('alt')) faults.push('no alt: ' + e.src);
const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
for (const id of new Set(ids.filter((id, i) => ids.indexOf(id) !== i))) faults.push('twice: #' + id);
for (const e of document.querySelectorAll('[aria-describedby], [aria-labelledby], label[for]'))
  for (const id of (e.getAttribute('aria-describedby') ?? e.getAttribute('aria-labelledby') ?? e.getAttribute('for')).split(' '))
    if (!document.getElementById(id)) faults.push('names nothing: ' + id);
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let n = walker.nextNode(); n; n = walker.nextNode()) { const e = n.parentElement;
  if (!n.textContent.trim() || !visible(e) || e.closest('.unseen, .skips, noscript, svg, option, [disabled]')) continue;
  const s = getComputedStyle(e), back = ground(e), front = over(parse(s.color), back);
  const [a, b] = [light(front), light(back)].sort((x, y) => y - x), ratio = (a + .05) / (b + .05);
  const large = parseFloat(s.fontSize) >= 24 || (parseFloat(s.fontSize) >= 18.66 && Number(s.fontWeight) >= 700);
  if (ratio < (large ? 3 : 4.5)) faults.push(`contrast ${ratio.toFixed(2)}: "${n.textContent.trim().slice(0, 40)}" in ${e.tagName}.${e.className}`); }
for (const e of document.querySelectorAll('button, a.button, select, .choice')) { if (!visible(e)) continue;
  const r = e.getBoundingClientRect(); if (r.width < 24 || r.height < 24) faults.push('too small: ' + e.outerHTML.slice(0, 80)); }
if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1) faults.push('the page is wider than the window: ' + document.documentElement.scrollWidth);
if (document.querySelectorAll('h1').length !== 1) faults.push('not one h1');
if (!document.documentElement.lang) faults.push('no lang');
return [...new Set(faults)];
"""


def accessible(person):
    """Names, contrast and sizes on every page, in both colours, both languages, on a desk and on a phone."""
    person.stranger()
    person.sign_in("scan")
    # The judge finds what is planted, or it judges nothing.
    person.script("const b = document.createElement('button'), p = document.createElement('p'); b.id = 'planted'; p.textContent = 'planted';"
                  "b.style.width = b.style.height = '30px'; p.style.color = '#bbbbbb'; p.style.background = '#ffffff';"
                  "document.getElementById('view').append(b, p)")
    planted = person.script(JUDGE)
    assert any("no name" in fault for fault in planted) and any("contrast" in fault and "planted" in fault for fault in planted), planted
    faults = []
    person.fill()
    person.confirm()
    person.begin("smartcard")
    card = person.device("smartcard")
    person.until("the pad", lambda: person.find(f"#key-{card}-ok"))
    sign = person.driver.current_url.split("#")[1]
    for colours, language, width in [("light", "en", 1400), ("dark", "en", 1400), ("light", "fr", 390), ("dark", "fr", 390), ("light", "en", 320)]:
        person.driver.set_window_size(max(width, 500), 1600)
        person.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 1600, "deviceScaleFactor": 1, "mobile": False})
        person.script("localStorage.setItem('colours', arguments[0]); localStorage.setItem('language', arguments[1])", colours, language)
        for name, path in [("list", "/transactions"), ("payment", "/payment"), ("approve", sign), ("devices", "/devices"), ("activate", "/activate")]:
            person.driver.get(f"{person.url}/#{path}")
            person.driver.refresh()
            person.until("the page", lambda: person.find("#heading") and person.driver.find_elements(By.CSS_SELECTOR, ".device"))
            person.until("its contents", lambda: len(person.find("#view").text) > 30)
            person.shot(f"look-{name}-{colours}-{language}-{width}")
            faults += [f"{name} {colours} {language} {width}: {fault}" for fault in person.script(JUDGE)]
    person.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    person.driver.set_window_size(1400, 1600)
    person.script("localStorage.clear()")
    person.driver.refresh()
    person.until("the pad", lambda: person.find(f"#decline-{card}"))
    person.press(f"#decline-{card}")
    assert not faults, "\n".join(faults)


def keyboard(person):
    """Everything on the sign-in page is reached with the Tab key, and focus is seen."""
    person.stranger()
    person.script("document.activeElement.blur(); document.body.focus()")
    reached, rounds = [], 0
    for _ in range(120):
        person.driver.switch_to.active_element.send_keys(Keys.TAB)
        seen = person.script(
            "const e = document.activeElement, s = getComputedStyle(e);"
            "return [e.id || e.className || e.tagName, s.outlineStyle !== 'none' || !!e.closest('.choice:has(:focus-visible)'), e === document.body]")
        if seen[2]:
            rounds += 1
            if rounds == 2:
                break
            continue
        reached.append(seen[0])
        assert seen[1], f"focus is not seen on {seen[0]}"
    for wanted in ["user", "go-on", "language", "colours"]:
        assert wanted in reached, f"{wanted} is not reached: {reached}"
    token = person.device("token")
    assert f"press-{token}" in reached, f"the Token's button is not reached: {reached}"


def languages(person):
    """A French page has no English left where the dictionary speaks; the choice is kept."""
    person.stranger()
    person.choose("#language", "fr")
    person.see("#heading", "Connexion")
    person.driver.refresh()
    person.see("#heading", "Connexion")
    assert person.script("return document.documentElement.lang") == "fr"
    person.shot("sign-in-fr")
    person.choose("#colours", "dark")
    person.shot("sign-in-fr-dark")
    missing = person.script(
        "return Promise.all([import('/js/en.js'), import('/js/fr.js')]).then(([e, f]) => ["
        "Object.keys(e.default).filter((k) => !(k in f.default)), Object.keys(f.default).filter((k) => !(k in e.default))])")
    assert missing == [[], []], missing


def quiet_console(person):
    """No script of the page failed, and nothing was refused by its own policy."""
    bad = [entry["message"] for entry in person.driver.get_log("browser")
           if entry["level"] == "SEVERE" and "Failed to load resource" not in entry["message"]]
    assert not bad, "\n".join(bad)


SCENES = {
    **{f"five-devices-{product}": (lambda person, product=product: five_devices(person, product))
       for product in ["scan", "token", "mobile", "smartcard", "stick"]},
    "wrong-pin": wrong_pin, "pulled-card": pulled_card, "changed-amount": changed_amount, "foreign-code": foreign_code,
    "back-and-reload": back_and_reload, "two-tabs": two_tabs, "second-signer": second_signer, "lost-device": lost_device,
    "phone-alone": phone_alone, "phone-with-scan": phone_with_scan, "activate-scan": activate_scan, "keyboard": keyboard, "languages": languages,
    "accessible": accessible, "quiet-console": quiet_console,
}


def main():
    url, folder, *names = sys.argv[1:]
    person = Person(url, folder)
    failed = False
    try:
        for name in names or SCENES:
            try:
                SCENES[name](person)
                print(f"ok {name}", flush=True)
            except Exception as error:  # every scene is told of, whatever broke
                failed = True
                person.shot(f"failed-{name}")
                told = str(error) if isinstance(error, AssertionError) else traceback.format_exc()
                print(f"failed {name}: {json.dumps(told)}", flush=True)
    finally:
        person.driver.quit()
    sys.exit(1 if failed else 0)


main()
