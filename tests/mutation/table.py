"""The table of modules and the tests that must notice a fault in them."""

from __future__ import annotations

#: Modules of `dither`, and tests in the folder of the same name.
_DITHER = (
    ("block_diffusion", "clusters"),
    ("contrast_aware", "contrast_aware"),
    ("crosshatch", "pen"),
    ("direct_binary_search", "direct_binary_search"),
    ("dot_diffusion", "dot_diffusion"),
    ("edge_enhancement", "error_diffusion"),
    ("error_diffusion", "error_diffusion"),
    ("error_diffusion_compiled", "error_diffusion"),
    ("error_diffusion_interpreted", "error_diffusion"),
    ("error_diffusion_rows", "error_diffusion"),
    ("error_diffusion_text", "error_diffusion"),
    ("error_diffusion_vectors", "error_diffusion"),
    ("flow_lines", "pen"),
    ("global_threshold", "global_threshold"),
    ("green_noise", "clusters"),
    ("halftone", "halftone"),
    ("local_threshold", "local_threshold"),
    ("minimum_dot", "minimum_dot"),
    ("multiscale", "multiscale", "clusters"),
    ("ordered", "ordered", "clusters"),
    ("riemersma", "riemersma"),
    ("sharpening", "sharpening", "pen", "threshold_modulation", "error_diffusion"),
    ("specks", "specks", "pen"),
    ("stipple", "pen"),
    ("strokes", "pen", "specks", "flat_greys"),
    ("threshold_modulation", "threshold_modulation"),
    ("variable_error_diffusion", "variable_error_diffusion"),
    ("void_and_cluster", "ordered", "clusters"),
    ("xdog", "xdog"),
)

#: Modules of `codecs` that write bits and files, and tests in the folder of the same name.
_CODECS = (
    ("apng", "frame_formats"),
    ("bit_packing", "bit_packing"),
    ("bit_runs", "unpack_limits", "compression"),
    ("bmp", "bmp", "encode"),
    ("compression", "packed_bytes", "unpack_limits", "compression", "compressed_arrays"),
    ("frames", "frame_formats"),
    ("gif", "frame_formats", "gif", "signatures"),
    ("gif_lzw", "gif"),
    ("heatshrink", "packed_bytes", "unpack_limits", "compression"),
    ("ico", "bmp", "ico", "encode"),
    ("indexed", "indexed", "frame_formats"),
    ("lvgl_rle", "lvgl_rle"),
    ("packbits", "packed_bytes", "unpack_limits", "compression"),
    ("pbm", "encode"),
    ("pillow", "bmp", "encode"),
    ("png", "png", "signatures", "encode"),
    ("tiff", "bmp", "encode", "frame_formats", "signatures"),
    ("webp", "frame_formats", "signatures", "encode"),
)
#: Logs of the journal, and their tests.
_LOGS = ("file_log", "segmented_log")


def _dither(*names: str) -> tuple[str, ...]:
    own = [f"tests/dither/test_{name}.py" for name in names]
    return "tests/dither/test_recorded_cells.py", "tests/test_golden.py", *own


#: What every mutant of a folder is tested with; the first test that fails ends the run, so fast
#: tests and those that fail most often come first. A module may have a row of its own.
TESTS: dict[str, tuple[str, ...]] = {
    "pixbin/geometry": ("tests/test_geometry.py", "tests/geometry"),
    **{f"pixbin/dither/{name}.py": _dither(*tests) for name, *tests in _DITHER},
    "pixbin/dither": ("tests/test_golden.py", "tests/dither"),
    **{
        f"pixbin/codecs/{name}.py": tuple(f"tests/codecs/test_{test}.py" for test in tests)
        for name, *tests in _CODECS
    },
    "pixbin/codecs": ("tests/codecs",),
    # Root runs the tests of some machines, so none of these may write to a device that it could
    # replace.
    "pixbin/files": (
        *("tests/test_atomic_writing.py", "tests/test_stdio.py", "tests/test_files.py"),
        "tests/faults/test_writing.py",
    ),
    "pixbin/batch/state": ("tests/batch/state",),
    **{
        f"pixbin/batch/storage/{name}.py": (f"tests/batch/storage/test_{name}.py",)
        for name in _LOGS
    },
    "pixbin/batch/storage/base.py": (
        "tests/batch/storage/test_file_signature.py",
        "tests/batch/storage/test_segmented_log.py",
    ),
    "pixbin/jit": ("tests/jit", "tests/dither/test_sequential_kernels.py"),
}


def tests_of(module: str) -> tuple[str, ...]:
    """Return the tests of a module, given by its path, from the longest row that fits.

    Raises
    ------
    KeyError
        No row fits.

    Examples
    --------
    >>> tests_of("pixbin/geometry/notes.py")
    ('tests/test_geometry.py', 'tests/geometry')
    """
    fitting = [row for row in TESTS if module == row or module.startswith(f"{row}/")]
    if not fitting:
        raise KeyError(f"{module}: tests/mutation/table.py has no row for it; add one")
    return TESTS[max(fitting, key=len)]
