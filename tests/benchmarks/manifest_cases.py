"""Command lines of the output manifest.

A case has a name and steps, separated by `;;`. A step is a pixbin command line without `pixbin`.
`@NAME` is an input file, `< FILE` is stdin. `put FILE TEXT` writes a file, `api NAME` runs a
function of the runner. Each case has an empty working folder of its own.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator
from typing import Any

_FORMATS = (
    *("png", "apng", "pbm", "pbm-plain", "bmp", "tiff", "gif", "webp", "ico", "svg", "pdf"),
    *("braille", "half", "quadrants", "sextants", "ascii", "xbm", "raw", "c", "arduino"),
    *("micropython", "escpos", "lvgl", "zpl", "zpl-hex", "zpl-z64", "tspl", "brother-ql"),
    *("brother-ql-packbits", "phomemo", "phomemo-m110", "cat-printer", "gcode"),
)
_SIZED = {"raw"}  #: formats that need --size to be decoded
_COLOURED = ("png", "apng", "bmp", "tiff", "gif", "webp", "ico", "svg", "pdf")
_TRANSPARENT = ("png", "apng", "gif", "webp", "ico", "svg")
_FILMS = ("film.gif", "film.png", "film.webp", "pages.tiff", "no_time_for_that_tiny.gif")

_PHOTO = "convert @astronaut.png out.png --size 96x72"
_RAMP = "convert @ramp.png out.png"

#: options of one `convert` of the astronaut to 96x72
_OPTIONS = {
    "geometry": """
        --grid 48x36 | --grid 40x | --grid x30 | --block 2 | --block 5 | --block 1
        --fit contain | --fit contain --background ink | --fit contain --background #808080
        --fit stretch | --fit contain --gravity northwest | --gravity north | --gravity south
        --gravity west | --gravity southeast | --pixel 1:2 | --pixel 5:4 --block 2
        """,
    "method": """
        -t 100 | -t 30% | -m threshold | --no-serpentine | -m sauvola --radius 3
        -m dbs --structure 0 | -m dbs --structure 1 | -m halftone --dot diamond
        -m halftone --dot line --angle 20 | -m halftone --frequency 12% | -m white-noise --seed 7
        -m zhou-fang --seed 3 | -m contrast-aware --seed 3 | --strength 60%
        -m bayer8 --strength 0.5 | -m blue-noise --strength 30% | -m ostromoukhov --no-serpentine
        --matrix @kernel.json | --matrix @map.json | --matrix @map.json --strength 0.5
        """,
    "look": """
        --tone perceptual | --enhance none | --enhance 0.5 | --enhance 1 | --brightness 0.2
        --brightness -30% | --contrast 50% | --contrast -0.4 | --gamma 1.8 | --gamma 0.6
        --sharpen 1 | --sharpen 300% | --edges | --edges 0.2 | --edges 90% -m threshold
        --invert | --tone perceptual --enhance none -m bayer4 | --edges --block 1
        --brightness 0.1 --contrast 0.2 --gamma 1.2 --sharpen 0.5 --edges 0.3 --invert
        """,
    "colour": """
        --ink #2b1d14 --paper #f3e3c3 | --ink navy --paper white | --ink white --paper black
        --channels rgb | --channels rgb -m bayer8 --block 2 | --channels rgb --depth 8
        --depth 8 | --depth 8 --ink red | --channels rgb -m dbs
        """,
}

#: options of one `convert` of the partly transparent picture
_ALPHA = """
    --alpha threshold | --alpha dither | --alpha mask | --alpha paper | --alpha ink
    --alpha #40c0ff | --background ink | --background #808080
    --alpha threshold --depth 8 | --alpha threshold --channels rgb
    --alpha dither --channels rgb --block 1 | --alpha threshold --fit contain --size 100x40
    --alpha mask --fit contain --size 64x64 | --alpha dither --size 48x32 --ink green
"""

#: options of one `convert` to raw bytes
_PACKING = """
    --layout rows | --layout pages | --layout columns | --bit-order lsb
    --bit-order lsb --layout pages | --polarity paper1 | --stride 9 | --layout pages --stride 100
    --rotate 90 | --rotate 180 | --rotate 270 --flip horizontal | --flip vertical | --flip both
    --header size8 | --header size16le | --header size16be --layout columns --bit-order lsb
"""

_SHOW = """
    show @camera.png | show @camera.png --symbols ascii | show @camera.png --symbols half
    show @camera.png --symbols quadrants | show @camera.png --symbols sextants
    show @camera.png --symbols braille | show @coins.png --symbols braille --size 60x --invert
    show @page.png --symbols half -m sauvola --grid 40x
"""

_STREAM = """
    stream < @film.pgm | stream --output pgm < @film.pgm | stream --output ppm < @film.ppm
    stream --output y4m < @film.y4m | stream --output monob < @film.y4m
    stream --output monow --size 24x16 < @film.pgm | stream -m fs < @film.pgm
    stream --no-steady -m atkinson < @film.ppm | stream --block 2 --invert < @film.ppm
    stream --channels rgb --output ppm < @film.ppm | stream --ink red --output ppm < @film.pgm
    stream --input gray --input-size 48x32 < @film.gray
    stream --input rgb24 --input-size 48x32 --output y4m --rate 30000/1001 < @film.rgb
    stream --input y4m --output y4m --rate 12 < @film.y4m | stream --output y4m < @film.pgm
"""

_FILM_OPTIONS = """
    film.gif out.gif --no-steady | film.gif out.gif -m bayer8 | film.gif out.gif -m dbs
    film.gif out.png --frame 2 | film.gif out.png --frame -1 | film.gif out.gif --block 2
    film.png out.apng --ink red --paper yellow | film.webp out.webp --channels rgb
    clear.png out.apng --alpha threshold | clear.png out.gif --alpha threshold
    clear.png out.webp --alpha dither | film.gif out.gif -t 40% | film.gif out.gif -m otsu
    pages.tiff out.tiff --frame 3 | multipage.tif out.tiff --size 30x | film.gif out.c
    film.gif out.gif --edges --enhance none | film.gif out.micropython --size 16x
    film.gif out.pdf | film.gif out.svg
"""

_READ = """
    la.png | rgba.png | grey16.png | float.tiff | bilevel.png | palette.png | noise.bmp
    colours.ppm | colours.webp | dot.png | wide.png | tall.png | flat.png | icon.ico | turned.jpg
    cmyk.jpg | rocket.jpg | retina.jpg | logo.png | horse.png | text.png | page.png | moon.png
    chessboard_GRAY.png | multipage.tif | film.pgm
"""

_SIZES = """
    camera.png --size 64x64 | camera.png --size 64x | camera.png --size x48
    camera.png --size 50% | coins.png --size 2x | coins.png --block 1 | coins.png --grid 60x
    coins.png --grid 60x --block 3 | coins.png --size 333x217 | coins.png --size 333x217 --grid 50x
    motorcycle_left.png --block 1 | rocket.jpg --decode fast --size 40x | dot.png --size 40x40
    ramp.png --block 1 -m riemersma --enhance none | noise.bmp --size 1x1
"""

_NEURAL = """
    astronaut.png --size 64x64 | chelsea.png --size 128x | coins.png --size 40x30
    camera.png --size 200x200 --block 1 | rgba.png --alpha threshold | ramp.png --size 17x5
    rocket.jpg --grid 96x --tone perceptual | coffee.png --size 64x48 --threads 1 --channels rgb
    film.gif --frame 2 | text.png --model ink --enhance none
"""

_LISTS = {
    "methods": "methods --json ;; methods",
    "devices": "devices --json ;; devices ;; devices waveshare-4in2 --json ;; devices oled",
    "models": "models --json ;; models ;; models ink --json ;; models ink --verify",
    "version": "--version",
}

_COMPARE = {
    "all": "compare @camera.png out.png --size 32x32",
    "some": "compare @chelsea.png out.png --size 64x --methods fs,bayer8,ink --columns 2",
    "coloured": "compare @rgba.png out.png --methods fs,otsu --ink navy --channels grey --block 2",
    "rgb": "compare @astronaut.png - --size 48x48 --methods atkinson,dbs,neural --channels rgb",
}

_VERIFY = {
    "good": f"{_PHOTO} ;; verify out.png ;; verify out.png --json ;; "
    "verify out.png --size 96x72 --block 1 --json",
    "blocks": "convert @coins.png out.png --grid 50x --block 4 ;; verify out.png --grid 50x39 ;; "
    "verify out.png --block 4 --json ;; verify out.png --size 10x10 ;; verify --block 3 out.png",
    "grey": "verify @camera.png ;; verify @camera.png @bilevel.png --json ;; verify @words.png "
    "--json ;; verify - < @bilevel.png",
    "transparent": "convert @rgba.png out.png --alpha threshold ;; verify out.png ;; "
    "verify out.png --transparent --json",
    "depth": f"{_PHOTO} --depth 8 ;; verify out.png ;; verify out.png --any-depth",
    "rgb": f"{_PHOTO} --channels rgb ;; verify out.png ;; verify --channels rgb out.png --json",
    "films": "convert @film.gif out.gif --block 2 ;; verify out.gif ;; verify out.gif --json",
}

_REPORTS = {
    "plan": "convert @astronaut.png out.png --size 96x72 --dry-run",
    "plan-json": "convert @astronaut.png out.png --size 96x72 --dry-run --json",
    "plan-device": "convert @coins.png out --device waveshare-2in9 --dry-run ;; "
    "convert @coins.png out --device waveshare-2in9 --dry-run --json",
    "plan-film": "convert @film.gif out.gif --dry-run --json",
    "plan-neural": "convert @coins.png out.png -m neural --size 64x --dry-run --json",
    "plan-stdout": "convert @coins.png - --dry-run",
    "json": f"{_PHOTO} --json",
    "json-mask": "convert @rgba.png out.png --alpha mask --json",
    "json-film": "convert @film.gif out.gif --json",
    "json-stdout": "convert @coins.png - --json",
    "notes": "convert @turned.jpg out.png --size 20x20 ;; convert @film.gif out.pbm ;; "
    "convert @film.gif out.png -q",
    "stdin": "convert - - --size 64x < @camera.png ;; convert - - --format bmp < @camera.png",
    "no-overwrite": f"{_PHOTO} ;; {_PHOTO} --no-overwrite",
    "decode-json": "convert @coins.png out.c --size 64x ;; decode out.c back.png --json",
}

_PRESETS = {
    "named": "convert @coins.png a.png -s 64x -m bayer8 --ink navy --save-preset mine ;; "
    "convert @camera.png b.png -p mine ;; convert @camera.png c.png -p mine -m fs --dry-run",
    "file": "convert @coins.png a.gif -g 40x -t 40% --edges --save-preset look.toml ;; "
    "convert @camera.png b.gif -p look.toml ;; show @camera.png -p look.toml",
    "matrix": "convert @coins.png a.png --matrix @kernel.json --save-preset look.toml ;; "
    "convert @camera.png b.png -p look.toml --json",
    "device": "convert @coins.png a --device oled --fit contain --save-preset oled ;; "
    "convert @camera.png b -p oled ;; convert @camera.png c.png -p oled --dry-run --json",
    "project": 'put pixbin.toml \'size = "50x"\nmethod = "atkinson"\ncontrast = 0.3\n'
    "[presets.thick]\nblock = 4\n' ;; convert @coins.png a.png ;; "
    "convert @coins.png b.png -p thick ;; convert @coins.png c.png -p none --size 40x ;; "
    "convert @coins.png d.png --dry-run --json",
    "bad": "put pixbin.toml 'sise = \"50x\"\n' ;; convert @coins.png a.png",
}

_BATCH = {
    "folder": "batch @photos out --size 64x -j 1 ;; batch @photos out --size 64x -j 1",
    "two-workers": "batch @photos out --size 40x -m atkinson -j 2",
    "json": "batch @photos out --size 32x -j 1 --json ;; batch @photos out --size 32x -j 1 --json"
    " ;; batch @photos out --size 33x -j 1 --json",
    "plan": "batch @photos out --size 32x --dry-run ;; batch @photos out --dry-run --json",
    "names": "batch @photos out --size 32x -j 1 --name '{stem}-{size}-{method}.{ext}' --format bmp",
    "globs": "batch @photos out -j 1 --size 20x --include '*.png' --exclude deep --hidden",
    "flat": "batch @photos out -j 1 --size 20x --no-recursive -q",
    "list": "batch out --files0 @list0 --base ../../in -j 1 --size 20x",
    "device": "batch @photos out --device oled -j 1",
    "neural": "batch @photos out --size 32x -m neural -j 1",
    "matrix": "batch @photos out --size 32x --matrix @map.json -j 1",
    "many-options": "batch @photos out -j 1 --size 40x --fit contain --gravity south --tone "
    "perceptual --enhance 0.3 --contrast 20% --sharpen 1 --edges 0.4 --ink navy --seed 4 "
    "-m zhou-fang --alpha threshold --no-serpentine --strength 80%",
    "films": "batch @photos out -j 1 --size 24x --format gif",
    "damaged": "batch @damaged out --size 32x -j 1 ;; batch @damaged out --size 32x -j 1 --json",
    "fail-fast": "batch @damaged/cut.png out --size 32x -j 1 --fail-fast",
    "forced": "batch @damaged/ramp.png out -j 1 --size 20x ;; "
    "batch @damaged/ramp.png out -j 1 --size 20x --force --json",
    "kept": "batch @damaged/ramp.png out -j 1 --size 20x ;; "
    "batch @damaged/ramp.png out -j 1 --size 30x --no-overwrite --json",
}

_ERRORS = """
    convert @missing.png out.png | convert @words.png out.png | convert @empty.png out.png
    convert @cut.jpg out.png | convert @cut.png out.png | convert @camera.png out.jpg
    convert @camera.png out | convert @camera.png out.xyz | convert @camera.png no/such/out.png
    convert @camera.png out.png --size 0x5 | convert @camera.png out.png --size big
    convert @camera.png out.png --size 10x10 --grid 20x20 | convert @camera.png out.png -m nothing
    convert @camera.png out.png -m floid | convert @camera.png out.png --threshold 300
    convert @camera.png out.png --matrix @odd.json | convert @camera.png out.png --nothing
    convert @camera.png out.png --size 20x20 --grid 10x10 --block 3
    convert @camera.png out.png --device nothing | convert @camera.png out.png -p nothing
    convert @camera.png out.pbm --ink red | convert @camera.png out.pbm --channels rgb
    convert @camera.png out.png --layout pages | convert @camera.png out.png --ink notacolour
    convert @camera.png out.png --model missing.onnx | convert @film.gif out.png --frame 9
    convert @camera.png out.png --ink red --paper red | convert @camera.png out.png --fit wide
    convert @camera.png out.xbm --alpha threshold | convert @camera.png | nothing
    convert @camera.png out.png --strength 2 | convert @camera.png out.png --cell 1mm
    stream < @words.png | stream --input gray < @film.gray | stream --rate 0 < @film.pgm
    decode @odd.raw out.png | decode @odd.raw out.png --size 9x9 --from raw
    decode @words.png out.png
    batch @missing out | batch @photos | batch @photos out -j 0 | batch @photos out --name '{odd}'
    compare @camera.png out.gif | compare @camera.png out.png --methods nothing
    show @missing.png | show @camera.png --symbols letters | show @camera.png --channels rgb
    models nothing | devices nothing | verify @missing.png
"""

_API = ("arrays", "files", "animate", "decode", "errors")


def cases(methods: Iterable[str], devices: Iterable[dict[str, str]]) -> list[dict[str, Any]]:
    """Return all cases as the runner takes them.

    Parameters
    ----------
    methods : iterable of str
        Names of methods.
    devices : iterable of dict
        Devices as `pixbin devices --json` reports them.
    """
    lines = [*_of_methods(methods), *_of_formats(), *_of_devices(devices), *_of_options()]
    lines += [*_of_commands(), *((f"api/{name}", f"api {name}") for name in _API)]
    made = [_case(name, steps) for name, steps in lines]
    if len({case["folder"] for case in made}) < len(made):
        raise ValueError("two cases have the same folder")
    return made


def _of_methods(methods: Iterable[str]) -> Iterator[tuple[str, str]]:
    for name in methods:
        yield f"method/{name}", f"{_PHOTO} -m {name} ;; {_RAMP} -m {name} --enhance none"


def _of_formats() -> Iterator[tuple[str, str]]:
    for name in _FORMATS:
        sized = "--size 64x40" if name in _SIZED else ""
        convert = f"convert @coins.png out --format {name} --size 64x40"
        yield f"format/{name}", f"{convert} ;; decode out back.png --from {name} {sized}"
        yield f"format/{name}-odd", f"convert @page.png out --format {name} --grid 37x --block 3"
    for name in _COLOURED:
        convert = f"convert @chelsea.png out --format {name} --size 40x --block 2"
        yield f"coloured/{name}", f"{convert} --ink navy --paper #f3e3c3"
        yield f"rgb/{name}", f"{convert} --channels rgb"
    for name in _TRANSPARENT:
        yield f"alpha/{name}", f"convert @rgba.png out --format {name} --alpha threshold --block 2"
    for name in ("svg", "pdf"):
        yield f"cell/{name}", f"convert @coins.png out --format {name} --grid 30x --cell 0.5mm"
    for name in ("c", "arduino", "micropython", "xbm", "lvgl"):
        yield f"symbol/{name}", f"convert @coins.png out --format {name} --grid 30x --symbol cat"


def _of_devices(devices: Iterable[dict[str, str]]) -> Iterator[tuple[str, str]]:
    for device in devices:
        name = device["name"]
        convert = f"convert @astronaut.png out --device {name}"
        yield f"device/{name}", f"{convert} ;; decode out back.png --device {name}"


def _of_options() -> Iterator[tuple[str, str]]:
    for group, options in _OPTIONS.items():
        yield from _each(group, options, _PHOTO + " {}")
    yield from _each("alpha", _ALPHA, "convert @rgba.png out.png {}")
    yield from _each("packing", _PACKING, "convert @coins.png out.raw --size 60x44 {}")
    yield from _each("size", _SIZES, "convert @{} out.png", leads=True)
    yield from _each("read", _READ, "convert @{} out.png --size 48x", leads=True)
    yield from _each("neural", _NEURAL, "convert @{} out.png -m neural", leads=True)


def _of_commands() -> Iterator[tuple[str, str]]:
    for name in _FILMS:
        for kind in ("gif", "apng", "webp", "tiff"):
            yield f"film/{name}-{kind}", f"convert @{name} out --format {kind} --size 24x"
    yield from _each("film", _FILM_OPTIONS, "convert @{}")
    yield from _each("show", _SHOW, "{}")
    yield from _each("stream", _STREAM, "{}")
    yield from _each("error", _ERRORS, "{}")
    tables = {"list": _LISTS, "compare": _COMPARE, "verify": _VERIFY, "report": _REPORTS}
    for group, table in {**tables, "preset": _PRESETS, "batch": _BATCH}.items():
        for name, steps in table.items():
            yield f"{group}/{name}", steps


def _each(
    group: str, options: str, template: str, leads: bool = False
) -> Iterator[tuple[str, str]]:
    """Yield a case for each entry of a list; `leads` puts what follows a file name last."""
    for entry in re.split(r"\s*\|\s*|\n\s*", options.strip()):
        if leads:
            name, _, others = entry.partition(" ")
            yield f"{group}/{entry}", f"{template.format(name)} {others}"
        else:
            yield f"{group}/{entry}", template.format(entry)


def _case(name: str, steps: str) -> dict[str, Any]:
    folder = re.sub(r"[^A-Za-z0-9.%#]+", "-", name).strip("-")
    return {"name": name, "folder": folder, "steps": [*map(_step, steps.split(" ;; "))]}


def _step(line: str) -> dict[str, Any]:
    words = [re.sub(r"^@", "../../in/", word) for word in shlex.split(line)]
    if "<" not in words:
        return {"args": words}
    at = words.index("<")
    return {"args": words[:at], "stdin": words[at + 1]}
