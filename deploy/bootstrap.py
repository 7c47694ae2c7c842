"""Make .venv from a bare python3: venv, then uv in it, then the locked dependencies.

Standard library only; run by `make setup`. Debian's python3 comes without pip and
ensurepip; there the pip that bootstraps uv is fetched from the package index, checked
against its pinned hash, and used once without being installed.
"""

import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request
from pathlib import Path

UV = "uv==0.13.9"
PIP_WHEEL = "pip-26.3-py3-none-any.whl"
PIP_SHA256 = "f3b60b20ffaadd4415ed7957212a38ac63fa4c5fa375bd0f4a797777940fad13"
VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"


def main() -> None:
    if sys.version_info < (3, 11):
        sys.exit(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if not PYTHON.exists():
        make_venv()
    if not (VENV / "bin" / "uv").exists():
        install_uv()
    # Behind a proxy that inspects TLS only the system's own certificates do.
    if not (sync() or sync("--system-certs")):
        sys.exit("The locked dependencies could not be installed; uv says above why.")
    (VENV / ".ready").touch()
    print("Ready: .venv has the locked dependencies.")


def sync(*options: str) -> bool:
    command = [VENV / "bin" / "uv", "sync", "--locked", "--inexact", "--compile-bytecode"]
    own = {"VIRTUAL_ENV": str(VENV.resolve()), "UV_PYTHON": str(PYTHON)}
    done = subprocess.run([*command, "--quiet", *options], env=os.environ | own, check=False)
    return done.returncode == 0


def make_venv() -> None:
    print("Making .venv …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", VENV], check=True)


def install_uv() -> None:
    if subprocess.run([PYTHON, "-m", "ensurepip"], capture_output=True).returncode == 0:
        subprocess.run([PYTHON, "-m", "pip", "install", "--quiet", UV], check=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        pip = fetch_pip(Path(folder))
        subprocess.run([PYTHON, pip / "pip", "install", "--quiet", UV], check=True)


def fetch_pip(folder: Path) -> Path:
    """Download the pinned pip wheel; a wheel of pure Python can be run where it lies."""
    index = os.environ.get("PIP_INDEX_URL", "https://pypi.org/simple").rstrip("/") + "/pip/"
    request = urllib.request.Request(
        index, headers={"Accept": "application/vnd.pypi.simple.v1+json, text/html;q=0.5"}
    )
    with urllib.request.urlopen(request, timeout=60) as answer:
        page = answer.read().decode()
    url = urllib.parse.urljoin(index, link_in(page))
    with urllib.request.urlopen(url, timeout=120) as answer:
        wheel = answer.read()
    if hashlib.sha256(wheel).hexdigest() != PIP_SHA256:
        sys.exit(f"{PIP_WHEEL} from the package index does not have the pinned hash; stopped.")
    (folder / PIP_WHEEL).write_bytes(wheel)
    return folder / PIP_WHEEL


def link_in(page: str) -> str:
    if page.lstrip().startswith("{"):
        return next(f["url"] for f in json.loads(page)["files"] if f["filename"] == PIP_WHEEL)
    return re.search(r'href="([^"]*' + re.escape(PIP_WHEEL) + r")", page)[1]


if __name__ == "__main__":
    main()
