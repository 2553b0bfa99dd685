"""A plan carried out: what is missing or changed is done, and the journal kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from pixbin.batch.jobs import Job, JobState, Outcome, Status, Store, failed_outcome
from pixbin.batch.planning.plan import BatchPlan
from pixbin.batch.state.journal import Journal, JournalEntry

#: turns jobs into outcomes, in any order, until it is told to stop
Executor = Callable[[Iterable[Job | Outcome], Callable[[], bool]], Iterator[Outcome]]


class Failure(NamedTuple):
    """How a source failed in an earlier pass over a watched folder."""

    error: str
    source_status: Status | None  #: what was known of the source then
    is_retryable: bool  #: it is worth another try, though the source has not changed


Failures = dict[str, Failure]  #: by the names of sources


class Policy(NamedTuple):
    """What is done again, and when a run ends early."""

    force: bool = False  #: all is done again
    overwrite: bool = True  #: outputs that are there may be replaced
    fail_fast: bool = False  #: the first failure ends the run


class Run:
    """One pass over a plan."""

    def __init__(
        self,
        plan: BatchPlan,
        store: Store,
        journal: Journal,
        fingerprint: str,
        policy: Policy,
        is_stopped: Callable[[], bool] = lambda: False,
        failures: Failures | None = None,
    ) -> None:
        self._plan = plan
        self._store = store
        self._journal = journal
        self._fingerprint = fingerprint
        self._policy = policy
        self._is_stopped = is_stopped
        self._has_failed = False
        self._failures = failures  #: of earlier passes, if they count; kept up to date
        self._source_statuses: dict[
            str, Status | None
        ] = {}  #: of sources in hand, if failures count

    def outcomes(self, execute: Executor) -> Iterator[Outcome]:
        """Carry the plan out, and yield what became of every source, as it comes."""
        for outcome in execute(self._steps_with_write_ahead(), self._should_stop):
            is_news = self._failures is None or self._record_failure(outcome, self._failures)
            if outcome.state is JobState.FAILED:
                self._has_failed = True
            elif outcome.state is JobState.WRITTEN:
                self._journal.add(JournalEntry.from_outcome(outcome, self._fingerprint))
            elif outcome.source_digest:  # the same content at another time
                outcome = self._refresh_entry(outcome)
            if is_news:
                yield outcome

    def _steps_with_write_ahead(self) -> Iterator[Job | Outcome]:
        """Yield what `steps` does; of what a job will replace, the journal no longer vouches."""
        steps = self.steps()
        while group := list(islice(steps, self._journal.write_ahead)):
            for step in group:
                if isinstance(step, Job):
                    self._journal.mark_dirty(step.target)
            self._journal.flush()
            yield from group

    def steps(self) -> Iterator[Job | Outcome]:
        """Yield the jobs that are to be done, and the outcome of all others."""
        for source, reason in self._plan.failures:
            yield failed_outcome(Job(source, ""), reason)._replace(is_retryable=True)
        for job in self._plan:
            status = self._status(job)
            if self._failures is None or not self._will_fail_again(
                job.source, status, self._failures
            ):
                yield self._step(job, status)

    def _status(self, job: Job) -> Status | None:
        """Tell what is known of a source; one that the plan knows need not be asked for."""
        return Status(job.signature, ()) if job.signature else self._store.source_status(job.source)

    def _should_stop(self) -> bool:
        return self._is_stopped() or (self._policy.fail_fast and self._has_failed)

    def _record_failure(self, outcome: Outcome, failures: Failures) -> bool:
        """Note whether a source failed, and tell whether that is news."""
        source = outcome.source
        known, status = failures.pop(source, None), self._source_statuses.pop(source, None)
        if outcome.state is not JobState.FAILED:
            return True
        failures[source] = Failure(outcome.error, status, outcome.is_retryable)
        return known is None or not known.is_retryable or known.error != outcome.error

    def _will_fail_again(self, source: str, status: Status | None, failures: Failures) -> bool:
        """Tell whether a source failed in an earlier pass, and will again."""
        known = failures.get(source)
        if known and not known.is_retryable and known.source_status == status:
            return True
        self._source_statuses[source] = status
        return False

    def _step(self, job: Job, source_status: Status | None) -> Job | Outcome:
        target = self._store.target_status(job.target)
        if source_status is None or target is None:
            return job  # and should it be the source, the worker says what is wrong
        if source_status.identity == target.identity:
            return failed_outcome(
                job, f"{job.source}: is its own output, by a link; write elsewhere"
            )
        entry = None if self._policy.force else self._journal.find(job.target)
        if entry and entry.fingerprint == self._fingerprint and self._is_intact(entry, target):
            if (entry.source, entry.signature) == (job.source, source_status.signature):
                return _unchanged_outcome(job, entry)
            known = (
                entry.source_digest if entry.signature.size == source_status.signature.size else ""
            )
            job = job._replace(known_digest=known)
        return job if self._policy.overwrite else Outcome(*job[:2], JobState.SKIPPED)

    def _is_intact(self, entry: JournalEntry, target: Status) -> bool:
        """Tell whether an output is what was written; one newer than the journal is read."""
        if entry.output_bytes != target.signature.size:
            return False
        is_older = target.signature.modified_ns < self._journal.modified_ns
        is_told = is_older or not entry.output_digest
        return is_told or self._store.target_digest(entry.target) == entry.output_digest

    def _refresh_entry(self, outcome: Outcome) -> Outcome:
        entry = self._journal.find(outcome.target)
        assert entry is not None
        entry = entry._replace(
            source=outcome.source, signature=outcome.signature, fingerprint=self._fingerprint
        )
        self._journal.add(entry)
        return outcome._replace(output_size=entry.output_size, grid=entry.grid)


def _unchanged_outcome(job: Job, entry: JournalEntry) -> Outcome:
    return Outcome(
        job.source, job.target, JobState.UNCHANGED, output_size=entry.output_size, grid=entry.grid
    )
