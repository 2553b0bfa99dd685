"""The tools that read no file: tables of methods and devices, and pages of the documentation."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pixbin.agents import arguments, documents
from pixbin.agents.replies import ToolReply
from pixbin.agents.wording import for_client
from pixbin.catalog import devices as device_table
from pixbin.catalog import method_uses
from pixbin.catalog.devices import DEVICES, Device, DeviceKind
from pixbin.errors import UsageError


def methods(given: Mapping[str, Any]) -> ToolReply:
    """Return all methods by their use.

    Raises
    ------
    UsageError
        An argument is given.
    """
    arguments.divide(given, (), ())
    rows = {
        use: [{"name": each.value, "advice": for_client(each.advice)} for each in group]
        for use, group in method_uses.by_use().items()
    }
    return ToolReply({"methods": rows})


def devices(given: Mapping[str, Any]) -> ToolReply:
    """Return all devices, those of a kind, or one with all details.

    Raises
    ------
    UsageError
        There is no such device or kind.
    """
    call = arguments.divide(given, ("name", "kind"), ())
    if name := call.text("name"):
        return ToolReply({"devices": [_details(device_table.named(name))]})
    kind = call.text("kind")
    kinds = {each.casefold(): each for each in DeviceKind}
    if kind is not None and kind.casefold() not in kinds:
        raise UsageError(f"kind {kind[:40]}: choose from {', '.join(DeviceKind)}")
    chosen = [each for each in DEVICES if kind is None or each.kind == kinds[kind.casefold()]]
    return ToolReply({"devices": [_brief(each) for each in chosen]})


def docs(given: Mapping[str, Any]) -> ToolReply:
    """Return a page of the documentation, or the list of pages.

    Raises
    ------
    UsageError
        There is no such page.
    """
    name = arguments.divide(given, ("page",), ()).text("page")
    if name is None:
        pages = documents.documents().values()
        return ToolReply({"pages": {each.name: each.title for each in pages}})
    page = documents.document(name)
    return ToolReply({"page": page.name, "title": page.title}, text=page.text)


def _brief(device: Device) -> dict[str, str]:
    return {
        "name": device.name,
        "kind": device.kind.value,
        "size": device.size_text,
        "format": device.format,
    }


def _details(device: Device) -> dict[str, Any]:
    return {
        **_brief(device),
        "aliases": [*device.aliases],
        "options": device.option_texts,
        "note": device.note,
        "source": device.source,
        "confirmed": device.confirmed,
    }
