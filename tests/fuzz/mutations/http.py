"""Mutations of HTTP requests: lines, headers, addresses, bodies and their lengths."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from pixbin.options import SPECS
from pixbin.serve.request import WORDS
from tests.fuzz.mutations import binary, text, trees

_METHODS = (b"GET", b"HEAD", b"POST", b"PUT", b"OPTIONS", b"TRACE", b"get", b"CONNECT", b"X", b"")
_VERSIONS = (b"HTTP/1.1", b"HTTP/1.0", b"HTTP/0.9", b"HTTP/2.0", b"HTTP/1.1.1", b"HTTP/x", b"")
_TARGETS = (
    *(b"/", b"//", b"*", b"/..", b"/../../../etc/passwd", b"/%2e%2e/%2e%2e/secret.txt", b"//[/"),
    *(
        b"//[::1/x",
        b"http://[",
        b"http://a/b",
        b"/%00",
        b"/%ff",
        b"/\xff\xfe",
        b"/a b",
        b"/?",
        b"?",
    ),
    *(b"/convert", b"/convert.png", b"/next", b"/files", b"/devices", b"/health", b"/metrics"),
    *(b"/trmnl", b"/api/setup", b"/api/display", b"/api/log", b"/convert.", b"/next.\xc2\xb2"),
)
_PATHS = (
    *(b"../secret.txt", b"..%2fsecret.txt", b"%2e%2e/secret.txt", b"/etc/passwd", b"a.png"),
    *(
        b"link.png",
        b"trip/../../secret.txt",
        b".hidden.png",
        b"a.png%00.txt",
        b"trip",
        b"notes.txt",
    ),
    *(b"..\\secret.txt", b"a.png/", b"./a.png", b"//a.png", b"A.PNG", b"x" * 3000, b"\xff", b""),
)
_HEADERS = (
    *(b"Host", b"Origin", b"Sec-Fetch-Site", b"Authorization", b"Access-Token", b"Content-Length"),
    *(b"Content-Type", b"Transfer-Encoding", b"Expect", b"Connection", b"If-None-Match", b"ID"),
    *(b"If-Modified-Since", b"Range", b"Cookie", b"Referer", b"X-Forwarded-Host", b"Accept"),
)
_HEADER_VALUES = (
    *(
        b"",
        b" ",
        b"example.org",
        b"http://example.org",
        b"null",
        b"http://[",
        b"//",
        b"[::1",
        b"]:",
    ),
    *(b"127.0.0.1:1", b"localhost:99999", b"cross-site", b"none", b"Basic !!", b"Basic Og==", b"*"),
    *(b"Bearer x", b"chunked", b"100-continue", b"close", b"keep-alive", b"-1", b"0", b"1", b"12"),
    *(b"99999999999999999999", b"1e3", "²".encode(), b"+5", b"0x10", b"application/json"),
    *(
        b"image/png",
        b"application/octet-stream",
        b"text/plain; charset=utf-8",
        b"\xff\xfe",
        b"a\0b",
    ),
    *(b"Sat, 32 Jan 99999 25:61:61 GMT", b"Thu, 01 Jan 1970 00:00:00 GMT", b'W/"x"', b"x" * 70_000),
)
_WORDS = tuple(
    word.encode() for word in (*WORDS, *SPECS, "token", "frame", "name", "size", "method")
)


def split(data: bytes) -> tuple[list[bytes], bytes]:
    """Return the lines of the head of a request, and its body."""
    head, _, body = data.partition(b"\r\n\r\n")
    return head.split(b"\r\n"), body


def join(lines: Sequence[bytes], body: bytes) -> bytes:
    """Return a request."""
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def change_request_line(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change the method, the target or the version."""
    lines, body = split(data)
    words = lines[0].split(b" ")
    choices = (_METHODS, _TARGETS, _VERSIONS)
    index = random.choice((0, 1, 1, 1, 2))
    words[index : index + 1] = [random.choice(choices[index])]
    lines[0] = b" ".join(words)
    return join(lines, body)


def change_target(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change the path or the values of the target."""
    lines, body = split(data)
    words = lines[0].split(b" ")
    if len(words) < 2:
        return data
    path, mark, query = words[1].partition(b"?")
    match random.randrange(5):
        case 0:
            path = random.choice(text.ALL)(random, path, pool).replace(b"\r\n", b"")
        case 1:
            path = path.rpartition(b"/")[0] + b"/" + random.choice(_PATHS)
        case 2:
            value = random.choice((*text.NUMBERS, *_PATHS, *text.ODD_LETTERS))
            query, mark = query + b"&" + random.choice(_WORDS) + b"=" + value, b"?"
        case 3:
            query = random.choice(text.ALL)(random, query, pool)
        case _:
            query = b"&".join([query] * random.choice((2, 3, 200)))
    words[1] = path + mark + query.replace(b" ", b"+").replace(b"\r\n", b"")
    lines[0] = b" ".join(words)
    return join(lines, body)


def change_header(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Add, remove, copy or change a header."""
    lines, body = split(data)
    index = random.randrange(len(lines))
    match random.randrange(6):
        case 0 if index:
            del lines[index]
        case 1 if index:
            lines.insert(index, lines[index])
        case 2:
            lines[1:1] = [random.choice(_HEADERS) + b": " + random.choice(_HEADER_VALUES)]
        case 3 if index:
            name, _, value = lines[index].partition(b": ")
            lines[index] = name + b": " + random.choice(text.ALL)(random, value, pool)
        case 4 if index:
            lines[index] = random.choice(binary.ALL)(random, lines[index], lines)
        case _ if index:
            lines[index] = lines[index].partition(b":")[0] + b": " + random.choice(_HEADER_VALUES)
    return join(lines, body)


def change_body(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Change the body, most often with the right length."""
    lines, body = split(data)
    is_json = body[:1] in (b"{", b"[")
    changed = random.choice(trees.ALL if is_json else binary.ALL)(random, body, [])
    if random.random() < 0.85:
        length = b"Content-Length: %d" % len(changed)
        lines = [length if line[:15] == b"Content-Length:" else line for line in lines]
    return join(lines, changed)


def send_several(random: Random, data: bytes, pool: Sequence[bytes]) -> bytes:
    """Send another request after this one, on the same connection."""
    return data + (random.choice(pool) if pool else data)


ALL = (
    *(change_request_line, change_target, change_target, change_target, change_header),
    *(change_header, change_body, change_body, change_body, send_several, binary.splice),
    *(binary.flip_bits, text.insert_odd_letters, binary.truncate),
)
