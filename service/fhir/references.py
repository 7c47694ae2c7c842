"""Checks where a FHIR Reference points, as far as its text tells. Fetches nothing."""

import re

from service.fhir.shapes import r4_shapes

# No id of dots alone: `Patient/..` is another address than it looks (RFC 3986, 5.2.4).
MAX_ID = 64
_ID = rf"(?!\.{{1,2}}(?:/|\Z))[A-Za-z0-9.-]{{1,{MAX_ID}}}"
_SEGMENT = r"(?!\.{1,2}/)[A-Za-z0-9._~%$:@+,;=!-]+"
# R4 2.3.0.1 Literal References; narrowed, an absolute URL ends in Type/id as well.
_REFERENCE = re.compile(
    rf"(?:https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{{1,5}})?/(?:{_SEGMENT}/)*)?"
    rf"(?P<type>[A-Z][A-Za-z]+)/{_ID}(?:/_history/{_ID})?"
    r"|urn:uuid:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}"
    r"|urn:oid:[0-2](?:\.(?:0|[1-9][0-9]*))+"
    rf"|\#(?:{_ID})?"
)
MAX_LENGTH = 2048


def reference_type(reference: str) -> str | None:
    """Return the resource type that a reference names; "" when it names none (urn:, #id).

    None means that it is not a reference we take: another scheme, a search, a path.
    """
    kind, _, id_ = reference.partition("/")
    plain = id_.replace("-", "")
    if kind in (known := r4_shapes().resources) and plain.isalnum() and plain.isascii():
        return kind if len(id_) <= MAX_ID else None
    found = _REFERENCE.fullmatch(reference) if len(reference) <= MAX_LENGTH else None
    if found is None:
        return None
    type_ = found["type"] or ""
    return type_ if not type_ or type_ in known else None
