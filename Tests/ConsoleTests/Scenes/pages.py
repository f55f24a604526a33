"""Every page, in every size, colour and language; with the keyboard alone."""

from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from .judge import JUDGE


# What the judge of text does not see: words cut off in a box of choices, the outlines of what is drawn (WCAG 2.2, 1.4.11), headings.
SHAPES = """
const faults = [];
for (const box of document.querySelectorAll('.settings select')) {
  const whole = box.cloneNode(true);
  whole.style.cssText = 'position: absolute; max-width: none; min-width: 0; width: max-content; flex: none';
  box.parentElement.append(whole);
  if (box.offsetWidth < whole.offsetWidth) faults.push(`${box.id} is cut: ${box.offsetWidth} of ${whole.offsetWidth} px`);
  whole.remove();
}
const light = (colour) => {
  const [r, g, b] = colour.match(/[\\d.]+/g).map((part) => { const c = part / 255; return c <= .04045 ? c / 12.92 : ((c + .055) / 1.055) ** 2.4; });
  return .2126 * r + .7152 * g + .0722 * b;
};
const contrast = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
for (const [shape, side, ground] of [['.stick-body', 'Top', '.usb'], ['.slot', 'Bottom', '.reader'], ['.fob', 'Top', '.device.token'], ['.lamp', 'Top', '.stick-body']]) {
  const drawn = document.querySelector(shape), under = document.querySelector(ground);
  if (!drawn || !under) { faults.push(`${shape} is not drawn`); continue; }
  const ratio = contrast(getComputedStyle(drawn)[`border${side}Color`], getComputedStyle(under).backgroundColor);
  if (ratio < 3 || getComputedStyle(drawn)[`border${side}Style`] === 'none') faults.push(`the outline of ${shape} has contrast ${ratio.toFixed(2)}`);
}
const eid = document.querySelector('.device.eid');
const above = [...document.querySelectorAll('.devices h3')].filter((h) => eid && h.compareDocumentPosition(eid) & Node.DOCUMENT_POSITION_FOLLOWING).at(-1);
if (!eid || above?.id !== 'not-ready') faults.push('the identity card stands under the heading of somebody else');
return faults;
"""


def accessible(person):
    """Names, contrast and sizes on every page, in both colours, both languages, on a desk and on a phone."""
    person.stranger()
    person.sign_in("smartcard")
    # The judge finds what is planted, or it judges nothing.
    person.script("const b = document.createElement('button'), p = document.createElement('p'); b.id = 'planted'; p.textContent = 'planted';"
                  "b.style.width = b.style.height = '30px'; p.style.color = '#bbbbbb'; p.style.background = '#ffffff';"
                  "document.getElementById('view').append(b, p)")
    planted = person.script(JUDGE)
    assert any("no name" in fault for fault in planted) and any("contrast" in fault and "planted" in fault for fault in planted), planted
    faults = []
    person.fill()
    person.confirm()
    sign = person.driver.current_url.split("#")[1]
    # A form with two payments stays filled in meanwhile.
    person.press("a[href='#/payment']")
    person.press("#add-payment")
    person.see("#remove-payment-2")
    person.driver.get(f"{person.url}/#{sign}")
    person.see("#sign")
    person.begin("smartcard")
    card = person.device("smartcard")
    person.until("the pad", lambda: person.find(f"#key-{card}-ok"))
    for colours, language, width in [("light", "en", 1400), ("dark", "en", 1400), ("light", "fr", 390), ("dark", "fr", 390), ("light", "en", 320)]:
        person.driver.set_window_size(max(width, 500), 1600)
        person.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 1600, "deviceScaleFactor": 1, "mobile": False})
        person.script("localStorage.setItem('colours', arguments[0]); localStorage.setItem('language', arguments[1])", colours, language)
        for name, path in [("list", "/transactions"), ("payment", "/payment"), ("approve", sign), ("devices", "/devices"), ("activate", "/activate"),
                           ("payees", "/payees"), ("image", "/image")]:
            person.driver.get(f"{person.url}/#{path}")
            person.driver.refresh()
            person.until("the page", lambda: person.find("#heading") and person.driver.find_elements(By.CSS_SELECTOR, ".device"))
            person.until("its contents", lambda: len(person.find("#view").text) > 30)
            person.shot(f"look-{name}-{colours}-{language}-{width}")
            faults += [f"{name} {colours} {language} {width}: {fault}" for fault in person.script(JUDGE) + person.script(SHAPES)]
    person.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    person.driver.set_window_size(1400, 1600)
    person.script("localStorage.clear()")
    person.driver.refresh()

    def is_over():
        found = person.ask("/api/emulators").get("emulators")
        if found is not None and not any(e["id"] == card and e.get("prompt") for e in found):
            return True
        person.find(f"#decline-{card}").click()
        return False

    # All this may have taken longer than the card asks.
    person.until("the end of the question", is_over)
    assert not faults, "\n".join(faults)


def keyboard(person):
    """Everything on the sign-in page is reached with the Tab key, and focus is seen."""
    person.stranger()
    person.script("document.activeElement.blur(); document.body.focus()")
    reached, rounds = [], 0

    def tab():
        person.driver.switch_to.active_element.send_keys(Keys.TAB)
        return True

    for _ in range(120):
        # What had the focus may have been drawn anew a moment ago.
        person.until("a press on Tab", tab)
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
        "Object.keys(e.default).filter((k) => !(k in f.default) && !k.startsWith('problem.')), Object.keys(f.default).filter((k) => !(k in e.default))])")
    assert missing == [[], []], missing
    names = person.script("return import('/js/i18n.js').then(({ doorName }) => ['the bridge', 'the emulator control'].map(doorName))")
    assert names == ["Le pont", "Le contrôle des émulateurs"], names
    # What a device or the bank refuses is told in French, too.
    phone = person.device("mobile")
    person.press(f"#fetch-{phone}")
    person.see(f"#device-{phone} .device-word", "La banque ne demande rien")


def quiet_console(person):
    """No script of the page failed, and nothing was refused by its own policy."""
    bad = [entry["message"] for entry in person.driver.get_log("browser")
           if entry["level"] == "SEVERE" and "Failed to load resource" not in entry["message"]]
    assert not bad, "\n".join(bad)
