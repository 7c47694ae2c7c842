"""What the linter says about words: too hard, not open, not finished, outside the purpose."""

import pytest

from service.packs.problems import Level
from tests.packs.builders import a_folder, edit, found, the_problem

DA, EN = "da/moving.md", "en/moving.md"

HARD = "Belastningsrelaterede funktionsnedsættelser forudsætter individuelle træningsprogrammer. "
HARD_EN = "Individualised rehabilitation programmes necessitate interdisciplinary collaboration. "


@pytest.mark.parametrize(("file", "words"), [(DA, HARD), (EN, HARD_EN)])
def test_patient_text_that_is_too_hard_stops(tmp_path, file, words):
    folder = a_folder(tmp_path, edit(file, "{#rest", words * 3 + "{#rest"))
    problem = the_problem(folder, "The full text for the patient has")
    assert (problem.level, problem.place) == (Level.STOP, f"{file}:20")


def test_patient_text_that_is_a_little_hard_is_a_hint(tmp_path):
    many = "Gå derhjemme sammen med familien. "
    folder = a_folder(tmp_path, edit(DA, "{#rest", many * 8 + "{#rest"))
    problem = the_problem(folder, "aim at 30 or less")
    assert problem.level is Level.HINT


def test_physiotherapist_text_has_its_own_limit(tmp_path):
    fair = "Hør også, hvordan patienten har det på en dag med lidt sol. "
    assert found(a_folder(tmp_path, edit("da/mood.md", "{#ask", fair + "{#ask")), Level.STOP) == []
    folder = a_folder(tmp_path / "hard", edit("da/mood.md", "{#ask", HARD * 2 + "{#ask"))
    assert the_problem(folder, "for the physio has LIX").level is Level.STOP


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        (DA, "Hvad vil du gøre i morgen?", "Kan du gå en tur i morgen?"),
        (DA, "Hvad vil du gøre i morgen?", "Tænk på i morgen. Vil du gå en tur?"),
        (EN, "What will you do tomorrow?", "Will you go for a walk?"),
        (EN, "What will you do tomorrow?", "Do you know what to do?"),
    ],
)
def test_a_teach_back_that_yes_or_no_can_answer_stops(tmp_path, file, old, new):
    problem = the_problem(a_folder(tmp_path, edit(file, old, new)), "yes or no")
    assert (problem.place, problem.level) == (f"{file}:9", Level.STOP)


@pytest.mark.parametrize(
    "words",
    [
        "Det er anbefalet til dig.",
        "Det anbefales til dig.",
        "Du har høj risiko.",
        "Der er risiko for fald.",
        "It is recommended for you.",
        "It is recommended for this patient.",
        "Your risk is low.",
        "There is a risk of falls.",
    ],
)
def test_words_outside_the_intended_purpose_stop(tmp_path, words):
    folder = a_folder(tmp_path, edit(DA, "Sid lidt, når du er træt.", words))
    problem = the_problem(folder, "intended purpose")
    assert (problem.place, problem.level) == ("da/moving.md:22", Level.STOP)


def test_a_goal_outside_the_intended_purpose_stops(tmp_path):
    folder = a_folder(
        tmp_path, edit("goals.yaml", "Jeg vil gå til bageren.", "Min risiko for fald.")
    )
    assert the_problem(folder, "intended purpose").place == "goals.yaml:2"


@pytest.mark.parametrize("words", ["…", "TODO", "xxx", "Lorem ipsum.", "Sid ned, når …", "???"])
def test_text_that_is_not_written_yet_stops(tmp_path, words):
    folder = a_folder(tmp_path, edit(DA, "Sid lidt, når du er træt.", words))
    assert the_problem(folder, "da/moving.md:22 stop").level is Level.STOP


@pytest.mark.parametrize("prompt", ["…", "Hvad vil du gøre, hvis …?", "TODO", ""])
def test_a_prompt_that_is_not_written_yet_stops(tmp_path, prompt):
    folder = a_folder(tmp_path, edit(DA, "Hvad vil du gøre i morgen?", prompt))
    assert the_problem(folder, "da/moving.md:9 stop").level is Level.STOP


def test_physiotherapist_text_that_speaks_to_the_patient_is_a_hint(tmp_path):
    folder = a_folder(tmp_path, edit("da/mood.md", "hvordan patienten sover", "hvordan du sover"))
    problem = the_problem(folder, "says “du”")
    assert (problem.place, problem.level) == ("da/mood.md:9", Level.HINT)
