"""Convert one picture, and print the properties of the result."""

import sys
from pathlib import Path

import pixbin

EXAMPLES = Path(__file__).parent
folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
folder.mkdir(exist_ok=True)

picture = pixbin.convert(EXAMPLES / "chelsea.png", size="384x", block=4)
picture.save(folder / "cat.png")

print(f"{folder / 'cat.png'}: {picture.size} pixels, {picture.layout.grid} cells")
print(f"{picture.grid.mean():.0%} of the cells are paper")
