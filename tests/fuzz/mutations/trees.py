"""Mutations of JSON: values of other types, deep and long ones, and keys that are not there."""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from pixbin.options import SPECS
from tests.fuzz.mutations import text

_TEXTS = (
    *(
        "",
        " ",
        "x",
        "-",
        "/",
        ".",
        "..",
        "../../secret.png",
        "/tmp/no-such-folder/x.png",
        "a\0b",
        "\ud800",
    ),
    *("\x1b[31m", "a\nb", "é", "64x64", "0x0", "1e400", "nan", "x" * 5000, "C:\\x", "file:///x"),
    *("all", "none", "auto", "-1", "1..", "2..1", "50%", "#ff0000", "red", "neural", "png", "gif"),
)
_NUMBERS = (
    *(0, 1, -1, 2, 3.5, 1e308, -0.0, 255, 65536, 1 << 31, 1 << 63, 1 << 64, -(1 << 63), 10**30),
    *(float("nan"), float("inf"), float("-inf"), 1e-320, 10**4000),
)


def odd_value(random: Random, depth: int = 2) -> Any:
    """Return a value of any type."""
    match random.randrange(9):
        case 0 | 1 | 2:
            return random.choice(_TEXTS)
        case 3 | 4 | 5:
            return random.choice(_NUMBERS)
        case 6:
            return random.choice((True, False, None))
        case 7 if depth:
            return [odd_value(random, depth - 1) for _ in range(random.choice((0, 1, 2, 4)))]
        case 8 if depth:
            count = random.choice((0, 1, 2))
            return {random.choice(_TEXTS): odd_value(random, depth - 1) for _ in range(count)}
    return random.choice((None, [], {}))


def change_value(random: Random, value: Any, others: Any) -> Any:
    """Return a value of JSON with one change, somewhere in it."""
    if isinstance(value, dict) and value and random.random() < 0.85:
        return _change_object(random, dict(value), others)
    if isinstance(value, list) and value and random.random() < 0.85:
        items, index = list(value), random.randrange(len(value))
        match random.randrange(5):
            case 0:
                del items[index]
            case 1:
                items[index:index] = [items[index]] * random.choice((1, 1, 3, 300))
            case _:
                items[index] = change_value(random, items[index], others)
        return items
    if isinstance(value, int | float) and not isinstance(value, bool) and random.random() < 0.3:
        return random.choice((value + 1, value - 1, -value, value * 1000, str(value)))
    if random.random() < 0.1 and others is not None:
        return others
    return odd_value(random)


def _change_object(random: Random, value: dict[str, Any], others: Any) -> dict[str, Any]:
    key = random.choice([*value])
    match random.randrange(8):
        case 0:
            del value[key]
        case 1:
            value[random.choice([*SPECS])] = odd_value(random)
        case 2 if isinstance(others, dict):
            value.update(others)
        case 3:
            value[random.choice(_TEXTS)] = value.pop(key)
        case _:
            value[key] = change_value(random, value[key], others)
    return value


def change_json(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change a value of a JSON text; of lines of JSON, one line."""
    lines = data.split(b"\n")
    index = random.randrange(len(lines)) if len(lines) > 1 and b'{"' in lines[0] else None
    try:
        value = json.loads(data if index is None else lines[index])
        others = json.loads(random.choice(pool)) if pool and random.random() < 0.2 else None
        changed = json.dumps(change_value(random, value, others)).encode()
    except (ValueError, RecursionError):
        return random.choice(text.ALL)(random, data, pool)
    if index is None:
        return changed
    lines[index] = changed
    return b"\n".join(lines)


ALL = (change_json, change_json, change_json, *text.ALL)
