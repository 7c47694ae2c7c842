"""What the web room is given by app.py: the stories, and who may tell them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from service.domain.content import Edition
from service.domain.errors import NotFound
from service.domain.values import dataclass
from service.usecases.ask_question import AskQuestion
from service.usecases.assign_handout import AssignHandout
from service.usecases.close_plan import ClosePlan
from service.usecases.confirm_plan import ConfirmPlan
from service.usecases.correct_entry import CorrectEntry
from service.usecases.find_handout import FindHandout
from service.usecases.follow_deliveries import FollowDeliveries
from service.usecases.follow_goals import FollowGoals
from service.usecases.hear_encounter import HearEncounter
from service.usecases.keep_draft import KeepDraft
from service.usecases.make_plan import MakePlan
from service.usecases.own_pages import OwnPages
from service.usecases.ports import Arrival, Caller, Catalogue, Clock, Launches, PlanStore
from service.usecases.read_access_log import ReadAccessLog
from service.usecases.record_session import RecordSession

if TYPE_CHECKING:  # joined when a hook service is first called (cds_hooks.py)
    from service.usecases.answer_hook import AnswerHook
    from service.usecases.card_answers import CardAnswers, CountAnswers
    from service.usecases.in_time import InTime


class GrantedScopes(Protocol):
    @property
    def contexts(self) -> tuple[str, ...]: ...
    @property
    def monitors(self) -> bool: ...

    def allows(self, context: str, resource_type: str, letter: str) -> bool: ...


class Identity(Protocol):
    """Whom a verified token speaks for (identity/ makes it)."""

    @property
    def tenant(self) -> str: ...
    @property
    def subject(self) -> str: ...
    @property
    def scopes(self) -> GrantedScopes: ...
    @property
    def patient(self) -> str: ...
    @property
    def practitioner(self) -> str: ...


class SmartClient(Protocol):
    """SMART App Launch as its client (identity/smart_client.py)."""

    @property
    def jwks(self) -> Mapping[str, Any]: ...

    def begin(self, iss: str, launch: str, binding: str) -> tuple[str, str]: ...

    def finish(self, told: Mapping[str, str], binding: str) -> Arrival: ...


class CdsCall(Protocol):
    """A call that a record signed (identity/ makes it); `token` names its token."""

    @property
    def tenant(self) -> str: ...
    @property
    def client(self) -> str: ...
    @property
    def token(self) -> str: ...
    @property
    def expires(self) -> float: ...


@dataclass(frozen=True, slots=True)
class CdsHooks:
    """What the hook services need.

    `verify` tells whose call a token is, at the address that is called; `within` bounds how
    long is waited; `origins` are those of browsers that may call; `launch_url` is where a
    clinic's cards lead to, "" for nowhere.
    """

    verify: Callable[[str, str], CdsCall]
    answer: "AnswerHook"
    answers: "CardAnswers"
    count: "CountAnswers"
    within: "InTime"
    origins: Collection[str]
    launch_url: Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Clinic:
    """What a clinic's plans hold unless the encounter says otherwise."""

    edition: Edition = Edition.FULL
    language: str = "da"


def no_press(_page: bytes) -> bytes:
    """Print nothing.

    Raises:
        NotFound: always.
    """
    raise NotFound(
        "there is no PDF here",
        how_to_fix="Install the extra `pdf` (docs/operator.md), or print the page.",
    )


def no_smart() -> SmartClient:
    """Open nothing.

    Raises:
        NotFound: always.
    """
    raise NotFound("there is nothing at this address")


@dataclass(frozen=True, slots=True)
class Parts:
    """Everything the views need.

    `clinic_of_hook` is the clinic whose hook has this secret, "" for none;
    `not_ready` names what keeps the service from working; `secret` is the installation's;
    `press` prints a small page about one patient, and raises NotFound where nothing prints;
    `inline` turns a point's little Markdown into safe HTML; `forms` are the Questionnaires of
    ours, by `Type/id`; `is_demo` allows the links of the sample patients; `metrics` are those
    that this caller may see, as Prometheus reads them; `cds` joins the hook services, once;
    `smart` is what launches from records go through; `frames` are, by clinic, the origins
    whose windows may hold its pages, `portal_frames` those that may hold its patients' own.
    """

    make_plan: MakePlan
    confirm_plan: ConfirmPlan
    record_session: RecordSession
    follow_goals: FollowGoals
    correct_entry: CorrectEntry
    close_plan: ClosePlan
    assign_handout: AssignHandout
    ask_question: AskQuestion
    deliveries: FollowDeliveries
    hear: HearEncounter
    drafts: KeepDraft
    find_handout: FindHandout
    own_pages: OwnPages
    access_log: ReadAccessLog
    launches: Launches
    store: PlanStore
    catalogue: Catalogue
    clock: Clock
    verify: Callable[[str], Identity]
    clinic_of_hook: Callable[[str], str]
    clinic: Callable[[str], Clinic]
    not_ready: Callable[[], dict[str, str]]
    service_url: str
    secret: bytes
    inline: Callable[[str], str]
    metrics: Callable[[Caller], bytes]
    cds: Callable[[], CdsHooks]
    press: Callable[[bytes], bytes] = no_press
    forms: Callable[[], Mapping[str, dict[str, Any]]] = dict
    is_demo: bool = False
    smart: Callable[[], SmartClient] = no_smart
    frames: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    portal_frames: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
