"""Requests to `pixbin serve` for a long run."""

from __future__ import annotations

import http.client
import io
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image

from tests.benchmarks.long_loads import PATIENCE, TOKEN, Load

REQUESTS_PER_SECOND = 5  #: of each client
CLIENTS = 4
#: kinds of requests: share in percent, with the statuses that it may have
_KINDS = {
    "converted before": (40, {200}),
    "not modified": (16, {304}),
    "playlist": (14, {200}),
    "new": (5, {200}),
    "sent": (3, {200}),
    "sent broken": (3, {400, 413, 422}),
    "broken": (4, {404, 413, 422}),
    "missing": (4, {404}),
    "wrong token": (4, {401}),
    "wrong option": (3, {422}),
    "numbers": (4, {200}),
}


class RequestLoad(Load):
    """Requests to `pixbin serve`, good and bad ones, of clients that are fast, slow, or go away."""

    name = "serve"

    def __init__(self, folder: Path, pictures: list[Path], broken: list[Path]) -> None:
        (folder / "in").mkdir(parents=True)
        self._names = [f"{number}.jpg" for number in range(8)]
        for name, path in zip(self._names, pictures * 8, strict=False):
            with Image.open(path) as opened:
                opened.convert("RGB").resize((640, 480)).save(folder / "in" / name)
        for path in broken:
            shutil.copyfile(path, folder / "in" / f"broken-{path.name}")
        self._body = (folder / "in" / self._names[0]).read_bytes()
        self._etags: dict[str, str] = {}
        super().__init__(folder, pictures, broken)
        self._host = urlsplit(self._stdout.readline().decode().strip()).netloc

    def _words(self) -> list[str]:
        words = ["serve", "in", "--port", "0", "--rate", "0", "--jobs", "1"]
        return [*words, "--timeout", "10", "--size", "200x150"]

    def _works(self) -> list[Callable[[], None]]:
        return [*[self._ask] * CLIENTS, lambda: self._repeat(self._dawdle, 0.5)]

    def _ask(self) -> None:
        """Send requests over one connection, or over a new one for each."""
        connection = http.client.HTTPConnection(self._host, timeout=PATIENCE)
        keeps_open = self._random.random() < 0.5

        def act() -> None:
            self._send(connection)
            if not (keeps_open and self._is_working.is_set()):
                connection.close()

        self._repeat(act, REQUESTS_PER_SECOND)
        connection.close()

    def _send(self, connection: http.client.HTTPConnection) -> None:
        weights = [weight for weight, _ in _KINDS.values()]
        (kind,) = self._random.choices([*_KINDS], weights)
        method, path, headers, body = self._request(kind)
        headers = {"Authorization": f"Bearer {TOKEN}", **headers}
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            response.read()
        except (OSError, http.client.HTTPException) as error:
            self.faults.append(f"{kind}: {error!r}")
            connection.close()
            return
        if "ETag" in response.headers and path.startswith("/convert") and method == "GET":
            self._etags[path] = response.headers["ETag"]
            if len(self._etags) > len(self._names):
                del self._etags[next(iter(self._etags))]
        self._count(kind)
        if response.status not in _KINDS[kind][1] and (kind, response.status) != (
            "not modified",
            200,  # of the first requests
        ):
            self.faults.append(f"{kind}: status {response.status} of {path}")

    def _request(self, kind: str) -> tuple[str, str, dict[str, str], bytes | None]:
        path = f"/convert?file={self._random.choice(self._names)}"
        image = {"Content-Type": "image/jpeg"}
        match kind:
            case "not modified" if self._etags:
                path, tag = self._random.choice([*self._etags.items()])
                return "GET", path, {"If-None-Match": tag}, None
            case "playlist":
                return "GET", f"/next?client={self._random.randrange(9)}", {}, None
            case "new":
                return "GET", f"{path}&brightness={self._random.uniform(-0.2, 0.2):.6f}", {}, None
            case "sent":
                return "POST", "/convert?device=trmnl", image, self._body
            case "sent broken":
                return "POST", "/convert", image, self._random.choice(self.broken).read_bytes()
            case "broken":
                name = self._random.choice(self.broken).name
                return "GET", f"/convert?file=broken-{name}", {}, None
            case "missing":
                return "GET", f"/convert?file={self._random.randrange(10**6)}.jpg", {}, None
            case "wrong token":
                return "GET", path, {"Authorization": "Bearer wrong-wrong-wrong"}, None
            case "wrong option":
                return "GET", f"{path}&size=nothing", {}, None
            case "numbers":
                return "GET", self._random.choice(["/metrics", "/files", "/health"]), {}, None
        return "GET", path, {}, None

    def _dawdle(self) -> None:
        """Open a connection, send a part of a request slowly, and go away without an answer."""
        host, _, port = self._host.rpartition(":")
        request = f"GET /convert?file=0.jpg HTTP/1.1\r\nHost: {self._host}\r\n".encode()
        end = self._random.choice([b"", f"Authorization: Bearer {TOKEN}\r\n\r\n".encode()])
        with socket.create_connection((host, int(port)), PATIENCE) as connection:
            for part in io.BytesIO(request + end):
                connection.sendall(part)
                self._is_ended.wait(0.2)
        self._count("gone away")
