"""Products of matrices in one thread: for as long as it is asked for, in all of the process."""

from __future__ import annotations

import sys
import threading

import numpy as np
import pytest

from pixbin.neural import algebra_threads


@pytest.fixture
def threads() -> list[int]:
    """Return a list with one number: the threads of a library that is replaced by it."""
    return [3]


@pytest.fixture(autouse=True)
def library(threads: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    """Replace the functions of OpenBLAS."""

    def choose(count: int) -> None:
        threads[0] = count

    monkeypatch.setattr(algebra_threads, "_functions", lambda: (lambda: threads[0], choose))


def test_the_number_comes_back(threads: list[int]) -> None:
    """Inside there is one thread, also in a call inside; after the last, as many as before."""
    with algebra_threads.one_thread():
        with algebra_threads.one_thread():
            assert threads == [1]
        assert threads == [1]
    assert threads == [3]


def test_after_an_error(threads: list[int]) -> None:
    """An error inside changes nothing of that."""
    with pytest.raises(KeyError), algebra_threads.one_thread():
        raise KeyError
    assert threads == [3]


def test_two_threads_at_once(threads: list[int]) -> None:
    """The number comes back when the last of two threads has ended, whichever that is."""
    is_inside, may_end = threading.Event(), threading.Event()

    def work() -> None:
        with algebra_threads.one_thread():
            is_inside.set()
            may_end.wait(30)

    other = threading.Thread(target=work)
    with algebra_threads.one_thread():
        other.start()
        assert is_inside.wait(30)
    assert threads == [1]
    may_end.set()
    other.join()
    assert threads == [3]


def test_other_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without OpenBLAS nothing happens."""
    monkeypatch.setattr(algebra_threads, "_functions", lambda: None)
    with algebra_threads.one_thread():
        assert np.ones((2, 2)).sum() == 4


@pytest.mark.skipif(sys.platform != "linux", reason="other packages of NumPy have other libraries")
def test_the_packages_of_numpy_have_the_functions(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names are those of the installed package."""
    monkeypatch.undo()
    configuration = np.show_config(mode="dicts")
    if "openblas" not in str(configuration["Build Dependencies"]["blas"]["name"]):
        pytest.skip("another library of linear algebra")
    functions = algebra_threads._functions()
    assert functions is not None
    before = functions[0]()
    with algebra_threads.one_thread():
        assert functions[0]() == 1
    assert functions[0]() == before
