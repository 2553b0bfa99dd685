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
    modified: int  #: in nanoseconds; -1 if it may change without that showing
    tag: str = ""  #: by which a store tells contents apart; the time then does not count


class Job(NamedTuple):
    """One picture to convert."""

    source: str  #: as it is opened
    target: str  #: path below the output folder, with `/`
    shape: str = ""  #: sizes of output and grid, if the target's name tells them
    known: str = ""  #: digest of the content that the target was made of
    is_mask: bool = False  #: the target is not the picture, but the mask that lies beside it
    signature: Signature | None = None  #: of the source, if the plan knows it


class State(StrEnum):
    """What became of a job."""

    WRITTEN = "written"
    UNCHANGED = "unchanged"  #: the output is there, made of the same content in the same way
    KEPT = "kept"  #: the output is there, and shall not be replaced
    FAILED = "failed"


class Status(NamedTuple):
    """What a store knows of a file without reading it."""

    signature: Signature
    identity: tuple[object, ...]  #: the same for two names of one file


class Outcome(NamedTuple):
    """A job and what became of it."""

    source: str
    target: str
    state: State
    seconds: float = 0.0
    size: str = ""  #: of the output, in pixels
    grid: str = ""  #: in cells
    error: str = ""
    notes: tuple[str, ...] = ()
    signature: Signature = Signature(0, -1)  #: of the source that was read
    digest: str = ""  #: SHA-256 of the source's content
    written: int = 0  #: bytes of the output
    output_digest: str = ""  #: SHA-256 of those
    may_pass: bool = False  #: it failed for what may be mended without a change of the source


class Store(Protocol):
    """Where sources are read from, and outputs written to."""

    def read(self, source: str, known: Signature | None = None) -> tuple[bytes, Signature]:
        """Return the content of a source, and the signature it had when it was read.

        One that is `known` from before need not be asked for again.
        """

    def write(self, target: str, data: bytes) -> None:
        """Write an output: it appears whole or not at all."""

    def source(self, name: str) -> Status | None:
        """Tell what is known of a source, if it is there."""

    def target(self, name: str) -> Status | None:
        """Tell what is known of an output, if it is there."""

    def digest(self, target: str) -> str:
        """Return the SHA-256 of an output, or nothing if it cannot be read."""


def perform(job: Job, recipe: Recipe, store: Store) -> Outcome:
    """Do one job; whatever goes wrong with it becomes part of the outcome."""
    start, content = time.perf_counter(), None
    try:
        content = store.read(job.source, job.signature)
        outcome = _converted(job, recipe, store, *content)
    except PixbinError as error:
        may_pass = content is None or isinstance(error, OutputError)
        outcome = failure(job, str(error))._replace(may_pass=may_pass)
    except Exception as error:  # noqa: BLE001 - one bad file must not stop the rest
        reason = f"a bug in pixbin ({type(error).__name__}: {error})"
        outcome = failure(job, f"{job.source}: {reason}; convert it with --debug and report it")
    return outcome._replace(seconds=round(time.perf_counter() - start, 4))


def failure(job: Job, error: str) -> Outcome:
    """Return the outcome of a job that went wrong."""
    return Outcome(job.source, job.target, State.FAILED, error=error)


def _converted(
    job: Job, recipe: Recipe, store: Store, data: bytes, signature: Signature
) -> Outcome:
    from pixbin import conversion
    from pixbin.cli import reports

    digest = hashlib.sha256(data).hexdigest()
    done = Outcome(job.source, job.target, State.UNCHANGED, signature=signature, digest=digest)
    if digest == job.known:
        return done
    work = conversion.of_bytes(data, job.source, *recipe)
    size, grid = str(work.steps.layout.output), str(work.steps.layout.grid)
    if job.shape not in ("", f"{size} {grid}"):
        raise InputError(f"{job.source}: has changed since the plan was made; run again")
    encoded = work.encoded(job.target, job.is_mask)
    store.write(job.target, encoded)
    return done._replace(
        state=State.WRITTEN,
        size=size,
        grid=grid,
        notes=(*work.notes, *reports.crop_notes(work.steps)),
        written=len(encoded),
        output_digest=hashlib.sha256(encoded).hexdigest(),
    )
