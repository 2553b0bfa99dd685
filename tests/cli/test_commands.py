"""The table of commands, and what a start of each imports."""

from __future__ import annotations

import inspect
from typing import Any

import pytest
import typer

from pixbin.cli import commands
from pixbin.cli.app import app, load_command
from pixbin.cli.flags import ConversionCommand


@pytest.mark.parametrize("name", commands.HELP)
def test_the_line_is_that_of_the_command(name: str) -> None:
    """The table has the first line of the help of each command, and its kind."""
    command = load_command(name)

    assert inspect.cleandoc(command.help).splitlines()[0] == commands.HELP[name]
    assert isinstance(command, ConversionCommand) == (name in commands.CONVERSIONS)


def test_commands_are_not_imported_to_be_listed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Help and names need the table alone; a call imports one module."""
    loaded: list[str] = []

    def load(name: str) -> None:
        loaded.append(name)
        raise typer.Exit

    monkeypatch.setattr("pixbin.cli.app.import_module", load)
    root: Any = typer.main.get_command(app)
    context = root.make_context("pixbin", [], resilient_parsing=True)

    assert root.list_commands(context) == [*commands.HELP]
    assert [word.value for word in root.shell_complete(context, "st")] == ["studio", "stream"]
    root.get_help(context)
    page = capsys.readouterr().out
    assert [name for name in commands.HELP if f" {name} " not in page] == []
    assert loaded == []
    with pytest.raises(typer.Exit):
        root.resolve_command(context, ["presets", "--help"])
    assert loaded == ["pixbin.cli.listings"]
