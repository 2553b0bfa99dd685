"""The connection to a Dask scheduler, and the errors when it fails."""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections.abc import Iterator
from typing import Any

from pixbin.batch.executors import dask_run_spec
from pixbin.errors import ModelError, UsageError


def connect(address: str) -> Any:
    """Connect to a scheduler, and return the client.

    Raises
    ------
    ModelError
        The library distributed is missing, or no scheduler answers.
    UsageError
        The address is malformed.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise ModelError("--scheduler needs a library; pip install 'pixbin[cluster]'") from error
    logging.getLogger("distributed").setLevel(logging.CRITICAL)  # pixbin reports losses itself
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
    """Return the time to wait for a scheduler or for workers, in seconds: a setting of Dask."""
    import dask
    from dask.utils import parse_timedelta

    return float(parse_timedelta(dask.config.get("distributed.comm.timeouts.connect")))


@contextlib.contextmanager
def translate_errors(address: str) -> Iterator[None]:
    """Turn the exception for a lost scheduler into a ModelError."""
    try:
        yield
    except OSError as error:
        raise ModelError(f"{address}: the scheduler has gone; start it and run again") from error


def missing_package_message(error: BaseException) -> str:
    """Return the message about a machine that lacks this version of pixbin."""
    version = dask_run_spec.versions()["pixbin"]
    return f"has no pixbin {version} ({error}); pip install 'pixbin[cluster]=={version}' there"
