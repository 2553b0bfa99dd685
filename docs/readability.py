"""Measure how easy the documentation is to read, and fail where it is too hard.

`python docs/readability.py [FILE...]` checks what is written for readers: Flesch's reading ease
is at least 55 on each, and no sentence has more than 35 words. Code, tables, headings and the
targets of links do not count; code within a sentence counts as one short word.

Source: R. Flesch, A new readability yardstick, Journal of Applied Psychology 32, 1948.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
LEAST_EASE = 55.0
MOST_WORDS = 35  #: in a sentence
FEWEST_WORDS = 40  #: a page with fewer has no score

_FENCE = re.compile(r"^ *(```|~~~).*?^ *\1 *$", re.DOTALL | re.MULTILINE)
_LEFT_OUT = re.compile(r"^\s*(#|\||:::|<|!\[|\([\w-]+\)=|:\w+:).*$|^ {4,}.*$", re.MULTILINE)
_ITEM = re.compile(r"^\s*([-*]|\d+\.) +", re.MULTILINE)
_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
_CODE = re.compile(r"`[^`]+`")
_SENTENCE_END = re.compile(r"(?<=[.!?:])[\")]*\s+|\n\s*\n")
_WORD = re.compile(r"[A-Za-z][A-Za-z'-]*|\d[\d.,x%]*")
_ENDINGS = re.compile(r"(?:[^laeiouy]es|ed|[^laeiouy]e)$")
_VOWELS = re.compile(r"[aeiouy]+")


def sentences(markdown: str) -> list[list[str]]:
    """Return the sentences of a page, each as its words."""
    text = _LEFT_OUT.sub("", _FENCE.sub("\n\n", markdown))
    text = _LINK.sub(r"\1", _CODE.sub("it", _ITEM.sub("\n\n", text)))
    text = re.sub(r"https?://\S+|<[^>]+>|[*_]{1,2}", " ", text)
    found = (_WORD.findall(part) for part in _SENTENCE_END.split(text))
    return [words for words in found if words]


def syllables(word: str) -> int:
    """Return about how many syllables an English word has; each part of a number counts as one.

    >>> [syllables(word) for word in ("the", "picture", "dithered", "threshold", "idea")]
    [1, 2, 2, 2, 2]
    """
    if not word[0].isalpha():
        return 1
    if "-" in word.strip("-"):
        return sum(syllables(part) for part in word.split("-") if part)
    word = word.lower()
    short = word if len(word) <= 3 or word.endswith(("ted", "ded")) else _ENDINGS.sub(_kept, word)
    return max(1, len(_VOWELS.findall(short)))


def _kept(ending: re.Match[str]) -> str:
    """Return the consonant before a silent e; `es` is heard after s, x, z, ch and sh."""
    text = ending[0]
    if text.endswith("es") and text[0] in "sxzhcg":
        return text
    return "" if text == "ed" else text[0]


def ease(parts: list[list[str]]) -> float:
    """Return Flesch's reading ease: 100 is very easy, 60 plain English, 30 hard."""
    words = [word for part in parts for word in part]
    length = len(words) / len(parts)
    return 206.835 - 1.015 * length - 84.6 * sum(map(syllables, words)) / len(words)


def check(path: Path) -> tuple[float | None, list[str]]:
    """Return the reading ease of a page, None if it is short, and its faults."""
    parts = sentences(path.read_text("utf-8"))
    faults = [
        f"{path}: {len(part)} words in a sentence: {' '.join(part[:12])} ..."
        for part in parts
        if len(part) > MOST_WORDS
    ]
    if sum(map(len, parts)) < FEWEST_WORDS:
        return None, faults
    score = ease(parts)
    if score < LEAST_EASE:
        faults.append(f"{path}: reading ease {score:.1f}; at least {LEAST_EASE:g} is wanted")
    return score, faults


def pages() -> list[Path]:
    """Return README files, CONTRIBUTING.md and the pages that are written by hand."""
    docs = sorted((ROOT / "docs").rglob("*.md"))
    built = {ROOT / "docs" / "_build", ROOT / "docs" / "_generated"}
    readmes = [ROOT / folder / "README.md" for folder in (".", "examples", "models")]
    return [
        *readmes,
        ROOT / "CONTRIBUTING.md",
        *(page for page in docs if built.isdisjoint(page.parents)),
    ]


def main(names: list[str]) -> int:
    """Check pages, print faults and the lowest score, and return an exit code."""
    results = {path: check(path) for path in ([Path(name) for name in names] or pages())}
    for _, faults in results.values():
        for fault in faults:
            print(fault, file=sys.stderr)
    scores = {path: score for path, (score, _) in results.items() if score is not None}
    if scores:
        lowest = min(scores, key=lambda path: scores[path])
        print(f"{len(results)} pages; the hardest is {lowest.name}: {scores[lowest]:.1f}")
    return int(any(faults for _, faults in results.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
