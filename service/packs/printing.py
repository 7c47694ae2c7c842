"""The PDFs of packs: what is not on the shelf yet is printed, by several processes at once.

Each form of a page is printed once in its life, here and never while a request waits.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context

from service.domain.content import ANY_OTHER, HandoutForm, Pack
from service.packs.freeze import Prepared
from service.packs.paper import PRINTED, NoPress, Press, open_press

Job = tuple[str, HandoutForm]
Tell = Callable[[int, int], None]  # how many are done, of how many
MOST_PROCESSES = 4

_press: list[Press | NoPress] = []  # of a process of the pool


def outstanding(pack: Pack) -> list[Job]:
    """The PDFs that the pack lacks: of every page in a language that it is written in."""
    files = {
        file.sha256: file
        for handout in pack.handouts
        for (_, language), file in handout.files.items()
        if language != ANY_OTHER
    }
    return [
        (sha256, form)
        for sha256, file in files.items()
        for form in PRINTED
        if form not in {copy.form for copy in file.copies}
    ]


def print_handouts(packs: Sequence[Pack], prepared: Prepared, tell: Tell) -> tuple[Pack, ...]:
    """Print what the usable packs lack, and return all packs with what there is now.

    Raises:
        NoPress: PDFs cannot be made here.
    """
    lacking = {pack.id: outstanding(pack) for pack in packs if prepared.keeps(pack)}
    jobs = list(dict.fromkeys(job for jobs in lacking.values() for job in jobs))
    if not jobs:
        return tuple(packs)
    for done, (sha256, form, content) in enumerate(_printed(jobs, prepared), start=1):
        prepared.handouts.add(sha256, form, content)
        tell(done, len(jobs))
    renewed = []
    for pack in packs:
        whole = prepared.with_copies(pack) if lacking.get(pack.id) else pack
        if whole is not pack:
            prepared.write(whole)
        renewed.append(whole)
    return tuple(renewed)


def _printed(jobs: Sequence[Job], prepared: Prepared) -> Iterator[tuple[str, HandoutForm, bytes]]:
    processes = min(MOST_PROCESSES, os.cpu_count() or 1)
    pages = {sha256: prepared.handouts.page_bytes(sha256) for sha256, _ in jobs}
    longest_first = sorted(jobs, key=lambda job: (-len(pages[job[0]]), job))
    with ProcessPoolExecutor(processes, get_context("spawn"), _open) as pool:
        running = {
            pool.submit(_print, pages[sha256], form): (sha256, form)
            for sha256, form in longest_first
        }
        for future in as_completed(running):
            yield *running[future], future.result()


def _open() -> None:
    try:
        _press.append(open_press())
    except NoPress as error:
        _press.append(error)


def _print(html: bytes, form: HandoutForm) -> bytes:
    press = _press[0]
    if isinstance(press, NoPress):
        raise press
    return press(html, form)
