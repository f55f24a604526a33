"""What python-stdnum says of account numbers (ISO 13616).

Prints a line for each country of its registry, `CC length`, and four with its verdict on a number that is drawn by the country's structure,
`NUMBER valid` or `NUMBER invalid`: as it is, with other check digits, and one character shorter and longer with check digits that fit.
"""
import random
import re

from stdnum import iban, numdb

DIGITS = "0123456789"
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CHARACTERS = {"n": DIGITS, "a": LETTERS, "c": DIGITS + LETTERS}
generator = random.Random(13616)


def drawn(structure):
    parts = re.findall(r"([0-9]+)!([nac])", structure)
    return "".join(generator.choice(CHARACTERS[kind]) for count, kind in parts for _ in range(int(count)))


def number(country, account):
    return country + iban.calc_check_digits(f"{country}00{account}") + account


for _, country, _, properties, _ in numdb.get("iban").prefixes:
    account = drawn(properties["bban"])
    right = number(country, account)
    print(country, len(right))
    other = f"{country}{(int(right[2:4]) + 1) % 100:02}{account}"
    for text in (right, other, number(country, account[:-1]), number(country, account + "0")):
        # What a country wants of its own digits besides is not ISO's.
        print(text, "valid" if iban.is_valid(text, check_country=False) else "invalid")
