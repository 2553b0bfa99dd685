"""Put every method side by side on one sheet."""

import sys
from pathlib import Path

import numpy as np
from PIL import Image

import pixbin

HERE = Path(__file__).parent
folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
folder.mkdir(exist_ok=True)

methods = [method for method in pixbin.Method if method is not pixbin.Method.NEURAL]
pictures = [
    pixbin.convert(HERE / "coffee.jpg", size=(192, 128), block=2, method=method)
    for method in methods
]
pictures += pictures[-1:] * (-len(pictures) % 6)  # fill the last row
rows = [
    np.hstack([each.pixels for each in pictures[at : at + 6]]) for at in range(0, len(pictures), 6)
]
Image.fromarray(np.vstack(rows)).save(folder / "methods.png")

print(f"{folder / 'methods.png'}: {', '.join(methods)}")
