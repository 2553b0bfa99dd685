"""How one comes to a Dask cluster, and what is said when it is not there."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from pixbin.batch.executors import dask_worker
from pixbin.errors import ModelError, UsageError


def connect(address: str) -> Any:
    """Return a client of a scheduler.

    Raises
    ------
    ModelError
        The library is missing, or no scheduler answers.
    UsageError
        It is no address.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ModelError("--scheduler needs a library; pip install 'pixbin[cluster]'") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # what is lost is told by us
    warnings.filterwarnings("ignore", module="distributed")
    try:
        return Client(address, timeout=connect_timeout(), set_as_default=False, name="pixbin")
    except (ValueError, TypeError) as error:
        raise UsageError(f"{address}: no address ({error}); give tcp://HOST:8786") from error
    except (OSError, RuntimeError) as error:
        raise ModelError(
            f"{address}: no scheduler answers; start one (dask scheduler), or check the address"
        ) from error


def connect_timeout() -> float:
    """Return how many seconds one waits for a scheduler, or for workers: a setting of Dask's."""
    import dask
    from dask.utils import parse_timedelta

    return float(parse_timedelta(dask.config.get("distributed.comm.timeouts.connect")))


@contextlib.contextmanager
def translate_errors(address: str) -> Iterator[None]:
    """Turn what is raised when a scheduler goes away into an error of pixbin's."""
    try:
        yield
    except OSError as error:
        raise ModelError(f"{address}: the scheduler has gone; start it and run again") from error


def missing_package_message(error: BaseException) -> str:
    """Word why a worker knows nothing of what it is asked."""
    version = dask_worker.versions()["pixbin"]
    return f"has no pixbin {version} ({error}); pip install 'pixbin[cluster]=={version}' there"
