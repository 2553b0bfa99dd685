"""Waiting for files to appear or change, with the library watchdog (the extra `pixbin[watch]`)."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pixbin.errors import InputError, ModelError

_QUIET_SECONDS = 0.5  #: seconds without a change after which files are considered complete
_MAX_WAIT_SECONDS = 10.0  #: longest wait for such a quiet time, in seconds
_POLL_SECONDS = 0.2  #: seconds between two checks for a stop request


@contextlib.contextmanager
def watch_paths(paths: list[str], recursive: bool) -> Iterator[threading.Event]:
    """Set an event whenever one of these files, or a file below these folders, changes.

    Raises
    ------
    ModelError
        The library watchdog is missing.
    InputError
        A path cannot be watched, or there are too many.
    """
    changed = threading.Event()
    observer = _start_observer(paths, recursive, changed)
    try:
        yield changed
    finally:
        observer.stop()
        observer.join()


def _start_observer(paths: list[str], recursive: bool, changed: threading.Event) -> Any:
    """Return a running watchdog observer that sets the event."""
    try:
        from watchdog import events
        from watchdog.observers import Observer
    except ImportError as error:
        raise ModelError("--watch needs a library; pip install 'pixbin[watch]'") from error

    class Handler(events.FileSystemEventHandler):
        def on_any_event(self, event: events.FileSystemEvent) -> None:
            changed.set()

    kinds = [
        *(events.FileCreatedEvent, events.FileModifiedEvent, events.FileMovedEvent),
        *(events.DirCreatedEvent, events.DirMovedEvent),
    ]
    observer = Observer()
    try:
        for name in paths:
            is_folder = Path(name).is_dir()
            folder = name if is_folder else str(Path(name).parent)
            observer.schedule(
                Handler(), folder, recursive=is_folder and recursive, event_filter=kinds
            )
        observer.start()
    except OSError as error:
        raise InputError(
            f"{name}: cannot be watched ({error.strerror}); watch fewer folders"
        ) from error
    return observer


def wait_for_changes(changed: threading.Event, is_stopped: Callable[[], bool]) -> bool:
    """Wait for a change and then for a quiet time; return False if the batch is to stop."""
    while not changed.wait(_POLL_SECONDS):
        if is_stopped():
            return False
    waited = 0.0
    while waited < _MAX_WAIT_SECONDS and not is_stopped():
        changed.clear()
        waited += _QUIET_SECONDS
        if not changed.wait(_QUIET_SECONDS):
            break
    changed.clear()
    return not is_stopped()
