"""The headers of every page whose address is the key to it."""

from collections.abc import Mapping
from typing import Final

PRIVATE: Final[Mapping[str, str]] = {
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store, private",
    "X-Robots-Tag": "noindex, nofollow",
}
"""The address goes to no other site, cache or index."""
