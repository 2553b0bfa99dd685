"""Help on the options that mean something else for `decode` than for `convert`."""

from __future__ import annotations

from collections.abc import Mapping

DECODE_HELP: Mapping[str, str] = {
    "size": "Size of the picture as displayed: 128x64, or 384x if the length of FILE gives the "
    "other side. Default: as FILE or the device says.",
    "frame": "Picture or array number in a file that holds several: 1 is the first, -1 the last. "
    "Default: the first; the largest of an icon.",
    "frames": "Frames to read, from a file that holds several in an array or as bytes: all, or the "
    "first and the last, such as 1..8. Default: all, if FILE says how many it has and OUTPUT can "
    "hold an animation.",
    "sheet": "FILE is a sprite sheet with so many columns and rows, such as 8x4. Not needed for "
    "the JSON file of a sheet, nor for a name such as walk-table-32-32.png.",
    "symbol": "Name of the picture to read, of C (LVGL, too) or MicroPython code that has several.",
    "device": "Device that FILE was written for: gives its size and byte layout; `pixbin devices` "
    "lists all. Other options take precedence.",
    "compress": "Compression of FILE, if it is raw bytes: packbits, rle, heatshrink or "
    "heatshrink8. Files of code name it themselves. Default: none.",
    "rotate": "Rotation before packing, clockwise, which decode undoes: 0, 90, 180 or 270.",
    "flip": "Mirroring before packing, which decode undoes: none, horizontal, vertical or both.",
}
