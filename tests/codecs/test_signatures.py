"""The first bytes by which ordinary pictures are recognized, and by which nothing else is."""

from __future__ import annotations

import importlib

import pytest

from pixbin.codecs.hints import DecodeHints, Evidence

SIGNATURES = {
    "png": [b"\x89PNG\r\n\x1a\n"],
    "gif": [b"GIF87a", b"GIF89a"],
    "tiff": [b"II*\0", b"MM\0*"],
    "webp": [b"RIFF"],
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    """All bytes of a signature count; the codecs of other formats do not know it."""
    sniff = importlib.import_module(f"pixbin.codecs.{name}").sniff
    for other, signatures in SIGNATURES.items():
        expected = Evidence.SIGNATURE if other == name else Evidence.NONE
        for signature in signatures:
            assert sniff(signature + b"rest", DecodeHints()) is expected
            assert sniff(signature, DecodeHints()) is expected
            for at, byte in enumerate(signature):
                damaged = signature[:at] + bytes([byte ^ 1]) + signature[at + 1 :]
                assert sniff(damaged, DecodeHints()) is Evidence.NONE
            assert sniff(signature[:-1], DecodeHints()) is Evidence.NONE
    assert sniff(b"", DecodeHints()) is Evidence.NONE
