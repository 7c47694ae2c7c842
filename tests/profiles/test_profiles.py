"""The profiles: what is good passes, what is not is complained of, constraint by constraint."""

import json
import shutil

import pytest

from fhir_profiles.build import profiles
from fhir_profiles.build.examples import examples
from service.fhir import urls
from tests.conftest import missing
from tests.profiles.broken import INVARIANTS, NOT_SEEN_BY_PYROFILE, WARNINGS, differentials
from tests.profiles.examples import broken_examples, valid_examples
from tests.profiles.validator import validate

GENERATED = profiles.GENERATED


@pytest.mark.real
@pytest.mark.parametrize(
    ("profile", "resource"), [pytest.param(*rest, id=name) for name, *rest in valid_examples()]
)
def test_a_valid_example_meets_its_profile(profile, resource):
    assert validate(resource, profile) == []


@pytest.mark.real
@pytest.mark.parametrize(
    ("profile", "resource", "complaint"),
    [
        pytest.param(*rest, id=name)
        for name, *rest in broken_examples()
        if name not in NOT_SEEN_BY_PYROFILE
    ],
)
def test_a_broken_example_is_complained_of(profile, resource, complaint):
    told = validate(resource, profile)
    assert [each for each in told if complaint in each], told


def test_every_profile_has_a_valid_example():
    exemplified = {profile for _, profile, _ in valid_examples()}
    ours = {f"{urls.BASE}/StructureDefinition/{name}" for name in differentials() if "edu-" in name}
    forms = {f"{urls.BASE}/StructureDefinition/edu-teach-back-questionnaire"}
    assert exemplified | forms == ours


def test_every_invariant_has_an_example_that_breaks_it():
    stated = {
        (name, constraint["key"])
        for name, elements in differentials().items()
        for element in elements
        for constraint in element.get("constraint", ())
        if constraint["key"].startswith("edu-")
    }
    assert stated == set(INVARIANTS) | WARNINGS


def test_the_examples_are_current():
    for name, (_, resource) in examples().items():
        path = GENERATED / "examples" / f"{resource['resourceType']}-{name}.json"
        assert json.loads(path.read_bytes()) == resource, "run `make profiles`"
    assert len(list((GENERATED / "examples").glob("*.json"))) == len(examples())


@pytest.mark.real
@pytest.mark.slow
def test_the_definitions_are_what_the_fsh_gives_today(tmp_path):
    if shutil.which("node") is None:
        missing("node is not installed")
    try:
        profiles.compile_to(tmp_path)
    except profiles.Unavailable as why:
        missing(str(why))
    for path in tmp_path.glob("*.json"):
        assert (GENERATED / path.name).read_bytes() == path.read_bytes(), "run `make profiles`"


def test_the_package_is_the_same_every_time_and_can_be_installed(tmp_path):
    for name in ("a.tgz", "b.tgz"):
        profiles.pack(GENERATED, tmp_path / name)
    assert (tmp_path / "a.tgz").read_bytes() == (tmp_path / "b.tgz").read_bytes()
    shutil.unpack_archive(tmp_path / "a.tgz", tmp_path / "out", format="gztar")
    about = json.loads((tmp_path / "out" / "package" / "package.json").read_bytes())
    assert (about["type"], about["fhirVersions"]) == ("fhir.ig", ["4.0.1"])
    index = json.loads((tmp_path / "out" / "package" / ".index.json").read_bytes())
    files = {each["filename"] for each in index["files"]}
    assert files == {path.name for path in GENERATED.glob("*.json")}
