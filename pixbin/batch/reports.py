"""Reports of a batch: lines of text, and values for JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pixbin.batch.storage import urls

if TYPE_CHECKING:
    from pixbin.batch.jobs import Job, Outcome
    from pixbin.batch.session import CostEstimate


def outcome_report(outcome: Outcome, folder: str) -> dict[str, Any]:
    """Return the report of a finished job, for JSON."""
    return {
        "source": outcome.source,
        "output": _output_name(outcome, folder) or None,
        "state": outcome.state.value,
        "seconds": outcome.seconds,
        "size": outcome.output_size or None,
        "grid": outcome.grid or None,
        **({"crop": outcome.crop} if outcome.crop else {}),
        "error": outcome.error or None,
        "notes": list(outcome.notes),
    }


def outcome_line(outcome: Outcome, folder: str) -> str:
    """Return the line about a finished job."""
    if outcome.error:
        return f"failed {outcome.error}"
    choice = f" ({outcome.choice})" if outcome.choice else ""
    return f"{outcome.state} {outcome.source} -> {_output_name(outcome, folder)}{choice}"


def step_report(step: Job | Outcome, folder: str) -> dict[str, Any]:
    """Return the report of a step of a dry run, for JSON."""
    return {
        "source": step.source,
        "output": _output_name(step, folder) or None,
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
        f"{cost.pictures} pictures, {cost.due} to convert, {failing}"
        f"{cost.source_bytes / 1e6:.1f} MB to read, about {cost.seconds:.1f} s "
        f"with --jobs {cost.jobs}; nothing was written"
    )


def _output_name(step: Job | Outcome, folder: str) -> str:
    return urls.join_path(folder, step.target) if step.target else ""
