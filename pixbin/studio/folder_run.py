"""All pictures of the folder, converted by a batch while the page draws its progress."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field

from pixbin.batch import session
from pixbin.batch.jobs import JobState, Outcome
from pixbin.batch.planning.naming import DEFAULT_TEMPLATE, Template
from pixbin.batch.run import Policy
from pixbin.batch.session import BatchRequest
from pixbin.batch.state.fingerprint import Recipe
from pixbin.errors import PixbinError, UsageError
from pixbin.web.request_settings import RequestRecipe

MAX_MESSAGES = 20  #: failures that the page lists


@dataclass
class Progress:
    """The state of a run, for the page."""

    total: int = 0
    counts: dict[str, int] = field(default_factory=dict)  #: finished jobs by their state
    messages: list[str] = field(default_factory=list)
    is_running: bool = True
    is_stopped: bool = False

    def record(self, outcome: Outcome) -> None:
        """Count a finished job."""
        state = outcome.state.value
        self.counts[state] = self.counts.get(state, 0) + 1
        if outcome.state is JobState.FAILED and len(self.messages) < MAX_MESSAGES:
            self.messages.append(outcome.error)

    @property
    def report(self) -> dict[str, object]:
        """The state as values for JSON."""
        return {
            "total": self.total,
            "done": sum(self.counts.values()),
            "counts": dict(self.counts),
            "messages": list(self.messages),
            "running": self.is_running,
            "stopped": self.is_stopped,
        }


class FolderRun:
    """At most one batch at a time, in a thread; its work is done by other processes."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.progress: Progress | None = None

    def start(self, folder: str, output: str, recipe: RequestRecipe, *, replaces: bool) -> None:
        """Start to convert a folder.

        Parameters
        ----------
        folder, output : str
            The folders to read and to write.
        recipe : RequestRecipe
        replaces : bool
            Whether existing files are replaced; if not, they are kept.

        Raises
        ------
        UsageError
            Another run is at work.
        """
        if self._thread is not None and self._thread.is_alive():
            raise UsageError("a run is at work already; stop it first")
        request = BatchRequest(
            [folder],
            output,
            Recipe(recipe.options, recipe.format),
            Template.parse(DEFAULT_TEMPLATE),
            policy=Policy(overwrite=replaces),
        )
        self._stop.clear()
        self.progress = Progress()
        self._thread = threading.Thread(target=self._run, args=(request, self.progress))
        self._thread.start()

    def stop(self, timeout: float | None = None) -> None:
        """Ask the run to end after the pictures that it has started, and wait so many seconds."""
        self._stop.set()
        if self._thread is not None and timeout != 0:
            self._thread.join(timeout)

    def _run(self, request: BatchRequest, progress: Progress) -> None:
        try:
            with (
                contextlib.closing(session.make_plan(request, progress.messages.append)) as plan,
                session.open_session(request, progress.messages.append, len(plan)) as opened,
            ):
                progress.total = len(plan)
                for outcome in opened.outcomes(plan, self._stop.is_set):
                    progress.record(outcome)
        except PixbinError as error:
            progress.messages.append(str(error))
        except Exception as error:  # noqa: BLE001 - the page tells of it, the studio goes on
            progress.messages.append(f"a bug in pixbin ({type(error).__name__}: {error})")
        finally:
            progress.is_stopped = self._stop.is_set()
            progress.is_running = False
