"""Computes OCRA codes with the package `oath`: a JSON object a line in, a code a line out."""
import json
import sys

from oath._ocra import str2ocrasuite

for line in sys.stdin:
    row = json.loads(line)
    inputs = {"Q": row["question"]}
    if "ownQuestion" in row:
        inputs["Qsc"] = row["question"] + row["ownQuestion"]
    if "counter" in row:
        inputs["C"] = row["counter"]
    if "pin" in row:
        inputs["P"] = row["pin"]
    if "session" in row:
        inputs["S"] = bytes.fromhex(row["session"])
    if "timeStep" in row:
        inputs["T_precomputed"] = row["timeStep"]
    suite = str2ocrasuite(row["suite"])
    if not suite.data_input.C:
        inputs.pop("C", None)
    print(suite(bytes.fromhex(row["key"]), **inputs))
