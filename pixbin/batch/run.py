"""A plan carried out: what is missing or changed is done, and the journal kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from pixbin.batch.jobs import Job, Outcome, Signature, State, Status, Store, failure
from pixbin.batch.journal import Entry, Journal
from pixbin.batch.plan import Plan

#: turns jobs into outcomes, in any order, until it is told to stop
Executor = Callable[[Iterable[Job | Outcome], Callable[[], bool]], Iterator[Outcome]]

NEVER = Status(Signature(-1, -1), ())  #: of a source that nothing was seen of yet


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
        given_up: dict[str, Status | None] | None = None,
    ) -> None:
        self._plan = plan
        self._store = store
        self._journal = journal
        self._recipe = recipe
        self._policy = policy
        self._is_stopped = is_stopped
        self._has_failed = False
        self._given_up = given_up  #: what failed in earlier passes, if that counts; added to
        self._seen: dict[str, Status | None] = {}  #: before it is read, if that counts

    def outcomes(self, execute: Executor) -> Iterator[Outcome]:
        """Carry the plan out, and yield what became of every source, as it comes."""
        for outcome in execute(self._begun(), self._must_stop):
            if outcome.state is State.FAILED:
                self._has_failed = True
                self._give_up(outcome.source)
            elif outcome.state is State.WRITTEN:
                self._journal.add(Entry.of(outcome, self._recipe))
            elif outcome.digest:  # the same content at another time
                outcome = self._renewed(outcome)
            yield outcome

    def _begun(self) -> Iterator[Job | Outcome]:
        """Yield what `steps` does; of what a job will replace, the journal no longer vouches."""
        for step in self.steps():
            if isinstance(step, Job):
                self._journal.doubt(step.target)
            yield step

    def steps(self) -> Iterator[Job | Outcome]:
        """Yield the jobs that are to be done, and the outcome of all others."""
        for source, reason in self._plan.faults:
            if not self._is_given_up(source, self._store.source(source)):
                yield failure(Job(source, ""), reason)
        for job in self._plan:
            status = self._store.source(job.source)
            if not self._is_given_up(job.source, status):
                yield self._step(job, status)

    def _must_stop(self) -> bool:
        return self._is_stopped() or (self._policy.fail_fast and self._has_failed)

    def _give_up(self, source: str) -> None:
        if self._given_up is not None:
            self._given_up[source] = self._seen.get(source)

    def _is_given_up(self, source: str, status: Status | None) -> bool:
        """Tell whether a source failed in an earlier pass, and has not changed since."""
        if self._given_up is None:
            return False
        self._seen[source] = status
        return self._given_up.get(source, NEVER) == status

    def _step(self, job: Job, source: Status | None) -> Job | Outcome:
        target = self._store.target(job.target)
        if source is None or target is None:
            return job  # and should it be the source, the worker says what is wrong
        if source.identity == target.identity:
            return failure(job, f"{job.source}: is its own output, by a link; write elsewhere")
        entry = None if self._policy.force else self._journal.find(job.target)
        if entry and entry.recipe == self._recipe and entry.written == target.signature.size:
            if (entry.source, entry.signature) == (job.source, source.signature):
                return _unchanged(job, entry)
            known = entry.digest if entry.signature.size == source.signature.size else ""
            job = job._replace(known=known)
        return job if self._policy.overwrite else Outcome(*job[:2], State.KEPT)

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
