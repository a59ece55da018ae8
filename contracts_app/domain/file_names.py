"""Names of files as people hand them over: what is stored and sent is what is seen."""

from __future__ import annotations

import unicodedata

from contracts_app.domain.names import one_line

LONGEST = 255
"""Characters of a file's name."""
MALFORMED = (
    f"The file needs a name of 1 to {LONGEST} characters, without line breaks, tabs or other control "
    "characters: rename it."
)
_JOINERS = frozenset("\u200c\u200d")
"""They shape letters of some scripts and signs of faces; between plain letters they are merely unseen."""


def uploaded_name(said: str) -> str:
    """The name without a path before it (some browsers send one) and without what cannot be seen.

    Raises ValueError where nothing, too much or a control character is left.
    """
    name = visible(said.replace("\\", "/").rpartition("/")[2]).strip()
    if not 0 < len(name) <= LONGEST:
        raise ValueError(MALFORMED)
    try:
        return one_line(name)
    except ValueError:
        raise ValueError(MALFORMED) from None


def visible(name: str) -> str:
    """The name without format characters (Unicode category Cf): marks and overrides that turn the direction
    of writing, spaces without width, soft hyphens, tags. None then shows another ending than it has."""
    if name.isascii():
        return name
    return "".join(
        letter
        for at, letter in enumerate(name)
        if unicodedata.category(letter) != "Cf" or (letter in _JOINERS and not name[at - 1 : at].isascii())
    )
