"""A search of the FHIR façade: from the one membership rule to one page of answers.

Whose plans a caller may see is decided in one place (`Caller.may_see`), before any filter.
A search without a patient goes through the clinic's plans by age, a bounded number of
them for each page: a page may be short or even empty and still have a next one (R4 3.1.1.5.4).
"""

from collections.abc import Callable, Iterator, Mapping

from service.domain.errors import InvalidSearch
from service.domain.values import dataclass
from service.fhir.page import Page, included
from service.fhir.record import Version, plan_id_of
from service.fhir.search import Query
from service.fhir.served import KNOWLEDGE
from service.usecases.ports import AuditEntry, Caller, Clock, PlanStore, StoredPlan, Transaction
from service.usecases.read_audit import AuditTrail
from service.usecases.read_record import of_plan
from service.usecases.shelf import Shelf

BUDGET, BATCH = 500, 50  # plans looked at for one page, and for one look into the store


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ended: the last resource shown, and the last plan gone through."""

    resource_id: str = ""
    at: str = ""
    plan_id: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    page: Page
    next: Place | None = None


Near = Mapping[str, Version]  # the resources of one plan
Batch = Iterator[tuple[str, Near]]  # by the id of a plan, or of a row


@dataclass(frozen=True, slots=True)
class SearchRecord:
    """The story with its parts. Every search for patients' resources is audited.

    It leaves a row for each patient of whom something is shown, so that it stands in that
    patient's log whatever was asked for; when nothing is shown, one for whoever was asked for.
    Looking into the audit trail is one look, or the trail would grow by being read.
    """

    store: PlanStore
    shelf: Shelf
    clock: Clock

    def __call__(self, query: Query, caller: Caller, after: Place | None = None) -> Found:
        """Return the page of this query that begins after a place.

        Raises:
            InvalidSearch: it sorts or counts over all patients of the clinic.
        """
        if query.resource_type in KNOWLEDGE and not query.patient:
            known = self.shelf.all_of(query.resource_type, caller)
            return _bounded(query, [{v.name: v} for v in known], after)
        with self.store.writing(caller.tenant) as transaction:
            whose: dict[str, str] = {}
            found = _search(transaction, query, caller, after, whose)
            shown = (*found.page.matches, *found.page.included)
            about = {whose[plan] for each in shown if (plan := plan_id_of(each.id)) in whose}
            for patient in sorted(about) or _asked_about(query, caller):
                entry = AuditEntry(
                    "fhir.search", query.resource_type, patient, caller, self.clock()
                )
                transaction.audit(entry)
        return found


def _asked_about(query: Query, caller: Caller) -> list[str]:
    """The patients who are asked for; of the audit trail they are what a row is searched by.

    Who may not see them has looked at nothing of theirs.
    """
    if query.resource_type == "AuditEvent" and (named := query.values_of("patient")):
        return sorted({f"Patient/{each.split('/')[-1]}" for each in named})
    is_own = query.patient and caller.may_see(query.patient)
    return [query.patient if is_own else caller.patient]


def _search(
    transaction: Transaction,
    query: Query,
    caller: Caller,
    after: Place | None,
    whose: dict[str, str],
) -> Found:
    """The page; `whose` learns which patient each plan is of that was looked at."""
    if query.resource_type == "AuditEvent":
        return _through_all(query, after or Place(), AuditTrail(transaction, caller).beyond)
    named = _candidates(transaction, query, caller)
    if named is not None:
        whose.update((stored.plan.id, stored.plan.patient) for stored in named)
        return _bounded(query, [near(transaction, stored, caller) for stored in named], after)

    def beyond(plan_id: str, limit: int, newest_first: bool) -> Batch:  # noqa: FBT001
        batch = transaction.plans_beyond(plan_id, limit, newest_first=newest_first)
        whose.update((stored.plan.id, stored.plan.patient) for stored in batch)
        return ((stored.plan.id, near(transaction, stored, caller)) for stored in batch)

    return _through_all(query, after or Place(), beyond)


def _candidates(transaction: Transaction, query: Query, caller: Caller) -> list[StoredPlan] | None:
    """Return the plans that can hold an answer and are the caller's to see; None for all."""
    if query.patient and not caller.may_see(query.patient):
        return []
    patient = query.patient or caller.patient
    plans: list[StoredPlan] | None = None
    if ids := query.values_of("_id"):
        wanted = dict.fromkeys(plan_id_of(each) for each in ids)
        plans = [stored for each in wanted if (stored := transaction.plan(each))]
    elif patient:
        plans = transaction.plans_of_patient(patient)
    elif encounters := query.values_of("encounter"):
        references = [f"Encounter/{each.split('/')[-1]}" for each in encounters]
        plans = [stored for each in references for stored in transaction.plans_of_visit(each)]
    if plans is None:
        return None
    asked = [s for s in plans if query.patient in ("", s.plan.patient)]
    mine = {s.plan.id: s for s in asked if caller.may_see(s.plan.patient)}
    return list(mine.values())


def near(transaction: Transaction, stored: StoredPlan, caller: Caller) -> Near:
    """The resources of a plan in their newest versions, as this caller may see them."""
    revised = stored.plan.revision > 1
    history = transaction.history(stored.plan.id) if revised else [stored]
    return {name: versions[-1] for name, versions in of_plan(history, caller).items()}


def _matches(query: Query, near: Near) -> Iterator[Version]:
    begin = f"{query.resource_type}/"
    for name, version in near.items():
        if name.startswith(begin) and query.fits(version):
            yield version


def _bounded(query: Query, plans: list[Near], after: Place | None) -> Found:
    """All answers are at hand: sort them, count them, show the page."""
    around = {name: version for near in plans for name, version in near.items()}
    matches = query.sorted(match for near in plans for match in _matches(query, near))
    begin = 0
    if after:
        ids = [version.id for version in matches]
        begin = ids.index(after.resource_id) + 1 if after.resource_id in ids else len(ids)
    shown = tuple(matches[begin : begin + query.count])
    more = begin + len(shown) < len(matches) and query.count > 0
    page = Page(
        matches=shown,
        included=included(query, shown, around),
        total=None if query.total == "none" else len(matches),
        more=more,
    )
    return Found(page, Place(resource_id=shown[-1].id) if more else None)


def _through_all(query: Query, after: Place, beyond: Callable[[str, int, bool], Batch]) -> Found:
    """Go through what there is by age, a bounded number of steps for a page."""
    _refuse_over_all(query)
    shown: list[Version] = []
    around: dict[str, Version] = {}
    passed, begin = after.plan_id, after.resource_id
    for _ in range(BUDGET // BATCH):
        steps = 0
        for step, (name, close) in enumerate(beyond(passed, BATCH, query.sort != "_id"), 1):
            matches = _after(query.sorted(_matches(query, close)), begin)
            room = query.count - len(shown)
            if matches:
                around.update(close)
            shown += matches[:room]
            if len(matches) > room:
                last = shown[-1].id if room else begin
                return _page(query, shown, around, Place(last, "", passed))
            passed, begin, steps = name, "", step
        if steps < BATCH:
            return _page(query, shown, around, None)
    return _page(query, shown, around, Place("", "", passed))


def _after(matches: list[Version], resource_id: str) -> list[Version]:
    ids = [version.id for version in matches]
    return matches[ids.index(resource_id) + 1 :] if resource_id in ids else matches


def _page(query: Query, shown: list[Version], around: Near, end: Place | None) -> Found:
    added = included(query, shown, around)
    return Found(Page(tuple(shown), added, more=end is not None), end)


def _refuse_over_all(query: Query) -> None:
    if query.sort not in ("", "_id", "-_id"):
        raise InvalidSearch(
            "all of a clinic's plans come by their age only",
            pointer="?_sort",
            how_to_fix="Sort by _id or -_id, which is by age, or name a patient.",
        )
    if query.total == "accurate" or query.summary == "count" or query.count == 0:
        raise InvalidSearch(
            "all of a clinic's plans are not counted",
            pointer="?_total" if query.total else "?_summary",
            how_to_fix="Name a patient, or follow the next links.",
        )
