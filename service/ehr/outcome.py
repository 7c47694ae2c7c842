"""What an OperationOutcome of a record says: its codes for the log, its words for nobody's log.

The words may quote what was sent. Only `check-ehr` shows them, whose test tells of no patient.
"""

from typing import Any

from service.ehr.wire import Answer

# FHIR R4 issue-type: a code outside of it could be anything, and does not come into the log.
ISSUE_TYPES = frozenset(
    {
        *("invalid", "structure", "required", "value", "invariant"),
        *("security", "login", "unknown", "expired", "forbidden", "suppressed"),
        *("processing", "not-supported", "duplicate", "multiple-matches", "not-found", "deleted"),
        *("too-long", "code-invalid", "extension", "too-costly", "business-rule", "conflict"),
        *("transient", "lock-error", "no-store", "exception", "timeout", "incomplete"),
        *("throttled", "informational"),
    }
)
_MOST = 300  # characters


def codes_of(answer: Answer) -> str:
    """The HTTP status and the issue codes, as `422 required invariant`."""
    codes = [issue["code"] for issue in _issues(answer) if issue.get("code") in ISSUE_TYPES]
    return " ".join([str(answer.status), *dict.fromkeys(codes)])


def words_of(answer: Answer) -> str:
    """What the first issue says in words, shortened; "" when it says nothing."""
    for issue in _issues(answer):
        details = issue.get("details")
        text = details.get("text") if isinstance(details, dict) else None
        said = issue.get("diagnostics") or text
        if isinstance(said, str) and said:
            line = " ".join(said.split())
            return line if len(line) <= _MOST else f"{line[:_MOST]}…"
    return ""


def _issues(answer: Answer) -> list[dict[str, Any]]:
    issues = (answer.body or {}).get("issue")
    if not isinstance(issues, list):
        return []
    return [each for each in issues if isinstance(each, dict) and isinstance(each.get("code"), str)]
