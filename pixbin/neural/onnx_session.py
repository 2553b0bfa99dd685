"""Sessions of onnxruntime with reproducible results, and its errors in one line."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from pixbin.errors import ModelError

FILE_ADVICE = "a model is one ONNX file of standard operators, its weights inside"
INSTALL_COMMAND = "pip install 'onnxruntime>=1.19'"

_MAX_SUMMARY_LENGTH = 100  #: characters of the runtime's message
_NO_EXTERNAL_WEIGHTS = "/pixbin-looks-for-no-weights-outside-the-file"


def create_session(data: bytes, provider: str, threads: int | None) -> Any:
    """Load a model from the bytes of its file.

    Raises
    ------
    ModelError
        onnxruntime or the provider is missing, or the bytes cannot be loaded.
    """
    try:
        onnxruntime = import_runtime()
    except ImportError as error:
        raise ModelError(f"onnxruntime is not installed here; {INSTALL_COMMAND}") from error
    name = _full_provider_name(provider, onnxruntime.get_available_providers())
    settings = onnxruntime.SessionOptions()
    settings.log_severity_level = 4
    settings.intra_op_num_threads = threads or 0
    settings.inter_op_num_threads = 1
    settings.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    settings.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    settings.use_deterministic_compute = True
    settings.enable_mem_pattern = False  # from the second run on it takes twice the memory
    settings.add_session_config_entry(
        "session.intra_op.allow_spinning", "0"
    )  # leave the cores to others
    settings.add_session_config_entry(
        "session.model_external_initializers_file_folder_path", _NO_EXTERNAL_WEIGHTS
    )
    try:
        session = onnxruntime.InferenceSession(data, settings, [name], enable_fallback=0)
    except runtime_errors() as error:
        raise ModelError(f"cannot be loaded ({error_summary(error)}); {FILE_ADVICE}") from error
    if name not in session.get_providers():
        raise ModelError(f"{provider}: its libraries do not load here; use --provider cpu")
    return session


def import_runtime() -> Any:
    """Import onnxruntime so that it sends nothing to its makers, and return the module.

    Since 1.29 the packages for Linux and macOS report each session over the internet, and keep
    an identifier of the machine in the user's cache. Both are off where the variable
    `ORT_DISABLE_TELEMETRY` is 1 at the import; a value that the user has set is kept. On Windows
    the function `disable_telemetry_events` does it. Source: microsoft/onnxruntime,
    `docs/Privacy.md` and pull request 27379.
    """
    os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
    with _silent_libraries() if _has_memory_limit() else contextlib.nullcontext():
        import onnxruntime

    if os.environ["ORT_DISABLE_TELEMETRY"] == "1":
        onnxruntime.disable_telemetry_events()
    return onnxruntime


def _has_memory_limit() -> bool:
    """Return whether this process has a limit of memory, as by `--max-memory`."""
    if sys.platform == "win32":
        return False
    import resource

    return resource.getrlimit(resource.RLIMIT_DATA)[0] != resource.RLIM_INFINITY


@contextlib.contextmanager
def _silent_libraries() -> Iterator[None]:
    """Drop what libraries write to descriptor 2; an error of Python says the same.

    onnxruntime prints lines such as "Schema error: std::bad_alloc" if it gets too little memory.
    """
    kept, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nothing)
        os.close(kept)


def read_metadata(session: Any) -> dict[str, str]:
    """Return the metadata of a loaded model; raise ModelError if they are no UTF-8."""
    try:
        entries: dict[str, str] = session.get_modelmeta().custom_metadata_map
    except UnicodeDecodeError as error:
        raise ModelError("its metadata are no UTF-8; write the model again") from error
    return entries


def _full_provider_name(provider: str, available: Sequence[str]) -> str:
    names = {name.removesuffix("ExecutionProvider").casefold(): name for name in available}
    if provider.casefold() not in names:
        raise ModelError(
            f"the installed onnxruntime has no provider {provider}; "
            f"it has {', '.join(sorted(names))}"
        )
    return names[provider.casefold()]


def runtime_errors() -> tuple[type[Exception], ...]:
    """Return the exceptions of the runtime, which have no common base class."""
    from onnxruntime.capi import onnxruntime_pybind11_state as state

    classes = [value for value in vars(state).values() if isinstance(value, type)]
    errors = [cls for cls in classes if issubclass(cls, Exception)]
    return (*errors, RuntimeError, ValueError, TypeError, MemoryError)


def error_summary(error: Exception) -> str:
    """Return the runtime's message without its prefix, shortened to one line."""
    message = re.sub(r"^\[ONNXRuntimeError\] : \d+ : \w+ : ", "", str(error))
    line = " ".join(message.split()).rstrip(".")
    return line if len(line) <= _MAX_SUMMARY_LENGTH else f"{line[:_MAX_SUMMARY_LENGTH]}..."


def partial_run() -> Any:
    """Return the settings of a run that computes only what the requested outputs need."""
    settings = import_runtime().RunOptions()
    settings.only_execute_path_to_fetches = True
    return settings
