"""A forgotten password: a device approves a new one."""

from .judge import JUDGE


def forgotten(person):
    """With a wrong answer nothing changes; with a right one the new password signs in, and the former one does not."""
    person.stranger()
    before = person.text("#letter-password-ben")
    person.press("#forgotten")
    person.see("#go-on")
    # Who is not known, and who has no such device, hear the same.
    heard = []
    for user in ["nobody", "ben"]:
        person.type("#user", user)
        person.press("#product-token")
        person.press("#go-on")
        heard.append(person.until("a refusal", lambda: person.find("#banner").text))
        person.driver.refresh()
        person.see("#go-on")
    assert heard[0] == heard[1] and heard[0], heard
    begin(person, "ben", "scan")
    person.see("#approve")
    person.type("#code", "00000000")
    person.press("#approve")
    person.see("#outcome")
    person.press("#close")
    begin(person, "ben", "scan")
    person.see("#approve")
    # A reload loses nothing.
    person.driver.refresh()
    person.see("#approve")
    code = person.handheld("scan", "ben")
    person.shot("forgotten-approve")
    person.type("#code", code)
    person.press("#approve")
    person.see("#set-password")
    assert person.find("#to-sign-in") and person.find("#close"), "there is a way back from choosing"
    person.type("#new-password", "short")
    person.press("#set-password")
    person.until("a refusal", lambda: person.find("#banner").text)
    person.type("#new-password", "Harbour-11"[:10])
    person.shot("forgotten-choose")
    person.press("#set-password")
    person.see("#changed")
    person.press("#close")
    person.see("#go-on")
    assert not person.driver.find_elements("css selector", "#letter-password-ben"), "the letter says nothing of it"
    person.sign_in("scan", "ben", "Harbour-11"[:10])
    person.stranger()
    person.type("#user", "ben")
    person.press("#product-scan")
    person.press("#go-on")
    person.see("#password")
    code = person.handheld("scan", "ben")
    person.type("#password", before)
    person.type("#code", code)
    person.press("#finish")
    person.see("#refused")
    person.press("#begin-again")


def forgotten_card(person):
    """A card approves it in its reader; the pages are readable in both colours and languages, on a desk and on a phone."""
    person.stranger()
    person.press("#forgotten")
    faults = looks(person, "begin")
    begin(person, "anna", "smartcard")
    card = person.device("smartcard")
    person.until("the pad", lambda: person.find(f"#key-{card}-ok"))
    faults += looks(person, "asked")
    person.pin(card)
    person.see("#set-password")
    faults += looks(person, "choose")
    password = person.ask("/api/letter")["people"][0]["password"]
    # The same again, so that the demo's letter stays true for who comes next.
    person.type("#new-password", password)
    person.press("#set-password")
    person.see("#changed")
    faults += looks(person, "done")
    person.press("#close")
    assert not faults, "\n".join(faults)
    person.sign_in("scan", password=password)


def begin(person, user, product):
    person.see("#go-on")
    person.type("#user", user)
    person.press(f"#product-{product}")
    person.press("#go-on")


def looks(person, name):
    """The page as it is, in every look; what is wrong with it."""
    faults = []
    for colours, language, width in [("light", "en", 1400), ("dark", "fr", 390), ("light", "fr", 390), ("dark", "en", 1400)]:
        person.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 1600, "deviceScaleFactor": 1, "mobile": False})
        person.choose("#language", language)
        person.choose("#colours", colours)
        person.until("the language", lambda: person.script("return document.documentElement.lang") == language)
        person.shot(f"look-forgotten-{name}-{colours}-{language}-{width}")
        faults += [f"{name} {colours} {language} {width}: {fault}" for fault in person.script(JUDGE)]
    person.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    person.choose("#language", "en")
    person.choose("#colours", "auto")
    return faults
