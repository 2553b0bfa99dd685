"""Reports of a batch: lines of text, and values for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pixbin.batch.storage import urls

if TYPE_CHECKING:
    from pixbin.batch.jobs import Job, Outcome
    from pixbin.batch.session import CostEstimate


CONVERTED = "converted"  #: the state of a picture that becomes a part of one file


def outcome_report(outcome: Outcome, output: str, *, is_joined: bool = False) -> dict[str, Any]:
    """Return the report of a finished job, for JSON.

    Parameters
    ----------
    outcome : Outcome
    output : the folder to write to, or one file if `is_joined`
    is_joined : whether all pictures go into one file, which is written after the last of them
    """
    return {
        "source": outcome.source,
        "output": _output_name(outcome, output, is_joined) or None,
        "state": CONVERTED if is_joined and not outcome.error else outcome.state.value,
        "seconds": outcome.seconds,
        "size": outcome.output_size or None,
        "grid": outcome.grid or None,
        **({"crop": outcome.crop} if outcome.crop else {}),
        "error": outcome.error or None,
        "notes": list(outcome.notes),
    }


def outcome_line(outcome: Outcome, output: str, *, is_joined: bool = False) -> str:
    """Return the line about a finished job; for the parameters see `outcome_report`."""
    if outcome.error:
        return f"failed {outcome.error}"
    if is_joined:
        return f"{CONVERTED} {outcome.source}"
    choice = f" ({outcome.choice})" if outcome.choice else ""
    return f"{outcome.state} {outcome.source} -> {_output_name(outcome, output)}{choice}"


def step_report(step: Job | Outcome, output: str, *, is_joined: bool = False) -> dict[str, Any]:
    """Return the report of a step of a dry run, for JSON; see `outcome_report`."""
    return {
        "source": step.source,
        "output": _output_name(step, output, is_joined) or None,
        "state": getattr(step, "state", "due"),
        "error": getattr(step, "error", "") or None,
    }


def step_line(report: dict[str, Any]) -> str:
    """Return the line about a step of a dry run."""
    if report["error"]:
        return f"failed {report['error']}"
    return "{state:9} {source} -> {output}".format(**report)


def cost_line(cost: CostEstimate) -> str:
    """Return the line about the cost of a batch."""
    failing = f"{cost.failing} would fail, " if cost.failing else ""
    return (
        f"{picture_count(cost.pictures)}, {cost.due} to convert, {failing}"
        f"{cost.source_bytes / 1e6:.1f} MB to read, about {cost.seconds:.1f} s "
        f"with --jobs {cost.jobs}; nothing was written"
    )


def picture_count(count: int) -> str:
    """Return a number of pictures in words.

    >>> picture_count(1), picture_count(12)
    ('1 picture', '12 pictures')
    """
    return f"{count} picture{'' if count == 1 else 's'}"


def _output_name(step: Job | Outcome, output: str, is_joined: bool = False) -> str:
    if not step.target:
        return ""
    return output if is_joined else urls.join_path(output, step.target)
