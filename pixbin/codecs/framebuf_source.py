"""Source code for MicroPython's `framebuf`: one picture, or all frames of an animation.

A `FrameBuffer` needs memory that can be written to (MicroPython, `extmod/modframebuf.c`:
`framebuf_make_new`). So frames are constant bytes, which may stay in flash, and a function copies
one of them into a common buffer.
"""

from __future__ import annotations

import ast
import keyword
import re
from typing import Any

from pixbin.catalog.enums import BitOrder, ByteLayout, Compression
from pixbin.catalog.packing import Packing
from pixbin.codecs import bit_packing, unpackers
from pixbin.codecs.frame_table import MAX_DURATION, FrameTable
from pixbin.errors import InputError, UsageError
from pixbin.geometry import Size

#: modes of MicroPython's `framebuf`; in rows, LSB or MSB in a name is the bit of the last pixel,
#: not of the first
FRAMEBUF_FORMATS = {
    "MONO_HLSB": (ByteLayout.ROWS, BitOrder.MSB),
    "MONO_HMSB": (ByteLayout.ROWS, BitOrder.LSB),
    "MONO_VLSB": (ByteLayout.PAGES, BitOrder.LSB),
}
_FRAMEBUF_NAMES = {packing: name for name, packing in FRAMEBUF_FORMATS.items()}
_BYTES_PER_LINE = 12
_UNPACKING_BODY = """\
    global _{name}_next
    if number < _{name}_next:
        _{name}_next = 0
    for each in range(_{name}_next, number + 1):
        changes = unpack_{compress}({name}_frames[each], len(_{name}_bytes))
        for at in range(len(changes)):
            _{name}_bytes[at] = changes[at] ^ (_{name}_bytes[at] if each else 0)
    _{name}_next = number + 1
    return _{name}_buffer


_{name}_next = 0
"""
_FRAMES = re.compile(
    r"""^(\w+)_frames\s*=\s*\(((?:\s*(?:[bB](?:"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|,"""
    r"""|\#[^\n]*\n))*)\s*\)""",
    re.MULTILINE,
)


def module_notes(name: str) -> tuple[str, ...]:
    """Return a note if `import` cannot load a module of this name.

    >>> module_notes("cat"), module_notes("my-cat")
    ((), ('my-cat.py: import cannot load this name; use letters, digits and _',))
    """
    if name in ("", "-") or (name.isidentifier() and not keyword.iskeyword(name)):
        return ()
    return (f"{name}.py: import cannot load this name; use letters, digits and _",)


def check_packing(packing: Packing) -> None:
    """Refuse a packing that `framebuf` cannot read.

    Raises
    ------
    UsageError
        It has no mode for the layout with this bit order.
    """
    if (packing.layout, packing.bit_order) not in _FRAMEBUF_NAMES:
        raise UsageError(
            f"framebuf has no {packing.layout} with {packing.bit_order} first; "
            "choose rows, or pages with --bit-order lsb, or use raw"
        )


def picture_text(
    data: bytes,
    stored: Size,
    packing: Packing,
    name: str,
    comment: str,
    compress: Compression | None = None,
) -> str:
    """Return a module with one picture; `stored` is its size in memory."""
    definition = f"{name}_data = bytearray(\n{_literals(data)})\n"
    if compress:
        call = f"unpack_{compress}({name}_packed, {_byte_length(stored, packing)})"
        definition = (
            f"\n\n{unpackers.micropython_source(compress)}\n\n"
            f"{name}_packed = bytes(\n{_literals(data)})\n{name}_data = {call}\n"
        )
    return (
        f"# {comment}\n"
        f"# Draw it: display.blit({name}, 0, 0), then display.show()\n"
        f"{_head(stored)}"
        f"{definition}"
        f"{name} = {_frame_buffer(f'{name}_data', stored, packing)}"
    )


def frames_text(
    frames: list[bytes],
    table: FrameTable,
    stored: Size,
    packing: Packing,
    name: str,
    comment: str,
    compress: Compression | None = None,
) -> str:
    """Return a module with frames, their durations, and a function that gives one of them.

    Packed frames are changes of the frame before. So the function goes on from the frame that the
    buffer holds, or begins again.
    """
    body = f"    _{name}_bytes[:] = {name}_frames[number]\n    return _{name}_buffer\n"
    function = ""
    if compress:
        function = f"\n\n{unpackers.micropython_source(compress)}\n\n"
        body = _UNPACKING_BODY.format(name=name, compress=compress)
    milliseconds = ", ".join(map(str, table.durations))
    parts = (
        f"    # {name}({number}), {duration} ms\n{_literals(data)[:-1]},\n"
        for number, (data, duration) in enumerate(zip(frames, table.durations, strict=True))
    )
    return (
        f"# {comment} {table.comment_words}\n"
        f"# Draw frame i: display.blit({name}(i), 0, 0), then display.show()\n"
        f"# and time.sleep_ms({name}_durations[i]); i is from 0 to FRAMES - 1\n"
        f"{_head(stored)}FRAMES = {len(frames)}\n{function}"
        f"{name}_durations = ({milliseconds},)  # milliseconds\n"
        f"{name}_frames = (\n{''.join(parts)})\n"
        f"_{name}_bytes = bytearray({_byte_length(stored, packing)})\n"
        f"_{name}_buffer = {_frame_buffer(f'_{name}_bytes', stored, packing)}\n\n"
        f"def {name}(number):\n{body}"
    )


def has_frames(text: str) -> bool:
    """Return whether code has frames as pixbin writes them."""
    return _FRAMES.search(text) is not None


def find_frames(text: str) -> tuple[str, list[bytes], FrameTable] | None:
    """Return name, frames and table of an animation that pixbin wrote; None if there is none.

    Raises
    ------
    InputError
        The frames are damaged, or their durations are missing.
    """
    match = _FRAMES.search(text)
    if not match:
        return None
    name = match[1]
    times = re.search(rf"(?m)^{name}_durations\s*=\s*(\([\d,\s]*\))", text)
    plays = re.search(r"(?m)^# pixbin [^\n]*\bplays=(\d{1,9})\b", text)
    try:
        frames = _literal_tuple(f"({match[2]})")
        durations = _literal_tuple(times[1] if times else "()")
    except (SyntaxError, ValueError, TypeError) as error:
        raise InputError(f"the frames of {name} cannot be read: {error}") from error
    if len(frames) != len(durations) or not frames or max(durations) > MAX_DURATION:
        raise InputError(f"{name} has {len(frames)} frames and {len(durations)} durations")
    table = FrameTable.of([*map(len, frames)], durations, int(plays[1]) if plays else 0)
    return name, [*frames], table


def _literal_tuple(text: str) -> tuple[Any, ...]:
    """Return a tuple of bytes or of numbers, as the text was matched for."""
    values = ast.literal_eval(text)
    if not isinstance(values, tuple):
        raise ValueError("not several of them")
    return values


def _byte_length(stored: Size, packing: Packing) -> int:
    return bit_packing.line_count(stored, packing) * bit_packing.line_stride(stored, packing)


def _head(stored: Size) -> str:
    return f"import framebuf\n\nWIDTH = {stored.width}\nHEIGHT = {stored.height}\n"


def _literals(data: bytes) -> str:
    parts = (data[at : at + _BYTES_PER_LINE] for at in range(0, len(data), _BYTES_PER_LINE))
    return "".join(f'    b"\\x{part.hex(",").replace(",", chr(92) + "x")}"\n' for part in parts)


def _frame_buffer(data: str, stored: Size, packing: Packing) -> str:
    stride = bit_packing.line_stride(stored, packing)
    pixels = 8 * stride if packing.layout is ByteLayout.ROWS else stride
    mode = _FRAMEBUF_NAMES[packing.layout, packing.bit_order]
    return f"framebuf.FrameBuffer(\n    {data}, WIDTH, HEIGHT, framebuf.{mode}, {pixels}\n)\n"
