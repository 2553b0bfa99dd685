"""Draw the pictures at the top of the README, with the command line a reader would type."""

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent

COMMANDS = [
    "convert chelsea.png gallery/cat.png -s 288x288 -b 3",
    "convert astronaut.jpg gallery/astronaut.png -s 288x288 -b 3",
    "convert coffee.jpg gallery/coffee.png -s 288x288 -b 3 --ink #2b1d14 --paper #f3e3c3",
    "convert rocket.jpg gallery/rocket.png -s 288x288 -b 3 -m bayer8 --ink #1a1c4c --paper #ffb545",
]


def draw(folder: Path) -> None:
    """Draw all pictures into a folder."""
    (folder / "gallery").mkdir(exist_ok=True)
    for command in COMMANDS:
        action, source, target, *options = command.split()
        words = [action, str(HERE / source), str(folder / target), *options, "--quiet"]
        subprocess.run([sys.executable, "-m", "pixbin", *words], check=True)
        print(f"pixbin {command}")


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE)
