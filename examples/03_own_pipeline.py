"""Convert frames from arrays, and pack one for a display of 128 x 64 pixels."""

import sys
from pathlib import Path

import numpy as np

import pixbin

folder = Path(sys.argv[1] if len(sys.argv) > 1 else "demo")
folder.mkdir(exist_ok=True)

options = pixbin.Options.of(size="128x64", method="bayer8")
y, x = np.mgrid[:64, :128]
for frame in range(8):
    ripple = 0.5 + 0.5 * np.sin(np.hypot(x - 64, y - 32) / 4 - frame * np.pi / 4)
    picture = pixbin.convert(ripple, options)
    picture.save(folder / f"frame{frame}.pbm")

# 8 pixels a byte, the leftmost in the highest bit; 1 is paper, which the display lights
rows = np.packbits(picture.grid, axis=1)
print(
    f"{folder}/frame0..7.pbm, and {rows.size} bytes for the display: {rows.tobytes()[:8].hex()}..."
)
