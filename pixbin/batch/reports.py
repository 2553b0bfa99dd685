"""What is said of a batch: in words, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pixbin.batch.storage import urls

if TYPE_CHECKING:
    from pixbin.batch.jobs import Job, Outcome
    from pixbin.batch.session import CostEstimate


def outcome_report(outcome: Outcome, folder: str) -> dict[str, Any]:
    """Report what became of one picture of a batch."""
    return {
        "source": outcome.source,
        "output": _output_name(outcome, folder) or None,
        "state": outcome.state.value,
        "seconds": outcome.seconds,
        "size": outcome.output_size or None,
        "grid": outcome.grid or None,
        "error": outcome.error or None,
        "notes": list(outcome.notes),
    }


def outcome_line(outcome: Outcome, folder: str) -> str:
    """Word what became of one picture of a batch."""
    if outcome.error:
        return f"failed {outcome.error}"
    return f"{outcome.state} {outcome.source} -> {_output_name(outcome, folder)}"


def step_report(step: Job | Outcome, folder: str) -> dict[str, Any]:
    """Report what a batch would do with one picture."""
    return {
        "source": step.source,
        "output": _output_name(step, folder) or None,
        "state": getattr(step, "state", "due"),
        "error": getattr(step, "error", "") or None,
    }


def step_line(report: dict[str, Any]) -> str:
    """Word what a batch would do with one picture."""
    if report["error"]:
        return f"failed {report['error']}"
    return "{state:9} {source} -> {output}".format(**report)


def cost_line(cost: CostEstimate) -> str:
    """Word what a batch would take."""
    failing = f"{cost.failing} would fail, " * bool(cost.failing)
    return (
        f"{cost.pictures} pictures, {cost.due} to convert, {failing}"
        f"{cost.source_bytes / 1e6:.1f} MB to read, about {cost.seconds:.1f} s with --jobs {cost.jobs}; "
        "nothing was written"
    )


def _output_name(outcome: Job | Outcome, folder: str) -> str:
    return urls.join_path(folder, outcome.target) if outcome.target else ""
