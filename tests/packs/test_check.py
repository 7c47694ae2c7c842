"""Every rule of the linter: what breaks it, where it is seen, how bad it is."""

import pytest

from service.packs.problems import Level
from tests.packs.builders import a_folder, add_point, drop, edit, found, in_both, put, the_problem

DA, EN = "da/moving.md", "en/moving.md"


def test_the_small_pack_has_no_problem_at_all(tmp_path):
    assert found(a_folder(tmp_path)) == []


def test_a_problem_reads_as_place_level_what_why_how(tmp_path):
    folder = a_folder(tmp_path, edit(DA, "covers=K-02", "covers=K-99"))
    assert str(the_problem(folder, "K-99")) == (
        "da/moving.md:22 stop  K-99 is not in facts.yaml. `covers=` names facts of the source. "
        "Correct the id, or add the fact to facts.yaml."
    )


# --- files and topics ---------------------------------------------------------------


@pytest.mark.parametrize("file", ["pack.yaml", "facts.yaml", "approvals.yaml", "CHANGELOG.md", EN])
def test_a_missing_file_stops(tmp_path, file):
    problem = the_problem(a_folder(tmp_path, drop(file)), "is missing")
    assert (problem.file, problem.level) == (file, Level.STOP)


def test_a_folder_that_is_not_there_is_a_problem(tmp_path):
    assert the_problem(tmp_path / "nowhere", "is missing").level is Level.STOP


def test_a_topic_file_that_no_list_names_stops(tmp_path):
    problem = the_problem(a_folder(tmp_path, put("da/diet.md", "x")), "not in pack.yaml")
    assert (problem.file, problem.level) == ("da/diet.md", Level.STOP)


def test_a_stray_file_is_to_be_fixed(tmp_path):
    problem = the_problem(a_folder(tmp_path, put("notes.txt", "x")), "not part of a pack")
    assert (problem.file, problem.level) == ("notes.txt", Level.FIX)


def test_hidden_files_are_left_alone(tmp_path):
    assert found(a_folder(tmp_path, put(".DS_Store", b"\xff\x00"))) == []


def test_a_topic_file_with_another_id_stops(tmp_path):
    problem = the_problem(a_folder(tmp_path, edit(DA, "id: moving", "id: walking")), "walking")
    assert (problem.place, problem.level) == ("da/moving.md:2", Level.STOP)


def test_a_version_that_the_changelog_does_not_mention_is_to_be_fixed(tmp_path):
    folder = a_folder(tmp_path, put("CHANGELOG.md", "# Changes\n"))
    assert the_problem(folder, "1.0.0 is not mentioned").level is Level.FIX


# --- schema -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "line", "words"),
    [
        ("pack.yaml", '"1.0.0"', "1.10", 2, "in quotes"),
        ("pack.yaml", '"1.0.0"', '"../1"', 2, "letters, digits, dots"),
        ("pack.yaml", 'code: "L90"', "code: 90", 20, "in quotes"),
        ("pack.yaml", 'code: "311401005"', "code: 311401005", 25, "in quotes"),
        ("pack.yaml", "publisher:", "publsher:", 8, "not known here"),
        ("pack.yaml", 'licence: "CC-BY-4.0"\n', "", 1, "`licence`: It is missing"),
        ("pack.yaml", "id: knee", "id: Knee Pack", 1, "small letters"),
        ("pack.yaml", "due: 2028-11-01", "due: in two years", 16, "2026-12-31"),
        ("pack.yaml", "[full, pixi]", "[full, mini]", 14, "editions"),
        ("pack.yaml", "https://example.org/knee", "javascript:alert(1)", 12, "https://"),
        ("pack.yaml", "topics:\n", "topics: 3\nt:\n", 22, "list"),
        ("facts.yaml", "audience: physio", "audience: nurse", 4, "patient, physio, both"),
        ("facts.yaml", "edition: both", "edition: short", 1, "full, pixi, both"),
        ("goals.yaml", "text:", "txt:", 2, "not known here"),
        ("goals.yaml", "topics: [moving]", "topics: [moving]\n  size: 3", 4, "not known here"),
        ("glossary.yaml", "plain:", "plane:", 2, "not known here"),
        ("approvals.yaml", "signatures: []", "signed: []", 1, "not known here"),
        (DA, "observe:", "observed:", 12, "not known here"),
        ("pack.yaml", '{da: "Et lille materiale.", en: "A small pack."}', "x", 7, "per language"),
        ("pack.yaml", "description: {da:", "description: {Dansk:", 7, "is not a language"),
        ("pack.yaml", 'title: {da: "Rør dig"', "title: {da: 3", 30, "words in `da` are missing"),
    ],
)
def test_what_the_schema_does_not_know_stops_at_its_line(tmp_path, file, old, new, line, words):
    problem = the_problem(a_folder(tmp_path, edit(file, old, new)), words)
    assert (problem.place, problem.level) == (f"{file}:{line}", Level.STOP)


# --- ids that name something ---------------------------------------------------------


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        ("pack.yaml", "goals: [walk]", "goals: [swim]", "`swim`"),
        ("pack.yaml", "topics: [moving]", "topics: [diet]", "`diet`"),
        ("goals.yaml", "topics: [moving]", "topics: [diet]", "`diet`"),
    ],
)
def test_an_id_that_names_nothing_stops(tmp_path, file, old, new, words):
    problem = the_problem(a_folder(tmp_path, edit(file, old, new)), words)
    assert (problem.file, problem.level) == (file, Level.STOP)


@pytest.mark.parametrize(
    ("file", "again"),
    [
        ("pack.yaml", "  - id: leaflet\n    title: {da: B, en: B}\n    topics: [moving]\n"),
        ("goals.yaml", "- id: walk\n  text: {da: Gå lidt, en: Walk a bit}\n"),
    ],
)
def test_an_id_used_twice_stops(tmp_path, file, again):
    def append(files):
        files[file] += again

    assert the_problem(a_folder(tmp_path, append), "used twice").level is Level.STOP


def test_a_topic_listed_twice_stops(tmp_path):
    folder = a_folder(tmp_path, edit("pack.yaml", "  - id: mood\n", "  - id: mood\n  - id: mood\n"))
    assert the_problem(folder, "`mood` is used twice").level is Level.STOP


def test_a_handout_of_a_topic_without_patient_text_stops(tmp_path):
    folder = a_folder(tmp_path, edit("pack.yaml", "topics: [moving]", "topics: [moving, mood]"))
    problem = the_problem(folder, "no text for patients")
    assert (problem.file, problem.level) == ("pack.yaml", Level.STOP)


# --- points -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Sov godt.", "no id and no edition"),
        ("Sov godt. {full}", "no id"),
        ("Sov godt. {#sleep}", "in no edition"),
        ("Sov godt. {#Sleep full}", "`#Sleep` is not understood"),
        ("Sov godt. {#sleep full big}", "`big` is not understood"),
        ("Sov godt. {#sleep full covers=}", "`covers=` is not understood"),
        ("Sov godt. {#sleep full covers=K-01, K-02}", "`K-02` is not understood"),
        ("Sov godt. {#sleep full do dont}", "both `do` and `dont`"),
        ("Sov godt. {#walk full}", "`walk` is used twice"),
        ("{#sleep full}", "has no words"),
        ("Sov {godt}. {#sleep full}", "braces inside the text"),
        ("Sov godt. {#sleep full}\n\n  Også i dag.", "not one paragraph"),
        ("Sov godt. {#sleep full pixi}\n  - kort: Sov.", "Only one `- pixi:"),
        ("Sov godt. {#sleep full pixi}\n  - pixi: Sov.\n  - pixi: Hvil.", "Only one `- pixi:"),
        ("Sov godt. {#sleep full}\n  - pixi: Sov.", "never shown"),
        ("Sov godt. {#sleep full pixi}\n  - pixi: Sov. {#x pixi}", "braces inside the text"),
    ],
)
def test_a_point_that_is_not_marked_as_the_rules_say_stops(tmp_path, line, words):
    problem = the_problem(a_folder(tmp_path, add_point(DA, line)), words)
    assert problem.level is Level.STOP
    assert problem.place in ("da/moving.md:18", "da/moving.md:19", "da/moving.md:22")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("## patient\n", "Løs tekst.\n\n## patient\n", "not a point"),
        ("## patient\n", "- Gå. {#go full}\n\n## patient\n", "in no section"),
        ("## patient\n", "## patients\n", "does not belong here"),
        ("### Hver dag", "#### Hver dag", "does not belong here"),
        ("### Pas på", "## patient", "does not belong here"),
        ("### Hver dag", "> citat\n\n### Hver dag", "not a point"),
        ("### Hver dag", "1. Et. {#et full}\n\n### Hver dag", "not a point"),
        ("### Hver dag", "```\nkode\n```\n\n### Hver dag", "not a point"),
        ("---\nid: moving", "id: moving", "between two lines of `---`"),
    ],
)
def test_text_outside_points_and_sections_stops(tmp_path, old, new, words):
    assert the_problem(a_folder(tmp_path, edit(DA, old, new)), words).level is Level.STOP


def test_a_section_without_points_stops(tmp_path):
    def append(files):
        files[DA] += "\n## physio\n"

    assert the_problem(a_folder(tmp_path, append), "no point under `## physio`")


def test_patient_text_without_a_title_for_patients_stops(tmp_path):
    folder = a_folder(tmp_path, edit(DA, '  patient: "Rør dig"\n', ""))
    assert the_problem(folder, "no title for the patient").place == "da/moving.md:3"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Se <b>her</b>. {#see full}", "HTML"),
        ("Se <!-- skjult --> her. {#see full}", "HTML"),
        ("Se ![billede](https://example.org/a.png) her. {#see full}", "picture"),
        ("Se [her](javascript:alert(1)). {#see full}", "not to a web page"),
        ("Se [her](ftp://example.org). {#see full}", "not to a web page"),
        ("Se [her](//example.org). {#see full}", "not to a web page"),
        ("Se `her`. {#see full}", "code_inline"),
    ],
)
def test_html_pictures_and_other_links_stop(tmp_path, line, words):
    problem = the_problem(a_folder(tmp_path, add_point(DA, line)), words)
    assert (problem.place, problem.level) == ("da/moving.md:18", Level.STOP)


def test_html_in_a_title_stops(tmp_path):
    problem = the_problem(a_folder(tmp_path, edit(DA, '"Rør dig"', '"<i>Rør</i> dig"')), "HTML")
    assert (problem.place, problem.level) == ("da/moving.md:4", Level.STOP)


def test_a_link_to_a_web_page_is_welcome(tmp_path):
    see = "Se [her](https://example.org). {#see full}"
    folder = a_folder(tmp_path, add_point(DA, see), add_point(EN, see.replace("Se", "See")))
    assert found(folder) == []


# --- facts --------------------------------------------------------------------------


def test_a_fact_that_an_edition_does_not_say_stops(tmp_path):
    folder = a_folder(tmp_path, in_both(lambda file: edit(file, "covers=K-01", "")))
    assert the_problem(folder, "K-01 is not said in the full edition (da)").place == "facts.yaml:1"
    assert the_problem(folder, "K-01 is not said in the pixi edition (en)").level is Level.STOP


def test_a_fact_may_be_said_by_a_goal(tmp_path):
    folder = a_folder(
        tmp_path,
        in_both(lambda file: edit(file, "covers=K-01", "")),
        edit("goals.yaml", "  topics:", "  covers: [K-01]\n  topics:"),
    )
    assert found(folder) == []


TOOL = "- {id: t, label: {da: T, en: T}, link: 'https://example.org', topics: [mood]}\n"


@pytest.mark.parametrize(
    ("file", "content", "words"),
    [
        ("conversations.yaml", TOOL.replace("}\n", ", covers: [K-99]}\n"), "K-99 is not in"),
        ("questions.yaml", "- {id: F1, question: 'Why?', facts: [K-99]}\n", "K-99 is not in"),
        ("conversations.yaml", TOOL.replace("[mood]", "[diet]"), "`diet` is named"),
    ],
)
def test_tools_and_open_questions_name_what_there_is(tmp_path, file, content, words):
    problem = the_problem(a_folder(tmp_path, put(file, content)), words)
    assert (problem.place, problem.level) == (f"{file}:1", Level.STOP)


def test_a_question_about_a_fact_does_not_say_it(tmp_path):
    question = put("questions.yaml", "- {id: F1, question: 'Why?', facts: [K-01]}\n")
    assert found(a_folder(tmp_path, question, put("conversations.yaml", TOOL))) == []


def test_an_edition_may_not_say_more_than_its_source(tmp_path):
    folder = a_folder(tmp_path, in_both(lambda file: edit(file, "{#rest full", "{#rest full pixi")))
    problem = the_problem(folder, "K-02 is not a fact of the pixi edition")
    assert (problem.place, problem.level) == ("da/moving.md:22", Level.STOP)


def test_a_point_that_is_always_shown_does_not_count_in_the_short_edition(tmp_path):
    folder = a_folder(tmp_path, edit("facts.yaml", "id: K-03, topic: moving, audience: patient, edition: full", "id: K-03, topic: moving, audience: patient, edition: both"))  # fmt: skip  # noqa: E501
    assert the_problem(folder, "K-03 is not said in the pixi edition").level is Level.STOP


def test_a_fact_for_the_physiotherapist_in_patient_text_stops(tmp_path):
    folder = a_folder(tmp_path, edit("facts.yaml", "K-02, topic: moving, audience: both", "K-02, topic: moving, audience: physio"))  # fmt: skip  # noqa: E501
    problem = the_problem(folder, "K-02 is for the physiotherapist")
    assert (problem.place, problem.level) == ("da/moving.md:22", Level.STOP)


def test_a_pack_without_a_list_of_facts_needs_no_covers(tmp_path):
    def no_covers(files):
        for name in ("da/moving.md", "en/moving.md", "da/mood.md", "en/mood.md"):
            for number in range(1, 5):
                files[name] = files[name].replace(f" covers=K-0{number}", "")

    assert found(a_folder(tmp_path, put("facts.yaml", "[]\n"), no_covers)) == []


def test_a_pack_without_a_list_of_facts_may_not_have_covers(tmp_path):
    assert the_problem(a_folder(tmp_path, put("facts.yaml", "[]\n")), "not in facts.yaml")


# --- languages ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{#rest ", "{#sit ", "Here comes `sit`, but the da text has `rest`"),
        ("- Sit down when you are tired. {#rest full covers=K-02}\n", "", "`rest`"),
        ("{#rest full", "{#rest full pixi", "editions of `rest`"),
        ("{#walk full pixi do", "{#walk full pixi", "marks of `walk`"),
        ("covers=K-02", "covers=K-02,K-03", "covers of `rest`"),
        ("## patient", "## physio", "section of `walk`"),
    ],
)
def test_the_languages_hold_the_same_points(tmp_path, old, new, words):
    problem = the_problem(a_folder(tmp_path, edit(EN, old, new)), words)
    assert (problem.file, problem.level) == (EN, Level.STOP)


def test_points_in_another_order_stop(tmp_path):
    def swap(files):
        lines = files[EN].split("\n")
        rest = next(i for i, line in enumerate(lines) if "{#rest" in line)
        lines.insert(rest - 2, lines.pop(rest))
        files[EN] = "\n".join(lines)

    assert the_problem(a_folder(tmp_path, swap), "same order").level is Level.STOP


def test_an_extra_point_in_the_translation_stops(tmp_path):
    def append(files):
        files[EN] += "- Sleep well. {#sleep full}\n"

    assert the_problem(a_folder(tmp_path, append), "Here comes `sleep`").level is Level.STOP


def test_a_question_that_is_not_translated_is_to_be_fixed(tmp_path):
    folder = a_folder(tmp_path, edit(EN, 'questions:\n  - "How far may I walk?"\n', ""))  # fmt: skip  # noqa: E501
    assert the_problem(folder, "`questions` has 0 entries").level is Level.FIX


def test_a_title_for_other_readers_than_in_the_source_language_stops(tmp_path):
    folder = a_folder(tmp_path, edit("en/mood.md", "title:\n", 'title:\n  patient: "Your mood"\n'))
    assert the_problem(folder, "not for the same readers").file == "en/mood.md"


@pytest.mark.parametrize(
    ("file", "old"),
    [("goals.yaml", ', en: "I want to walk to the baker."'), ("pack.yaml", ', en: "Move"')],
)
def test_words_that_are_not_translated_stop(tmp_path, file, old):
    problem = the_problem(a_folder(tmp_path, edit(file, old, "")), "missing in: en")
    assert (problem.file, problem.level) == (file, Level.STOP)


def test_a_signature_over_an_older_text_is_to_be_fixed(tmp_path):
    signature = f"  - {{role: author, name: Anna, date: 2026-11-02, sha256: '{'a' * 64}'}}\n"
    folder = a_folder(tmp_path, put("approvals.yaml", "signatures:\n" + signature))
    problem = the_problem(folder, "after Anna signed it")
    assert (problem.place, problem.level) == ("approvals.yaml:2", Level.FIX)
