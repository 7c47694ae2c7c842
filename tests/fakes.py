"""Fakes are real classes: they pass the same contract suite as what they stand for."""

import copy
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

from service.domain.content import HandoutForm, Withdrawal
from service.domain.errors import NotFound, StalePlan
from service.domain.matching import index_rules
from service.usecases.ports import (
    Audited,
    AuditEntry,
    Caller,
    Draft,
    IssuedHandout,
    KeyedRequest,
    StoredPlan,
    UsedToken,
)
from tests.builders import PAGES, a_copy


@dataclass
class Tables:
    plans: dict = field(default_factory=dict)  # plan id: newest StoredPlan
    revisions: dict = field(default_factory=dict)  # (plan id, revision): StoredPlan
    visits: dict = field(default_factory=dict)  # (encounter, pack id): plan id
    outbox: list = field(default_factory=list)  # (plan id, revision)
    audit: list = field(default_factory=list)
    keys: dict = field(default_factory=dict)
    tokens: dict = field(default_factory=dict)  # (client, token): request
    drafts: dict = field(default_factory=dict)  # (plan id, encounter, practitioner): Draft


class MemoryPlans:
    """A PlanStore in memory; a failed transaction leaves no trace."""

    def __init__(self) -> None:
        self._tenants: dict[str, Tables] = {}
        self._turn = threading.Lock()

    @contextmanager
    def writing(self, tenant: str) -> Iterator["MemoryTransaction"]:
        with self._turn:
            tables = copy.deepcopy(self._tenants.get(tenant, Tables()))
            yield MemoryTransaction(tables)
            self._tenants[tenant] = tables

    @contextmanager
    def reading(self, tenant: str) -> Iterator["MemoryTransaction"]:
        yield MemoryTransaction(self._tenants.get(tenant, Tables()))

    def tables(self, tenant: str = "demo") -> Tables:
        return self._tenants.get(tenant, Tables())


class MemoryTransaction:
    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def request_of_key(self, key: str) -> KeyedRequest | None:
        return self._tables.keys.get(key)

    def remember_key(self, request: KeyedRequest, at) -> None:
        self._tables.keys[request.key] = request

    def delivery(self, plan_id: str, revision: int) -> str:
        return "waiting" if (plan_id, revision) in self._tables.outbox else ""

    def draft(self, plan_id: str, encounter: str, practitioner: str) -> Draft | None:
        return self._tables.drafts.get((plan_id, encounter, practitioner))

    def keep_draft(self, draft: Draft) -> bool:
        kept = self.draft(draft.plan_id, draft.encounter, draft.practitioner)
        if (kept.version if kept else 0) != draft.version - 1:
            return False
        key = (draft.plan_id, draft.encounter, draft.practitioner)
        self._tables.drafts[key] = draft
        return True

    def drop_draft(self, plan_id: str, encounter: str, practitioner: str) -> None:
        self._tables.drafts.pop((plan_id, encounter, practitioner), None)

    def plan_of_encounter(self, encounter: str, pack_id: str) -> StoredPlan | None:
        return self._tables.plans.get(self._tables.visits.get((encounter, pack_id)))

    def open_plan(self, patient: str, pack_id: str) -> StoredPlan | None:
        mine = (s for s in self._tables.plans.values() if s.plan.patient == patient)
        return next((s for s in mine if s.plan.pack.id == pack_id and s.plan.is_open), None)

    def plan(self, plan_id: str, revision: int = 0) -> StoredPlan | None:
        if revision:
            return self._tables.revisions.get((plan_id, revision))
        return self._tables.plans.get(plan_id)

    def plans_of_patient(self, patient: str) -> list[StoredPlan]:
        mine = [s for s in self._tables.plans.values() if s.plan.patient == patient]
        return sorted(mine, key=lambda s: s.plan.created, reverse=True)

    def plans_of_visit(self, encounter: str) -> list[StoredPlan]:
        visits = sorted(v for v in self._tables.visits if v[0] == encounter)
        return [self._tables.plans[self._tables.visits[visit]] for visit in visits]

    def plans_beyond(self, plan_id: str, limit: int, *, newest_first: bool) -> list[StoredPlan]:
        ids = sorted(self._tables.plans, reverse=newest_first)
        if plan_id:
            ids = [i for i in ids if (i < plan_id if newest_first else i > plan_id)]
        return [self._tables.plans[i] for i in ids[:limit]]

    def history(self, plan_id: str) -> list[StoredPlan]:
        mine = sorted(key for key in self._tables.revisions if key[0] == plan_id)
        return [self._tables.revisions[key] for key in mine]

    def add(self, stored: StoredPlan) -> bool:
        plan = stored.plan
        visit = (plan.visits[0].encounter, plan.pack.id)
        if visit in self._tables.visits or self.open_plan(plan.patient, plan.pack.id):
            return False
        self._put(stored)
        return True

    def replace(self, stored: StoredPlan, before: int = 0) -> None:
        stands = self._tables.plans.get(stored.plan.id)
        if stands is None or stands.plan.revision != (before or stored.plan.revision - 1):
            raise StalePlan("the plan was changed in the meantime")
        self._put(stored)

    def queue(self, plan) -> None:
        self._tables.outbox.append((plan.id, plan.revision))

    def _put(self, stored: StoredPlan) -> None:
        plan = stored.plan
        self._tables.plans[plan.id] = stored
        self._tables.revisions[plan.id, plan.revision] = stored
        for visit in plan.visits:
            self._tables.visits.setdefault((visit.encounter, plan.pack.id), plan.id)

    def use(self, token: UsedToken) -> bool:
        key = (token.client, token.token)
        return self._tables.tokens.setdefault(key, token.request) == token.request

    def audit(self, entry: AuditEntry) -> None:
        self._tables.audit.append(entry)

    def audited(self, entry_id: str) -> Audited | None:
        return next((each for each in self._audited() if each.id == entry_id), None)

    def audit_beyond(self, entry_id: str, limit: int, *, newest_first: bool) -> list[Audited]:
        rows = sorted(self._audited(), key=lambda each: each.id, reverse=newest_first)
        if entry_id:
            rows = [r for r in rows if (r.id < entry_id if newest_first else r.id > entry_id)]
        return rows[:limit]

    def audit_of_patient(self, patient: str, before: str, limit: int) -> list[Audited]:
        newest_first = self._audited()[::-1]
        rows = [each for each in newest_first if each.entry.patient == patient]
        return [each for each in rows if not before or each.id < before][:limit]

    def _audited(self) -> list[Audited]:
        return [
            Audited(f"{number:09}", replace(entry, caller=as_kept(entry.caller)))
            for number, entry in enumerate(self._tables.audit)
        ]


def as_kept(caller: Caller) -> Caller:
    """What the audit trail keeps of a caller."""
    return Caller(caller.tenant, caller.role, caller.name)


class FixedCatalogue:
    """A Catalogue of the given packs, the same for every tenant."""

    def __init__(self, *packs, withdrawn=None) -> None:
        self._packs = packs
        self._rules = index_rules(packs, {})
        self._withdrawn = withdrawn or {}  # (pack id, version): Withdrawal

    def rules(self, tenant: str):
        return self._rules

    def packs(self, tenant: str):
        return self._packs

    def withdrawal(self, pack_id: str, version: str) -> Withdrawal | None:
        return self._withdrawn.get((pack_id, version))


class MemoryHandouts:
    """Issued handouts in memory, of every pack that was ever given."""

    def __init__(self, *packs) -> None:
        self._pages: dict[str, IssuedHandout] = {}
        self._content: dict[tuple[str, HandoutForm], bytes] = {}
        self._versions: dict[tuple[str, str], dict] = {}
        for pack in packs:
            self.issue(pack)

    def issue(self, pack) -> None:
        for handout in pack.handouts:
            for (edition, language), file in handout.files.items():
                self._issue(pack, handout, edition, language, file)

    def _issue(self, pack, handout, edition, language, file) -> None:
        content = {
            HandoutForm.PAGE: PAGES[file.sha256],
            HandoutForm.TEXT: f"{handout.id}, {edition}, {language}".encode(),
            **{copy.form: b"%PDF" for copy in file.copies},
        }
        self._pages[file.sha256] = IssuedHandout(
            sha256=file.sha256,
            pack=pack.id,
            version=pack.version,
            handout=handout.id,
            title=handout.title.in_language(language),
            edition=edition.value,
            language=language,
            text_language=file.language,
            minutes=1,
            style="'sha256-0'",
            forms={form: a_copy(form, given) for form, given in content.items()},
            others={(e.value, spoken): f.sha256 for (e, spoken), f in handout.files.items()},
        )
        self._content |= {(file.sha256, form): given for form, given in content.items()}
        pages = self._versions.setdefault((pack.id, pack.version), {})
        pages[handout.id, edition.value, language] = file.sha256

    def page(self, sha256: str) -> IssuedHandout | None:
        return self._pages.get(sha256)

    def of_version(self, pack_id: str, version: str):
        return self._versions.get((pack_id, version), {})

    def read(self, page: IssuedHandout, form: HandoutForm) -> bytes:
        if form not in page.forms:
            raise NotFound("this handout was not made in this form")
        return self._content[page.sha256, form]
