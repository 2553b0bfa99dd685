"""Convert one picture with each method, and save the results on one sheet."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import pixbin

EXAMPLES = Path(__file__).parent
COLUMNS = 6  #: of the sheet
folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
folder.mkdir(exist_ok=True)

methods = [method for method in pixbin.Method if method is not pixbin.Method.NEURAL]
pictures = [
    pixbin.convert(EXAMPLES / "coffee.jpg", size=(192, 128), block=2, method=method)
    for method in methods
]
pictures += pictures[-1:] * (-len(pictures) % COLUMNS)  # fill the last row
rows = [pictures[start : start + COLUMNS] for start in range(0, len(pictures), COLUMNS)]
sheet = np.vstack([np.hstack([picture.pixels for picture in row]) for row in rows])
Image.fromarray(sheet).save(folder / "methods.png")

print(f"{folder / 'methods.png'}: {', '.join(methods)}")
