"""Reads or writes a key container with python-pskc, and prints its keys as JSON, one a line.

Usage: pskc_judge.py read FILE none|key|password [HEX]
       pskc_judge.py write FILE key|password HEX SECRETS...
"""
import json
import sys

from pskc import PSKC

action, file, protection, rest = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4:]

if action == "read":
    container = PSKC(file)
    if protection == "key":
        container.encryption.key = bytes.fromhex(rest[0])
    elif protection == "password":
        container.encryption.derive_key(bytes.fromhex(rest[0]))
    for key in container.keys:
        # Each of these checks the value's MAC.
        print(json.dumps({
            "id": key.id, "algorithm": key.algorithm, "issuer": key.issuer, "secret": key.secret.hex(), "counter": key.counter,
            "timeInterval": key.time_interval, "timeDrift": key.time_drift, "length": key.response_length,
            "serialNumber": key.serial, "pinMaximumLength": key.policy.pin_max_length,
        }))
else:
    container = PSKC()
    for index, secret in enumerate(rest[1:]):
        container.add_key(
            id="key-%d" % index, algorithm="urn:ietf:params:xml:ns:keyprov:pskc:hotp", secret=bytes.fromhex(secret), counter=index,
            response_encoding="DECIMAL", response_length=6, issuer="python", manufacturer="oath.ZZ", serial="%d" % index)
    if protection == "key":
        container.encryption.setup_preshared_key(
            key=bytes.fromhex(rest[0]), algorithm="aes%d-cbc" % (len(rest[0]) * 4), key_name="peer", fields=["secret", "counter"])
    else:
        container.encryption.setup_pbkdf2(bytes.fromhex(rest[0]), iterations=1000, key_name="peer", fields=["secret"])
    container.write(file)
