"""Program that draws one SVG with resvg: it is run as a process of its own, with limits.

A drawing can make the renderer crash, panic, or compute for hours. Here that ends this process
only. The program imports nothing of pixbin, so that it starts in about 20 ms.

stdin is a JSON object: `path` is `sys.path`, `seconds` and `bytes` are limits of processor time and
of memory, and `arguments` are those of `resvg_py.svg_to_bytes`. stdout is a PNG or, if the exit
code is `REFUSED`, the reason why there is none.
"""

import json
import sys

REFUSED = 3  #: the exit code if the renderer refuses the drawing
MISSING = 4  #: the exit code if the renderer is not installed


def main() -> int:
    """Draw the SVG, and return the exit code."""
    order = json.load(sys.stdin.buffer)
    sys.path[:] = order["path"]
    _set_limits(order["seconds"], order["bytes"])
    try:
        import resvg_py
    except ImportError:
        return MISSING
    try:
        output, code = bytes(resvg_py.svg_to_bytes(**order["arguments"])), 0
    except BaseException as error:  # noqa: BLE001 - a panic derives from BaseException only
        output, code = str(error).encode("utf-8", "replace"), REFUSED
    sys.stdout.buffer.write(output)
    sys.stdout.buffer.flush()
    return code


def _set_limits(seconds: int, memory_bytes: int) -> None:
    """Set limits where the system has them."""
    try:
        import resource
    except ImportError:
        return
    for kind, value in ((resource.RLIMIT_CPU, seconds), (resource.RLIMIT_AS, memory_bytes)):
        hard = resource.getrlimit(kind)[1]
        if hard == resource.RLIM_INFINITY or value < hard:
            resource.setrlimit(kind, (value, hard))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    sys.exit(main())
