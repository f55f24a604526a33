"""What a device approves besides a payment: another secret image, a trusted payee, several payments; and a phone by its own line."""

from selenium.webdriver.common.by import By

from .person import PRIVATE


def iban(country, account):
    """An IBAN with its check digits (ISO 13616)."""
    digits = "".join(str(int(c, 36)) for c in account + country + "00")
    return f"{country}{98 - int(digits) % 97:02d}{account}"


def changed_image(person):
    person.stranger()
    person.sign_in("stick")
    person.press("a[href='#/devices']")
    person.press("#change-image")
    person.until("nine pictures", lambda: person.script(
        "const all = [...document.querySelectorAll('.picture img')];"
        "return all.length === 9 && all.every((i) => i.complete && i.naturalWidth > 0)"))
    chosen = person.find(".picture:nth-of-type(6) img").get_attribute("alt")
    person.press(".picture:nth-of-type(6) input")
    person.press("input[id^='with-scan-']")
    person.shot("secret-image-change")
    person.press("#choose")
    person.see("#approve")
    code = person.handheld("scan")
    person.type("#code", code)
    person.press("#approve")
    person.see("#done")
    person.shot("secret-image-changed")
    person.press("#close")
    # The next one who signs in with a card sees the new picture.
    person.press("#sign-out")
    person.see("#go-on")
    person.type("#user", "anna")
    person.press("#product-smartcard")
    person.press("#go-on")
    person.see("#password")
    told = person.ask("/api/state")["login"]["imageText"]
    assert chosen.lower() in told.lower(), (chosen, told)
    person.shot("secret-image-new")
    person.press("#cancel")


def add_payee(person, name, number, product):
    person.type("#payee-name", name)
    person.type("#payee-iban", number)
    person.press(f"input[id^='with-{product}-']")
    person.press("#add-payee")
    if product == "smartcard":
        card = person.device("smartcard")
        person.until("the pad", lambda: person.find(f"#key-{card}-ok"))
        person.shot("payee-card")
        person.pin(card)
    else:
        person.see("#approve")
        code = person.handheld(product)
        person.type("#code", code)
        person.press("#approve")
    person.see("#done", name)
    person.press("#close")
    person.see("#payees", name)


def payees(person):
    person.stranger()
    person.sign_in("scan")
    person.press("a[href='#/payees']")
    first, second = iban("LU", "0030000000001234"), iban("FR", "20041010050500013M02606")
    add_payee(person, "Garage Hoffmann", first, "scan")
    add_payee(person, "Librairie du Parc", second, "smartcard")
    person.shot("payees")
    person.press("a[href='#/payment']")
    person.see("#go-on")
    person.choose("#known", second)
    person.until("the payee", lambda: person.find("#payee").get_attribute("value") == "Librairie du Parc")
    person.type("#amount", "18.40")
    person.press("#go-on")
    person.see(".lines", "Librairie du Parc")
    person.press("#confirm")
    person.see("#sign")
    person.press("a[href='#/payees']")
    person.press(f"#remove-{first}")
    person.until("one payee", lambda: "Garage" not in person.find("#payees").text and "Librairie" in person.find("#payees").text)


def batch(person):
    person.stranger()
    person.sign_in("scan")
    person.fill(amount="12.50")
    person.press("#add-payment")
    person.see("#remove-payment-2")
    person.type("#payee-2", "Chantier Naval")
    person.type("#iban-2", "LU12 0010 0012 3456 7891")
    person.type("#amount-2", "abc")
    person.press("#go-on")
    person.see("#amount-2-error")
    person.type("#amount-2", "7.60")
    person.press("#add-payment")
    person.see("#remove-payment-3")
    person.until("the draft", lambda: person.ask("/api/state")["draft"]["fields"].get("amount-2") == "7.60")
    person.driver.refresh()
    person.see("#remove-payment-3")
    person.press("#remove-payment-3")
    person.until("two payments", lambda: not person.driver.find_elements(By.CSS_SELECTOR, "#remove-payment-3"))
    person.shot("batch-form")
    person.press("#go-on")
    person.see("#payments", "Chantier Naval")
    person.see(".lines", "20.10")
    person.shot("batch-check")
    person.press("#confirm")
    person.see("#sign")
    person.approve("scan")
    person.see(".badge.submitted")
    person.press("a[href='#/transactions']")
    person.see(".rows", "2 payments")
    person.shot("batch-list")
    # One that is not signed is taken up again, with all its payments.
    person.fill(amount="1.00", account=PRIVATE)
    person.press("#add-payment")
    person.see("#remove-payment-2")
    person.type("#payee-2", "Chantier Naval")
    person.type("#iban-2", "LU12 0010 0012 3456 7891")
    person.type("#amount-2", "2.00")
    person.confirm()
    person.press("#edit")
    person.until("the second payment", lambda: person.find("#amount-2").get_attribute("value") == "2.00")
    person.press("#cancel")


def phone_online(person):
    person.stranger()
    person.sign_in("scan")
    phone = person.device("mobile")
    person.press(f"#fetch-{phone}")
    person.see(f"#device-{phone} .device-word")
    person.fill(amount="64.00")
    person.confirm()
    person.begin("mobile")
    person.see("#approve")
    person.press(f"#fetch-{phone}")
    person.until("the pad", lambda: person.find(f"#key-{phone}-ok"))
    person.see(f"#screen-{phone}", "64.00")
    person.shot("phone-online")
    person.pin(phone)
    person.see("#recorded")
    person.see(".badge.submitted")
