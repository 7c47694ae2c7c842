"""One topic file: front matter, then points. Knows the file, not the pack around it."""

import re
from dataclasses import field
from typing import Any

from markdown_it.tree import SyntaxTreeNode

from service.domain.content import Audience, Edition, Point
from service.domain.values import dataclass
from service.packs.braces import Braces
from service.packs.inline_markdown import MARKDOWN, unwelcome
from service.packs.problems import Report
from service.packs.yaml_text import Yaml, load_yaml

_FENCE = "---"
_BRACES = re.compile(r"\s*\{([^{}]*)\}\s*$")
_SHORT = re.compile(r"pixi:\s*", re.IGNORECASE)
_EXAMPLE = "End the point with braces, such as {#keep-moving full pixi covers=LSS-18}."


@dataclass(frozen=True, slots=True)
class TopicFile:
    front: Yaml
    points: tuple[Point, ...]


def parse_topic(file: str, text: str, report: Report) -> TopicFile | None:
    """Parse one topic file; what is wrong is reported, and None is for no front matter."""
    front, body, body_line = _split_front_matter(text)
    if body_line == 0:
        report.stop(
            file,
            1,
            "The file does not begin with a block between two lines of `---`.",
            "The topic's id and title stand there.",
            "Copy the block from another topic.",
        )
        return None
    read = load_yaml(file, front, report, first_line=2)
    reader = _Reader(file, body_line, report)
    reader.read(body)
    return TopicFile(read, tuple(reader.points)) if read else None


def _split_front_matter(text: str) -> tuple[str, str, int]:
    lines = text.split("\n")
    if lines[0].rstrip() != _FENCE:
        return "", "", 0
    for number, line in enumerate(lines[1:], start=1):
        if line.rstrip() == _FENCE:
            return "\n".join(lines[1:number]), "\n".join(lines[number + 1 :]), number + 2
    return "", "", 0


@dataclass(slots=True)
class _Reader:
    """Walks the body from top to bottom and remembers the section and heading it is in."""

    file: str
    first_line: int
    report: Report
    points: list[Point] = field(default_factory=list)
    sections: list[Audience] = field(default_factory=list)
    heading: str = ""

    def read(self, body: str) -> None:
        apart: dict[str, Any] = {}
        tree = SyntaxTreeNode(MARKDOWN.parse(body, apart))
        for link in apart.get("references", {}).values():
            self.report.stop(
                self.file,
                self.first_line + link["map"][0],
                "The address of a link stands apart from its words.",
                "A point is shown without the lines around it.",
                "Write the link in one piece: [words](https://…).",
            )
        for block in tree.children:
            if block.type == "heading":
                self._read_heading(block)
            elif block.type == "bullet_list":
                for item in block.children:
                    self._read_item(item)
            else:
                self._stop(
                    block,
                    "This text is not a point.",
                    "Only list items are shown to anybody.",
                    "Begin the line with `- `, or take it out.",
                )
        self._expect_points()

    def _read_heading(self, block: SyntaxTreeNode) -> None:
        words = _content(block)
        self._check_line(block)
        if block.tag == "h3":
            self.heading = words
        elif block.tag == "h2" and words in list(Audience) and words not in self.sections:
            self.sections.append(Audience(words))
            self.heading = ""
        else:
            self._stop(
                block,
                f"The heading {words!r} does not belong here.",
                "There is one `## patient`, one `## physio`, and `### headings` in them.",
                "Give it three `#`, or take it out.",
            )

    def _read_item(self, item: SyntaxTreeNode) -> None:
        if not self.sections:
            self._stop(
                item,
                "This point is in no section.",
                "Nobody knows who may read it.",
                "Write `## patient` or `## physio` above it.",
            )
        elif [child.type for child in item.children] not in (
            ["paragraph"],
            ["paragraph", "bullet_list"],
        ):
            self._stop(
                item,
                "This list item is not one paragraph.",
                "One list item is one point.",
                "Split it into several points.",
            )
        else:
            self._read_point(item)

    def _read_point(self, item: SyntaxTreeNode) -> None:
        paragraph = item.children[0]
        self._check_line(paragraph)
        words = _content(paragraph)
        braces = _BRACES.search(words)
        if not braces:
            self._stop(item, "This point has no id and no edition.", "", _EXAMPLE)
            return
        text = words[: braces.start()]
        marked = Braces.read(braces[1])
        for what in (*marked.wrong, *self._wrong_words(text)):
            self._stop(item, what, "", _EXAMPLE)
        if marked.id in {point.id for point in self.points}:
            self._stop(
                item,
                f"The id `{marked.id}` is used twice in this topic.",
                "An id names one point.",
                "Give this point an id of its own.",
            )
        self.points.append(
            Point(
                id=marked.id,
                audience=self.sections[-1],
                editions=frozenset(marked.editions),
                covers=tuple(marked.covers),
                text=text,
                short=self._read_short(item, marked),
                heading=self.heading,
                marks=frozenset(marked.marks),
                line=self._line(item),
            )
        )

    def _read_short(self, item: SyntaxTreeNode, marked: Braces) -> str:
        if len(item.children) == 1:
            return ""
        inner = item.children[1].children
        words = _content(inner[0].children[0]) if inner[0].children else ""
        start = _SHORT.match(words)
        if len(inner) != 1 or len(inner[0].children) != 1 or not start:
            self._stop(
                inner[0],
                "Only one `- pixi: …` may stand inside a point.",
                "It is the shorter wording of that point.",
                "Make it a point of its own, or begin it with `pixi:`.",
            )
            return ""
        self._check_line(inner[0].children[0])
        short = words[start.end() :]
        if Edition.PIXI not in marked.editions and "always_show" not in marked.marks:
            self._stop(
                inner[0],
                "This shorter wording is never shown.",
                f"The point `{marked.id}` is not in the PIXI edition.",
                "Write `pixi` in its braces, or take this line out.",
            )
        for what in self._wrong_words(short):
            self._stop(inner[0], what, "", "Put the braces on the point itself.")
        return short

    def _wrong_words(self, text: str) -> list[str]:
        if not text:
            return ["This point has no words."]
        return ["There are braces inside the text."] if "{" in text or "}" in text else []

    def _check_line(self, block: SyntaxTreeNode) -> None:
        for line in block.children:
            for what, how in unwelcome(line):
                self._stop(block, what, "It would not be shown as you wrote it.", how)

    def _expect_points(self) -> None:
        empty = [s for s in self.sections if s not in {point.audience for point in self.points}]
        if not self.sections or empty:
            section = empty[0].value if empty else "patient"
            self.report.stop(
                self.file,
                self.first_line,
                f"There is no point under `## {section}`.",
                "A section without points teaches nothing.",
                "Write its points, or take the heading out.",
            )

    def _stop(self, node: SyntaxTreeNode, what: str, why: str, how: str) -> None:
        self.report.stop(self.file, self._line(node), what, why, how)

    def _line(self, node: SyntaxTreeNode) -> int:
        return self.first_line + (node.map[0] if node.map else 0)


def _content(block: SyntaxTreeNode) -> str:
    return " ".join(" ".join(line.content for line in block.children).split())
