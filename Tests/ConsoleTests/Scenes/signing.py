"""Signing in and approving: with each device, with wrong PINs, pulled cards, changed amounts, foreign codes, a second signer."""

import subprocess

from selenium.webdriver.common.by import By

from .person import BUSINESS


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


def at_the_pad(person):
    """A payment whose card asks for its PIN; the card."""
    person.stranger()
    person.sign_in("scan")
    person.fill()
    person.confirm()
    person.begin("smartcard")
    card = person.device("smartcard")
    person.until("the pad", lambda: person.find(f"#key-{card}-ok"))
    return card


def wrong_pin(person):
    card = at_the_pad(person)
    person.pin(card, "654321")
    person.see("#wrong-pin")
    tries = person.text("#tries")
    assert "4" in tries, tries
    person.see(f"#device-{card} .tries", "4")
    person.shot("wrong-pin")
    person.pin(card)
    person.see("#recorded")


def pulled_card(person):
    card = at_the_pad(person)
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
