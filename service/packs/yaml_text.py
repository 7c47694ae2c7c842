"""YAML 1.2 with line numbers and without its traps. Knows nothing of packs."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent, DocumentStartEvent
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from service.domain.values import dataclass
from service.packs.problems import Report

Where = tuple[str | int, ...]

MAX_DEPTH = 20
_SPOILT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_SPLIT_FAILS = (YAMLError, ValueError, TypeError, KeyError, RecursionError)


class _Refused(Exception):
    """A thing YAML allows and a pack does not."""

    def __init__(self, line: int, what: str, why: str, how: str) -> None:
        super().__init__(what)
        self.line, self.what, self.why, self.how = line, what, why, how


@dataclass(frozen=True, slots=True)
class Yaml:
    """What a file says, and on which line each part of it stands."""

    file: str
    value: Any
    lines: Mapping[Where, int]

    def line(self, *where: str | int) -> int:
        """The line of this part, or of the nearest part around it."""
        for end in range(len(where), -1, -1):
            if where[:end] in self.lines:
                return self.lines[where[:end]]
        return 1

    def parts(self) -> Iterator[tuple[Where, Any]]:
        """Every part of the file, from the whole down to each single value."""
        return _walk((), self.value)


def load_yaml(file: str, text: str, report: Report, first_line: int = 1) -> Yaml | None:
    """Parse one YAML text; anything wrong or unsafe is reported and gives None.

    Anchors, aliases, tags and directives are refused: an author has no need of them
    and they are how a small file becomes a large or a dangerous one.
    """
    shift = first_line - 1
    try:
        _refuse_traps(text)
        lines: dict[Where, int] = {}
        node = _parser().compose(text)
        if node is not None:
            _collect_lines(node, (), lines, shift)
        return Yaml(file, _parser().load(text), lines)
    except _Refused as refused:
        report.stop(file, refused.line + shift, refused.what, refused.why, refused.how)
    except _SPLIT_FAILS as error:
        line, what = _explain(error)
        report.stop(
            file,
            line + shift,
            what,
            "So the file cannot be read.",
            "Look at the indentation, colons and quotes of this line and the one above.",
        )
    return None


def _parser() -> YAML:
    return YAML(typ="safe", pure=True)


def _refuse_traps(text: str) -> None:
    depth = 0
    for event in _parser().parse(text):
        line = event.start_mark.line + 1
        depth += event.__class__.__name__.endswith(("SequenceStartEvent", "MappingStartEvent"))
        depth -= event.__class__.__name__.endswith(("SequenceEndEvent", "MappingEndEvent"))
        if depth > MAX_DEPTH:
            raise _Refused(line, "The lists are nested too deep.", "", "Write it flatter.")
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None):
            raise _Refused(
                line,
                "`&` and `*` stand for a reference in YAML.",
                "Here every text is written out.",
                "Put the text in quotes, or write it out.",
            )
        if getattr(event, "tag", None) or _has_directive(event):
            raise _Refused(
                line,
                "`!` or `%` at the start stands for a YAML tag.",
                "Tags are not used here.",
                "Put the text in quotes.",
            )
        if _SPOILT.search(getattr(event, "value", None) or ""):
            raise _Refused(
                line,
                "There is an invisible character in this text.",
                "Nobody can see what it does.",
                "Write the text again without `\\` codes.",
            )


def _has_directive(event: object) -> bool:
    return isinstance(event, DocumentStartEvent) and bool(event.version or event.tags)


def _collect_lines(node: Node, where: Where, lines: dict[Where, int], shift: int) -> None:
    lines.setdefault(where, node.start_mark.line + 1 + shift)
    if isinstance(node, MappingNode):
        for key, value in node.value:
            lines[(*where, str(key.value))] = key.start_mark.line + 1 + shift
            _collect_lines(value, (*where, str(key.value)), lines, shift)
    elif isinstance(node, SequenceNode):
        for index, item in enumerate(node.value):
            _collect_lines(item, (*where, index), lines, shift)


def _walk(where: Where, value: Any) -> Iterator[tuple[Where, Any]]:
    yield where, value
    if isinstance(value, dict | list):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _walk((*where, key), item)


def _explain(error: Exception) -> tuple[int, str]:
    if isinstance(error, MarkedYAMLError):
        mark = error.problem_mark or error.context_mark
        problem = str(error.problem or "it does not hold together").splitlines()[0]
        return (mark.line + 1 if mark else 1), f"This is not valid YAML: {problem}."
    first = (str(error).splitlines() or ["it does not hold together"])[0]
    return 1, f"This is not valid YAML: {first[:120]}."
