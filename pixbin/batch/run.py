"""A plan carried out: what is missing or changed is done, and the journal kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from pixbin.batch.jobs import Job, Outcome, State, Status, Store, failure
from pixbin.batch.planning.plan import Plan
from pixbin.batch.state.journal import Entry, Journal

#: turns jobs into outcomes, in any order, until it is told to stop
Executor = Callable[[Iterable[Job | Outcome], Callable[[], bool]], Iterator[Outcome]]


class Failure(NamedTuple):
    """How a source failed in an earlier pass over a watched folder."""

    error: str
    source: Status | None  #: what was known of the source then
    may_pass: bool  #: it is worth another try, though the source has not changed


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
        plan: Plan,
        store: Store,
        journal: Journal,
        recipe: str,
        policy: Policy,
        is_stopped: Callable[[], bool] = lambda: False,
        failures: Failures | None = None,
    ) -> None:
        self._plan = plan
        self._store = store
        self._journal = journal
        self._recipe = recipe
        self._policy = policy
        self._is_stopped = is_stopped
        self._has_failed = False
        self._failures = failures  #: of earlier passes, if they count; kept up to date
        self._seen: dict[str, Status | None] = {}  #: of sources in hand, if failures count

    def outcomes(self, execute: Executor) -> Iterator[Outcome]:
        """Carry the plan out, and yield what became of every source, as it comes."""
        for outcome in execute(self._begun(), self._must_stop):
            is_news = self._failures is None or self._noted(outcome, self._failures)
            if outcome.state is State.FAILED:
                self._has_failed = True
            elif outcome.state is State.WRITTEN:
                self._journal.add(Entry.of(outcome, self._recipe))
            elif outcome.digest:  # the same content at another time
                outcome = self._renewed(outcome)
            if is_news:
                yield outcome

    def _begun(self) -> Iterator[Job | Outcome]:
        """Yield what `steps` does; of what a job will replace, the journal no longer vouches."""
        steps = self.steps()
        while group := list(islice(steps, self._journal.ahead)):
            for step in group:
                if isinstance(step, Job):
                    self._journal.doubt(step.target)
            self._journal.settle()
            yield from group

    def steps(self) -> Iterator[Job | Outcome]:
        """Yield the jobs that are to be done, and the outcome of all others."""
        for source, reason in self._plan.faults:
            yield failure(Job(source, ""), reason)._replace(may_pass=True)
        for job in self._plan:
            status = self._status(job)
            if self._failures is None or not self._is_given_up(job.source, status, self._failures):
                yield self._step(job, status)

    def _status(self, job: Job) -> Status | None:
        """Tell what is known of a source; one that the plan knows need not be asked for."""
        return Status(job.signature, ()) if job.signature else self._store.source(job.source)

    def _must_stop(self) -> bool:
        return self._is_stopped() or (self._policy.fail_fast and self._has_failed)

    def _noted(self, outcome: Outcome, failures: Failures) -> bool:
        """Note whether a source failed, and tell whether that is news."""
        source = outcome.source
        known, status = failures.pop(source, None), self._seen.pop(source, None)
        if outcome.state is not State.FAILED:
            return True
        failures[source] = Failure(outcome.error, status, outcome.may_pass)
        return known is None or not known.may_pass or known.error != outcome.error

    def _is_given_up(self, source: str, status: Status | None, failures: Failures) -> bool:
        """Tell whether a source failed in an earlier pass, and will again."""
        known = failures.get(source)
        if known and not known.may_pass and known.source == status:
            return True
        self._seen[source] = status
        return False

    def _step(self, job: Job, source: Status | None) -> Job | Outcome:
        target = self._store.target(job.target)
        if source is None or target is None:
            return job  # and should it be the source, the worker says what is wrong
        if source.identity == target.identity:
            return failure(job, f"{job.source}: is its own output, by a link; write elsewhere")
        entry = None if self._policy.force else self._journal.find(job.target)
        if entry and entry.recipe == self._recipe and self._is_intact(entry, target):
            if (entry.source, entry.signature) == (job.source, source.signature):
                return _unchanged(job, entry)
            known = entry.digest if entry.signature.size == source.signature.size else ""
            job = job._replace(known=known)
        return job if self._policy.overwrite else Outcome(*job[:2], State.KEPT)

    def _is_intact(self, entry: Entry, target: Status) -> bool:
        """Tell whether an output is what was written; one newer than the journal is read."""
        if entry.written != target.signature.size:
            return False
        is_older = target.signature.modified < self._journal.time
        is_told = is_older or not entry.output_digest
        return is_told or self._store.digest(entry.target) == entry.output_digest

    def _renewed(self, outcome: Outcome) -> Outcome:
        entry = self._journal.find(outcome.target)
        assert entry is not None
        entry = entry._replace(
            source=outcome.source, signature=outcome.signature, recipe=self._recipe
        )
        self._journal.add(entry)
        return outcome._replace(size=entry.size, grid=entry.grid)


def _unchanged(job: Job, entry: Entry) -> Outcome:
    return Outcome(job.source, job.target, State.UNCHANGED, size=entry.size, grid=entry.grid)
