"""The physiotherapist's pages in each state that somebody may meet them in."""

import re
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import urlsplit

from service.store.outbox import DatabaseOutbox
from service.store.sqlite import SqliteEngine
from service.usecases.delivering import Place, Queued, Receipt
from tests.clinician import Window
from tests.posted import ICD10, coding

POSSIBLE = coding(ICD10, "M48.0")


def another(window: Window) -> Window:
    """A second window of the same browser."""
    return Window(window.clinic, window.page.context.new_page(), window.language)


def empty(window: Window) -> None:
    window.open()


def filled(window: Window) -> None:
    window.open()
    window.fill()


def all_open(window: Window) -> None:
    """Everything that is collapsed, with an edition and a suggestion chosen."""
    window.open()
    window.fill()
    unfold(window)
    window.page.check("[name=cue] >> nth=0")
    window.page.check("[name^=adopt-] >> nth=0")
    window.page.check("[name=other-work][value=deferred]")
    window.page.check("#edition-pixi")


def error(window: Window) -> None:
    window.open()
    window.page.fill("#text", "Kom for sent")
    window.press("review")


def field_error(window: Window) -> None:
    window.open()
    window.fill()
    window.page.locator("details:has(#minutes) > summary").click()
    window.page.fill("#minutes", "mang")
    window.press("review")


def saved(window: Window) -> None:
    window.open()
    window.fill()
    window.press("save")


def check(window: Window) -> None:
    window.open()
    window.fill()
    window.press("review")


def signed(window: Window) -> None:
    window.open()
    window.sign()


def delivered(window: Window) -> None:
    """As the worker leaves it when the record has it."""
    _answer_for(window, lambda outbox, queued: outbox.delivered(queued, _RECEIPT))


def refused(window: Window) -> None:
    """As the worker leaves it when the record refuses it."""
    _answer_for(window, lambda outbox, queued: outbox.park(queued, "changed-in-record"))


def not_kept(window: Window) -> None:
    _answer_for(window, lambda outbox, queued: outbox.delivered(queued, Receipt(())))


def unreachable(window: Window) -> None:
    hour = timedelta(hours=1)
    _answer_for(
        window, lambda outbox, queued: outbox.later(queued, hour, "unreachable", uncertain=False)
    )


_RECEIPT = Receipt((Place("urn:uuid:1", "CarePlan/1"),))


def _answer_for(window: Window, answer: Callable[[DatabaseOutbox, Queued], object]) -> None:
    """Sign a visit, and leave its newest revision as told."""
    signed(window)
    _answered(window, answer)
    window.page.reload()


def arrive(window: Window) -> None:
    """Let the record have the visit that is signed on this page."""
    _answered(window, lambda outbox, queued: outbox.delivered(queued, _RECEIPT))


def _answered(window: Window, answer: Callable[[DatabaseOutbox, Queued], object]) -> None:
    plan_id = urlsplit(window.page.url).path.rsplit("/", 1)[1]
    engine = SqliteEngine(window.clinic.live.database)
    outbox = DatabaseOutbox(engine)
    for _ in range(2):
        for queued in outbox.take("demo", 1_000, timedelta(seconds=60)):
            if queued.plan_id == plan_id and queued.revision == 2:
                answer(outbox, queued)
            elif queued.plan_id == plan_id:
                outbox.delivered(queued, _RECEIPT)
            else:
                outbox.later(queued, timedelta(0), "", uncertain=False, counts=False)
    engine.close()


def next_visit(window: Window) -> None:
    patient = window.open()
    window.sign()
    window.clinic.visit(patient, f"{patient}-2")
    window.open(patient, f"{patient}-2", practitioner="Practitioner/fys2", name="fys2")


def unfold(window: Window) -> None:
    window.page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")


def earlier(window: Window) -> None:
    """A second visit, with what was signed before it and a ladder that is climbed."""
    patient = window.open()
    window.fill()
    window.page.locator("details:has(#goal_target) > summary").click()
    window.page.fill("#goal_step-0", "Til hjørnet")
    window.page.fill("#goal_step-1", "Til broen")
    window.press("review")
    window.press("sign")
    window.clinic.visit(patient, f"{patient}-2")
    window.open(patient, f"{patient}-2")
    window.page.check("[name^=reached] >> nth=0")
    unfold(window)


def elsewhere(window: Window) -> None:
    """Opened from a visit that was never posted."""
    window.open(encounter="not-posted")


def stale(window: Window) -> None:
    patient = window.open()
    window.fill()
    window.press("review")
    colleague = Window(window.clinic, window.page.context.browser.new_page(), window.language)
    colleague.open(patient, practitioner="Practitioner/fys2", name="fys2")
    colleague.sign()
    colleague.page.close()
    window.press("sign")


def two_drafts(window: Window) -> None:
    patient = window.open()
    other = another(window)
    other.open(patient)
    other.page.fill("#text", "Skrevet i det andet vindue")
    other.press("save")
    other.page.close()
    window.fill()
    window.press("save")


def correct(window: Window) -> None:
    signed(window)
    window.follow("a.small[href$='/correct']", 1)


def correct_error(window: Window) -> None:
    correct(window)
    window.send()


def corrected(window: Window) -> None:
    correct(window)
    window.page.fill("#reason", "Det nåede vi ikke")
    window.page.check("[name=outcome][value=deferred]")
    window.send()


def correct_goal(window: Window) -> None:
    signed(window)
    window.follow("a.small[href*='/goals/']")


def soap(window: Window) -> None:
    check(window)
    window.follow(".forms a[href*='form=soap']")


def edited_before(window: Window) -> None:
    """The note was edited, and then other topics were ticked."""
    check(window)
    window.page.fill("#note", "Mine egne ord om besøget.")
    window.press("keep")
    window.page.check("#taught-work")
    window.press("review")


def signed_elsewhere(window: Window) -> None:
    """What was typed into a draft that another window has signed."""
    saved(window)
    other = another(window)
    other.page.goto(window.page.url)
    other.press("review")
    other.press("sign")
    other.page.close()
    window.page.check("#taught-work")
    window.press("save")


def take_back(window: Window) -> None:
    signed(window)
    window.follow("a.small[href$='/correct']")


def close(window: Window) -> None:
    window.open()
    window.page.goto(f"{window.page.url}/close")


def close_error(window: Window) -> None:
    close(window)
    window.send()


def closed(window: Window) -> None:
    close(window)
    window.page.fill("#reason", "Flyttet til en anden by")
    window.send()


def paper(window: Window) -> None:
    signed(window)
    window.page.goto(re.sub(r"#.*", "", window.page.url) + "/print")


def plans(window: Window) -> None:
    window.open()
    window.page.goto(f"{window.clinic.live.url}/clinician/plans?all=1")


def no_plans(window: Window) -> None:
    window.open("nobody", "nobody-1")


def proposed(window: Window) -> None:
    window.open(window.clinic.patient(POSSIBLE))


def group(window: Window) -> None:
    others = tuple(f"Patient/{window.clinic.patient()}" for _ in range(2))
    window.open(participants=others)
    unfold(window)


def left(window: Window) -> None:
    window.open()
    window.follow("header form[action$=leave] button")


def not_launched(window: Window) -> None:
    window.page.context.clear_cookies()
    window.page.goto(f"{window.clinic.live.url}/clinician/plans")


def not_found(window: Window) -> None:
    window.open()
    window.page.goto(f"{window.clinic.live.url}/clinician/plans/none")


STATES: dict[str, Callable[[Window], None]] = {
    state.__name__.replace("_", "-"): state
    for state in (
        empty,
        filled,
        all_open,
        error,
        field_error,
        saved,
        check,
        signed,
        delivered,
        refused,
        not_kept,
        unreachable,
        next_visit,
        earlier,
        elsewhere,
        stale,
        two_drafts,
        signed_elsewhere,
        soap,
        edited_before,
        correct_goal,
        correct,
        correct_error,
        corrected,
        take_back,
        close,
        close_error,
        closed,
        paper,
        plans,
        no_plans,
        proposed,
        group,
        left,
        not_launched,
        not_found,
    )
}
REFUSED = {"error", "field-error", "stale", "two-drafts", "correct-error", "close-error"} | {
    "not-launched",
    "not-found",
}
