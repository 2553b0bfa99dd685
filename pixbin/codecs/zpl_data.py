"""The data of ZPL's graphic fields: hexadecimal digits, runs of digits, or Base64; and back.

In the scheme with runs, `G` to `Y` repeat the next digit 1 to 19 times, and `g` to `z` 20 to 400
times in steps of 20. A comma fills a row with 0, an exclamation mark with 1, both from a whole
byte on; a colon repeats the row above. `:Z64:` is zlib's format in Base64, `:B64:` Base64 alone;
a colon and the CRC of the Base64 text follow.
Source: Zebra, ZPL II Programming Guide 45541L-004: Alternative Data Compression Scheme; ZB64
Encoding and Compression. The guide does not name the CRC: it is that of CCITT (polynomial 1021
hexadecimal, initial value 0), which fields of Zebra's own programs prove.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib

from pixbin.catalog.formats import Format
from pixbin.errors import InputError

_RUN = re.compile(r"(.)\1*")
_TOKEN = re.compile(r"([G-Yg-z]*)([0-9A-Fa-f]+)|([,!:])|(.)", re.DOTALL)
_WHITESPACE = re.compile(r"\s+")
_BASE64_FIELD = re.compile(r":([BZ])64:([A-Za-z0-9+/=\s]*):([0-9A-Fa-f]{4})")
_LARGEST_RUN, _SMALL_RUNS = 400, 20


def encode(image: bytes, stride: int, file_format: Format) -> str:
    """Return the data of a graphic field, in the form that the format has."""
    match file_format:
        case Format.ZPL_HEX:
            return image.hex().upper()
        case Format.ZPL_Z64:
            text = base64.b64encode(zlib.compress(image, 9))
            return f":Z64:{text.decode()}:{_crc(text):04X}"
        case _:
            return _encode_runs(image, stride)


def decode(text: str, stride: int, count: int) -> bytes:
    """Return the bytes of an image, in any of the forms.

    Parameters
    ----------
    stride, count : int
        Bytes of a row, and of the image; data after it is ignored, as the guide says.

    Raises
    ------
    InputError
        The data is damaged.
    """
    if text.lstrip()[:5].upper() in (":B64:", ":Z64:"):
        return _decode_base64(text.strip(), count)
    return _decode_runs(text, 2 * stride, 2 * count)


def _encode_runs(image: bytes, stride: int) -> str:
    digits = image.hex().upper()
    rows = [digits[at : at + 2 * stride] for at in range(0, len(digits), 2 * stride)]
    above = ["", *rows]
    return "".join(
        ":" if row == before else _encode_row(row) for row, before in zip(rows, above, strict=False)
    )


def _encode_row(row: str) -> str:
    """Return a row in runs.

    >>> _encode_row("00FFFFFFF8000000"), _encode_row("AAAA0FFF")
    ('00MF8,', 'JA0F!')
    """
    for digit, filler in (("0", ","), ("F", "!")):
        used = len(row.rstrip(digit))
        used += used % 2  # a filler begins at a whole byte
        if used < len(row):
            return _encode_digits(row[:used]) + filler
    return _encode_digits(row)


def _encode_digits(digits: str) -> str:
    return "".join(_encode_run(run[1], len(run[0])) for run in _RUN.finditer(digits))


def _encode_run(digit: str, count: int) -> str:
    if count <= 2:
        return digit * count
    largest, rest = divmod(count, _LARGEST_RUN)
    twenties, ones = divmod(rest, _SMALL_RUNS)
    letters = "z" * largest
    letters += chr(ord("f") + twenties) if twenties else ""
    letters += chr(ord("F") + ones) if ones else ""
    return letters + digit


def _decode_runs(text: str, width: int, count: int) -> bytes:
    """Return the bytes of `count` digits, `width` of them in a row; lines may break anywhere."""
    rows: list[str] = []
    row, total = "", count // width
    for token in _TOKEN.finditer(_WHITESPACE.sub("", text)):
        letters, digits, sign, other = token.groups()
        if other:
            raise InputError(f"a graphic field with {other!r} in its data")
        if digits:
            left = count - width * len(rows) - len(row)
            row += digits[0] * min(_repetitions(letters), left) + digits[1 : left + 1]
        elif sign == ":":
            if row or not rows:
                raise InputError("a graphic field repeats a row that is not there")
            row = rows[-1]
        elif sign:
            row += ("0" if sign == "," else "F") * (width - len(row))
        whole = len(row) - len(row) % width
        rows += [row[at : at + width] for at in range(0, whole, width)]
        row = row[whole:]
        if len(rows) >= total:
            break
    return bytes.fromhex("".join(rows[:total]))


def _repetitions(letters: str) -> int:
    """Return the number of times that the next digit stands.

    >>> _repetitions(""), _repetitions("M"), _repetitions("vM")
    (1, 7, 327)
    """
    if not letters:
        return 1
    return sum(
        ord(letter) - ord("F") if letter < "a" else _SMALL_RUNS * (ord(letter) - ord("f"))
        for letter in letters
    )


def _decode_base64(text: str, count: int) -> bytes:
    match = _BASE64_FIELD.match(text)
    if not match:
        raise InputError("a graphic field in Base64 that ends too early")
    letters = _WHITESPACE.sub("", match[2]).encode()
    if _crc(letters) != int(match[3], 16):
        raise InputError(f"a graphic field has the CRC {_crc(letters):04X}, not {match[3]}")
    try:
        data = base64.b64decode(letters, validate=True)
        return data[:count] if match[1] == "B" else zlib.decompressobj().decompress(data, count)
    except (binascii.Error, zlib.error) as error:
        raise InputError(f"a graphic field is damaged: {error}") from error


def _crc(text: bytes) -> int:
    """Return the CRC-16 of CCITT with the initial value 0, also called XMODEM."""
    return binascii.crc_hqx(text, 0)
