"""One job done: a source read, converted and written, or the reason why not."""

from __future__ import annotations

import hashlib
import time
from enum import StrEnum
from typing import NamedTuple, Protocol

from pixbin.batch.state.fingerprint import Recipe
from pixbin.errors import InputError, OutputError, PixbinError


class Signature(NamedTuple):
    """What tells that a source has changed."""

    size: int  #: in bytes
    modified_ns: int  #: in nanoseconds; -1 if it may change without that showing
    tag: str = ""  #: by which a store tells contents apart; the time then does not count


class Job(NamedTuple):
    """One picture to convert."""

    source: str  #: as it is opened
    target: str  #: path below the output folder, with `/`
    expected_sizes: str = ""  #: sizes of output and grid, if the target's name tells them
    known_digest: str = ""  #: digest of the content that the target was made of
    is_mask: bool = False  #: the target is not the picture, but the mask that lies beside it
    signature: Signature | None = None  #: of the source, if the plan knows it


class JobState(StrEnum):
    """What became of a job."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"  #: the output is there, made of the same content in the same way
    SKIPPED = "kept"  #: the output is there, and shall not be replaced
    FAILED = "failed"


class Status(NamedTuple):
    """What a store knows of a file without reading it."""

    signature: Signature
    identity: tuple[object, ...]  #: the same for two names of one file


class Outcome(NamedTuple):
    """A job and what became of it."""

    source: str
    target: str
    state: JobState
    seconds: float = 0.0
    output_size: str = ""  #: of the output, in pixels
    grid: str = ""  #: in cells
    error: str = ""
    notes: tuple[str, ...] = ()
    signature: Signature = Signature(0, -1)  #: of the source that was read
    source_digest: str = ""  #: SHA-256 of the source's content
    output_bytes: int = 0  #: bytes of the output
    output_digest: str = ""  #: SHA-256 of those
    is_retryable: bool = False  #: it failed for what may be mended without a change of the source


class Store(Protocol):
    """Where sources are read from, and outputs written to."""

    def read(
        self, source: str, known_signature: Signature | None = None
    ) -> tuple[bytes, Signature]:
        """Return the content of a source, and the signature it had when it was read.

        One that is `known` from before need not be asked for again.
        """

    def write(self, target: str, data: bytes) -> None:
        """Write an output: it appears whole or not at all."""

    def source_status(self, name: str) -> Status | None:
        """Tell what is known of a source, if it is there."""

    def target_status(self, name: str) -> Status | None:
        """Tell what is known of an output, if it is there."""

    def target_digest(self, target: str) -> str:
        """Return the SHA-256 of an output, or nothing if it cannot be read."""


def run_job(job: Job, recipe: Recipe, store: Store) -> Outcome:
    """Do one job; whatever goes wrong with it becomes part of the outcome."""
    start, content = time.perf_counter(), None
    try:
        content = store.read(job.source, job.signature)
        outcome = _convert(job, recipe, store, *content)
    except PixbinError as error:
        may_pass = content is None or isinstance(error, OutputError)
        outcome = failed_outcome(job, str(error))._replace(is_retryable=may_pass)
    except Exception as error:  # noqa: BLE001 - one bad file must not stop the rest
        reason = f"a bug in pixbin ({type(error).__name__}: {error})"
        outcome = failed_outcome(
            job, f"{job.source}: {reason}; convert it with --debug and report it"
        )
    return outcome._replace(seconds=round(time.perf_counter() - start, 4))


def failed_outcome(job: Job, error: str) -> Outcome:
    """Return the outcome of a job that went wrong."""
    return Outcome(job.source, job.target, JobState.FAILED, error=error)


def _convert(job: Job, recipe: Recipe, store: Store, data: bytes, signature: Signature) -> Outcome:
    from pixbin import conversion

    digest = hashlib.sha256(data).hexdigest()
    done = Outcome(
        job.source, job.target, JobState.UNCHANGED, signature=signature, source_digest=digest
    )
    if digest == job.known_digest:
        return done
    work = conversion.from_bytes(data, job.source, *recipe)
    size, grid = str(work.plan.layout.output), str(work.plan.layout.grid)
    if job.expected_sizes not in ("", f"{size} {grid}"):
        raise InputError(f"{job.source}: has changed since the plan was made; run again")
    encoded = work.encode_file(job.target, job.is_mask)
    store.write(job.target, encoded)
    return done._replace(
        state=JobState.WRITTEN,
        output_size=size,
        grid=grid,
        notes=(*work.notes, *work.plan.notes),
        output_bytes=len(encoded),
        output_digest=hashlib.sha256(encoded).hexdigest(),
    )
