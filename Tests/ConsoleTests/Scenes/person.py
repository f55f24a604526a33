"""What people do at the bank, and with their devices."""

import time

from selenium.webdriver.common.by import By

from .sight import Sight

PIN = "123456"
PRIVATE = "LU280019400644750000"
BUSINESS = "LU360029152460050000"


class Person(Sight):
    """A customer of the demo with their devices."""

    def device(self, kind, user="anna", order=None):
        """The emulated device of a kind."""
        def look():
            found = [e for e in self.ask("/api/emulators").get("emulators", []) if e["kind"] == kind]
            found = [e for e in found if (e.get("order") == order if order else e.get("subscriber") == user)]
            return found and found[-1]["id"]

        return self.until(f"a {kind} of {user}", look)

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

    def paired(self, kind, order, isLast=False):
        """Holds a new device before a QR code of its pairing; the digits that it shows."""
        device = self.device(kind, order=order)
        self.until("the QR code", lambda: self.script(
            "const i = document.querySelector('#view img[data-code]'); return i && i.complete && i.naturalWidth > 0"))
        before = self.shown(device)
        self.press(f"#look-{device}")
        if not isLast:
            self.agree(device)
        elif kind == "mobile":
            # A PIN of their own, twice.
            self.see(f"#question-{device}")
            self.pin(device)
            self.until("the PIN once more", lambda: "once more" in self.find(f"#question-{device}").text)
            self.pin(device)
        return self.until("the digits", lambda: self.shown(device) not in (None, "", before) and self.shown(device))

    def agree(self, device):
        """Says yes where the device asks for it before anything else."""
        self.until("a prompt", lambda: self.driver.find_elements(
            By.CSS_SELECTOR, f"#accept-{device}, #key-{device}-ok"))
        if self.driver.find_elements(By.CSS_SELECTOR, f"#accept-{device}"):
            self.press(f"#accept-{device}")

    def shown(self, device):
        text = self.script("return document.getElementById(arguments[0])?.textContent ?? null", f"code-{device}")
        return text.replace(" ", "").strip() if text else None

    def token(self, user="anna", order=None):
        """A number that the Token has not shown to this person yet."""
        device = self.device("token", user, order)
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
        else:
            code = None
        self.type("#password", password)
        if product == "token":
            # At the end: it is good for half a minute.
            code = self.token(user)
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
