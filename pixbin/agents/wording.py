"""Messages for clients: arguments and tools in place of flags and commands."""

from __future__ import annotations

import re

from pixbin.options.specification import as_keywords

#: Parts of messages for the command line, and what a client can do instead.
_REPLACEMENTS = (
    ("`pixbin methods`", "the tool `methods`"),
    ("`pixbin devices`", "the tool `devices`"),
    ("`pixbin convert --help-all`", "the page `options` of the tool `docs`"),
    ("name it on the command line", "give it as an argument"),
    ("; - is stdin", ""),
    (", or an ONNX file", ""),  # only the owner can name one
    ("`from`", "`format`"),  # of decode
)
_ARGUMENTS = {"FILE": "`source`", "OUTPUT": "`output`"}  #: in place of positional ones
_POSITIONAL = re.compile(r"(?<![\w./-])(?:FILE|OUTPUT)(?![\w./-])")  # not in names of files


def for_client(text: str) -> str:
    """Return a message or a help text as a client of the tools needs it.

    >>> for_client("atkinsn: no such method; `pixbin methods` lists all; or give --threshold")
    'atkinsn: no such method; the tool `methods` lists all; or give `threshold`'
    """
    text = as_keywords(text)
    for command, tool in _REPLACEMENTS:
        text = text.replace(command, tool)
    return _POSITIONAL.sub(lambda match: _ARGUMENTS[match[0]], text)
