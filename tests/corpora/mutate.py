"""Bends good JSON documents into bad ones; the same seed always gives the same documents."""

import copy
import json
import random
from collections.abc import Callable, Iterator, Sequence
from typing import Any

Holder = dict[str, Any] | list[Any]
Bend = Callable[[random.Random, Holder, Any], None]

BYTE_FLIP_SHARE = 0.3
HUGE_TEXT = "å" * 70_000
SCRIPT = "<script>alert(1)</script>"
# json.dumps cannot write a key twice: the marker is torn out of the text afterwards.
TWICE = "\ue000twice"
WRONG_VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 10**30, float("nan"), "", " ", [], {}, [[]], [None], {"a": {}}
)  # fmt: skip
TRAPS = (
    HUGE_TEXT,
    SCRIPT,
    "\x00",
    "a\x1bb",
    "\ud800",
    "../../etc/passwd",
    "javascript:alert(1)",
    "http://169.254.169.254/latest",
    "Patient/..",
    "x" * 65,
    "2024-02-30",
    "9999-12-31T23:59:59-12:00",
    "'; drop table plan; --",
    "{{7*7}}",
    "\u202e\u0000",
)


def mutants(bases: Sequence[bytes], *, seed: int, count: int) -> Iterator[bytes]:
    """Yield `count` documents made from the bases: 1 to 3 nodes bent, in 30 % bytes flipped.

    Some are still good JSON or even good FHIR; nothing is promised but repeatability.
    """
    chance = random.Random(seed)
    for _ in range(count):
        document = json.loads(chance.choice(bases))
        for _ in range(chance.randint(1, 3)):
            _bend_one(chance, document)
        body = json.dumps(document).replace(f'"{TWICE}', '"').encode()
        yield _flip(chance, body) if chance.random() < BYTE_FLIP_SHARE else body


def _bend_one(chance: random.Random, document: Any) -> None:
    nodes = list(_nodes(document))
    if nodes:
        holder, step = chance.choice(nodes)
        chance.choice(BENDS)(chance, holder, step)


def _nodes(node: Any) -> Iterator[tuple[Holder, Any]]:
    if isinstance(node, dict | list):
        for step, value in list(node.items() if isinstance(node, dict) else enumerate(node)):
            yield node, step
            yield from _nodes(value)


def _delete(_chance: random.Random, holder: Holder, step: Any) -> None:
    del holder[step]


def _wrong_type(chance: random.Random, holder: Holder, step: Any) -> None:
    # A copy: later bends bend what is put here, and must not bend the constant.
    holder[step] = copy.deepcopy(chance.choice(WRONG_VALUES))


def _trap(chance: random.Random, holder: Holder, step: Any) -> None:
    holder[step] = chance.choice(TRAPS)


def _wrap(_chance: random.Random, holder: Holder, step: Any) -> None:
    holder[step] = [holder[step]]


def _unwrap(_chance: random.Random, holder: Holder, step: Any) -> None:
    if isinstance(holder[step], list) and holder[step]:
        holder[step] = holder[step][0]


def _nest(chance: random.Random, holder: Holder, step: Any) -> None:
    for _ in range(chance.choice((2, 20, 40))):
        holder[step] = {"extension": [holder[step]]}


def _rename(_chance: random.Random, holder: Holder, step: Any) -> None:
    if isinstance(holder, dict):
        holder[f"{step}x"] = holder.pop(step)


def _duplicate_key(_chance: random.Random, holder: Holder, step: Any) -> None:
    if isinstance(holder, dict):
        holder[f"{TWICE}{step}"] = holder[step]


def _swap(chance: random.Random, holder: Holder, step: Any) -> None:
    steps: list[Any] = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
    other = chance.choice(steps)
    holder[step], holder[other] = holder[other], holder[step]


BENDS: tuple[Bend, ...] = (
    _delete, _wrong_type, _trap, _trap, _wrap, _unwrap, _nest, _rename, _duplicate_key, _swap
)  # fmt: skip


def _flip(chance: random.Random, body: bytes) -> bytes:
    flipped = bytearray(body)
    for _ in range(chance.randint(1, 8)):
        flipped[chance.randrange(len(flipped))] = chance.randrange(256)
    return bytes(flipped)
