"""The note of a session for the record: short, made from what was signed, always the same.

At most 120 words: notes that grow and repeat are what makes records hard to read (users.md
§1.1). It names topics and never repeats what a handout says. Where the words do not suffice,
free text is shortened, the last first; what was typed stands in full with the session.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from itertools import groupby

from service.domain.goal import Goal, GoalState
from service.domain.plan import EducationPlan
from service.domain.teaching import Outcome, Session, Teaching, Understanding
from service.fhir.note_words import name, quoted, said

WORDS = 120
FORMS = ("plain", "soap")

Clip = Callable[[str], str]


def note_text(plan: EducationPlan, session: Session, *, form: str = "plain") -> str:
    """Return the note, in the language of the plan, without a name of anybody.

    `session` is one of the plan's own. `form` is `plain`, or `soap` with the patient's words
    under S, what was noticed under O, what needs to be taken up again under A, and the
    education under P.
    """
    write = _soap if form == "soap" else _plain
    fixed = len(write(plan, session, lambda text: "…" if text else "").split())
    return write(plan, session, _Budget(WORDS - fixed))


def signed_note(plan: EducationPlan, session: Session) -> str:
    """Return the note as it stands: what is generated anew, or the words that were signed.

    Words that a clinician wrote are never changed; what of them was corrected since is said
    below them.
    """
    if not session.note or session.error:
        return session.note or note_text(plan, session)
    return "\n\n".join((session.note, *_corrections(plan, session)))


def text_for_the_record(plan: EducationPlan, session: Session) -> str:
    """Return the note as it stands, and below it in full what it had to shorten."""
    note = signed_note(plan, session)
    texts = (*(t.note for t in _standing(session)), session.text, *_long_ones(session))
    lost = [text for text in texts if text and " ".join(text.split()).rstrip(".") not in note]
    return "\n\n".join((note, *lost))


def _corrections(plan: EducationPlan, session: Session) -> Iterator[str]:
    say = plan.language
    for wrong in (teaching for teaching in session.teachings if teaching.error):
        told = f"{name(say, 'corrected')}: {_titles(plan, [wrong])}: {_came_of(say, wrong)}"
        yield f"{told}. {name(say, 'error')}: {wrong.error.rstrip('.')}."
        for right in _standing(session):
            if right.topic == wrong.topic:
                yield f"{name(say, 'instead')}: {_came_of(say, right)}."


def _came_of(say: str, teaching: Teaching) -> str:
    if teaching.understanding is Understanding.NOT_ASSESSED:
        return said(say, teaching.outcome)
    return f"{said(say, teaching.outcome)}, {said(say, teaching.understanding)}"


def _long_ones(session: Session) -> Iterator[str]:
    if session.mood:
        yield session.mood.text
    if session.job:
        yield from (session.job.next_agreement, session.job.text)
    yield from (session.barriers_met, session.no_teaching)


class _Budget:
    """Clips texts so that all of them together have no more words than are left."""

    def __init__(self, words: int) -> None:
        self._left = max(words, 0)

    def __call__(self, text: str) -> str:
        words = text.split()
        spare = self._left + 1  # the mark of shortening was counted as a word
        if len(words) <= spare:
            self._left -= max(len(words) - 1, 0)
            return " ".join(words)
        self._left = 0
        return " ".join(words[:spare]) + "…"


def _plain(plan: EducationPlan, session: Session, clip: Clip) -> str:
    parts = (
        _head(plan, session, clip),
        _how(plan, session),
        *_topics(plan, session, clip),
        *_noticed(plan, session, clip),
        *_goals(plan, session, clip),
        *_remarks(plan, session, clip),
        *_next(plan, session),
    )
    return _sentences(parts)


def _soap(plan: EducationPlan, session: Session, clip: Clip) -> str:
    say = plan.language
    again = [t for t in _standing(session) if t.understanding.is_unclear]
    sections = {
        "P": [
            _head(plan, session, clip),
            _how(plan, session),
            *_topics(plan, session, clip),
            *_next(plan, session),
        ],
        "A": [_listed(plan, "again", again, clip)] if again else [],
        "O": list(_noticed(plan, session, clip)),
        "S": [*_goals(plan, session, clip), *_remarks(plan, session, clip)],
    }
    lines = (
        f"{name(say, key)}: {_sentences(sections[key])}" for key in "SOAP" if any(sections[key])
    )
    return "\n".join(lines)


def _head(plan: EducationPlan, session: Session, clip: Clip) -> str:
    say = plan.language
    edition = name(say, f"edition-{session.edition.value}")
    content = f"{edition}, {plan.pack.id} {plan.pack.version}, {say}"
    title = plan.pack.title[:1].lower() + plan.pack.title[1:]
    head = f"{name(say, 'education')}, {clip(title)} ({content})"
    return f"{head}. {name(say, 'draft')}" if plan.pack.is_draft else head


def _how(plan: EducationPlan, session: Session) -> str:
    say = plan.language
    parts = [_and(say, (said(say, method) for method in session.methods))]
    parts.append(_and(say, (said(say, learner) for learner in session.learners)))
    if session.interpreter:
        parts.append(name(say, "interpreter"))
    if session.minutes:
        parts.append(name(say, "minutes").format(session.minutes))
    return _sentence(", ".join(part for part in parts if part))


def _topics(plan: EducationPlan, session: Session, clip: Clip) -> Iterator[str]:
    say, standing = plan.language, _standing(session)
    if session.no_teaching:
        yield f"{name(say, 'nothing')}: {clip(session.no_teaching)}"
    for outcome in Outcome:
        told = [t for t in standing if t.outcome is outcome]
        if told:
            yield _listed(plan, outcome.value, told, clip)
    checked = [t for t in standing if t.understanding is not Understanding.NOT_ASSESSED]
    if checked:
        by_result = sorted(checked, key=lambda t: list(Understanding).index(t.understanding))
        results = (
            f"{clip(_titles(plan, told))}: {said(say, result)}"
            for result, told in groupby(by_result, key=lambda t: t.understanding)
        )
        yield f"{name(say, 'understanding')}: {'; '.join(results)}"


def _noticed(plan: EducationPlan, session: Session, clip: Clip) -> Iterator[str]:
    """What the clinician noticed; what was not noted is left out, never told as none."""
    say = plan.language
    if session.readiness:
        yield f"{name(say, 'readiness')}: {said(say, session.readiness)}"
    if session.barriers:
        barriers = clip(", ".join(said(say, barrier) for barrier in session.barriers))
        met = session.barriers_met
        more = f"; {name(say, 'met')}: {clip(met)}" if met else ""
        yield f"{name(say, 'barriers')}: {barriers}{more}"
    if session.mood:
        cues = clip(", ".join(said(say, cue) for cue in session.mood.cues))
        yield f"{name(say, 'mood')}: {'; '.join(_some(cues, clip(session.mood.text)))}"
    if job := session.job:
        agreed = job.next_agreement and f"{name(say, 'agreement')}: {clip(job.next_agreement)}"
        situation = said(say, job.situation) if job.situation else ""
        yield f"{name(say, 'work')}: {'; '.join(_some(situation, agreed, clip(job.text)))}"


def _goals(plan: EducationPlan, session: Session, clip: Clip) -> Iterator[str]:
    day = session.at.date()
    goals = "; ".join(_goal(plan.language, goal, day) for goal in session.goals)
    if goals:
        yield f"{name(plan.language, 'goal')}: {clip(goals)}"


def _goal(say: str, goal: Goal, day: date) -> str:
    due = goal.due and goal.state is GoalState.ACTIVE
    state = said(say, goal.state) if goal.state is not GoalState.ACTIVE else ""
    progress = said(say, goal.progress) if goal.progress else ""
    by = name(say, "by").format(f"{goal.due:%d.%m.%Y}") if due else ""
    steps = [step.text for step in goal.steps if step.reached == day]
    reached = f"{name(say, 'step-reached')}: {', '.join(steps)}" if steps else ""
    return ", ".join(_some(quoted(say, goal.text.rstrip(".")), by, state, progress, reached))


def _remarks(plan: EducationPlan, session: Session, clip: Clip) -> Iterator[str]:
    titles = {topic.id: topic.title for topic in plan.topics}
    notes = [f"{titles[t.topic]}: {t.note}" for t in _standing(session) if t.note]
    texts = [text.strip().rstrip(".") for text in (*notes, session.text) if text.strip()]
    if texts:
        yield f"{name(plan.language, 'remark')}: {clip('. '.join(texts))}"


def _next(plan: EducationPlan, session: Session) -> Iterator[str]:
    if session.next_step:
        say = plan.language
        yield f"{name(say, 'next')}: {said(say, session.next_step)}"


def _listed(plan: EducationPlan, key: str, told: Iterable[Teaching], clip: Clip) -> str:
    return f"{name(plan.language, key)}: {clip(_titles(plan, told))}"


def _titles(plan: EducationPlan, told: Iterable[Teaching]) -> str:
    titles = {topic.id: topic.title for topic in plan.topics}
    return "; ".join(titles[each.topic] + _why_not(plan.language, each) for each in told)


def _why_not(say: str, teaching: Teaching) -> str:
    return f" ({said(say, teaching.reason)})" if teaching.reason else ""


def _standing(session: Session) -> list[Teaching]:
    return [teaching for teaching in session.teachings if not teaching.error]


def _and(say: str, words: Iterable[str]) -> str:
    *first, last = [*words] or [""]
    return f"{', '.join(first)} {'and' if say == 'en' else 'og'} {last}" if first else last


def _some(*parts: str | None) -> list[str]:
    return [part for part in parts if part]


def _sentences(parts: Iterable[str]) -> str:
    return " ".join(part if part.endswith(("…", ".")) else f"{part}." for part in parts if part)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
