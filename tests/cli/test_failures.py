"""The message and exit code of errors that no command expects."""

from __future__ import annotations

import json
import signal

import pytest

from pixbin.cli import failures
from pixbin.cli.held_signals import held_signals
from pixbin.errors import ExitCode


def test_a_bug_is_called_a_bug(capsys: pytest.CaptureFixture[str]) -> None:
    """An exception that pixbin does not know is named, with the option that prints more."""
    assert failures.report(ValueError("seven")) == ExitCode.BUG
    message = capsys.readouterr().err

    assert message == (
        "error: a bug in pixbin (ValueError: seven); run with --debug and report it\n"
    )


def test_lack_of_memory_is_a_fault_of_the_input(capsys: pytest.CaptureFixture[str]) -> None:
    """MemoryError has the code of inputs; a report in JSON has the same text as stderr."""
    names = {"input": "a.png", "output": "b.png"}

    assert failures.report(MemoryError(), names=names) == ExitCode.INPUT
    printed = capsys.readouterr()
    report = json.loads(printed.out)

    assert report == {**names, "error": report["error"], "exit_code": 3}
    assert report["error"].startswith("too little memory; reduce the input")
    assert printed.err == f"error: {report['error']}\n"


def test_error_after_a_signal_is_an_interruption(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python and libraries turn KeyboardInterrupt into errors of their own."""
    monkeypatch.setattr(failures, "received_signals", [signal.SIGINT])

    assert failures.report(RuntimeError("Error calling __set_name__")) == ExitCode.INTERRUPTED
    assert capsys.readouterr().err == "error: interrupted; no incomplete file was left\n"


def test_signals_wait_for_the_end_of_the_block() -> None:
    """Ctrl-C during an import acts after it, and later signals act at once."""
    steps = []
    with pytest.raises(KeyboardInterrupt):
        with held_signals():
            signal.raise_signal(signal.SIGINT)
            steps.append("imported")
        steps.append("not reached")

    assert steps == ["imported"]
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(signal.SIGINT)


def test_debug_prints_the_traceback_first(capsys: pytest.CaptureFixture[str]) -> None:
    """With --debug the last line is still the message."""
    try:
        raise KeyError("colour")
    except KeyError as error:
        assert failures.report(error, is_debug=True) == ExitCode.BUG
    lines = capsys.readouterr().err.splitlines()

    assert lines[0] == "Traceback (most recent call last):"
    assert lines[-2] == "KeyError: 'colour'"
    assert lines[-1].startswith("error: a bug in pixbin (KeyError: 'colour')")


@pytest.mark.parametrize("error", [SystemExit(3), GeneratorExit()])
def test_an_end_for_another_reason_goes_on(error: BaseException) -> None:
    """SystemExit and GeneratorExit are raised again, and not reported."""
    with pytest.raises(type(error)) as caught:
        failures.report(error)

    assert caught.value is error
