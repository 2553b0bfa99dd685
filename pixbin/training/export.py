"""Write a trained network as an ONNX file that keeps the contract, once it is shown to be equal."""

from __future__ import annotations

import json
import subprocess
import tempfile
import warnings
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch

from pixbin import __version__, files
from pixbin.errors import ModelError
from pixbin.geometry import Size
from pixbin.neural import model_card, onnx_model
from pixbin.neural.model_card import InputColour, InputExposure, InputScale, ModelCard
from pixbin.training import model
from pixbin.training.augment import Float32Array
from pixbin.training.model import UNet

OPSET_VERSION, IR_VERSION = 17, 8  #: that every onnxruntime since 1.17 reads
#: width and height in cells of the pictures, four of each, on which torch and the file must agree
COMPARISON_SIZES = (Size(1, 1), Size(7, 33), Size(512, 8), Size(48, 48), Size(100, 75))


def export(trained: UNet, card: ModelCard, target: Path) -> str:
    """Write `target` and its card beside it; return what was shown, in a line.

    Raises
    ------
    ModelError
        The file's outputs differ from torch's, or it sees farther than it says.
    OutputError
        It cannot be written.
    """
    data = to_onnx_bytes(trained, card)
    loaded = onnx_model.load(data, threads=1)
    shown = compare_with_torch(trained, loaded)
    onnx_model.validate(loaded)
    files.write_file(target, data)
    files.write_file(target.with_suffix(".json"), model_card.card_json(card, data).encode())
    return f"{target}: {len(data) / 1000:.0f} kB; {shown}"


def to_onnx_bytes(trained: UNet, card: ModelCard) -> bytes:
    """Return a network as the bytes of an ONNX file, its weights and card inside."""
    unit = trained.config.times * trained.config.multiple
    plain = trained.to("cpu").to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that there is a newer exporter, whose files are larger
        torch.onnx.export(
            plain,
            (torch.zeros(1, 1, 2 * unit, 2 * unit),),
            str(Path(folder) / "model.onnx"),
            dynamo=False,
            opset_version=OPSET_VERSION,
            input_names=["seen"],
            output_names=["logits"],
            dynamic_axes={
                "seen": {0: "n", 2: "fine_height", 3: "fine_width"},
                "logits": {0: "n", 2: "height", 3: "width"},
            },
        )
        file = onnx.load(Path(folder) / "model.onnx")
    file.ir_version = IR_VERSION
    onnx.helper.set_model_props(file, card.metadata)
    whole: bytes = file.SerializeToString()
    return whole


def compare_with_torch(trained: UNet, loaded: onnx_model.OnnxModel) -> str:
    """Run torch and the file on pictures of all shapes; return how near they came.

    Raises
    ------
    ModelError
        A cell is decided otherwise.
    """
    flips, apart = 0, 0.0
    pictures = [
        each for size in COMPARISON_SIZES for each in comparison_inputs(size, trained.config.times)
    ]
    for values in pictures:
        ours = torch_logits(trained, values)
        theirs = loaded.logits(values)[0]
        flips += int(((ours >= 0) != (theirs >= 0)).sum())
        apart = max(apart, float(np.abs(ours - theirs).max()))
    count = len(pictures)
    if flips:
        raise ModelError(f"{flips} cells of {count} pictures differ between torch and the file")
    shapes = f"{count} pictures of {len(COMPARISON_SIZES)} sizes"
    return f"as torch on {shapes}: 0 cells differ, logits by at most {apart:.0e}"


def comparison_inputs(size: Size, oversampling: int) -> list[Float32Array]:
    """Return four pictures of a size: noise, faint noise, a ramp, and grey cells."""
    high, wide = size.height * oversampling, size.width * oversampling
    generator = np.random.default_rng(0)
    noise = generator.random((1, high, wide), np.float32)
    ramp = np.linspace(0, 1, high * wide, dtype=np.float32).reshape(1, high, wide)
    cells = generator.random((1, size.height, size.width), np.float32)
    faint = np.float32(0.45) + noise / np.float32(10)
    return [noise, faint, ramp, cells.repeat(oversampling, 1).repeat(oversampling, 2)]


def torch_logits(trained: UNet, values: Any) -> Any:
    """Return the logits of a picture of any size, float32 (1, H * times, W * times); (H, W)."""
    times = trained.config.times
    height, width = (side // times for side in values.shape[1:])
    with torch.no_grad():
        logits = trained(model.pad_to_multiple(torch.from_numpy(values)[None], trained.config))
    return logits[0, 0, :height, :width].numpy()


def build_card(
    trained: UNet, description: dict[str, Any], model_info: dict[str, str], metrics: dict[str, Any]
) -> ModelCard:
    """Return the card of a network.

    `about` is the description of its data set, `told` has name, version, licence and seed.
    """
    return ModelCard(
        times=trained.config.times,
        colour=InputColour.GREY,
        tone=InputScale.SRGB,
        halo=model.halo(trained.config),
        multiple=trained.config.multiple,
        training_data=describe_training_data(description),
        commit=source_commit(),
        metrics=json.dumps({**metrics, "parameters": model.parameter_count(trained)}),
        exposure=InputExposure(description["exposure"]),
        **model_info,
    )


def describe_training_data(description: dict[str, Any]) -> str:
    """Say in words what a data set is made of, and whom to credit."""
    photos = {each["source"]: each for each in description["pictures"] if each["source"] != "scene"}
    scene_count = sum(each["source"] == "scene" for each in description["pictures"])
    licences = Counter(each["licence"] or "licence not told" for each in photos.values())
    counts = ", ".join(f"{count} {name}" for name, count in licences.most_common())
    words = [f"{len(photos)} photographs and drawings ({counts})"] if photos else []
    words += [f"{scene_count} procedural scenes"] if scene_count else []
    told = f"{' and '.join(words)}; targets: {description['targets']}"
    named = {
        each["author"]
        for each in photos.values()
        if each["licence"].replace(" ", "-").startswith("CC-BY")
    }
    thanks = "; ".join(sorted(named - {""}))
    return f"{told}. CC BY: {thanks}" if thanks else told


def source_commit() -> str:
    """Return the commit of pixbin's sources, or its version where there is none."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return f"pixbin {__version__}"
    return found.stdout.strip()
