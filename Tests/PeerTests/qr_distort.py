"""Usage: qr_distort.py FILE...

Puts each picture onto a grey page as a screenshot has it, scales, turns and blurs it, and writes FILE.NUMBER.png or .jpg;
one line for each: the file written, and what was done to it.
"""
import sys

from PIL import Image, ImageFilter

# Scale, degrees, radius of the blur in pixels.
WAYS = [
    (0.5, 0, 0), (0.5, 4, 0.5), (0.75, -10, 0.5), (1, 10, 1), (1, 0, 1.5), (1.3, -3, 1), (2, 7, 1.5), (3, -10, 2),
]

for path in sys.argv[1:]:
    with Image.open(path) as code:
        page = Image.new("L", (code.width * 5 // 4, code.height * 5 // 4), 225)
        page.paste(code.convert("L"), (code.width // 8, code.height // 10))
    for number, (scale, degrees, blur) in enumerate(WAYS):
        picture = page.resize((int(page.width * scale), int(page.height * scale)), Image.Resampling.BICUBIC)
        picture = picture.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=225)
        picture = picture.filter(ImageFilter.GaussianBlur(blur))
        name = f"{path}.{number}.{'jpg' if number % 2 else 'png'}"
        picture.save(name)
        print(f"{name}\t{scale} {degrees} {blur}")
