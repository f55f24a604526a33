"""A Scan, written from Docs/ScanChallenge.md alone, with other people's cryptography.

Arguments: that document, whose tables are read. Standard input: one JSON object with "keys", named as in the document's examples, and
"texts", the QR codes in the order in which they are scanned. Output: for each text a line of JSON, with what the display shows and the
code, or why it refuses.
"""
import hashlib, hmac, json, re, struct, sys, unicodedata
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

ROWS = re.findall(r"^\| (\d+) \| ([A-Z ]+) \|$", open(sys.argv[1], encoding="utf-8").read(), re.M)
LENGTHS = {country: int(n) for n, names in ROWS for country in names.split() if len(country) == 2}
DECIMALS = {currency: int(n) for n, names in ROWS for currency in names.split() if len(currency) == 3}
ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
HIDDEN = [0x34F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x180E), 0x180F, 0x3164, *range(0xFE00, 0xFE10), 0xFFA0, *range(0xE0100, 0xE01F0)]
MOST = 999999999999999
class Refused(Exception): pass
def need(condition, reason):
    if not condition: raise Refused(reason)
def prefixed(*parts): return b"".join(struct.pack(">I", len(part)) + part for part in parts)
def grouped(iban): return " ".join(iban[i:i + 4] for i in range(0, len(iban), 4))
def money(units, currency):
    need(currency in DECIMALS, "no currency")
    digits, decimals = str(units).zfill(DECIMALS[currency] + 1), DECIMALS[currency]
    return (digits[:-decimals] + "." + digits[-decimals:] if decimals else digits) + " " + currency
def base45(text):
    need(all(c in ALPHABET for c in text) and len(text) % 3 != 1, "damaged")
    out = b""
    for group in (text[i:i + 3] for i in range(0, len(text), 3)):
        number = sum(ALPHABET.index(c) * 45 ** place for place, c in enumerate(group))
        need(number < 256 ** (len(group) - 1), "damaged")
        out += number.to_bytes(len(group) - 1, "big")
    return out
class DER:
    """Elements one behind the other; only the shortest lengths and integers are let pass."""
    def __init__(self, data): self.data, self.start = data, 0
    def any(self):
        rest = self.data[self.start:]
        need(len(rest) >= 2, "not canonical")
        size, head = rest[1], 2
        if size >= 0x80:
            head = 2 + size - 0x80
            size = int.from_bytes(rest[2:head], "big")
            need(head in (3, 4) and len(rest) >= head and size >= (0x80 if head == 3 else 0x100), "not canonical")
        need(len(rest) >= head + size, "not canonical")
        self.start += head + size
        return rest[0], rest[head:head + size], rest[:head + size]
    def next(self, tag, size=None):
        found, value, self.whole = self.any()
        need(found == tag and size in (None, len(value)), "not canonical")
        return value
    def inside(self, tag, read):
        inner = DER(self.next(tag))
        result = read(inner)
        need(inner.start == len(inner.data), "not canonical")
        return result
    def integer(self, least, most):
        value = self.next(0x02)
        need(value and not (len(value) > 1 and value[0] in (0, 0xFF) and (value[0] ^ value[1]) < 0x80), "not canonical")
        need(least <= int.from_bytes(value, "big", signed=True) <= most, "out of range")
        return int.from_bytes(value, "big", signed=True)
    def text(self, least, most):
        try: text = self.next(0x0C).decode()
        except UnicodeDecodeError: raise Refused("not UTF-8")
        need(len(text.encode()) <= most and (least == 0 or text.strip()), "wrong size")
        need(unicodedata.normalize("NFC", text) == text, "not NFC")
        for c in text:
            hidden = unicodedata.category(c) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp") or ord(c) in HIDDEN
            need(not hidden, "hidden character")
        return text
    def iban(self):
        iban = self.text(15, 33)
        need(re.fullmatch("[A-Z0-9]+", iban) and LENGTHS.get(iban[:2]) == len(iban) and iban[2:4].isdigit(), "no IBAN")
        need(2 <= int(iban[2:4]) <= 98 and int("".join(str(int(c, 36)) for c in iban[4:] + iban[:4])) % 97 == 1, "no IBAN")
        return iban
def content(tag, f):
    if tag == 0xA0: return "Login", [("Place", f.text(0, 64)), ("Browser", f.text(0, 64))]
    if tag == 0xA1: return "New beneficiary", [("IBAN", grouped(f.iban())), ("Name", f.text(1, 105))]
    if tag == 0xA2: return "Payment", [("IBAN", grouped(f.iban())), ("Amount", money(f.integer(1, MOST), f.text(3, 3))),
                                       ("Payee", f.text(1, 105)), ("Reference", f.text(0, 70))]
    if tag == 0xA3: return "New device", [("Product", f.text(1, 64)), ("Device", f.text(1, 64))]
    need(tag == 0xA4, "unknown kind")
    total, currency, count = f.integer(1, MOST), f.text(3, 3), f.integer(1, 99999)
    lines = [("Total", money(total, currency)), ("Payments", str(count))]
    if count > 4:
        f.next(0x04, 32)
        return "Batch to trusted beneficiaries", lines
    def transfer(t): return t.iban(), t.text(1, 105), t.integer(1, MOST)
    transfers = f.inside(0x30, lambda list: [list.inside(0x30, transfer) for _ in range(count)])
    need(sum(amount for _, _, amount in transfers) == total, "wrong total")
    for i, (iban, payee, amount) in enumerate(transfers, 1):
        lines += [(f"IBAN {i}", grouped(iban)), (f"Payee {i}", payee), (f"Amount {i}", money(amount, currency))]
    return "Batch", lines
def role(r):
    rule, name, number, of = r.text(1, 32), r.text(1, 32), r.integer(1, 99), r.integer(2, 99)
    need(number <= of, "out of range")
    return [("Rule", rule), ("Role", name), ("Signature", f"{number} of {of}")]
def challenge(f):
    f.integer(1, 1), f.next(0x04, 16)
    origin = ("Origin", f.text(1, 58))
    f.integer(0, 253402300799), f.integer(1, 86400)
    tag = f.data[f.start] if f.start < len(f.data) else 0
    title, lines = f.inside(tag, lambda fields: content(tag, fields))
    more = f.inside(0x30, role) if f.start < len(f.data) else []
    need(not more or tag != 0xA0, "a login with a role")
    return title, [origin] + lines + more
def payload(p): return p.next(0x04, 6), *p.inside(0x30, challenge), p.whole
class Scan:
    def __init__(self, keys):
        raw = {name: bytes.fromhex(keys[name]) for name in ("device private key", "issuer public key", "Kf", "nonce")}
        self.serial, self.accepted = keys["serial"].encode(), None
        def key(label, length):
            info = prefixed(b"tessera/scan/1/" + label, self.serial, keys["enrolment id"].encode())
            return HKDF(SHA256(), length, raw["nonce"], info).derive(raw["Kf"])
        self.id, self.psk, self.ocra = key(b"key-id", 8), key(b"psk", 32), key(b"ocra", 32)
        self.private = KEMKey.from_pyca_cryptography_key(X25519PrivateKey.from_private_bytes(raw["device private key"]))
        self.issuer = KEMKey.from_pyca_cryptography_key(X25519PublicKey.from_public_bytes(raw["issuer public key"]))
        self.info = b"tessera/scan/1" + keys["issuer id"].encode()
        self.suite = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.CHACHA20_POLY1305)
    def scan(self, text):
        need(text.startswith("SC1:"), "not a code of a bank")
        need(len(text) <= 600, "damaged")
        sealed = base45(text[4:])
        need(sealed[:1] == b"\1", "unknown version" if sealed else "damaged")
        need(len(sealed) > 57, "damaged")
        need(sealed[1:9] == self.id, "for another device")
        try:
            opener = self.suite.create_recipient_context(
                sealed[9:41], self.private, info=self.info, pks=self.issuer, psk=self.psk, psk_id=self.id)
            plaintext = opener.open(sealed[41:], sealed[:9])
        except Exception: raise Refused("not from this bank")
        whole = DER(plaintext)
        sequence, title, lines, der = whole.inside(0x30, payload)
        need(whole.start == len(plaintext), "not canonical")
        need(self.accepted is None or sequence > self.accepted[0] or plaintext == self.accepted[1], "used before")
        self.accepted = (sequence, plaintext)
        q = hashlib.sha256(prefixed(b"tessera/scan/1", self.serial, der)).digest()
        mac = hmac.new(self.ocra, b"OCRA-1:HOTP-SHA256-8:QH64\0" + q + bytes(96), "sha256").digest()
        number = int.from_bytes(mac[mac[-1] & 15:][:4], "big") & 0x7FFFFFFF
        return {"title": title, "lines": lines, "payload": plaintext.hex(), "code": f"{number % 10 ** 8:08}"}
if __name__ == "__main__":
    request = json.load(sys.stdin)
    device = Scan(request["keys"])
    for text in request["texts"]:
        try: print(json.dumps(device.scan(text)))
        except Refused as refusal: print(json.dumps({"refused": str(refusal)}))
