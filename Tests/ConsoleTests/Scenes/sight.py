"""What somebody sees and presses in a real Chromium."""

import pathlib
import time

from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

PATIENCE = 90


class Sight:
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
