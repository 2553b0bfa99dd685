"""One run over a plan: do the jobs that are missing or changed, and keep the journal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from pixbin.batch.jobs import Job, JobState, Outcome, failed_outcome
from pixbin.batch.planning.plan import BatchPlan
from pixbin.batch.state.journal import Journal, JournalEntry
from pixbin.batch.storage.base import Status, Store
from pixbin.errors import InputError, without_credentials
from pixbin.options.region_mask import MaskFolder

#: Turns jobs into outcomes, in any order, until the second argument returns True. Outcomes among
#: the jobs pass through unchanged.
Executor = Callable[[Iterable[Job | Outcome], Callable[[], bool]], Iterator[Outcome]]


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that failed in an earlier run over a watched folder."""

    error: str
    source_status: Status | None  #: of the source file at that time
    is_retryable: bool  #: a retry may succeed with the same source file


Failures = dict[str, Failure]  #: by the names of source files


@dataclass(frozen=True, slots=True)
class Policy:
    """Rules: what a run converts again, and when it ends early."""

    force: bool = False  #: convert everything again
    overwrite: bool = True  #: existing outputs may be replaced
    fail_fast: bool = False  #: the first failure ends the run


class Run:
    """One run over a plan.

    Parameters
    ----------
    fingerprint
        The fingerprint of the recipe.
    is_stopped
        Returns whether the run is to end early.
    failures
        Failures of earlier runs over a watched folder; the run updates them. None: all failed
        jobs are tried again.
    masks
        The folder with a mask for each picture, if there is one.
    """

    def __init__(
        self,
        plan: BatchPlan,
        store: Store,
        journal: Journal,
        fingerprint: str,
        policy: Policy,
        is_stopped: Callable[[], bool] = lambda: False,
        failures: Failures | None = None,
        masks: MaskFolder | None = None,
    ) -> None:
        self._plan = plan
        self._store = store
        self._journal = journal
        self._fingerprint = fingerprint
        self._policy = policy
        self._is_stopped = is_stopped
        self._has_failed = False
        self._failures = failures
        self._masks = masks
        #: status of the source files of running jobs, if there are `failures` to compare it with
        self._source_statuses: dict[str, Status | None] = {}

    def outcomes(self, execute: Executor) -> Iterator[Outcome]:
        """Do the jobs of the plan, and yield the outcome of each source file as it is ready."""
        for outcome in execute(self._steps_with_write_ahead(), self._should_stop):
            is_new = self._failures is None or self._record_failure(outcome, self._failures)
            if outcome.state is JobState.FAILED:
                self._has_failed = True
            elif outcome.state is JobState.WRITTEN:
                self._journal.add(JournalEntry.from_outcome(outcome, self._fingerprint))
            elif outcome.source_digest:  # only the time of the source file has changed
                outcome = self._refresh_entry(outcome)
            if is_new:
                yield outcome

    def _steps_with_write_ahead(self) -> Iterator[Job | Outcome]:
        """Yield all steps; the entries of outputs that jobs replace are marked as dirty first."""
        steps = self.steps()
        while group := list(islice(steps, self._journal.write_ahead)):
            for step in group:
                if isinstance(step, Job):
                    self._journal.mark_dirty(step.target)
            self._journal.flush()
            yield from group

    def steps(self) -> Iterator[Job | Outcome]:
        """Yield the jobs that are still to do, and the outcomes of all others."""
        for source, reason in self._plan.failures:
            yield failed_outcome(Job(source, ""), reason)._replace(is_retryable=True)
        for job in self._plan:
            status = self._status(job)
            if self._failures is None or not self._will_fail_again(
                job.source, status, self._failures
            ):
                yield self._step(job, status)

    def _status(self, job: Job) -> Status | None:
        """Return the status of a source file; a signature from the plan spares a request."""
        return Status(job.signature, ()) if job.signature else self._store.source_status(job.source)

    def _should_stop(self) -> bool:
        return self._is_stopped() or (self._policy.fail_fast and self._has_failed)

    def _record_failure(self, outcome: Outcome, failures: Failures) -> bool:
        """Record a failure, and return whether the outcome is new to the user."""
        source = outcome.source
        known, status = failures.pop(source, None), self._source_statuses.pop(source, None)
        if outcome.state is not JobState.FAILED:
            return True
        failures[source] = Failure(outcome.error, status, outcome.is_retryable)
        return known is None or not known.is_retryable or known.error != outcome.error

    def _will_fail_again(self, source: str, status: Status | None, failures: Failures) -> bool:
        """Return whether a retry is useless: the same source file has failed before."""
        known = failures.get(source)
        if known and not known.is_retryable and known.source_status == status:
            return True
        self._source_statuses[source] = status
        return False

    def _step(self, job: Job, source_status: Status | None) -> Job | Outcome:
        target = self._store.target_status(job.target)
        if source_status is None or target is None:
            return job  # if the source file is missing, the job fails with the reason
        if source_status.identity == target.identity:
            return failed_outcome(
                job, f"{job.source}: is its own output, by a link; write elsewhere"
            )
        entry = None if self._policy.force else self._journal.find(job.target)
        if entry and self._is_current(entry, job, target):
            source = without_credentials(job.source)
            if (entry.source, entry.signature) == (source, source_status.signature):
                return _unchanged_outcome(job, entry)
            has_same_size = entry.signature.size == source_status.signature.size
            job = job._replace(known_digest=entry.source_digest if has_same_size else "")
        return job if self._policy.overwrite else Outcome(job.source, job.target, JobState.SKIPPED)

    def _is_current(self, entry: JournalEntry, job: Job, target: Status) -> bool:
        """Return whether an output is as its entry says, by the recipe and mask of this run."""
        return (
            entry.fingerprint == self._fingerprint
            and self._is_intact(entry, target)
            and self._mask_digest(job.source) == entry.mask_digest
        )

    def _mask_digest(self, source: str) -> str:
        """Return the digest of the mask of a source file; empty if there is none."""
        if self._masks is None:
            return ""
        try:
            return self._masks.mask_of(source).digest
        except InputError:  # the job will fail with the reason
            return ""

    def _is_intact(self, entry: JournalEntry, target: Status) -> bool:
        """Return whether an output still has the content that its entry describes.

        It is read only if it is newer than the journal, as someone may have changed it since.
        """
        if entry.output_bytes != target.signature.size:
            return False
        if target.signature.modified_ns < self._journal.modified_ns or not entry.output_digest:
            return True
        return self._store.target_digest(entry.target) == entry.output_digest

    def _refresh_entry(self, outcome: Outcome) -> Outcome:
        entry = self._journal.find(outcome.target)
        assert entry is not None
        entry = entry._replace(
            source=without_credentials(outcome.source),
            signature=outcome.signature,
            fingerprint=self._fingerprint,
        )
        self._journal.add(entry)
        return outcome._replace(output_size=entry.output_size, grid=entry.grid)


def _unchanged_outcome(job: Job, entry: JournalEntry) -> Outcome:
    return Outcome(
        job.source, job.target, JobState.UNCHANGED, output_size=entry.output_size, grid=entry.grid
    )
