"""The packages that pixbin needs, as they are installed here."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import metadata
from typing import NamedTuple

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT_PACKAGE = "pixbin"


class Packages(NamedTuple):
    """Installed packages, what each needs, and what is not installed."""

    needs: dict[str, frozenset[str]]  #: names of packages, by the package that needs them
    missing: frozenset[str]  #: needed by name, but not installed

    def distribution(self, name: str) -> metadata.Distribution:
        """Return the metadata of one."""
        return metadata.distribution(name)

    def pins(self) -> list[str]:
        """Return a requirement of the exact version of each, but for pixbin itself."""
        names = sorted(self.needs.keys() - {ROOT_PACKAGE})
        return [f"{name}=={self.distribution(name).version}" for name in names]


def installed_packages(extras: Iterable[str] = ()) -> Packages:
    """Return pixbin and all that it needs, directly or not, on this machine.

    Parameters
    ----------
    extras : iterable of str
        Optional dependencies of pixbin that count, too.
    """
    needs: dict[str, frozenset[str]] = {}
    missing, seen = set(), set()
    waiting = [(ROOT_PACKAGE, frozenset(extras))]
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            requirements = _requirements(name, wanted)
        except metadata.PackageNotFoundError:
            missing.add(name)
            continue
        rows = {(canonicalize_name(row.name), frozenset(row.extras)) for row in requirements}
        needs[name] = needs.get(name, frozenset()) | {other for other, _ in rows}
        waiting += rows
    return Packages(
        {name: others - missing - {name} for name, others in sorted(needs.items())},
        frozenset(missing),
    )


def _requirements(name: str, extras: frozenset[str]) -> list[Requirement]:
    """Return what a package needs on this machine, with some of its extras."""
    rows = [Requirement(text) for text in metadata.distribution(name).requires or ()]
    return [
        row
        for row in rows
        if row.marker is None
        or any(row.marker.evaluate({"extra": extra}) for extra in extras or {""})
    ]
