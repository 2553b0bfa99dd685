"""`pixbin` and `python -m pixbin`."""

import gc
import os
import sys

from pixbin.errors import ExitCode


def main() -> None:
    """Run the command line, and leave with its exit code."""
    # A process that lives for one picture starts sooner without the collector, and without
    # threads for linear algebra that it never does.
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        from pixbin.cli.app import app

        app(prog_name="pixbin")
    except SystemExit as leaving:
        _exit_now(leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None))
    except KeyboardInterrupt:
        _exit_now(ExitCode.INTERRUPTED)


def _exit_now(code: int) -> None:
    """Exit at once: taking the interpreter apart would take as long as a small conversion."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except BrokenPipeError:
            code = code or ExitCode.BROKEN_PIPE
        except OSError:  # nobody is left to be told
            code = code or ExitCode.OUTPUT
    os._exit(code)


if __name__ == "__main__":
    main()
