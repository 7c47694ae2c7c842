"""The short code on a patient's sheet of paper, and the QR code that holds it.

It is a keyed hash of the plan: it tells nothing of whom it is about, and leads nowhere but on
the page of a launch of that patient.
"""

import hmac
import io

from service.domain.plan import EducationPlan

# Crockford's base 32: no letter that looks like a digit; eight of them are 40 bits.
_SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")
_LENGTH = 8


def code_of(secret: bytes, plan: EducationPlan) -> str:
    """Return the code of a plan, as it is printed: `7K2M-Q9XD`."""
    mac = hmac.new(secret, f"paper {plan.tenant} {plan.id}".encode(), "sha256").digest()
    number = int.from_bytes(mac[:5])
    signs = "".join(_SIGNS[number >> shift & 31] for shift in range(35, -1, -5))
    return f"{signs[:4]}-{signs[4:]}"


def as_printed(typed: str) -> str:
    """Return what was typed as a code is printed, whatever its case and spacing."""
    signs = "".join(c for c in typed.upper().translate(_READ_AS) if c in _SIGNS)
    return f"{signs[:4]}-{signs[4:_LENGTH]}"


def qr_code(text: str) -> str:
    """Return an SVG image of a QR code that holds this text."""
    import segno  # for the few who print

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgclass=None, lineclass=None, omitsize=True
    )
    return out.getvalue().decode()
