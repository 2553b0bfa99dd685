"""Memory of the service: one heap for all threads, and a cache that counts all that it keeps."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pixbin.serve.conversion import OutputCache
from pixbin.serve.output import ServedOutput

#: prints the number of heaps after four threads at once have taken memory; see malloc_info(3)
_PROGRAM = """
import ctypes, sys, threading
from pixbin.web.allocator import share_one_heap

if sys.argv[1] == "shared":
    share_one_heap()
meeting = threading.Barrier(4)

def work():
    meeting.wait()
    block = bytes(100_000)
    meeting.wait()

threads = [threading.Thread(target=work) for _ in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
library = ctypes.CDLL(None)
library.fdopen.restype = ctypes.c_void_p
library.malloc_info(0, ctypes.c_void_p(library.fdopen(1, b"w")))
library.fflush(None)
"""


def heaps(word: str) -> int:
    """Return the number of heaps of a process with threads."""
    environment = {name: os.environ[name] for name in os.environ if name != "MALLOC_ARENA_MAX"}
    command = [sys.executable, "-c", _PROGRAM, word]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return done.stdout.count(b"<heap nr=")


@pytest.mark.skipif(sys.platform != "linux", reason="only glibc has several heaps")
def test_threads_share_one_heap() -> None:
    """Without the call, threads have heaps of their own; with it there is one."""
    if heaps("own") < 2:
        pytest.skip("a C library without such heaps")
    assert heaps("shared") == 1


def test_small_outputs_count_with_what_they_take_besides() -> None:
    """Outputs of one byte do not fill the memory: each counts as a thousand bytes and more."""
    cache = OutputCache(100_000)
    for number in range(1000):
        cache.put(str(number), ServedOutput(b"1", ("a note",)))
    kept = [number for number in range(1000) if cache.get(str(number))]

    assert 50 < len(kept) < 100
    assert kept == [*range(1000 - len(kept), 1000)]
    cache.put("999", ServedOutput(b"2"))
    assert cache.get("999") == ServedOutput(b"2")
    cache.put("large", ServedOutput(bytes(200_000)))
    assert not cache.get("999")
