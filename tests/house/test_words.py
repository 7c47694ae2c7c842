"""The intended purpose: a catalogue. It never recommends to one person or speaks of risk."""

import re

import pytest

from service.packs.wording import out_of_purpose
from tests.house.tracked import tracked

# Each as somebody might write it. Danish first, English after.
PHRASES = (
    "anbefales til dig",
    "anbefalet til patienten",
    "vi anbefaler dig",
    "passer bedst til dig",
    "din risiko",
    "risiko for",
    "risikoscore",
    "recommended for you",
    "recommended to the patient",
    "we recommend that you",
    "best for you",
    "your risk",
    "at risk",
    "risk score",
)
STEMS = re.compile(
    r"anbefale(?:s|t) til (?:dig|patient)|(?:din|høj|øget|lav) risiko|risiko for"
    r"|recommended (?:for|to) (?:you|the patient|this patient)|(?:your|high|increased|low) risk",
    re.IGNORECASE,
)
# The linter's own list; and what only the clinical reviewers of a pack read.
MAY_SAY = ("service/packs/wording.py", "/facts.yaml", "/questions.yaml", "/approvals.yaml")
ROOMS = ("service/", "content/", "docs/portal", "docs/patient")


@pytest.mark.parametrize("phrase", PHRASES)
def test_the_linter_stops_an_author_who_writes_it(phrase):
    assert out_of_purpose(f"Øvelsen er {phrase} i dag.")


def test_the_service_and_its_content_do_not_say_it():
    said = {
        f"{path}: {hit}"
        for path, text in tracked()
        if path.startswith(ROOMS) and not path.endswith(MAY_SAY)
        for hit in (*(found[0] for found in STEMS.finditer(text)), out_of_purpose(text))
        if hit
    }
    assert said == set()
