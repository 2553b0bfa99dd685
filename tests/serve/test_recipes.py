"""The recipes of the documentation are valid requests, and name limits and keys as they are."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

from pixbin.serve import access, conversion, output, playlist, remote, server, trmnl
from pixbin.serve.request import RequestReader
from pixbin.serve.service import ServeLimits
from pixbin.web import handler
from tests.fixtures import ROOT

PAGE = (ROOT / "docs" / "how-to" / "serve.md").read_text("utf-8")
ADDRESSES = re.findall(r"(/(?:convert|next|trmnl)[.\w]*\?[\w=&%.-]+\w)", PAGE.replace("...", " "))


def test_every_address_is_a_valid_request() -> None:
    """Options and words of the page are known, and their values can be parsed."""
    words: set[str] = set()
    for address in ADDRESSES:
        parts = urlsplit(address)
        request = RequestReader({}).read(
            parse_qs(parts.query, keep_blank_values=True), parts.path.partition(".")[2]
        )
        assert request.playlist
        words |= request.words.keys()

    assert len(ADDRESSES) >= 10
    assert {"file", "token", "every", "client", "v"} <= words


def test_the_table_of_limits_is_true() -> None:
    """Numbers of the page are those of the code."""
    limits = ServeLimits()
    numbers = (limits.max_upload >> 20, limits.max_output, output.MAX_FRAMES_FACTOR)

    assert numbers == (32, 2048 * 2048, 16)
    assert output.MAX_SOURCE_PIXELS // 1_000_000 == 67
    assert conversion.MAX_CACHE_BYTES >> 20 == 32
    assert server.MAX_CONNECTIONS == 64
    assert (server.IDLE_SECONDS, server.BODY_SECONDS, handler.SEND_SECONDS) == (15, 30, 60)
    assert (playlist.DEFAULT_SECONDS, playlist.MAX_CLIENTS) == (60, 1000)
    assert (trmnl.DEFAULT_SECONDS, trmnl.MIN_SECONDS, remote.MAX_REDIRECTS) == (900, 60, 3)
    assert len("a-long-secret-word") >= access.MIN_TOKEN_LENGTH


def test_the_answer_for_trmnl_is_the_one_of_the_page() -> None:
    """The JSON of the page has the keys that the service sends."""
    (block,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)

    assert json.loads(block).keys() == trmnl.redirect_reply("", "", 0).keys()


def test_the_container_serves_the_folder_that_the_page_names() -> None:
    """The file was not built in the tests; its paths and its port are those of the page."""
    text = (ROOT / "examples" / "serve" / "Dockerfile").read_text("utf-8")

    assert 'ENTRYPOINT ["pixbin", "serve", "/pictures", "--host", "0.0.0.0"]' in text
    assert "USER pixbin" in text
    assert ":/pictures:ro" in PAGE
    assert "8125:8125" in PAGE
