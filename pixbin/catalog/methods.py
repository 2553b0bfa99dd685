"""The table of binarization methods: name, data, aliases, source, advice."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache

from pixbin.catalog import error_diffusion_kernels, threshold_maps
from pixbin.catalog.families import (
    Automatic,
    Bayer,
    BlockDiffusion,
    ContrastAware,
    Crosshatch,
    DirectBinarySearch,
    EdgeEnhancement,
    Family,
    FixedThreshold,
    FlowLines,
    GradientNoise,
    GreenNoiseDiffusion,
    Halftone,
    Ink,
    LocalRule,
    LocalThreshold,
    MultiscaleDiffusion,
    Neural,
    Otsu,
    RankTile,
    Riemersma,
    Stipple,
    StructureAwareDiffusion,
    WhiteNoise,
)
from pixbin.errors import UsageError, shortened, suggestion

SIERRA_SOURCE = "F. Sierra, unpublished notes, 1989 and 1990"
SHIAU_FAN_SOURCE = (
    "J. Shiau, Z. Fan, A set of easily implementable coefficients in error diffusion, 1996"
)
IMAGEMAGICK_SOURCE = "threshold maps of ImageMagick, thresholds.xml, cell for cell"
YLILUOMA_SOURCE = "J. Yliluoma, Arbitrary-palette positional dithering algorithm, 2011, after Bayer"
BAYER_SOURCE = (
    "B. E. Bayer, An optimum method for two-level rendition of continuous-tone pictures, 1973"
)
AUTO = "auto"  #: chooses a method of the table for each picture
_BAYER_SIDES = {2, 4, 8, 16, 32, 64}


class Method(StrEnum):
    """Every method, by its command-line name."""

    family: Family
    aliases: tuple[str, ...]
    source: str
    advice: str

    def __new__(
        cls,
        name: str,
        family: Family | None = None,
        aliases: tuple[str, ...] = (),
        source: str = "",
        advice: str = "",
    ) -> Method:
        """Make a row of the table; Enum also calls this with the name alone to look one up."""
        method = str.__new__(cls, name)
        method._value_ = name
        if family is not None:
            method.family = family
        method.aliases = aliases
        method.source = source
        method.advice = advice
        return method

    FLOYD_STEINBERG = (
        "floyd-steinberg",
        error_diffusion_kernels.FLOYD_STEINBERG,
        ("fs", "floyd"),
        "R. W. Floyd, L. Steinberg, An adaptive algorithm for spatial grey scale, 1976",
        "photographs and smooth shading",
    )
    FALSE_FLOYD_STEINBERG = (
        "false-floyd-steinberg",
        error_diffusion_kernels.FALSE_FLOYD_STEINBERG,
        ("ffs",),
        "mistaken for Floyd-Steinberg since; L. Crocker, Digital halftoning, 1989",
        "a rougher grain than Floyd-Steinberg",
    )
    JARVIS_JUDICE_NINKE = (
        "jarvis-judice-ninke",
        error_diffusion_kernels.JARVIS_JUDICE_NINKE,
        ("jjn", "jarvis"),
        "J. F. Jarvis, C. N. Judice, W. H. Ninke, A survey of techniques for the display of "
        "continuous tone pictures on bilevel displays, 1976",
        "large grids; crisp, with a coarser grain",
    )
    STUCKI = (
        "stucki",
        error_diffusion_kernels.STUCKI,
        (),
        "P. Stucki, MECCA, a multiple-error correcting computation algorithm, 1981",
        "large grids; crisp and clean",
    )
    BURKES = (
        "burkes",
        error_diffusion_kernels.BURKES,
        (),
        "D. Burkes, unpublished note, 1988",
        "between Floyd-Steinberg and Stucki",
    )
    SIERRA3 = (
        "sierra3",
        error_diffusion_kernels.SIERRA3,
        ("sierra",),
        SIERRA_SOURCE,
        "large grids; softer than Stucki",
    )
    SIERRA2 = (
        "sierra2",
        error_diffusion_kernels.SIERRA2,
        ("two-row-sierra", "sierra-two-row"),
        SIERRA_SOURCE,
        "a lighter Sierra",
    )
    SIERRA_LITE = (
        "sierra-lite",
        error_diffusion_kernels.SIERRA_LITE,
        ("sierra-2-4a",),
        SIERRA_SOURCE,
        "near Floyd-Steinberg, with three weights",
    )
    ATKINSON = (
        "atkinson",
        error_diffusion_kernels.ATKINSON,
        (),
        "B. Atkinson, for the Apple Macintosh, 1984",
        "small grids: clean lights and darks, as a quarter of each error is dropped",
    )
    STEVENSON_ARCE = (
        "stevenson-arce",
        error_diffusion_kernels.STEVENSON_ARCE,
        (),
        "R. L. Stevenson, G. R. Arce, Binary display of hexagonally sampled continuous-tone "
        "images, 1985",
        "very large grids; a wide, open grain",
    )
    SHIAU_FAN1 = (
        "shiau-fan1",
        error_diffusion_kernels.SHIAU_FAN1,
        (),
        SHIAU_FAN_SOURCE,
        "fewer worms in lights and darks",
    )
    SHIAU_FAN2 = (
        "shiau-fan2",
        error_diffusion_kernels.SHIAU_FAN2,
        ("shiau-fan",),
        SHIAU_FAN_SOURCE,
        "fewer worms still",
    )
    FAN = (
        "fan",
        error_diffusion_kernels.FAN,
        (),
        "Z. Fan, A simple modification of error diffusion weights, 1992",
        "Floyd-Steinberg with fewer worms",
    )
    PIGEON = (
        "pigeon",
        error_diffusion_kernels.PIGEON,
        ("steven-pigeon",),
        "S. Pigeon, Dithering, 2013",
        "a light, regular grain",
    )
    SIMPLE_2D = (
        "simple-2d",
        error_diffusion_kernels.SIMPLE_2D,
        (),
        "the least that diffuses in two directions",
        "a coarse, diagonal grain",
    )
    OSTROMOUKHOV = (
        "ostromoukhov",
        error_diffusion_kernels.OSTROMOUKHOV,
        ("variable-coefficients",),
        "V. Ostromoukhov, A simple and efficient error-diffusion algorithm, 2001",
        "smooth shading without worms",
    )
    ZHOU_FANG = (
        "zhou-fang",
        error_diffusion_kernels.ZHOU_FANG,
        ("threshold-modulation",),
        "B. Zhou, X. Fang, Improving mid-tone quality of variable-coefficient error diffusion "
        "using threshold modulation, 2003",
        "smooth shading without worms or checkerboards; --seed changes its grain",
    )
    ESCHBACH_KNOX = (
        "eschbach-knox",
        EdgeEnhancement(error_diffusion_kernels.FLOYD_STEINBERG, 1.0),
        ("edge-enhancement",),
        "R. Eschbach, K. T. Knox, Error-diffusion algorithm with edge enhancement, 1991",
        "Floyd-Steinberg with crisp edges",
    )
    STRUCTURE_AWARE = (
        "structure-aware",
        StructureAwareDiffusion(error_diffusion_kernels.OSTROMOUKHOV, 3.0),
        ("entropy-constrained",),
        "L. Liu, W. Chen, W. Zheng, W. Geng, Structure-aware error-diffusion approach using "
        "entropy-constrained threshold modulation, 2014",
        "texture and weak edges kept, with smooth shading; fast on large grids",
    )
    GREEN_NOISE = (
        "green-noise",
        GreenNoiseDiffusion(feedback=1.0, noise=0.3),
        ("levien", "lau-arce-gallagher"),
        "R. L. Levien, Output dependent feedback in error diffusion halftoning, 1993; D. L. Lau, "
        "G. R. Arce, N. C. Gallagher, Green-noise digital halftoning, 1998",
        "thermal printers, lasers, stencils: small clusters, hardly a lone cell; --seed",
    )
    BLOCK_DIFFUSION = (
        "block-diffusion",
        BlockDiffusion(2, error_diffusion_kernels.FLOYD_STEINBERG),
        ("block-error-diffusion", "damera-venkata-evans"),
        "N. Damera-Venkata, B. L. Evans, FM halftoning via block error diffusion, 2001",
        "thermal printers, lasers, faces: dots of 2x2 cells, edges sharp to the cell",
    )
    RIEMERSMA = (
        "riemersma",
        Riemersma(length=16, ratio=16),
        ("hilbert",),
        "T. Riemersma, A balanced dithering technique, 1998",
        "a grain without direction, rougher than Floyd-Steinberg",
    )
    DOT_DIFFUSION = (
        "dot-diffusion",
        error_diffusion_kernels.KNUTH,
        ("knuth",),
        "D. E. Knuth, Digital halftones by dot diffusion, 1987",
        "printing: dots in a grid, finer than clustered dots",
    )
    MESE_VAIDYANATHAN = (
        "mese-vaidyanathan",
        error_diffusion_kernels.MESE_VAIDYANATHAN,
        ("optimized-dot-diffusion",),
        "M. Mese, P. P. Vaidyanathan, Optimized halftoning using dot diffusion, 2000",
        "an even grain; each cell depends on few others",
    )
    CONTRAST_AWARE = (
        "contrast-aware",
        ContrastAware(radius=3, falloff=2.6),
        ("li-mould",),
        "H. Li, D. Mould, Contrast-aware halftoning, 2010",
        "edges, texture and fine lines kept crisp; slower on large grids",
    )
    MULTISCALE = (
        "multiscale",
        MultiscaleDiffusion(),
        ("multiscale-error-diffusion", "katsavounidis-kuo"),
        "I. Katsavounidis, C.-C. J. Kuo, A multiscale error diffusion technique for digital "
        "halftoning, 1997",
        "sprites and parts to be joined: no direction, no shift, the exact mean light",
    )
    BAYER2 = (
        "bayer2",
        Bayer(2, 2),
        ("bayer2x2", "o2x2"),
        BAYER_SOURCE,
        "five tones, coarse retro texture",
    )
    BAYER4 = (
        "bayer4",
        Bayer(4, 4),
        ("bayer4x4", "o4x4"),
        BAYER_SOURCE,
        "retro games; steady in animations",
    )
    BAYER8 = (
        "bayer8",
        Bayer(8, 8),
        ("bayer", "bayer8x8", "ordered"),
        BAYER_SOURCE,
        "a regular weave; steady in animations",
    )
    BAYER16 = (
        "bayer16",
        Bayer(16, 16),
        ("bayer16x16",),
        BAYER_SOURCE,
        "finer tones on larger grids",
    )
    BAYER32 = (
        "bayer32",
        Bayer(32, 32),
        ("bayer32x32",),
        BAYER_SOURCE,
        "every tone of an 8-bit picture",
    )
    BAYER64 = (
        "bayer64",
        Bayer(64, 64),
        ("bayer64x64",),
        BAYER_SOURCE,
        "every tone of a 12-bit picture",
    )
    BAYER8X4 = (
        "bayer8x4",
        Bayer(8, 4),
        (),
        YLILUOMA_SOURCE,
        "a weave that is coarser one way; also with other sides: bayer4x16, bayer64x2 and the like",
    )
    CHECKS = (
        "checks",
        threshold_maps.CHECKS,
        ("checks2x1", "2x1"),
        "three tones; in ImageMagick, thresholds.xml",
        "one checkerboard grey between ink and paper",
    )
    ORDERED3 = (
        "ordered3",
        threshold_maps.ORDERED3,
        ("o3x3", "3x3"),
        IMAGEMAGICK_SOURCE,
        "ten tones in an unusual weave",
    )
    O8X8 = (
        "o8x8",
        threshold_maps.O8X8,
        ("8x8",),
        IMAGEMAGICK_SOURCE,
        "as bayer8, rows and columns swapped",
    )
    CLUSTERED4 = (
        "clustered4",
        threshold_maps.CLUSTERED4,
        ("h4x4o",),
        IMAGEMAGICK_SOURCE,
        "printing: dots in a grid, 4 cells apart",
    )
    CLUSTERED6 = (
        "clustered6",
        threshold_maps.CLUSTERED6,
        ("h6x6o",),
        IMAGEMAGICK_SOURCE,
        "printing: dots in a grid, 6 cells apart",
    )
    CLUSTERED8 = (
        "clustered8",
        threshold_maps.CLUSTERED8,
        ("h8x8o",),
        IMAGEMAGICK_SOURCE,
        "printing: dots in a grid, 8 cells apart",
    )
    CLUSTERED16 = (
        "clustered16",
        threshold_maps.CLUSTERED16,
        ("h16x16o",),
        IMAGEMAGICK_SOURCE,
        "printing: fine tones in large dots",
    )
    CLUSTERED4_45 = (
        "clustered4-45",
        threshold_maps.CLUSTERED4_45,
        ("h4x4a", "4x1"),
        IMAGEMAGICK_SOURCE,
        "printing: dots at 45 degrees, as in newspapers",
    )
    CLUSTERED6_45 = (
        "clustered6-45",
        threshold_maps.CLUSTERED6_45,
        ("h6x6a", "6x1"),
        IMAGEMAGICK_SOURCE,
        "printing: dots at 45 degrees, as in newspapers",
    )
    CLUSTERED8_45 = (
        "clustered8-45",
        threshold_maps.CLUSTERED8_45,
        ("h8x8a", "8x1"),
        IMAGEMAGICK_SOURCE,
        "printing: dots at 45 degrees, as in newspapers",
    )
    CIRCLES5_INK = (
        "circles5-ink",
        threshold_maps.CIRCLES5_INK,
        ("c5x5b", "c5x5"),
        IMAGEMAGICK_SOURCE,
        "comics: round dots of ink, 5 cells apart",
    )
    CIRCLES5_PAPER = (
        "circles5-paper",
        threshold_maps.CIRCLES5_PAPER,
        ("c5x5w",),
        IMAGEMAGICK_SOURCE,
        "comics: round dots of paper, 5 cells apart",
    )
    CIRCLES6_INK = (
        "circles6-ink",
        threshold_maps.CIRCLES6_INK,
        ("c6x6b", "c6x6"),
        IMAGEMAGICK_SOURCE,
        "comics: round dots of ink, 6 cells apart",
    )
    CIRCLES6_PAPER = (
        "circles6-paper",
        threshold_maps.CIRCLES6_PAPER,
        ("c6x6w",),
        IMAGEMAGICK_SOURCE,
        "comics: round dots of paper, 6 cells apart",
    )
    CIRCLES7_INK = (
        "circles7-ink",
        threshold_maps.CIRCLES7_INK,
        ("c7x7b", "c7x7"),
        IMAGEMAGICK_SOURCE,
        "comics: round dots of ink, 7 cells apart",
    )
    CIRCLES7_PAPER = (
        "circles7-paper",
        threshold_maps.CIRCLES7_PAPER,
        ("c7x7w",),
        IMAGEMAGICK_SOURCE,
        "comics: round dots of paper, 7 cells apart",
    )
    LINES_HORIZONTAL = (
        "lines-horizontal",
        threshold_maps.LINES_HORIZONTAL,
        ("hlines",),
        "lines that grow from one row in four",
        "engraving: horizontal lines",
    )
    LINES_VERTICAL = (
        "lines-vertical",
        threshold_maps.LINES_VERTICAL,
        ("vlines",),
        "lines that grow from one column in four",
        "engraving: vertical lines",
    )
    HALFTONE = (
        "halftone",
        Halftone(),
        ("screen",),
        "R. Ulichney, Digital halftoning, 1987; Adobe, PostScript language reference, 1999",
        "comics and print: dots or lines at any --angle, --frequency and --dot",
    )
    CROSSHATCH = (
        "crosshatch",
        Crosshatch(layers=4, gain=2.0),
        ("hatch", "cross-hatching"),
        "M. P. Salisbury, S. E. Anderson, R. Barzel, D. H. Salesin, Interactive pen-and-ink "
        "illustration, 1994, for tone by layers of strokes",
        "a drawing with strokes of a pen, for 96 to 400 cells; --angle, --frequency",
    )
    WOODCUT = (
        "woodcut",
        FlowLines(sharpness=2.0, kernel=None),
        ("linocut",),
        "lines of R. Cappelli, D. Maio, D. Maltoni, Synthetic fingerprint-image generation, 2000, "
        "along the shapes as in V. Ostromoukhov, Digital facial engraving, 1999",
        "bold lines that follow the shapes, for 96 to 400 cells; --angle, --frequency",
    )
    ENGRAVING = (
        "engraving",
        FlowLines(1.5, error_diffusion_kernels.FLOYD_STEINBERG, 3.0),
        ("copperplate",),
        "lines as woodcut, in error diffusion: K. T. Knox, R. Eschbach, Threshold modulation in "
        "error diffusion, 1993",
        "fine lines that follow the shapes, most greys kept, for 96 to 400 cells",
    )
    STIPPLE = (
        "stipple",
        Stipple(size=4.0, gain=2.0),
        ("stippling", "voronoi"),
        "A. Secord, Weighted Voronoi stippling, 2002",
        "pen dots of even size, also white ones in dark areas, for 96 to 400 cells",
    )
    BLUE_NOISE = (
        "blue-noise",
        RankTile("blue-noise-64"),
        ("blue", "void-and-cluster"),
        "R. Ulichney, The void-and-cluster method for dither array generation, 1993",
        "photographs; grain without pattern, steady in animations",
    )
    STOCHASTIC_CLUSTERED = (
        "stochastic-clustered",
        RankTile("stochastic-clustered-64"),
        ("stochastic-clustered-dot", "green-noise-map"),
        "V. Ostromoukhov, R. D. Hersch, Stochastic clustered-dot dithering, 1999, for the kind; "
        "map by void and cluster as blue-noise, with a ring-shaped energy",
        "print and e-paper: clusters without pattern, steady in animations",
    )
    GRADIENT_NOISE = (
        "gradient-noise",
        GradientNoise(),
        ("interleaved-gradient-noise", "ign"),
        "J. Jimenez, Next generation post processing in Call of Duty: Advanced Warfare, 2014",
        "a fine diagonal weave; steady in animations",
    )
    WHITE_NOISE = (
        "white-noise",
        WhiteNoise(),
        ("noise", "random"),
        "L. G. Roberts, Picture coding using pseudo-random noise, 1962",
        "rough, snowy grain; --seed changes it",
    )
    DIRECT_BINARY_SEARCH = (
        "direct-binary-search",
        DirectBinarySearch(),
        ("dbs", "search"),
        "M. Analoui, J. P. Allebach, Model-based halftoning using direct binary search, 1992",
        "the smoothest shading, crisp edges (--structure); slower on large grids",
    )
    THRESHOLD = (
        "threshold",
        FixedThreshold(),
        ("fixed",),
        "plain comparison with --threshold",
        "line art, text, silhouettes of known brightness",
    )
    OTSU = (
        "otsu",
        Otsu(),
        (),
        "N. Otsu, A threshold selection method from gray-level histograms, 1979",
        "line art, text, silhouettes of unknown brightness",
    )

    INK = (
        "ink",
        Ink(),
        ("xdog", "line-art"),
        "H. Winnemoeller, J. E. Kyprianidis, S. C. Olsen, XDoG: an extended "
        "difference-of-Gaussians compendium, 2012",
        "drawn with a pen: lines and fills without any dither, for 32 to 128 cells",
    )
    MEAN = (
        "mean",
        LocalThreshold(LocalRule.MEAN),
        ("bradley",),
        "D. Bradley, G. Roth, Adaptive thresholding using the integral image, 2007",
        "text and line art in uneven light; --radius",
    )
    GAUSSIAN = (
        "gaussian",
        LocalThreshold(LocalRule.GAUSSIAN),
        (),
        "as mean, near cells counting more",
        "text and line art in uneven light; rounder than mean",
    )
    NIBLACK = (
        "niblack",
        LocalThreshold(LocalRule.NIBLACK),
        (),
        "W. Niblack, An introduction to digital image processing, 1986",
        "every edge, even those of noise; makes drawings of photographs",
    )
    SAUVOLA = (
        "sauvola",
        LocalThreshold(LocalRule.SAUVOLA),
        (),
        "J. Sauvola, M. Pietikainen, Adaptive document image binarization, 2000",
        "scanned pages with stains and shadows",
    )
    NEURAL = (
        "neural",
        Neural(),
        ("onnx",),
        "pixbin; the model has its own source, which `pixbin models` shows",
        "clean pixel art by a trained model, or what your own was trained for (--model)",
    )

    @classmethod
    def _missing_(cls, value: object) -> Method | None:
        """Return `auto`, or the Bayer map of a name such as `bayer4x16`: not in the table."""
        if value == AUTO:
            return _automatic()
        sides = re.fullmatch(r"bayer(\d{1,2})x(\d{1,2})", str(value), re.ASCII)
        if sides is None:
            return None
        width, height = int(sides[1]), int(sides[2])
        return _rectangular_bayer(width, height) if {width, height} <= _BAYER_SIDES else None

    def __reduce_ex__(self, protocol: object) -> tuple[type[Method], tuple[str]]:
        """Pickle a method by its value; Python 3.11.2 would use the name in the table."""
        return Method, (self.value,)

    @classmethod
    def named(cls, name: str) -> Method:
        """Return the method of a name or alias; case, `-`, `_` and spaces do not matter.

        Raises
        ------
        UsageError
            No method has that name; the message suggests the nearest.
        """
        known = {
            _normalize_name(word): method
            for method in cls
            for word in (method.value, *method.aliases)
        }
        key = _normalize_name(str(name))
        if method := known.get(key) or cls._missing_(key):
            return method
        hint = suggestion(key, known, "`pixbin methods` lists all")
        raise UsageError(f"{shortened(name)}: no such method; {hint}")


#: the methods that need no model
ALGORITHMIC = [method for method in Method if not isinstance(method.family, Neural)]


@lru_cache
def _automatic() -> Method:
    method = str.__new__(Method, AUTO)
    method._name_, method._value_ = "AUTO", AUTO
    method.family = Automatic()
    method.aliases, method.source = (), "pixbin"
    method.advice = "any picture: pixbin looks at it, chooses a method and says why"
    return method


@lru_cache
def _rectangular_bayer(width: int, height: int) -> Method:
    row = Method.BAYER8X4
    method = str.__new__(Method, f"bayer{width}x{height}")
    method._name_ = f"BAYER{width}X{height}"
    method._value_ = str(method)
    method.family = Bayer(width, height)
    method.aliases, method.source, method.advice = (), row.source, row.advice
    return method


def _normalize_name(name: str) -> str:
    return re.sub(r"[-_\s]", "", name.casefold())
