"""Secrets of hooks: long ones only, of one clinic each, and both while one is changed."""

import pytest

from service.identity.hook_secrets import HookSecrets, read_secrets
from tests.conftest import HOOK_SECRET, OTHER_SECRET


@pytest.fixture
def file(tmp_path):
    def write(text):
        path = tmp_path / "secret"
        path.write_text(text)
        return path

    return write


def test_a_secret_is_a_line_of_its_file(file):
    assert read_secrets(file(f"{HOOK_SECRET}\n")) == [HOOK_SECRET]


def test_while_a_secret_is_changed_the_old_and_the_new_one_are_good(file):
    both = read_secrets(file(f"{HOOK_SECRET}\n\n {OTHER_SECRET} \n"))
    secrets = HookSecrets({"clinic-a": both})
    assert [secrets.clinic_of(each) for each in (HOOK_SECRET, OTHER_SECRET)] == ["clinic-a"] * 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "too short",
        "x" * 31,
        f"{HOOK_SECRET}\nshort",
        f"two words {HOOK_SECRET}",
        "å" * 40,
    ],
)
def test_a_file_without_a_good_secret_is_refused_and_its_text_not_repeated(file, text):
    with pytest.raises(ValueError, match="secret_file") as refused:
        read_secrets(file(text))
    assert HOOK_SECRET not in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ValueError, match="cannot be read"):
        read_secrets(tmp_path / "none")


def test_a_secret_is_the_clinics_that_has_it_and_no_other_is_anybodys():
    secrets = HookSecrets({"clinic-a": [HOOK_SECRET], "clinic-b": [OTHER_SECRET]})
    assert secrets.clinic_of(HOOK_SECRET) == "clinic-a"
    assert secrets.clinic_of(OTHER_SECRET) == "clinic-b"
    assert [secrets.clinic_of(each) for each in ("", "x", HOOK_SECRET[:-1], "å\ud800"[:1])] == [
        ""
    ] * 4


def test_two_clinics_may_not_share_a_secret():
    with pytest.raises(ValueError, match="two clinics"):
        HookSecrets({"clinic-a": [HOOK_SECRET], "clinic-b": [OTHER_SECRET, HOOK_SECRET]})
