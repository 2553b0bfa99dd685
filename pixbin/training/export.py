"""Export of a trained network to an ONNX file that follows the model contract.

The file is written only after it gave the same decisions as torch on test pictures.
"""

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
from pixbin.neural import area_averages, model_card, onnx_model
from pixbin.neural.model_card import InputColour, InputExposure, InputScale, ModelCard
from pixbin.training import half_precision, model
from pixbin.training.augment import Float32Array
from pixbin.training.model import UNet
from pixbin.training.prepare import SCENE_SOURCE

OPSET_VERSION, IR_VERSION = 17, 8  #: read by every onnxruntime since 1.17
#: sizes in cells of the pictures on which torch and the file are compared
COMPARISON_SIZES = (Size(1, 1), Size(7, 33), Size(512, 8), Size(48, 48), Size(100, 75))


def export(network: UNet, card: ModelCard, target: Path, *, half: bool = False) -> str:
    """Write an ONNX file and its card; return a line on the size and the comparison with torch.

    Parameters
    ----------
    network : UNet
    card : ModelCard
    target : Path
        The ONNX file; the card is written next to it, as JSON.
    half : bool, optional
        Round the weights to half precision, and store them so: the file has half the size.

    Raises
    ------
    ModelError
        The file decides a cell differently from torch, or does not match its card.
    OutputError
        A file cannot be written.
    """
    stored = half_precision.rounded(network) if half else network
    data = to_onnx_bytes(stored, card, half=half)
    loaded = onnx_model.load(data, threads=1)
    comparison = compare_with_torch(stored, loaded)
    onnx_model.validate(loaded)
    # A model next to the card of another one would be refused.
    card_file, card_data = target.with_suffix(".json"), model_card.card_json(card, data).encode()
    files.write_all_or_none({str(target): data, str(card_file): card_data})
    return f"{target}: {len(data) / 1000:.0f} kB; {comparison}"


def to_onnx_bytes(network: UNet, card: ModelCard, *, half: bool = False) -> bytes:
    """Return a network as the bytes of an ONNX file, with its weights and card inside."""
    unit = network.config.times * network.config.multiple
    plain = network.to("cpu").to(memory_format=torch.contiguous_format).eval()  # type: ignore[call-overload]
    example = torch.zeros(1, 1, 2 * unit, 2 * unit)
    has_context = bool(network.config.context)
    context = torch.zeros(1, 1, model.CONTEXT_SIDE, model.CONTEXT_SIDE)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the newer exporter, whose files are larger
        torch.onnx.export(
            plain,
            (example, context) if has_context else (example,),
            str(Path(folder) / "model.onnx"),
            dynamo=False,
            opset_version=OPSET_VERSION,
            # Other programs may use these names, so they stay as in the first model.
            input_names=["seen", "context"] if has_context else ["seen"],
            output_names=["logits"],
            dynamic_axes={
                "seen": {0: "n", 2: "fine_height", 3: "fine_width"},
                "logits": {0: "n", 2: "height", 3: "width"},
                **({"context": {0: "n"}} if has_context else {}),
            },
        )
        model_file = onnx.load(Path(folder) / "model.onnx")
    if half:
        half_precision.store_weights_as_half(model_file, set(network.state_dict()))
    model_file.ir_version = IR_VERSION
    onnx.helper.set_model_props(model_file, card.metadata)
    data: bytes = model_file.SerializeToString()
    return data


def compare_with_torch(network: UNet, loaded: onnx_model.OnnxModel) -> str:
    """Compare the file's outputs with torch's; return a line with the largest difference.

    Raises
    ------
    ModelError
        A cell is decided differently.
    """
    flips, largest_difference = 0, 0.0
    pictures = [
        values
        for size in COMPARISON_SIZES
        for values in comparison_inputs(size, network.config.times)
    ]
    for values in pictures:
        expected = torch_logits(network, values)
        actual = loaded.logits(values)[0]
        flips += int(((expected >= 0) != (actual >= 0)).sum())
        largest_difference = max(largest_difference, float(np.abs(expected - actual).max()))
    count = len(pictures)
    if flips:
        raise ModelError(f"{flips} cells of {count} pictures differ between torch and the file")
    return (
        f"as torch on {count} pictures of {len(COMPARISON_SIZES)} sizes: "
        f"0 cells differ, logits by at most {largest_difference:.0e}"
    )


def comparison_inputs(size: Size, oversampling: int) -> list[Float32Array]:
    """Return four test inputs: noise, faint noise, a ramp, and noise that is constant in cells.

    Returns
    -------
    list of four float32 arrays, shape (1, H * oversampling, W * oversampling), from 0 to 1
    """
    height, width = size.height * oversampling, size.width * oversampling
    generator = np.random.default_rng(0)
    noise = generator.random((1, height, width), np.float32)
    ramp = np.linspace(0, 1, height * width, dtype=np.float32).reshape(1, height, width)
    cells = generator.random((1, size.height, size.width), np.float32)
    faint = np.float32(0.45) + noise / np.float32(10)
    return [noise, faint, ramp, cells.repeat(oversampling, 1).repeat(oversampling, 2)]


def torch_logits(network: UNet, values: Float32Array) -> Float32Array:
    """Return the logits that torch computes for a picture of any size.

    Parameters
    ----------
    network : UNet
    values : float32 array, shape (1, H * oversampling, W * oversampling), from 0 to 1

    Returns
    -------
    float32 array, shape (H, W)
    """
    oversampling = network.config.times
    height, width = (side // oversampling for side in values.shape[1:])
    padded = model.pad_to_multiple(torch.from_numpy(values)[None], network.config)
    context = torch.from_numpy(area_averages.shrink(values, model.CONTEXT_SIDE))[None]
    with torch.no_grad():
        logits = network(padded, context if network.config.context else None)
    cropped: Float32Array = logits[0, 0, :height, :width].numpy()
    return cropped


def build_card(
    network: UNet,
    description: dict[str, Any],
    model_info: dict[str, str],
    metrics: dict[str, Any],
    credits_file: str = "",
) -> ModelCard:
    """Return the card of a network.

    Parameters
    ----------
    network : UNet
    description : dict
        Contents of the data set's `dataset.json`.
    model_info : dict
        Name, version, licence and seed.
    metrics : dict
        Values for the card's `metrics`, which are JSON.
    credits_file : str, optional
        File with the credits of the pictures, which the card then names instead of the authors.
    """
    return ModelCard(
        times=network.config.times,
        colour=InputColour.GREY,
        tone=InputScale.SRGB,
        halo=model.halo(network.config),
        multiple=network.config.multiple,
        training_data=describe_training_data(description, credits_file),
        commit=source_commit(),
        metrics=json.dumps({**metrics, "parameters": model.parameter_count(network)}),
        exposure=InputExposure(description["exposure"]),
        **model_info,
    )


def describe_training_data(description: dict[str, Any], credits_file: str = "") -> str:
    """Return a sentence on the contents of a data set, with the credits that CC BY asks for.

    With a file of credits, the sentence names that file instead of the authors.
    """
    photos = _photos(description)
    scene_count = sum(entry["source"] == SCENE_SOURCE for entry in description["pictures"])
    licences = Counter(entry["licence"] or "licence not stated" for entry in photos.values())
    counts = ", ".join(f"{count} {name}" for name, count in licences.most_common())
    parts = [f"{len(photos)} photographs and drawings ({counts})"] if photos else []
    parts += [f"{scene_count} procedural scenes"] if scene_count else []
    text = f"{' and '.join(parts)}; targets: {description['targets']}"
    authors = attributed_authors(description)
    if not authors:
        return text
    return f"{text}. CC BY: {credits_file or '; '.join(authors)}"


def attributed_authors(description: dict[str, Any]) -> list[str]:
    """Return the authors of all pictures under CC BY, sorted, each once."""
    authors = {
        " ".join(entry["author"].split())
        for entry in _photos(description).values()
        if entry["licence"].replace(" ", "-").startswith("CC-BY")
    }
    return sorted(authors - {""})


def _photos(description: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the entries of a data set's photographs, one for each file."""
    return {
        entry["source"]: entry
        for entry in description["pictures"]
        if entry["source"] != SCENE_SOURCE
    }


def source_commit() -> str:
    """Return the Git commit of pixbin's sources, or its version if they are not in Git."""
    command = ["git", "-C", str(Path(__file__).parent), "rev-parse", "HEAD"]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        return f"pixbin {__version__}"
    return result.stdout.strip()
