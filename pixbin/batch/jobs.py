"""One job: read a source file, convert it, write the output, and return the outcome."""

from __future__ import annotations

import dataclasses
import hashlib
import time
from enum import StrEnum
from typing import NamedTuple

from pixbin.batch.executors.memory_limit import is_due_to_memory
from pixbin.batch.state.fingerprint import Recipe
from pixbin.batch.storage.base import FileSignature, JobStore
from pixbin.catalog.families import Automatic
from pixbin.catalog.limits import WorkLimits
from pixbin.errors import InputError, OutputError, PixbinError, UsageError
from pixbin.options import Options, parsing
from pixbin.options.region_mask import MaskFolder, RegionMask

NO_LIMITS = WorkLimits()


class Job(NamedTuple):
    """One picture to convert."""

    source: str  #: path or URL of the source file
    target: str  #: path below the output folder, with `/`
    expected_sizes: str = ""  #: sizes of output and grid, if the target's name contains them
    known_digest: str = ""  #: SHA-256 of the source file that the existing output was made from
    is_mask: bool = False  #: the target is the opacity mask, not the picture
    signature: FileSignature | None = None  #: of the source file, if the plan knows it


class JobState(StrEnum):
    """The state of a finished job."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"  #: the output was made from the same content with the same recipe
    SKIPPED = "kept"  #: the output exists and must not be replaced
    FAILED = "failed"


class Outcome(NamedTuple):
    """The result of a job."""

    source: str
    target: str
    state: JobState
    seconds: float = 0.0
    output_size: str = ""  #: in pixels
    grid: str = ""  #: in cells
    error: str = ""
    notes: tuple[str, ...] = ()
    signature: FileSignature = FileSignature(0, -1)  #: of the source file when it was read
    source_digest: str = ""  #: SHA-256 of the source file
    output_bytes: int = 0  #: size of the output, in bytes
    output_digest: str = ""  #: SHA-256 of the output
    is_retryable: bool = False  #: a retry may succeed with the same source file
    crop: str = ""  #: in source pixels, if the options ask for a crop
    choice: str = ""  #: kind of the picture and method, if `auto` chose it
    mask_digest: str = ""  #: SHA-256 of the mask, if it comes from a folder of masks
    has_no_memory: bool = False  #: it failed for lack of memory
    staged: str = ""  #: present name of an output that still has to get its own


def run_job(job: Job, recipe: Recipe, store: JobStore, limits: WorkLimits = NO_LIMITS) -> Outcome:
    """Do one job; an error becomes part of its outcome, with the limits that led to it."""
    start, content = time.perf_counter(), None
    try:
        content = store.read(job.source, job.signature, recipe.options.input_limits)
        outcome = _convert(job, recipe, store, *content)
    except PixbinError as error:
        has_masks = isinstance(recipe.options.mask, MaskFolder)  # which may change
        is_retryable = content is None or isinstance(error, OutputError) or has_masks
        if has_no_memory := is_due_to_memory(error):
            error = limits.memory_error(job.source)
        # The library does not know which of many pictures its options do not fit.
        text = f"{job.source}: {error}" if isinstance(error, UsageError) else str(error)
        outcome = failed_outcome(job, text)._replace(
            is_retryable=is_retryable, has_no_memory=has_no_memory
        )
    except MemoryError:
        text = str(limits.memory_error(job.source))
        outcome = failed_outcome(job, text)._replace(has_no_memory=True)
    except Exception as error:  # noqa: BLE001 - one bad file must not stop the others
        reason = f"a bug in pixbin ({type(error).__name__}: {error})"
        outcome = failed_outcome(
            job, f"{job.source}: {reason}; convert it with --debug and report it"
        )
    return outcome._replace(seconds=round(time.perf_counter() - start, 4))


def failed_outcome(job: Job, error: str) -> Outcome:
    """Return the outcome of a job that failed."""
    return Outcome(job.source, job.target, JobState.FAILED, error=error)


def _convert(
    job: Job, recipe: Recipe, store: JobStore, data: bytes, signature: FileSignature
) -> Outcome:
    from pixbin import file_conversion

    digest = hashlib.sha256(data).hexdigest()
    outcome = Outcome(
        job.source, job.target, JobState.UNCHANGED, signature=signature, source_digest=digest
    )
    if digest == job.known_digest:
        return outcome
    options = _with_planned_grid(job, recipe.options)
    try:
        work = file_conversion.from_bytes(data, job.source, options, recipe.format)
        size, grid = str(work.plan.layout.output), str(work.plan.layout.grid)
        if job.expected_sizes not in ("", f"{size} {grid}"):
            raise InputError(f"{job.source}: has changed since the plan was made; run again")
        encoded, late_notes = work.encode_file_with_notes(job.target, job.is_mask)
    except OutputError as error:  # the format cannot hold this picture, so no retry helps
        raise UsageError(str(error)) from error
    store.write(job.target, encoded)
    return outcome._replace(
        state=JobState.WRITTEN,
        output_size=size,
        grid=grid,
        notes=(*work.notes, *work.plan.notes, *late_notes),
        output_bytes=len(encoded),
        output_digest=hashlib.sha256(encoded).hexdigest(),
        mask_digest=_mask_digest(recipe.options, work.options),
        crop=str(work.plan.crop) if work.plan.choice else "",
        choice=work.choice.short if work.choice else "",
    )


def _mask_digest(options: Options, used: Options) -> str:
    """Return the digest of the mask that was used, if it comes from a folder of masks."""
    if isinstance(options.mask, MaskFolder) and isinstance(used.mask, RegionMask):
        return used.mask.digest
    return ""


def _with_planned_grid(job: Job, options: Options) -> Options:
    """Return options whose grid is that of the target's name, so that `auto` takes no other."""
    if not job.expected_sizes or not isinstance(options.family, Automatic):
        return options
    if options.size or options.grid or options.block:
        return options
    return dataclasses.replace(options, grid=parsing.grid(job.expected_sizes.split(" ")[1]))
