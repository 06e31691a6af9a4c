"""What the journal keeps of an A4 job: its document, how many of it, on which paper; pure."""

import json

from drivers.errors import PaperDamaged

A4 = "iso_a4_210x297mm"
"""The self-describing media name of PWG 5101.1."""


def packed(document: bytes, copies: int, media: str) -> bytes:
    """Return what the journal keeps of a job: a line of facts, then the document."""
    return json.dumps({"copies": copies, "media": media}).encode() + b"\n" + document


def unpacked(data: bytes, job_id: str) -> tuple[bytes, int, str]:
    """Return document, copies and paper. Raises PaperDamaged for what `packed` did not write."""
    facts, _, document = data.partition(b"\n")
    try:
        read = json.loads(facts)
        return document, int(read["copies"]), str(read["media"])
    except (ValueError, KeyError, TypeError) as error:
        raise PaperDamaged(job_id) from error
