"""Nothing is lost: what was typed and chosen, back button, reload, two tabs."""


def typed_before_events(person):
    """What was typed and chosen stays while devices ask and answer, and while the page is drawn anew."""
    person.stranger()
    password = person.text("#letter-password-anna")
    person.type("#user", "anna")
    person.press("#product-scan")
    person.choose("#language", "fr")
    person.see("#heading", "Connexion")
    assert person.find("#product-scan").is_selected() and person.find("#user").get_attribute("value") == "anna"
    person.press("#go-on")
    person.type("#password", password)
    code = person.handheld("scan")
    person.type("#code", code)
    person.choose("#language", "en")
    person.see("#heading", "Sign in")
    assert person.find("#password").get_attribute("value") == password, "the password was lost"
    assert person.find("#code").get_attribute("value") == code, "the code was lost"
    person.press("#finish")
    person.see("#new-payment")
    person.fill(amount="8.40", payee="Kiosque")
    person.confirm()
    person.press("input[id^='with-token-']")
    person.choose("#language", "fr")
    person.see("#sign", "Approuver")
    assert person.find("input[id^='with-token-']").is_selected(), "the choice was lost"
    person.choose("#language", "en")


def typed_with_pauses(person):
    """What was typed stays as it was typed, in the same field, while the page keeps it as a draft."""
    person.stranger()
    person.sign_in("scan")
    person.press("#new-payment")
    person.type("#payee", "Marie ")
    person.script("document.getElementById('payee').dataset.same = 'yes'")
    person.until("the draft", lambda: person.ask("/api/state")["draft"]["fields"].get("payee") == "Marie ")
    person.find("#payee").send_keys("Dupont")
    person.until("the draft", lambda: person.ask("/api/state")["draft"]["fields"].get("payee") == "Marie Dupont")
    assert person.find("#payee").get_attribute("value") == "Marie Dupont"
    assert person.find("#payee").get_attribute("data-same") == "yes", "the field was drawn anew under the typist"
    person.press("#cancel")
    person.see("#new-payment")


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
    # What another tab wrote meanwhile is not what was seen: it is not confirmed.
    draft = person.ask("/api/state")["draft"]
    refusal = person.driver.execute_async_script(
        "const [shown, done] = arguments;"
        "import('/js/api.js').then(({ post }) => post('/api/draft/confirm', shown)).then(() => done('confirmed'), (e) => done(e.problem.code))",
        {**draft["fields"], "amount": "13.00", "name": draft["name"]})
    person.until(f"a refusal, not {refusal}", lambda: refusal == "draftChanged")
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
