"""Entries: journals of batches, models, printed ramps, and streams of video."""

from __future__ import annotations

import functools
import io
import json
import struct
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image

from pixbin.batch import session
from pixbin.batch.executors.process_pool import InProcessExecutor
from pixbin.batch.planning.naming import DEFAULT_TEMPLATE, Template
from pixbin.batch.session import BatchRequest
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.state.journal import Journal, JournalEntry
from pixbin.batch.storage.file_log import FileLog
from pixbin.calibration import ramp, ramp_reading
from pixbin.catalog.formats import Format
from pixbin.errors import InputError, ModelError, UsageError
from pixbin.geometry import Size
from pixbin.neural import model_card, onnx_model
from pixbin.options import Options
from pixbin.readers import netpbm, raster
from pixbin.readers.netpbm import NetpbmStream
from pixbin.stream.convert import convert_stream
from pixbin.stream.readers import StreamInputFormat, open_stream
from pixbin.stream.writers import StreamOutputFormat
from tests.fixtures import sample_image
from tests.fuzz import corpus
from tests.fuzz.entry import FuzzEntry, promise
from tests.fuzz.mutations import binary, png, protobuf, text, trees

_METADATA_FIELD = 14  #: `metadata_props` of ONNX's ModelProto
_SMALL = Options.of(size="8x6", method="threshold", enhance="none")


def _journal_lines() -> bytes:
    recipe = Recipe(_SMALL, Format.PBM)
    lines: list[dict[str, Any]] = [{"recipe": recipe.fingerprint, "settings": recipe.settings}]
    for name in ("a", "b", "c"):
        lines.append(
            {
                "output": f"{name}.pbm",
                "source": f"in/{name}.png",
                "bytes": 100,
                "modified_ns": 1700000000000000000,
                "sha256": "0" * 64,
                "recipe": recipe.fingerprint,
                "written": 20,
                "size": "8x6",
                "grid": "8x6",
                "output_sha256": "1" * 64,
            }
        )
    return b"".join(json.dumps(line).encode() + b"\n" for line in lines)


def _read_journal(data: bytes, choice: int) -> object:
    """Open a journal, use it, and open it again; sometimes run a whole batch with it."""
    if choice % 16 == 0:
        return _run_batch(data)
    folder = Path("state")
    folder.mkdir(exist_ok=True)
    path = folder / "journal.jsonl"
    path.write_bytes(data)
    journal = Journal(FileLog(path, folder))
    for name in ("a.pbm", "b.pbm", "missing"):
        entry = journal.find(name)
        journal.mark_dirty(name)
        if entry is not None:
            journal.add(entry)
    journal.compact()
    journal.close()
    again = Journal(FileLog(path, folder))
    entry = again.find("a.pbm")
    promise(entry is None or isinstance(entry, JournalEntry), "no entry")
    again.close()
    return f"{entry is None}"


def _run_batch(data: bytes) -> object:
    """Run a batch in this process, over an output folder with this journal."""
    Path("in").mkdir(exist_ok=True)
    picture = Path("in/a.png")
    if not picture.exists():
        Image.fromarray(sample_image(12, 9)).save(picture)
    state = Path("out/.pixbin")
    state.mkdir(parents=True, exist_ok=True)
    (state / "journal.jsonl").write_bytes(data)
    request = BatchRequest(
        ["in"], "out", Recipe(_SMALL, Format.PBM), Template.parse(DEFAULT_TEMPLATE)
    )
    plan = session.make_plan(request, lambda note: None)
    with session.open_session(request, lambda note: None) as run:
        run._execute = InProcessExecutor(session._worker_config(request, request.recipe))
        outcomes = [*run.outcomes(plan, lambda: False)]
    promise(not any(outcome.error for outcome in outcomes), f"the batch failed: {outcomes}")
    promise(Path("out/a.pbm").exists(), "no output")
    return f"{[outcome.state for outcome in outcomes]}"


def _read_model(data: bytes, choice: int) -> object:
    """Load a model, and probe it as `pixbin models` does."""
    if choice % 2:
        entries = protobuf.text_pairs(data, _METADATA_FIELD)
        return model_card.ModelCard.from_metadata(entries).name
    model = onnx_model.load(data)
    if choice % 8 == 0:
        onnx_model.validate(model)
    return model.card.name


@functools.cache
def _model_seeds() -> Sequence[bytes]:
    """Return a small model: a mean over 3x3 cells."""
    try:
        from onnx import TensorProto, helper
    except ImportError:
        return ()
    sides: list[int | str | None] = [1, 1, "h", "w"]
    make = helper.make_tensor_value_info
    weights = helper.make_tensor("w", TensorProto.FLOAT, [1, 1, 1, 1], [-8.0])
    node = helper.make_node("Conv", ["light", "w"], ["logits"])
    infos = [make(name, TensorProto.FLOAT, sides) for name in ("light", "logits")]
    graph = helper.make_graph([node], "g", [infos[0]], [infos[1]], [weights])
    opset = [helper.make_opsetid("", 13)]
    model = helper.make_model(graph, opset_imports=opset, ir_version=8)
    card = {"name": "tiny", "version": "1", "times": "1", "colour": "grey", "tone": "linear"}
    card |= {"halo": "0", "multiple": "4", "exposure": "none", "licence": "CC0", "metrics": "{}"}
    properties = {model_card.METADATA_PREFIX + name: value for name, value in card.items()}
    helper.set_model_props(model, properties)
    return (model.SerializeToString(),)


@functools.cache
def _printed_ramp() -> Any:
    return ramp.draw(Options.of(method="bayer4", size="x300", block=1)).paper


def _read_ramp(data: bytes, choice: int) -> object:
    """Read a photograph of the printed ramp, seen at an angle, in bad light, or partly covered."""
    if choice % 2:
        picture = raster.from_image(_photograph(data))
    else:
        from pixbin import readers

        picture = readers.read_raster(data, "photo")
    reading = ramp_reading.read(picture, "photo")
    promise(all(0 <= share <= 1 for point in reading.curve.points for share in point), "no curve")
    return "read"


def _photograph(data: bytes) -> Image.Image:
    """Return a photograph of the ramp; the bytes choose its perspective, light and noise."""
    values = struct.unpack("<16h", data[:32].ljust(32, b"\0"))
    image = Image.fromarray(np.where(_printed_ramp(), 235, 20).astype(np.uint8))
    width, height = image.size
    shift = [value / 32768 * 0.5 for value in values[:8]]
    corners = [(0, 0), (0, height), (width, height), (width, 0)]
    quad = [
        round(corner[axis] + shift[2 * index + axis] * image.size[axis])
        for index, corner in enumerate(corners)
        for axis in (0, 1)
    ]
    seen = image.transform(image.size, Image.Transform.QUAD, quad, fillcolor=values[8] & 255)
    array = np.asarray(seen).astype(float)
    light = 1 + values[9] / 32768 * np.linspace(0, 1, width) + values[10] / 65536
    noise = np.random.default_rng(values[11] & 0xFFFF).normal(
        0, abs(values[12]) / 1000, array.shape
    )
    array = np.clip(array * light + noise, 0, 255)
    left, top = (abs(values[13 + axis]) % image.size[axis] for axis in (0, 1))
    array[top : top + abs(values[15]) % height // 4, left : left + width // 4] = 128
    return Image.fromarray(array.astype(np.uint8))


def _ramp_seeds() -> Sequence[bytes]:
    buffer = io.BytesIO()
    Image.fromarray(_printed_ramp()).save(buffer, "PNG")
    parameters = (bytes(32), struct.pack("<16h", *range(100, 1700, 100)))
    return (*parameters, buffer.getvalue())


def _ramp_mutation(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    if data.startswith(png.SIGNATURE):
        return random.choice(png.ALL)(random, data, pool)
    if random.random() < 0.7:
        position = 2 * random.randrange(16)
        value = int(random.gauss(0, 3000)) % 65536
        return data[:position] + value.to_bytes(2, "little") + data[position + 2 : 32]
    return random.choice(binary.ALL)(random, data, pool)


def _read_stream(data: bytes, choice: int) -> object:
    """Convert a stream, frame by frame."""
    formats, outputs = [*StreamInputFormat], [*StreamOutputFormat]
    input_format = formats[choice % len(formats)] if choice % 3 else StreamInputFormat.AUTO
    written: list[bytes] = []
    frames = open_stream(_Pipe(data, choice), input_format, Size(4, 3))
    rate = Fraction(25) if choice % 2 else None
    output = outputs[choice % len(outputs)]
    count = convert_stream(frames, _SMALL, output, rate, written.append)
    promise(count > 0, "no frame, and no error")
    if output in (StreamOutputFormat.PBM, StreamOutputFormat.PGM):
        stream = NetpbmStream(io.BytesIO(b"".join(written)), "out")
        sizes = {image.size for image in netpbm.read_images(stream)}
        promise(sizes == {Size(8, 6)}, f"frames of {sizes}")
    return f"{count} {input_format}"


class _Pipe(io.BytesIO):
    """A pipe that gives as many bytes as were asked for, or fewer at its end."""

    def __init__(self, data: bytes, choice: int) -> None:
        super().__init__(data)
        self._choice = choice

    def seekable(self) -> bool:
        """Return False: it is a pipe."""
        return False


def _stream_seeds() -> Sequence[bytes]:
    pixels = bytes(range(0, 240, 5))
    head = b"YUV4MPEG2 W4 H3 F25:1 Ip A1:1 C%s XLENGTH=2\n"
    kinds = {b"420jpeg": 20, b"mono": 12, b"444": 36, b"422": 24, b"411": 18}
    films = [head % kind + (b"FRAME\n" + pixels[:count]) * 2 for kind, count in kinds.items()]
    still = corpus.netpbm_files()
    return (*films, *still, still[4] + still[4], still[6] * 3, pixels)


def entries() -> list[FuzzEntry]:
    """Return these entries."""
    metadata = protobuf.mutation_of((_METADATA_FIELD,))
    return [
        FuzzEntry(
            "journal",
            lambda: (_journal_lines(),),
            _read_journal,
            trees.ALL,
            errors=(),
            suffix="jsonl",
        ),
        FuzzEntry(
            "model",
            _model_seeds,
            _read_model,
            (metadata, metadata, metadata, protobuf.mutation_of()),
            errors=(ModelError,),
            suffix="onnx",
        ),
        FuzzEntry("ramp", _ramp_seeds, _read_ramp, (_ramp_mutation,), weight=0.7),
        FuzzEntry("stream", _stream_seeds, _read_stream, text.ALL, errors=(InputError, UsageError)),
    ]
