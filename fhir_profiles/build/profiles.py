"""Compiles the profiles and packs them: `make profiles`.

    input/fsh/*.fsh ──SUSHI──▶ generated/*.json
    terminology.py  ─────────▶ generated/*.json            what follows from content and code
    examples.py     ─────────▶ generated/examples/*.json
    broken.py       ─────────▶ generated/invalid/*.json    what to change, and the complaint
    guide.py        ─────────▶ generated/Implementation…   the table of contents
    profile_table.py ────────▶ service/fhir/profiles.json  what $validate asks for
    generated/      ──tar────▶ dist/package.tgz

Needs node and npm, and once their registry: R4's definitions, HL7's terminology and
extensions and SUSHI come as npm packages, pinned, into a folder outside the checkout.
The same input always gives the same bytes.
"""

import gzip
import hashlib
import io
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from fhir_profiles.build import example_files, guide, profile_table, terminology  # noqa: E402
from service import __version__  # noqa: E402

HOME = ROOT / "fhir_profiles"
GENERATED = HOME / "generated"
SUSHI = "fsh-sushi@3.21.0"
CORE = "hl7.fhir.r4.core#4.0.1"
# The core package is not on npm; the one of the examples has all its definitions.
SOURCES = {
    (
        "hl7.fhir.r4.examples",
        "4.0.1",
    ): "dce87f1b5b9341867033f7d1f544fa1b5232503f6d62813887ac6b8a8b6cb682",
    (
        "hl7.terminology.r4",
        "7.0.1",
    ): "170c546f761fb51b3355788ca500206f6b772b21c57348c29205de85a6612baa",
    (
        "hl7.fhir.uv.extensions.r4",
        "5.3.0-ballot-tc1",
    ): "54f70616bbd444ba0259d5fc5a5c978d463971865f23dcef3103081f529ad213",
}
KINDS = (
    "StructureDefinition",
    "ValueSet",
    "CodeSystem",
    "ConceptMap",
    "SearchParameter",
    "OperationDefinition",
    "CapabilityStatement",
    "CompartmentDefinition",
    "NamingSystem",
)
# Two definitions of the examples package that are examples themselves, without snapshot.
NOT_CORE = ("example-section-library", "example-composition")
DEAD = "http://127.0.0.1:9"  # a registry that answers nothing: SUSHI stays offline


class Unavailable(Exception):
    """What is needed to compile is not there; the text says what."""


def cache() -> Path:
    """The folder of packages, which many checkouts share."""
    base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "education-plan-service" / "fhir"


def packages() -> Path:
    """Return the folder of FHIR packages, fetched on first use.

    Raises:
        Unavailable: npm or its registry is out of reach.
        ValueError: a package is not the one that was pinned.
    """
    folder = cache() / ".fhir" / "packages"
    for (name, version), pinned in SOURCES.items():
        target = folder / (CORE if name == "hl7.fhir.r4.examples" else f"{name}#{version}")
        if not target.exists():
            with tempfile.TemporaryDirectory() as scratch:
                _settle(_unpack(_fetch(name, version, pinned, Path(scratch))), name, target)
    return folder


def compile_to(target: Path) -> None:
    """Write what the FSH gives into `target`, in the place of what was there.

    Raises:
        Unavailable: as for the packages, or node is missing.
        RuntimeError: SUSHI found an error; the text holds what it told.
    """
    packages()
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        shutil.copytree(HOME / "input", work / "input")
        shutil.copy(HOME / "sushi-config.yaml", work)
        _take(_compiled(work, cache()), target)


def compile_with(package: Path, fsh: str, work: Path) -> list[dict[str, Any]]:
    """Return what FSH gives in another's project, which depends on this package of ours.

    Raises: as `compile_to` does.
    """
    home = work / "home" / ".fhir" / "packages"
    (work / "input" / "fsh").mkdir(parents=True)
    (work / "input" / "fsh" / "profiles.fsh").write_text(fsh, "utf-8")
    config = (HOME / "sushi-config.yaml").read_text("utf-8")
    config = config.replace("https://w3id.org/education-plan/fhir", "https://example.org/fhir")
    (work / "sushi-config.yaml").write_text(f"{config}  {guide.PACKAGE}: {__version__}\n", "utf-8")
    home.mkdir(parents=True)
    for other in packages().iterdir():
        (home / other.name).symlink_to(other)
    with tarfile.open(package) as archive:
        archive.extractall(home / f"{guide.PACKAGE}#{__version__}", filter="data")
    made = _compiled(work, work / "home")
    return [json.loads(path.read_bytes()) for path in sorted(made.glob("*.json"))]


def _compiled(work: Path, home: Path) -> Path:
    """Let SUSHI compile the project in `work`; `home` has the packages."""
    if shutil.which("node") is None:
        raise Unavailable("node is not installed")
    told = _run([str(_sushi()), "build", str(work), "-s"], HOME=str(home), FPL_REGISTRY=DEAD)
    if any(line.startswith("error") for line in told.splitlines()):
        raise RuntimeError(told)
    return work / "fsh-generated" / "resources"


def pack(generated: Path, target: Path) -> None:
    """Write the FHIR npm package: the same bytes for the same files."""
    files = {f"package/{p.name}": p.read_bytes() for p in sorted(generated.glob("*.json"))}
    examples = sorted((generated / "examples").glob("*.json"))
    files |= {f"package/example/{p.name}": p.read_bytes() for p in examples}
    files["package/package.json"] = _json(_manifest())
    files["package/.index.json"] = _json(_index(generated))
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, body in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(body), 0o644
            archive.addfile(entry, io.BytesIO(body))
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(gzip.compress(raw.getvalue(), mtime=0))


def _fetch(name: str, version: str, pinned: str, scratch: Path) -> Path:
    order = ["npm", "pack", f"{name}@{version}", "--silent", "--ignore-scripts"]
    _run([*order, "--pack-destination", str(scratch)])
    (tarball,) = scratch.glob("*.tgz")
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != pinned:
        raise ValueError(f"{name}@{version} has SHA-256 {found}, not the pinned one")
    return tarball


def _unpack(tarball: Path) -> Path:
    with tarfile.open(tarball) as archive:
        archive.extractall(tarball.parent / "out", filter="data")
    return tarball.parent / "out"


def _settle(unpacked: Path, name: str, target: Path) -> None:
    if name == "hl7.fhir.r4.examples":
        unpacked = _as_core(unpacked)
    target.parent.mkdir(parents=True, exist_ok=True)
    whole = target.with_name(f"{target.name}.{os.getpid()}")
    shutil.copytree(unpacked, whole)
    try:
        whole.rename(target)
    except OSError:  # another was faster; what it put there has the same hash
        shutil.rmtree(whole)


def _as_core(unpacked: Path) -> Path:
    core = unpacked.parent / "core"
    (core / "package").mkdir(parents=True)
    for path in (unpacked / "package").glob("*.json"):
        kind, _, name = path.stem.partition("-")
        if kind in KINDS and name not in NOT_CORE:
            shutil.copy(path, core / "package")
    about = {"name": "hl7.fhir.r4.core", "version": "4.0.1", "fhirVersions": ["4.0.1"]}
    (core / "package" / "package.json").write_text(json.dumps(about | {"type": "fhir.core"}))
    return core


def _sushi() -> Path:
    folder = cache() / SUSHI
    command = folder / "node_modules" / ".bin" / "sushi"
    if not command.exists():
        order = ["npm", "install", "--silent", "--ignore-scripts", "--no-audit", "--no-fund"]
        _run([*order, "--prefix", str(folder), SUSHI])
    return command


def _run(order: list[str], **environment: str) -> str:
    if shutil.which(order[0]) is None:
        raise Unavailable(f"{Path(order[0]).name} is not installed")
    done = subprocess.run(
        order, env=os.environ | environment, capture_output=True, text=True, timeout=600
    )
    if done.returncode and order[0] == "npm":
        raise Unavailable(f"npm cannot do `{' '.join(order[1:3])}`: {done.stderr[-300:]}")
    return done.stdout + done.stderr


def _take(resources: Path, target: Path) -> None:
    """Take the definitions; nothing old stays."""
    for folder in (target, target / "examples"):
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.json"):
            old.unlink()
    for path in sorted(resources.glob("*.json")):
        (target / path.name).write_bytes(_json(json.loads(path.read_bytes())))


def _manifest() -> dict[str, Any]:
    return {
        "name": guide.PACKAGE,
        "version": __version__,
        "type": "fhir.ig",
        "canonical": "https://w3id.org/education-plan/fhir",
        "title": "Education plan",
        "description": "Patient education planned, taught and understood, as FHIR R4",
        "license": "Apache-2.0",
        "fhirVersions": ["4.0.1"],
        "dependencies": {"hl7.fhir.r4.core": "4.0.1"}
        | {each["packageId"]: each["version"] for each in guide.DEPENDS_ON},
    }


def _index(generated: Path) -> dict[str, Any]:
    files = []
    for path in sorted(generated.glob("*.json")):
        found = json.loads(path.read_bytes())
        row = {"filename": path.name, "resourceType": found["resourceType"], "id": found["id"]}
        more = ("url", "version", "kind", "type", "derivation")
        files.append(row | {name: found[name] for name in more if isinstance(found.get(name), str)})
    return {"index-version": 2, "files": files}


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


def main() -> None:
    compile_to(GENERATED)
    terminology.write(GENERATED)
    example_files.write(GENERATED)
    guide.write(GENERATED)
    profile_table.TABLE.write_text(profile_table.render(GENERATED), "utf-8")
    target = ROOT / "dist" / "package.tgz"
    pack(GENERATED, target)
    print(f"{len(list(GENERATED.glob('*.json')))} definitions in {target.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
