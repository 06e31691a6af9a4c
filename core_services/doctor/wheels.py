"""The command that installs from the folder `wheels`, as docs/operations.md has it."""

import sys


def from_wheels(*words: str) -> str:
    """Return it: our environment has no pip of its own, and no machine asks the Internet."""
    return (
        f"python3 -m pip --python {sys.prefix}/bin/python install --no-index --find-links wheels "
        + " ".join(words)
    )
