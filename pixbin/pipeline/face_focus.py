"""The window of a picture that keeps its faces, with hair and chin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from pixbin.geometry import Box, Gravity, Size

if TYPE_CHECKING:
    from pixbin.neural.faces import Face

MAX_ZOOM = 16.0  #: that a face chooses
MIN_RELATIVE_SIZE = 0.5  #: of a face that is kept together with the largest one
MIN_FACE_SHARE = 0.2  #: of the longer side of the heads together, that the largest face must have

#: margins around the box of a face, which reaches from the brows to the chin, in its sides
SIDE_MARGIN, TOP_MARGIN, BOTTOM_MARGIN = 0.4, 0.6, 0.3


class Heads(NamedTuple):
    """A box around one head or several, in shares of the region."""

    left: float
    top: float
    right: float
    bottom: float

    def join(self, other: Heads) -> Heads:
        """Return the box around both."""
        return Heads(
            min(self.left, other.left),
            min(self.top, other.top),
            max(self.right, other.right),
            max(self.bottom, other.bottom),
        )


@dataclass(frozen=True, slots=True)
class FaceFocus:
    """A focus by faces: the largest one, and others of nearly its size if they fit."""

    heads: tuple[Heads, ...]  #: the largest first
    face_side: float  #: of the largest face, as a share of the region's width
    aspect: float  #: width to height of the region
    gravity: Gravity = Gravity.FACE

    @classmethod
    def of(cls, faces: Sequence[Face], aspect: float) -> FaceFocus:
        """Make a focus from faces, of which there is at least one."""
        ordered = sorted(faces, key=lambda face: (-face.width * face.score, face))
        kept = [face for face in ordered if face.width >= MIN_RELATIVE_SIZE * ordered[0].width]
        return cls(tuple(map(_head, kept)), ordered[0].width, aspect)

    def choose_zoom(self, largest: Size, region: Size) -> float:
        """Return the zoom, 1 to `MAX_ZOOM`, at which the heads fill the window."""
        heads = self._together(largest.width / region.width, largest.height / region.height)
        zoom = min(
            largest.width / region.width / (heads.right - heads.left),
            largest.height / region.height / (heads.bottom - heads.top),
        )
        return min(max(zoom, 1.0), MAX_ZOOM)

    def choose_box(self, size: Size, region: Size) -> Box:
        """Return the box of this size with the heads in its middle."""
        # One pixel more, as sizes are rounded.
        width, height = (size.width + 1) / region.width, (size.height + 1) / region.height
        heads = self._together(width, height)
        left = (heads.left + heads.right) / 2 * region.width - size.width / 2
        top = (heads.top + heads.bottom) / 2 * region.height - size.height / 2
        return Box(
            min(max(round(left), 0), region.width - size.width),
            min(max(round(top), 0), region.height - size.height),
            *size,
        )

    def _together(self, width: float, height: float) -> Heads:
        """Return the box around as many heads as a window of this size holds."""
        together, *others = self.heads
        for head in others:
            joined = together.join(head)
            across, down = joined.right - joined.left, joined.bottom - joined.top
            is_small = max(across, down / self.aspect) * MIN_FACE_SHARE <= self.face_side
            if across <= width and down <= height and is_small:
                together = joined
        return together


def _head(face: Face) -> Heads:
    """Return the box of a face with hair and chin, inside of the picture."""
    return Heads(
        max(face.left - SIDE_MARGIN * face.width, 0),
        max(face.top - TOP_MARGIN * face.height, 0),
        min(face.left + (1 + SIDE_MARGIN) * face.width, 1),
        min(face.top + (1 + BOTTOM_MARGIN) * face.height, 1),
    )
