"""Sizes, boxes and parts of a picture, in pixels or as users give them."""

# Annotations are evaluated here, as `NamedTuple` would compile each of those that are text.

from typing import NamedTuple, Self

from pixbin.errors import UsageError


class Size(NamedTuple):
    """Width and height, in pixels or in cells."""

    width: int
    height: int

    def __str__(self) -> str:
        return f"{self.width}x{self.height}"


SQUARE = Size(1, 1)  #: shape of most pixels, as a ratio of width to height


class Box(NamedTuple):
    """A rectangle of whole pixels or cells: left edge, top edge, width, height."""

    left: int
    top: int
    width: int
    height: int

    @property
    def size(self) -> Size:
        """Width and height."""
        return Size(self.width, self.height)

    @property
    def slices(self) -> tuple[slice, slice]:
        """The index of the box in an array of rows: array[box.slices]."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def within(self, outer: Self) -> Self:
        """Return a box inside another one in the coordinates of the outside."""
        return self._replace(left=outer.left + self.left, top=outer.top + self.top)

    def scale(self, old: Size, new: Size) -> Self:
        """Return the same part of a picture that has another size; at least one pixel is left."""
        left, width = _scale_span(self.left, self.width, old.width, new.width)
        top, height = _scale_span(self.top, self.height, old.height, new.height)
        return self._replace(left=left, top=top, width=width, height=height)

    def __str__(self) -> str:
        return f"{self.width}x{self.height}+{self.left}+{self.top}"


class Extent(NamedTuple):
    """A size as users give it: both sides, one side, or a scale of another size."""

    width: int | None = None
    height: int | None = None
    scale: float | None = None

    @property
    def has_open_side(self) -> bool:
        """Whether a side is left open, to follow from another size."""
        return self.width is None or self.height is None

    def resolve(self, reference: Size, pixel: Size = SQUARE) -> Size:
        """Return the complete size; an open side follows from the aspect of the reference.

        Parameters
        ----------
        reference : Size
            In square pixels.
        pixel : Size
            Shape of the pixels of the result, as a ratio; their shorter side is that of the
            reference's pixels.

        Examples
        --------
        >>> Extent(width=64).resolve(Size(640, 480))
        Size(width=64, height=48)
        """
        width, height = scale_to_pixel_shape(reference, pixel)
        if self.scale is not None:
            scale = self.scale / max(pixel)
            return Size(round_side(width * scale), round_side(height * scale))
        if self.width is None:
            assert self.height is not None
            return Size(round_side(self.height * width / height), self.height)
        if self.height is None:
            return Size(self.width, round_side(self.width * height / width))
        return Size(self.width, self.height)


SOURCE_EXTENT = Extent(scale=1)  #: as large as the source


class Region(NamedTuple):
    """A part of a picture as users give it: an int is pixels, a float a share of the side."""

    left: int | float
    top: int | float
    width: int | float
    height: int | float

    def resolve(self, source: Size) -> Box:
        """Return the part in pixels of a picture.

        Raises
        ------
        UsageError
            The part ends outside of the picture.

        Examples
        --------
        >>> Region(0.25, 10, 0.5, 100).resolve(Size(640, 480))
        Box(left=160, top=10, width=320, height=100)
        """
        left, width = _resolve_span(self.left, self.width, source.width)
        top, height = _resolve_span(self.top, self.height, source.height)
        if left + width > source.width or top + height > source.height:
            room = [max(source.width - left, 0), max(source.height - top, 0)]
            advice = "at most {},{},{},{}".format(left, top, *room)
            if min(room) == 0:
                advice = "a part of it, such as 25%,25%,50%,50%"
            raise UsageError(
                f"crop {self} ends outside of the picture, which has {source} pixels; ask for "
                + advice
            )
        return Box(left, top, width, height)

    def __str__(self) -> str:
        return ",".join(str(part) if isinstance(part, int) else f"{part * 100:g}%" for part in self)


def scale_to_pixel_shape(size: Size, pixel: Size) -> Size:
    """Return a size in pixels of another shape, as a ratio."""
    return Size(size.width * pixel.height, size.height * pixel.width)


def round_side(side: float) -> int:
    """Return a side in whole pixels, at least one; halves are rounded up."""
    return max(1, int(side + 0.5))


def _scale_span(start: int, length: int, old: int, new: int) -> tuple[int, int]:
    first, last = ((2 * edge * new + old) // (2 * old) for edge in (start, start + length))
    first = min(first, new - 1)
    return first, max(last, first + 1) - first


def _resolve_span(start: float, length: float, side: int) -> tuple[int, int]:
    first = start if isinstance(start, int) else min(int(start * side + 0.5), side - 1)
    if isinstance(length, int):
        return first, length
    if isinstance(start, int):
        return first, round_side(length * side)
    return first, max(min(int((start + length) * side + 0.5), side) - first, 1)
