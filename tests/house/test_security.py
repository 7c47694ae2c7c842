"""What could weaken the service stands where the pages of docs/security say, and nowhere else."""

import ast
import re

import pytest

from tests.house.tracked import ROOT, tracked

SOURCE = {path: ast.parse(text) for path, text in tracked(".py") if path.startswith("service/")}
CRYPTOGRAPHY = {"hashlib", "hmac", "secrets", "jwt", "cryptography", "ssl"}
CONNECTIONS = {"requests", "urllib3", "urllib.request", "http", "socket", "smtplib", "ftplib"}
CONNECTIONS |= {"psycopg", "psycopg_pool"}
MODULE = re.compile(r"`(service/[\w/]+\.py)`")


def imported(tree: ast.AST) -> set[str]:
    """Every module that is imported, whole and by its first part."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found | {name.partition(".")[0] for name in found}


def used(tree: ast.AST) -> set[str]:
    """Every name that is used, with a dot before its attribute or without."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Attribute | ast.Name)]
    return {ast.unparse(node) for node in nodes} | {
        node.attr for node in nodes if isinstance(node, ast.Attribute)
    }


def importing(wanted: set[str]) -> set[str]:
    return {path for path, tree in SOURCE.items() if imported(tree) & wanted}


def using(wanted: set[str]) -> set[str]:
    return {path for path, tree in SOURCE.items() if used(tree) & wanted}


def listed(page: str, heading: str) -> set[str]:
    """The modules that a table of a page names, up to the next heading."""
    text = (ROOT / "docs" / "security" / page).read_text("utf-8")
    part = text.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    return set(MODULE.findall(part))


def test_every_place_with_cryptography_is_in_the_inventory():
    found = importing(CRYPTOGRAPHY) | using({"os.urandom"})
    tls = {"service/ehr/wire.py"}  # by way of requests
    assert listed("cryptography.md", "Where") == found | tls


def test_no_module_opens_connections_but_those_that_are_listed():
    found = importing(CONNECTIONS | {"subprocess"}) | using({"PyJWKClient"})
    assert listed("connections.md", "What the service calls") == found


def test_what_is_dangerous_is_where_the_page_says():
    dangerous = importing({"subprocess", "tarfile"}) | using({"Markup"})
    assert dangerous <= listed("upkeep.md", "Functions that need care")


def test_no_code_is_made_of_data():
    made = {"eval", "exec", "os.system", "os.popen", "pickle.loads", "marshal.loads", "shelve.open"}
    assert using(made) == set()
    assert importing({"pickle", "marshal", "shelve"}) == set()
    words = {
        ast.unparse(word)
        for tree in SOURCE.values()
        for word in ast.walk(tree)
        if isinstance(word, ast.keyword) and word.arg in ("shell", "typ")
    }
    assert words == {"typ='safe'"}  # of YAML


def test_nothing_that_must_not_be_guessed_comes_from_random():
    """What waits a random time may use it (jitter); no secret is near."""
    assert importing({"random"}) == {"service/delivery.py", "service/web/lean.py"}
    assert importing({"random"}) & importing({"secrets", "hmac"}) == set()


def test_no_certificate_goes_unchecked():
    lax = {"CERT_NONE", "_create_unverified_context", "disable_warnings", "assert_hostname"}
    assert using(lax) == set()
    said = {
        ast.unparse(word)
        for tree in SOURCE.values()
        for word in ast.walk(tree)
        if isinstance(word, ast.keyword) and isinstance(word.value, ast.Constant)
    }
    assert "allow_redirects=False" in said
    refused = {"verify=False", "check_hostname=False", "allow_redirects=True"}
    assert said & refused == set()


@pytest.mark.parametrize("name", ["localStorage", "sessionStorage", "indexedDB", "document.cookie"])
def test_the_browser_stores_nothing_but_the_secret_of_the_launch(name):
    scripts = [path for path in (ROOT / "service").rglob("*.js") if "node_modules" not in str(path)]
    assert [path.name for path in scripts] == ["clinician.js"]
    assert [path.name for path in scripts if name in path.read_text("utf-8")] == []
    pages = [text for path, text in tracked(".html") if path.startswith("service/")]
    assert pages
    assert [text for text in pages if name in text] == []


def test_no_page_has_a_script_of_its_own():
    pages = {path: text for path, text in tracked(".html") if path.startswith("service/")}
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\son[a-z]+=|javascript:", re.IGNORECASE)
    assert [path for path, text in pages.items() if inline.search(text)] == []


def test_log_out_stands_on_every_page():
    """Every page is of one of two frames, which have it; what is printed needs none."""
    folder = ROOT / "service" / "web" / "templates"
    pages = {
        p.relative_to(folder).as_posix(): p.read_text("utf-8") for p in folder.glob("*/*.html")
    }
    frames = {name for name, text in pages.items() if "<!doctype html>" in text}
    on_paper = {"clinician/print.html", "portal/paper.html", "portal/sheet.html"} & frames
    assert frames - on_paper == {"clinician/base.html", "portal/base.html"}
    assert "url_for('launch.leave')" in pages["clinician/base.html"]
    assert "url_for('portal.leave')" in pages["portal/base.html"]
    for text in pages.values():
        assert set(re.findall(r"{% extends '([^']+)'", text)) <= frames
