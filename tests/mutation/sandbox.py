"""Run tests in a forked process with limits, on a copy of the tree.

The process that forks has imported the libraries, but nothing of pixbin. So a run of a few tests
takes a fraction of the time that a new process would take.
"""

from __future__ import annotations

import contextlib
import enum
import importlib
import os
import resource
import signal
import sys
import time
import traceback
from pathlib import Path

_MEMORY = 8 << 30  #: address space of the tests, in bytes
_OWN = {"pixbin", "tests", "conftest", "__main__", "__mp_main__"}
_POLL_SECONDS = 0.01
_tried: set[str] = set()  #: libraries that this process has imported, or cannot import
#: The name of the function that `dither.error_diffusion_text` writes, in the cache.
_TEXT = "error_diffusion-"


class Outcome(enum.StrEnum):
    """The result of the tests of a mutant."""

    KILLED = "killed"  #: a test failed
    TIMEOUT = "timeout"  #: the tests took much longer than usual; counts as killed
    SURVIVED = "survived"


class Sandbox:
    """A copy of the tree in which tests run on mutants.

    Parameters
    ----------
    root : Path
        The copy. Its modules are overwritten, and written again after each run.
    tests : tuple of str
        Paths of tests in it.
    scratch : Path
        An empty folder for temporary files.
    """

    def __init__(self, root: Path, tests: tuple[str, ...], scratch: Path) -> None:
        self._root, self._tests, self._scratch = root, tests, scratch
        self._cache = scratch / "machine-code"
        self._kept_objects: set[str] = set()
        self.seconds = 600.0  #: the most processor time of a run

    def prepare(self, keep_machine_code: bool = True) -> float:
        """Run the tests on the unchanged tree, and set the limit of time.

        Machine code of kernels is kept, as its file name depends on all that it is made of.
        That does not hold for the functions written in the language of LLVM.

        Parameters
        ----------
        keep_machine_code : bool
            False for mutants of `pixbin.jit`, which makes these file names.

        Returns
        -------
        float
            Seconds that the tests took, with all libraries imported.

        Raises
        ------
        RuntimeError
            A test fails.
        """
        seconds, names = self._run_unchanged()
        if missing := names - set(sys.modules) - _tried:
            _tried.update(missing)
            for name in sorted(missing):
                with contextlib.suppress(Exception):
                    importlib.import_module(name)
            seconds, _ = self._run_unchanged()
        self.seconds = max(10.0, 4 * seconds)
        if keep_machine_code:
            stored = {file.name for file in self._cache.rglob("*") if file.is_file()}
            self._kept_objects = {name for name in stored if not name.startswith(_TEXT)}
        return seconds

    def _run_unchanged(self) -> tuple[float, set[str]]:
        """Return the seconds that the tests take, and the names of libraries that they import."""
        imported = self._scratch / "imported.txt"
        began = time.perf_counter()
        if self._run(imported, writes_bytecode=True) is not Outcome.SURVIVED:
            raise RuntimeError(f"tests fail without a fault:\n{self.output()[-3000:]}")
        return time.perf_counter() - began, set(imported.read_text().split())

    def judge(self, module: str, code: str) -> Outcome:
        """Return what the tests do with a changed module."""
        path = self._root / module
        source = path.read_bytes()
        for file in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
            file.unlink()  # one of the same size and second would be used for the mutant
        for file in self._cache.rglob("*"):
            if file.is_file() and file.name not in self._kept_objects:
                file.unlink()
        path.write_text(code, encoding="utf-8")
        try:
            return self._run(None, writes_bytecode=False)
        finally:
            path.write_bytes(source)

    def check(self, module: str) -> None:
        """Prove that tests read the changed module: a fatal fault is noticed, a comment is not.

        Raises
        ------
        RuntimeError
            That is not so.
        """
        source = (self._root / module).read_text(encoding="utf-8")
        fatal = self.judge(module, f"{source}\nraise RuntimeError('a fatal fault')\n")
        harmless = self.judge(module, f"{source}\n# No fault.\n")
        if (fatal, harmless) != (Outcome.KILLED, Outcome.SURVIVED):
            raise RuntimeError(
                f"{module}: a fatal fault is {fatal}, and a comment is {harmless}; does a test of "
                "its row in tests/mutation/table.py import it?"
            )

    def output(self) -> str:
        """Return what the last run printed."""
        return (self._scratch / "output.txt").read_text(errors="replace")

    def _run(self, note: Path | None, writes_bytecode: bool) -> Outcome:
        process = os.fork()
        if process == 0:
            code = 1
            try:
                code = self._run_here(note, writes_bytecode)
            except BaseException:  # noqa: BLE001
                traceback.print_exc()
                sys.stderr.flush()
            finally:
                sys.stdout.flush()
                os._exit(code)
        return self._wait(process)

    def _wait(self, process: int) -> Outcome:
        """Wait for the tests; on a busy machine they may take long without using the processor."""
        end = time.monotonic() + 10 * self.seconds
        while True:
            done, status = os.waitpid(process, os.WNOHANG)
            if done:
                break
            if time.monotonic() > end:
                os.killpg(process, signal.SIGKILL)
                os.waitpid(process, 0)
                return Outcome.TIMEOUT
            time.sleep(_POLL_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process, signal.SIGKILL)  # what the tests started and left behind
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) in (signal.SIGXCPU, signal.SIGKILL):
            return Outcome.TIMEOUT
        return Outcome.SURVIVED if status == 0 else Outcome.KILLED

    def _run_here(self, note: Path | None, writes_bytecode: bool) -> int:
        os.setsid()
        output = os.open(self._scratch / "output.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for source, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(source, target)
        resource.setrlimit(resource.RLIMIT_CPU, (int(self.seconds) + 1, int(self.seconds) + 5))
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        sys.dont_write_bytecode = not writes_bytecode
        os.environ.update(
            PYTHONPATH=str(self._root),  # for processes that tests start
            PYTHONDONTWRITEBYTECODE="" if writes_bytecode else "1",
            PIXBIN_TEST_CACHE=str(self._cache),
            HYPOTHESIS_STORAGE_DIRECTORY=str(self._scratch / "hypothesis"),
        )
        os.chdir(self._root)
        for name in [name for name in sys.modules if name.partition(".")[0] in _OWN]:
            if name != "__main__":
                del sys.modules[name]
        sys.path.insert(0, str(self._root))
        importlib.invalidate_caches()
        return _run_pytest(self._root, self._tests, self._scratch, note)


def _run_pytest(root: Path, tests: tuple[str, ...], scratch: Path, note: Path | None) -> int:
    import pytest

    code = pytest.main(
        ["-x", "-q", "--tb=line", "-p", "no:cacheprovider", "-W",
         "ignore::pytest.PytestAssertRewriteWarning", f"--basetemp={scratch / 'temporary'}",
         f"--rootdir={root}", *tests]
    )  # fmt: skip
    if note is not None:
        import pixbin

        assert Path(pixbin.__file__).is_relative_to(root), "the tests read another tree"
        names = [name for name in sys.modules if name.partition(".")[0] not in _OWN]
        note.write_text("\n".join(names))
    return int(code)
