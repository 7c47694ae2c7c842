"""A patient's own pages. All of them read and work without a script (decision 16).

A page that is shown changes nothing but the audit trail: that a handout was opened, and that
it was read, are told by forms, so no preview of a link tells it in the patient's place.
"""

from typing import Any

import orjson
from flask import Response, g, request
from flask_babel import gettext as _
from markupsafe import Markup

from service.domain.asking import LONGEST, MOST, open_questions
from service.domain.content import HandoutForm
from service.domain.errors import IllegalTransition, InvalidField, NotFound
from service.domain.goal import GoalChange, GoalState, Progress
from service.domain.plan import EducationPlan, PlanState
from service.domain.values import dataclass
from service.usecases.find_handout import embedded
from service.usecases.own_pages import Mine
from service.web import portal_login
from service.web.languages import LANGUAGES
from service.web.own_data import own_bundle
from service.web.own_log import rows
from service.web.own_summary import last_visit, summaries
from service.web.parts import Parts
from service.web.portal_pages import attached, go, page, paper_css, rendered

FHIR, PDF = "application/fhir+json", "application/pdf"
_SHOWN_PROGRESS = (Progress.IMPROVING, Progress.IN_PROGRESS, Progress.NO_CHANGE)


@dataclass(frozen=True, slots=True)
class Views:
    """One method for each page or form."""

    parts: Parts

    def home(self, told: str = "", asked: str = "", status: int = 200) -> Response:
        """Handouts, the new ones first; goals; questions; what the clinic sees."""
        plans = self._plans()
        mine = self.parts.own_pages.mine(plans)
        return page(
            "home",
            status,
            new=[each for each in mine if not each.given.opened and not each.given.read],
            before=[each for each in mine if each.given.opened or each.given.read],
            minutes=self._minutes,
            plans=plans,
            active=[plan for plan in plans if plan.state is PlanState.ACTIVE],
            goals=[(p, goal) for p in plans for goal in p.goals if goal.state is GoalState.ACTIVE],
            questions=[(p, each) for p in plans for each in open_questions(p)],
            answered=[(p, each) for p in plans for each in p.questions if each.talked_about],
            visit=last_visit(plans),
            longest=LONGEST,
            told=told,
            asked=asked,
        )

    def open(self, name: str) -> Any:
        """The patient opens a handout: the first time counts as received."""
        mine = self._mine(name)
        self.parts.assign_handout.opened(mine.plan.id, mine.handout.id, g.caller)
        return go("portal.handout", name=name)

    def handout(self, name: str) -> Response:
        """The page of a handout, inside the patient's own."""
        mine = self._mine(name)
        found = self.parts.own_pages.read(mine, g.launch.language, g.caller)
        content = self.parts.find_handout.read(found.page, HandoutForm.PAGE)
        style, article = embedded(content)
        return page(
            "handout",
            mine=mine,
            found=found,
            asked=g.launch.language,
            style=found.page.style,
            css=Markup(style),  # noqa: S704  # our own page, as it was made
            article=Markup(article),  # noqa: S704
            has_pdf=HandoutForm.PDF in found.page.forms,
        )

    def read(self, name: str) -> Any:
        """The patient says that a handout was read."""
        mine = self._mine(name)
        self.parts.assign_handout.says_read(mine.plan.id, mine.handout.id, g.caller)
        return go("portal.home", _anchor=f"h-{name}")

    def pdf(self, name: str) -> Response:
        """The handout to be printed."""
        return self._file(name, HandoutForm.PDF)

    def large_pdf(self, name: str) -> Response:
        """The same in large type."""
        return self._file(name, HandoutForm.LARGE)

    def follow_goal(self) -> Any:
        """How it goes with a goal, in the patient's own eyes."""
        told = request.form.get("progress", "")
        if told not in _SHOWN_PROGRESS:
            return self.home(_("Choose how it goes, then save."), status=422)
        change = GoalChange(progress=Progress(told))
        plan_id, goal_id = request.form.get("plan", ""), request.form.get("goal", "")
        self.parts.follow_goals.follow(plan_id, goal_id, change, g.caller)
        return go("portal.home", _anchor="goals")

    def ask(self) -> Any:
        """A question for the next visit."""
        text = request.form.get("text", "")
        try:
            self.parts.ask_question.ask(request.form.get("plan", ""), text, g.caller)
        except InvalidField:
            told = _("Write a question of at most %(most)s characters.", most=LONGEST)
            return self.home(told, text, 422)
        except IllegalTransition:
            told = _("There is room for %(most)s questions. Remove one first.", most=MOST)
            return self.home(told, text, 409)
        return go("portal.home", _anchor="questions")

    def take_back(self) -> Any:
        """A question is not to be asked after all."""
        number = request.form.get("question", "")
        if not (number.isascii() and number.isdigit() and len(number) < 10):
            raise NotFound("there is no such question")
        self.parts.ask_question.take_back(request.form.get("plan", ""), int(number), g.caller)
        return go("portal.home", _anchor="questions")

    def log(self) -> Response:
        """Who did what with the patient's data, and when."""
        before = request.args.get("before", "")
        found = self.parts.access_log(g.caller, before if before.isprintable() else "")
        g.language = g.launch.language or self.parts.own_pages.language(g.caller)
        return page("log", rows=rows(found.accesses), further=found.next)

    def data(self) -> Response:
        """All that is kept about the patient, to be looked at and fetched."""
        return page("data", summaries=summaries(self._plans()), bare=False)

    def bundle(self) -> Response:
        """The same as FHIR."""
        histories = self.parts.own_pages.fetch(g.caller)
        content = own_bundle(histories, self.parts.service_url, self.parts.clock())
        return attached(orjson.dumps(content), FHIR, "record.json")

    def data_pdf(self) -> Response:
        """The same on paper."""
        plans = [history[-1].plan for history in self.parts.own_pages.fetch(g.caller)]
        self._speak(plans)
        return self._printed("data_paper", "record.pdf", summaries=summaries(plans))

    def summary(self) -> Response:
        """The last visit on one page."""
        plans = self._plans()
        return page("summary", visit=_require_visit(plans), mine=self._titles(plans))

    def summary_pdf(self) -> Response:
        """The same on paper."""
        plans = self._plans()
        visit = _require_visit(plans)
        return self._printed("summary_paper", "visit.pdf", visit=visit, mine=self._titles(plans))

    def language(self) -> Any:
        """Speak another language from here on."""
        wanted = request.form.get("language", "")
        if wanted in LANGUAGES:
            self.parts.launches.speak(g.launch, wanted)
        name = request.form.get("name", "")
        return go("portal.handout", name=name) if name else go("portal.home")

    def leave(self) -> Any:
        """Log out."""
        return portal_login.leave(self.parts, g.launch)

    def left(self) -> Response:
        """What is shown after logging out."""
        title = _("You are logged out")
        return page("message", title=title, text=_("Close the window if others use this device."))

    def _plans(self) -> list[EducationPlan]:
        plans = self.parts.own_pages.see(g.caller)
        self._speak(plans)
        return plans

    def _speak(self, plans: list[EducationPlan]) -> None:
        if not g.launch.language and plans:
            g.language = plans[0].language

    def _mine(self, name: str) -> Mine:
        mine = self.parts.own_pages.named(name, g.caller)
        self._speak([mine.plan])
        return mine

    def _minutes(self, mine: Mine) -> int:
        issued = self.parts.find_handout.issued.page(mine.handout.sha256)
        return issued.minutes if issued else 0

    def _titles(self, plans: list[EducationPlan]) -> list[Mine]:
        return self.parts.own_pages.mine(plans)

    def _file(self, name: str, form: HandoutForm) -> Response:
        mine = self._mine(name)
        content = self.parts.own_pages.print(mine, g.launch.language, form, g.caller)
        return attached(content, PDF, "information.pdf")

    def _printed(self, template: str, name: str, **more: Any) -> Response:
        html = rendered(template, css=paper_css(), **more)
        return attached(self.parts.press(html.encode()), PDF, name)


def _require_visit(plans: list[EducationPlan]) -> Any:
    visit = last_visit(plans)
    if visit is None:
        raise NotFound("no visit was documented yet")
    return visit
