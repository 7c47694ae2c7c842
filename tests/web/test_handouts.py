"""Handouts over HTTP: each form at an address that may be kept, and what is said of old ones."""

from dataclasses import replace

import pytest

from service.domain.content import HandoutForm, Withdrawal
from tests.builders import a_copy, a_handout, a_pack, a_page
from tests.fakes import MemoryHandouts

PACK = "/api/v1/packs/lumbar-spinal-stenosis"
PAGE = f"{PACK}/handouts/knowledge"
FOR_GOOD = "private, max-age=31536000, immutable"


def printed(pack):
    """The pack with PDFs of every page."""
    copies = (a_copy(HandoutForm.PDF), a_copy(HandoutForm.LARGE))
    handouts = tuple(
        replace(h, files={key: replace(f, copies=copies) for key, f in h.files.items()})
        for h in pack.handouts
    )
    return replace(pack, handouts=handouts)


@pytest.fixture
def web(make_web):
    return make_web(printed(a_pack()))


def forms_of(web, query=""):
    """The address of each form of the handout, as the pack tells it."""
    handouts = web.get(f"{PACK}{query}").json["handouts"]
    handout = next(each for each in handouts if each["id"] == "knowledge")
    return {form["form"]: form for form in handout["forms"]}


def ask(web, path, method="GET", **headers):
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return web.client.open(path, method=method, headers=web.headers() | given)


def test_a_pack_tells_every_form_of_a_handout(web):
    forms = forms_of(web)
    assert set(forms) == {"html", "pdf", "pdf-large"}
    for told in forms.values():
        answer = ask(web, told["url"])
        assert answer.status_code == 200
        assert answer.headers["ETag"] == f'"{told["sha256"]}"'
        assert len(answer.data) == told["size"]


def test_the_page_is_the_page(web):
    answer = ask(web, f"{PAGE}.html?edition=pixi&language=en")
    assert answer.data == a_page("knowledge", "pixi", "en")
    assert answer.content_type == "text/html; charset=utf-8"
    assert answer.headers["Content-Language"] == "en"


@pytest.mark.parametrize(
    ("ending", "kind"),
    [
        (".html", "text/html; charset=utf-8"),
        (".txt", "text/plain; charset=utf-8"),
        (".pdf", "application/pdf"),
        (".pdf?type=large", "application/pdf"),
        (".pdf?type=normal", "application/pdf"),
    ],
)
def test_each_form_has_its_type_and_a_name(web, ending, kind):
    answer = ask(web, PAGE + ending)
    assert (answer.status_code, answer.content_type) == (200, kind)
    assert answer.headers["Content-Disposition"].startswith("inline; filename=")


def test_an_address_with_a_hash_may_be_kept_for_good_and_others_for_an_hour(web):
    lasting = ask(web, forms_of(web)["html"]["url"])
    assert lasting.headers["Cache-Control"] == FOR_GOOD
    for path in (f"{PAGE}.html", f"{PAGE}.html?version=1.0.0"):
        assert ask(web, path).headers["Cache-Control"] == "private, max-age=3600"


@pytest.mark.parametrize("form", ["html", "pdf", "pdf-large"])
def test_who_has_it_already_is_told_so(web, form):
    url = forms_of(web)[form]["url"]
    tag = ask(web, url).headers["ETag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = ask(web, url, If_None_Match=known)
        assert (answer.status_code, answer.data) == (304, b"")
        assert answer.headers["ETag"] == tag
        assert answer.headers["Cache-Control"] == FOR_GOOD
    assert ask(web, url, If_None_Match='"other"').status_code == 200


def test_head_tells_the_same_and_sends_nothing(web):
    for ending in (".html", ".pdf", ".txt"):
        whole, head = ask(web, PAGE + ending), ask(web, PAGE + ending, "HEAD")
        assert (head.status_code, head.data) == (200, b"")
        for name in ("Content-Length", "Content-Type", "ETag", "Cache-Control"):
            assert head.headers[name] == whole.headers[name]


def test_a_part_of_it_can_be_asked_for(web):
    whole = ask(web, f"{PAGE}.html").data
    part = ask(web, f"{PAGE}.html", Range="bytes=3-5")
    assert (part.status_code, part.data) == (206, whole[3:6])
    assert part.headers["Content-Range"] == f"bytes 3-5/{len(whole)}"


@pytest.mark.parametrize("asked", ["bytes=9999-", "bytes=x", "lines=1-2"])
def test_a_part_that_is_not_there_gives_the_whole(web, asked):
    answer = ask(web, f"{PAGE}.html", Range=asked)
    assert (answer.status_code, answer.data) == (200, ask(web, f"{PAGE}.html").data)


def test_a_page_allows_its_own_style_and_nothing_else(web):
    policy = ask(web, f"{PAGE}.html").headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-0'; ")
    assert "unsafe" not in policy


def test_a_pdf_that_was_not_made_is_not_there_and_says_who_makes_it(make_web):
    answer = ask(make_web(), f"{PAGE}.pdf")
    assert answer.status_code == 404
    assert "content build" in answer.json["how_to_fix"]


@pytest.mark.parametrize(
    "path",
    ["nope.html", "knowledge.html?sha256=0", "knowledge.pdf?version=9", "knowledge.doc", ".html"],
)
def test_a_handout_that_is_not_there(web, path):
    answer = ask(web, f"{PACK}/handouts/{path}")
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("edition=long", "?edition"),
        ("language=da da", "?language"),
        ("audience=physio", "?audience"),
        ("type=large", "?type"),
        ("color=red", "?color"),
        ("sha256=1&sha256=2", "?sha256"),
    ],
)
def test_what_cannot_be_asked_for_is_refused(web, query, pointer):
    answer = ask(web, f"{PAGE}.html?{query}")
    assert (answer.status_code, answer.json["pointer"]) == (422, pointer)


def test_large_or_normal_are_the_sizes_of_type(web):
    assert ask(web, f"{PAGE}.pdf?type=huge").status_code == 422


def test_a_patient_gets_the_handout_and_never_one_for_clinicians(web):
    assert web.get(f"{PAGE}.html", role="patient", patient="p1").status_code == 200
    refused = web.get(f"{PAGE}.html?audience=physio", role="patient", patient="p1")
    assert refused.status_code == 422
    assert ask(web, f"{PAGE}.html?audience=patient").status_code == 200


def test_an_earlier_version_is_read_by_its_hash_and_by_its_version(make_web):
    earlier = a_pack(version="0.9.0", handouts=(a_handout("first", "work"),))
    web = make_web(a_pack(), issued=MemoryHandouts(earlier, a_pack()))
    (sha256, *_) = (file.sha256 for file in earlier.handouts[0].files.values())
    for query in (f"edition=full&language=da&sha256={sha256}", "version=0.9.0"):
        answer = ask(web, f"{PACK}/handouts/first.html?{query}")
        assert (answer.status_code, answer.data) == (200, a_page("first", "full", "da"))
    assert ask(web, f"{PACK}/handouts/first.html").status_code == 404


# --- withdrawn ----------------------------------------------------------------------


@pytest.fixture
def withdrawn(make_web):
    earlier = a_pack(version="0.9.0", handouts=(a_handout("all", "work"),))
    reason = Withdrawal("SECRET REASON", "lumbar-spinal-stenosis")
    pack = a_pack(handouts=(replace(a_handout("new", "work"), id="all"),))
    return make_web(
        pack,
        issued=MemoryHandouts(earlier, pack),
        withdrawn={("lumbar-spinal-stenosis", "0.9.0"): reason},
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [("da", "Denne pjece bruges ikke mere"), ("en", "This leaflet is not used any more")],
)
@pytest.mark.parametrize("ending", [".html", ".txt"])
def test_a_withdrawn_handout_is_a_plain_page_with_its_successor(withdrawn, language, words, ending):
    path = f"{PACK}/handouts/all{ending}?version=0.9.0&language={language}"
    answer = ask(withdrawn, path, Accept="text/html")
    assert (answer.status_code, answer.mimetype) == (410, "text/html")
    assert f"<h1>{words}</h1>" in answer.text
    assert f'<html lang="{language}">' in answer.text
    assert "SECRET REASON" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    link = answer.text.partition('href="/api')[2].partition('"')[0].replace("&amp;", "&")
    successor = ask(withdrawn, f"/api{link}")
    assert successor.data == a_page("new", "full", language)


def test_a_program_is_told_of_a_withdrawal_as_of_every_error(withdrawn):
    answer = ask(withdrawn, f"{PACK}/handouts/all.html?version=0.9.0", Accept="application/json")
    assert (answer.status_code, answer.json["code"]) == (410, "withdrawn")
    assert "SECRET REASON" in answer.json["detail"]


def test_a_withdrawn_handout_without_successor_sends_to_the_physiotherapist(make_web):
    earlier = a_pack(version="0.9.0", handouts=(a_handout("gone", "work"),))
    web = make_web(
        a_pack(),
        issued=MemoryHandouts(earlier, a_pack()),
        withdrawn={("lumbar-spinal-stenosis", "0.9.0"): Withdrawal("wrong")},
    )
    answer = ask(web, f"{PACK}/handouts/gone.html?version=0.9.0")
    assert answer.status_code == 410
    assert "Spørg din fysioterapeut" in answer.text
    assert "<a " not in answer.text
