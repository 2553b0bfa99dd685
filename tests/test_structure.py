"""The structure of the package: rooms, names and docstrings, and the cost of a start."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "pixbin"
HEAVY = {"numba", "llvmlite", "onnxruntime", "torch", "scipy"}

#: Rooms (folders and loose modules) in six bands; each imports only what stands before it.
BANDS = (
    ("errors", "geometry", "files", "version"),
    ("color", "catalog", "jit"),
    ("options", "readers", "filters", "resample", "bitmap"),
    ("classification", "tone", "dither", "neural", "codecs", "picture"),
    ("verification", "pipeline", "animation", "file_conversion", "preview", "calibration", "api"),
    ("stream", "batch", "training", "web", "studio", "serve", "agents", "cli"),
)
ROOMS = [room for band in BANDS for room in band]
MOST_LOOSE_MODULES = 8
ARRAY_ROOMS = (
    "color",
    "filters",
    "tone",
    "dither",
    "neural",
    "resample",
)  #: public array functions
ARRAY_WORDS = re.compile(r"shape|dtype|\b(bool|u?int\d+|float\d+)\b")
BANNED = {"shown", "told", "wish", "place", "found", "asked", "beside", "lest", "nought"}

Functions = ast.FunctionDef | ast.AsyncFunctionDef

TREES = {
    path.relative_to(PACKAGE).as_posix(): ast.parse(path.read_text("utf-8"))
    for path in sorted(PACKAGE.rglob("*.py"))
}


def room_of(file: str) -> str:
    """Return the room of a file: its first folder, or the module itself."""
    return file.split("/")[0].removesuffix(".py")


def imported_rooms(tree: ast.Module) -> set[str]:
    """Return the rooms that a module imports anywhere, in functions too."""
    rooms = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "pixbin":
            rooms |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("pixbin."):
            rooms.add((node.module or "").split(".")[1])
        elif isinstance(node, ast.Import):
            names = (alias.name.split(".") for alias in node.names)
            rooms |= {parts[1] for parts in names if parts[0] == "pixbin" and len(parts) > 1}
    return rooms


def bound_names(tree: ast.Module) -> Iterator[str]:
    """Yield every name that a module binds: variables, parameters, fields, functions, aliases."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.arg(arg=name):
                yield name
            case ast.alias(name=name, asname=other):
                yield other or name.split(".")[-1]


def docstring(node: ast.Module | ast.ClassDef | Functions) -> str:
    """Return the docstring of a module, class or function, which may be empty."""
    return ast.get_docstring(node) or ""


def docstrings(tree: ast.Module) -> Iterator[str]:
    """Yield every docstring of a module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | Functions):
            yield docstring(node)


def array_aliases() -> set[str]:
    """Return the names that stand for types of arrays anywhere in the package."""
    aliases = {"NDArray", "ndarray"}
    for tree in TREES.values():
        for node in tree.body:
            if isinstance(node, ast.Assign) and "NDArray" in ast.unparse(node.value):
                aliases |= {each.id for each in node.targets if isinstance(each, ast.Name)}
    return aliases


def public_functions(tree: ast.Module) -> Iterator[tuple[Functions, str]]:
    """Yield public functions and methods with their docstring, and that of a method's class."""
    for node in tree.body:
        if isinstance(node, Functions) and node.name[0] != "_":
            yield node, docstring(node)
        elif isinstance(node, ast.ClassDef) and node.name[0] != "_":
            for inner in node.body:
                if isinstance(inner, Functions) and inner.name[0] != "_":
                    yield inner, docstring(node) + docstring(inner)


def takes_array(function: Functions, aliases: set[str]) -> bool:
    """Return whether a parameter is annotated as an array."""
    annotations = (argument.annotation for argument in function.args.args if argument.annotation)
    return any(aliases & {*re.findall(r"\w+", ast.unparse(node))} for node in annotations)


def test_every_module_lies_in_a_room() -> None:
    """Folders and loose modules are those of the list, and few modules are loose."""
    rooms = {room_of(file) for file in TREES} - {"__init__", "__main__"}
    loose = {room for room in rooms if f"{room}.py" in TREES}

    assert rooms == {*ROOMS}
    assert len(loose) <= MOST_LOOSE_MODULES


@pytest.mark.parametrize("room", ROOMS)
def test_imports_go_down(room: str) -> None:
    """A room imports only rooms before it in the list, so there is no cycle."""
    allowed = {*ROOMS[: ROOMS.index(room) + 1], "__version__"}
    upward = {
        f"{file} -> {other}"
        for file, tree in TREES.items()
        if room_of(file) == room
        for other in imported_rooms(tree) - allowed
    }

    assert not upward


def test_no_class_name_twice() -> None:
    """A class name means one thing."""
    files = defaultdict(list)
    for file, tree in TREES.items():
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef):
                files[node.name].append(file)

    assert {name: where for name, where in files.items() if len(where) > 1} == {}


def test_no_banned_identifier() -> None:
    """No variable, parameter, field or function has a name that tells nothing."""
    bad = {file: BANNED & {*bound_names(tree)} for file, tree in TREES.items()}

    assert {file: names for file, names in bad.items() if names} == {}


def test_docstrings_begin_with_a_verb_or_a_noun() -> None:
    """No docstring begins as a question, or with Tell."""
    pattern = re.compile(r"(What|How|Who|Tell)s?\b")
    faulty = [
        f"{file}: {text.splitlines()[0]}"
        for file, tree in TREES.items()
        for text in docstrings(tree)
        if pattern.match(text)
    ]

    assert faulty == []


def test_array_functions_state_shape_or_dtype() -> None:
    """The docstring of a public function on arrays says their shape or type."""
    aliases = array_aliases()
    silent = [
        f"{file}: {function.name}"
        for file, tree in TREES.items()
        if room_of(file) in ARRAY_ROOMS
        for function, text in public_functions(tree)
        if takes_array(function, aliases) and not ARRAY_WORDS.search(text)
    ]

    assert silent == []


def test_torch_is_used_by_training_alone() -> None:
    """Only the commands for models import `training`, and only there is torch."""
    outside = {file: tree for file, tree in TREES.items() if room_of(file) != "training"}
    users = {file for file, tree in outside.items() if "training" in imported_rooms(tree)}

    assert users <= {"cli/train.py", "cli/dataset.py"}
    assert not [file for file in outside if "import torch" in (PACKAGE / file).read_text("utf-8")]


def loaded(program: str, folder: Path) -> set[str]:
    """Return the top-level modules that a program loads."""
    report = "; import sys; print(*sorted({name.split('.')[0] for name in sys.modules}))"
    command = [sys.executable, "-c", program + report]
    printed = subprocess.run(command, capture_output=True, check=True, cwd=folder).stdout
    return set(printed.decode().split())


@pytest.mark.parametrize(
    ("program", "absent"),
    [
        ("import pixbin", HEAVY | {"numpy", "PIL", "typer", "rich"}),
        ("import pixbin.cli.app", HEAVY | {"numpy", "PIL", "rich"}),
        (
            "import pixbin; pixbin.convert('photo.png', size='64x64').save('out.png')",
            HEAVY | {"typer", "rich"},
        ),
        (
            "from pixbin.cli.app import app; app(['show', 'photo.png'], standalone_mode=False)",
            HEAVY | {"rich"},
        ),
        (
            "from pixbin.cli.app import app; app(['convert', 'photo.png', 'out.png'], "
            "standalone_mode=False)",
            HEAVY | {"rich"},
        ),
    ],
)
def test_starts_lean(program: str, absent: set[str], photo: Path) -> None:
    """Nothing is imported before it is used: no compiler for help or a small grid."""
    assert loaded(program, photo.parent) & absent == set()


def test_a_batch_starts_lean(photo: Path) -> None:
    """The process that hands out the work imports nothing that works on pictures."""
    program = (
        "from pixbin.cli.app import app; app(['batch', 'photo.png', 'out'], standalone_mode=False)"
    )
    absent = HEAVY | {"numpy", "rich", "watchdog", "fsspec", "s3fs", "distributed", "dask"}

    assert loaded(program, photo.parent) & absent == set()


def test_large_grids_use_the_compiler(photo: Path) -> None:
    """The checks above can fail: a large grid does load the compiler."""
    program = "import pixbin; pixbin.convert('photo.png', size='500x500', block=1)"

    assert "llvmlite" in loaded(program, photo.parent)
