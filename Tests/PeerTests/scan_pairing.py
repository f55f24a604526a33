"""Pairing of a Scan or phone, written from the section "Pairing" of Docs/ScanChallenge.md alone.

Arguments: that document. Standard input: one JSON object with "keys" as scan_device.py has them (nonce and enrolment id are not read),
"offer", perhaps "confirmation", and perhaps "answer key" with "algorithm" and "public key". Output: one JSON object with the codes that the
display shows, and with nonce and enrolment id for scan_device.py; or why the device refuses.
"""
import hashlib, hmac, json, sys
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from scan_device import DER, Refused, Scan, base45, need, prefixed

def opened(scan, text, key_id, psk, tag, fields):
    need(text.startswith("SC1:") and len(text) <= 600, "not a code of a bank")
    sealed = base45(text[4:])
    need(len(sealed) > 57 and sealed[:1] == b"\1" and sealed[1:9] == key_id, "for another device")
    try:
        opener = scan.suite.create_recipient_context(sealed[9:41], scan.private, info=scan.info, pks=scan.issuer, psk=psk, psk_id=key_id)
        whole = DER(opener.open(sealed[41:], sealed[:9]))
    except Exception: raise Refused("not from this bank")
    values = whole.inside(tag, fields)
    need(whole.start == len(whole.data), "not canonical")
    return values

def pair(request):
    keys = request["keys"]
    factory_secret, issuer = bytes.fromhex(keys["Kf"]), bytes.fromhex(keys["issuer public key"])
    serial = keys["serial"].encode()
    def key(label, length, salt=b"", enrolment=b""):
        return HKDF(SHA256(), length, salt, prefixed(b"tessera/scan/1/" + label, serial, enrolment)).derive(factory_secret)
    scan = Scan({**keys, "nonce": "00" * 16, "enrolment id": "-"})
    offer = request["offer"]
    _, enrolment, nonce = opened(scan, offer, key(b"factory-key-id", 8), key(b"factory-psk", 32), 0x61,
                                 lambda f: (f.next(0x04, 6), f.text(1, 64).encode(), f.next(0x04, 16)))
    code_key = key(b"pairing-code", 32, nonce, enrolment)
    def digits(count, *parts):
        return str(int.from_bytes(hmac.new(code_key, prefixed(*parts), "sha256").digest()[:8], "big") % 10 ** count).zfill(count)
    first_hash = hashlib.sha256(prefixed(b"tessera/scan/1/pairing", keys["issuer id"].encode(), issuer, serial, offer.encode())).digest()
    first = digits(10, b"first", first_hash)
    answer = {"first code": first, "nonce": nonce.hex(), "enrolment id": enrolment.decode()}
    if "confirmation" in request:
        transcript = hashlib.sha256(prefixed(first_hash, first.encode())).digest()
        confirmation = request["confirmation"]
        psk = key(b"psk", 32, nonce, enrolment)
        told, = opened(scan, confirmation, key(b"key-id", 8, nonce, enrolment), psk, 0x62, lambda f: (f.next(0x04, 32),))
        need(told == transcript, "another transcript")
        phone = request.get("answer key")
        answer_key = prefixed(phone["algorithm"].encode(), bytes.fromhex(phone["public key"])) if phone else b""
        answer["second code"] = digits(8, b"second", transcript, confirmation.encode(), answer_key)
    return answer

try: print(json.dumps(pair(json.load(sys.stdin))))
except Refused as refusal: print(json.dumps({"refused": str(refusal)}))
