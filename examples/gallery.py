"""Draw the pictures of the README and the documentation, by the command lines printed there."""

from __future__ import annotations

import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

EXAMPLES = Path(__file__).parent
PICTURES_FOLDER = EXAMPLES.parent / "docs" / "pictures"


class Sample(NamedTuple):
    """A picture of the documentation: its file, its source, and the options that draw it."""

    name: str  #: file name in docs/pictures
    source: str  #: file name in examples
    options: str  #: options of `pixbin convert`
    title: str
    text: str = ""  #: sentence for the gallery, which leaves out pictures without one

    @property
    def words(self) -> list[str]:
        """Return the options as words; files in `examples` have their whole path."""
        words = shlex.split(self.options)
        return [str(EXAMPLES.parent / w) if w.startswith("examples/") else w for w in words]

    @property
    def command(self) -> str:
        """Return the command line that draws the picture."""
        return f"pixbin convert examples/{self.source} {self.name} {self.options}"


CREDITS = {
    "astronaut.jpg": "Eileen Collins, by NASA; public domain",
    "chelsea.png": "Chelsea the cat, by Stefan van der Walt; CC0",
    "coffee.jpg": "A cup of espresso, by Rachel Michetti, courtesy of Pikolo Espresso Bar; CC0",
    "label.jpg": "A price label, drawn by examples/masks.py on the picture of coffee; CC0",
    "lake.png": "A lake at night, drawn by examples/drawings.py",
    "mushroom.png": "A mushroom, drawn by examples/drawings.py",
    "page.png": "A page in uneven light, drawn by examples/drawings.py",
    "portrait.jpg": "Eileen Collins, a part of the picture by NASA; public domain",
    "rocket.jpg": "Falcon 9 before a launch, by SpaceX; public domain",
}

GALLERY = [
    Sample(
        "playdate.png",
        "lake.png",
        "--device playdate -m bayer8",
        "A scene for the Playdate",
        "400x240 pixels, each one a cell. The regular weave of `bayer8` suits skies and water.",
    ),
    Sample(
        "portrait.png",
        "portrait.jpg",
        "--size 384x384 --block 4 -m contrast-aware",
        "A portrait",
        "96x96 cells. `contrast-aware` keeps eyes and teeth when a face is small.",
    ),
    Sample(
        "sprite.png",
        "mushroom.png",
        "--size 192x192 --block 4 --alpha threshold",
        "A sprite",
        "48x48 cells with transparent ground.",
    ),
    Sample(
        "panel.png",
        "coffee.jpg",
        "--device waveshare-7in5 -m direct-binary-search",
        "An e-paper panel",
        "800x480 pixels. `direct-binary-search` gives the smoothest shading.",
    ),
    Sample(
        "cat.png",
        "chelsea.png",
        "--size 480x480 --block 4 -m contrast-aware",
        "Fur",
        "120x120 cells. Fine texture is where `contrast-aware` is at its best.",
    ),
    Sample(
        "astronaut.png",
        "astronaut.jpg",
        "--size 400x240 --block 1 --gravity north -m contrast-aware",
        "A photograph at 400x240",
        "Every pixel is a cell, and `--gravity north` keeps the head in the picture.",
    ),
    Sample(
        "amber.png",
        "rocket.jpg",
        "--size 400x240 --block 2 --gravity south -m bayer4 --ink #1a1c4c --paper #ffb545",
        "Two colours of your own",
        "`--ink` and `--paper` take names or hexadecimal colours.",
    ),
    Sample(
        "comic.png",
        "coffee.jpg",
        "--size 480x320 --block 2 -m halftone --angle 30 --frequency 22%",
        "A printer's screen",
        "Round dots at an angle of 30 degrees.",
    ),
    Sample(
        "engraving.png",
        "lake.png",
        "--size 480x288 --block 2 -m halftone --dot line --angle 0 --frequency 25%",
        "Lines",
        "The same screen with lines in place of dots.",
    ),
    Sample(
        "pen.png",
        "portrait.jpg",
        "--size 384x384 --block 4 -m ink",
        "A pen",
        "`ink` draws lines and fills, without any dither.",
    ),
    Sample(
        "neural.png",
        "chelsea.png",
        "--size 384x256 --block 4 -m neural",
        "A neural model",
        "The model that comes with pixbin draws clean pixel art.",
    ),
    Sample(
        "eight.png",
        "coffee.jpg",
        "--size 480x320 --block 4 --channels rgb -m atkinson",
        "Eight colours",
        "Red, green and blue have two values each, as on early home computers.",
    ),
]

METHODS = [
    Sample(f"method-{method}-{stem}.png", source, f"--size 192x192 --block 2 -m {method}", method)
    for stem, source in (("face", "portrait.jpg"), ("lake", "lake.png"))
    for method in (
        *("floyd-steinberg", "atkinson", "contrast-aware", "direct-binary-search", "bayer4"),
        *("blue-noise", "riemersma", "halftone", "otsu", "ink", "neural"),
    )
]

PAGE = [
    Sample(f"page-{method}.png", "page.png", f"--block 1 --size 320x -m {method}", method)
    for method in ("floyd-steinberg", "otsu", "sauvola")
]

REPAIRS = [
    Sample("dark-none.png", "lake.png", "--size 192x128 -b 2 --enhance none", "plain light"),
    Sample("dark-half.png", "lake.png", "--size 192x128 -b 2 --enhance 50%", "half the look"),
    Sample("dark-auto.png", "lake.png", "--size 192x128 -b 2", "default"),
    Sample("dark-brightness.png", "lake.png", "--size 192x128 -b 2 --brightness -10%", "darker"),
    Sample("noisy-fs.png", "coffee.jpg", "--size 192x128 -b 2", "default"),
    Sample("noisy-atkinson.png", "coffee.jpg", "--size 192x128 -b 2 -m atkinson", "atkinson"),
    Sample("noisy-strength.png", "coffee.jpg", "--size 192x128 -b 2 --strength 50%", "half"),
    Sample("noisy-ink.png", "coffee.jpg", "--size 192x128 -b 2 -m ink", "ink"),
    Sample("eyes-fs.png", "portrait.jpg", "--size 192x192 -b 4", "default"),
    Sample("eyes-contrast.png", "portrait.jpg", "--size 192x192 -b 4 -m contrast-aware", "method"),
    Sample("eyes-edges.png", "portrait.jpg", "--size 192x192 -b 4 --edges 40%", "edges"),
    Sample("eyes-grid.png", "portrait.jpg", "--size 192x192 -b 2 -m contrast-aware", "more cells"),
    Sample("first-plain.png", "chelsea.png", "--size 256x", "first"),
    Sample("first-64.png", "chelsea.png", "--size 256x256 --grid 64x64", "64 cells"),
    Sample("edges.png", "coffee.jpg", "--size 240x160 --block 2 -m halftone --edges 50%", "edges"),
    Sample("alpha-dither.png", "mushroom.png", "--size 192x192 -b 4 -m bayer4 --alpha dither", "a"),
]

CROPS = [
    Sample("crop-none.png", "astronaut.jpg", "--size 192x192 -b 6", "the whole picture"),
    Sample("crop-face.png", "astronaut.jpg", "--size 192x192 -b 6 --gravity face --zoom auto", "a"),
    Sample("crop-cat.png", "chelsea.png", "--size 192x192 -b 6", "the whole picture"),
    Sample("crop-eyes.png", "chelsea.png", "--size 192x96 -b 6 --crop 24%,18%,64%,48%", "eyes"),
]

AUTOMATIC = [
    Sample("auto-cat.png", "chelsea.png", "--size 300x200 -b 2 -m auto", "a photograph"),
    Sample("auto-page.png", "page.png", "--size 320x200 -b 2 -m auto", "a page in uneven light"),
    Sample("auto-lake.png", "lake.png", "--size 300x180 -b 2 -m auto", "in doubt"),
]

FAMILIES = [
    *(
        Sample(f"family-{method}.png", "portrait.jpg", f"--size 192x192 -b 2 -m {method}", method)
        for method in (
            *("structure-aware", "multiscale", "green-noise"),
            *("block-diffusion", "stochastic-clustered"),
        )
    ),
    *(
        Sample(f"family-{method}-{stem}.png", source, f"--size 288x288 -b 2 -m {method}", method)
        for method in ("woodcut", "engraving", "crosshatch", "stipple")
        for stem, source in (("face", "portrait.jpg"), ("lake", "lake.png"))
    ),
]

_MAP = "--size 288x288 --block 1 --matrix"
MATRICES = [
    Sample("matrix-linen.png", "portrait.jpg", f"{_MAP} examples/maps/linen.png", "a good map"),
    Sample("matrix-photo.png", "portrait.jpg", f"{_MAP} examples/chelsea.png", "a bad map"),
]

_LABEL = "--size 400x240 --block 1"
_PERSON = "--size 288x264 -b 2 --gravity north --enhance 30%"
_PERSON_MASK = "--mask examples/portrait-mask.png"
MASKS = [
    Sample("mask-label-none.png", "label.jpg", _LABEL, "without a mask"),
    Sample("mask-label.png", "label.jpg", f"{_LABEL} --mask examples/label-mask.png", "a mask"),
    Sample("mask-person-none.png", "portrait.jpg", f"{_PERSON} -m contrast-aware", "no mask"),
    Sample(
        "mask-person.png", "portrait.jpg", f"{_PERSON} -m contrast-aware {_PERSON_MASK}", "solid"
    ),
    Sample(
        "mask-person-lines.png",
        "portrait.jpg",
        f"{_PERSON} --method-inside contrast-aware --method-outside halftone --dot line "
        + _PERSON_MASK,
        "lines",
    ),
]

SAMPLES = [
    *(*GALLERY, *METHODS, *PAGE, *REPAIRS, *CROPS, *AUTOMATIC),
    *(*FAMILIES, *MATRICES, *MASKS),
]


def draw(folder: Path, samples: list[Sample] = SAMPLES) -> None:
    """Draw samples into a folder, each by its command line."""
    folder.mkdir(parents=True, exist_ok=True)
    for sample in samples:
        source, output = str(EXAMPLES / sample.source), str(folder / sample.name)
        words = [source, output, *sample.words, "--quiet"]
        command = [sys.executable, "-m", "pixbin", "convert", *words]
        subprocess.run(command, check=True)


if __name__ == "__main__":
    draw(Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURES_FOLDER)
