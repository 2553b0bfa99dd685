"""The data of a run on a Dask cluster, and the check that a worker can use it."""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path
from typing import NamedTuple

from pixbin import __version__
from pixbin.batch.executors.process_pool import WorkerConfig
from pixbin.batch.storage import urls
from pixbin.batch.storage.base import STATE_FOLDER, WORK_FOLDER
from pixbin.catalog.families import Neural
from pixbin.options.region_mask import MaskFolder


class RunSpec(NamedTuple):
    """The data of a run, sent to each worker once."""

    run_id: str  #: a name that no other run has
    config: WorkerConfig
    working_directory: str  #: for relative paths
    probe_file: str  #: a file in the output folder that each must see; empty in an object store
    inputs: tuple[str, ...]  #: files and folders that each must see
    model_bytes: bytes  #: content of a neural model that is not part of pixbin; else empty
    versions: dict[str, str]  #: versions that outputs depend on, by package


class Incompatible(NamedTuple):
    """The answer of a worker that cannot do the jobs of a run."""

    reason: str


def make_run_spec(config: WorkerConfig, inputs: list[str]) -> RunSpec:
    """Return the data that workers need, and make the probe file that they must see."""
    run_id, probe_file, model_bytes = os.urandom(8).hex(), "", b""
    if not urls.is_remote(config.output):
        probe_file = str(Path(config.output, STATE_FOLDER, WORK_FOLDER, run_id))
        Path(probe_file).touch()
    if config.recipe.options.uses(Neural):
        from pixbin.neural import model_card

        model = model_card.find_model(config.recipe.options.model)
        if not model.is_shipped:  # a user's own file, which workers may not have
            model_bytes = model_card.read_model(model)
    return RunSpec(
        run_id,
        config,
        str(Path.cwd()),
        probe_file,
        tuple(name for name in (*inputs, *_mask_folders(config)) if not urls.is_remote(name)),
        model_bytes,
        versions(),
    )


def _mask_folders(config: WorkerConfig) -> list[str]:
    """Return the folder of masks that each worker must see, if there is one."""
    mask = config.recipe.options.mask
    return [mask.path] if isinstance(mask, MaskFolder) else []


def versions() -> dict[str, str]:
    """Return the versions of the packages that outputs depend on."""
    return {"pixbin": __version__, "pillow": importlib.metadata.version("pillow")}


def incompatibility(spec: RunSpec) -> str:
    """Return the reason why this worker cannot do the jobs of a run; empty if it can."""
    for name, version in versions().items():
        if version != spec.versions[name]:
            return f"has {name} {version}, and not {spec.versions[name]}; install the same there"
    for name in (spec.probe_file, *spec.inputs):
        if name and not Path(spec.working_directory, name).exists():
            label = spec.config.output if name == spec.probe_file else name
            return f"does not see {label}; take a folder that all machines share, or a store"
    return ""
