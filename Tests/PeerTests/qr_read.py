"""Usage: qr_read.py FILE...

Reads the QR codes in picture files with zxing-cpp and writes one line of JSON for each file: a list of their texts.
"""
import json
import sys

import zxingcpp
from PIL import Image

for path in sys.argv[1:]:
    with Image.open(path) as picture:
        found = zxingcpp.read_barcodes(picture.convert("L"), formats=zxingcpp.BarcodeFormat.QRCode)
    print(json.dumps([code.text for code in found]))
