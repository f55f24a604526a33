"""A person before the demo, played in a real Chromium: python browser.py URL FOLDER [SCENE...]

Each scene prints "ok NAME" or "failed NAME: why"; screenshots go into FOLDER. The exit code is 1 when one failed.
"""

import json
import sys
import traceback

# The package's folders stay as they are.
sys.dont_write_bytecode = True

from Scenes import approving, devices, forgotten, keeping, pages, signing
from Scenes.person import Person

SCENES = {
    **{f"five-devices-{product}": (lambda person, product=product: signing.five_devices(person, product))
       for product in ["scan", "token", "mobile", "smartcard", "stick"]},
    "wrong-pin": signing.wrong_pin, "pulled-card": signing.pulled_card, "changed-amount": signing.changed_amount,
    "foreign-code": signing.foreign_code, "second-signer": signing.second_signer,
    "typed-before-events": keeping.typed_before_events, "typed-with-pauses": keeping.typed_with_pauses,
    "back-and-reload": keeping.back_and_reload, "two-tabs": keeping.two_tabs,
    "lost-device": devices.lost_device, "phone-alone": devices.phone_alone, "phone-with-scan": devices.phone_with_scan,
    "activate-scan": devices.activate_scan, "ordered-token": devices.ordered_token,
    "forgotten": forgotten.forgotten, "forgotten-card": forgotten.forgotten_card,
    "foreign-device": devices.foreign_device, "replaced-card": devices.replaced_card, "replaced-scan": devices.replaced_scan,
    "changed-image": approving.changed_image, "payees": approving.payees, "batch": approving.batch, "phone-online": approving.phone_online,
    "keyboard": pages.keyboard, "languages": pages.languages, "accessible": pages.accessible, "quiet-console": pages.quiet_console,
}


def main():
    if len(sys.argv) < 3:
        sys.exit(f"usage: {sys.argv[0]} URL FOLDER [SCENE...]\nscenes: {', '.join(SCENES)}")
    url, folder, *names = sys.argv[1:]
    unknown = [name for name in names if name not in SCENES]
    if unknown:
        sys.exit(f"no such scene: {', '.join(unknown)}\nscenes: {', '.join(SCENES)}")
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
