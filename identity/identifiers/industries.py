"""Industry codes of GB/T 4754-2017: a section letter and the divisions it spans."""

from typing import Final

# Section → first and last division, as the standard's contents list them.
SECTIONS: Final = {
    "A": (1, 5),
    "B": (6, 12),
    "C": (13, 43),
    "D": (44, 46),
    "E": (47, 50),
    "F": (51, 52),
    "G": (53, 60),
    "H": (61, 62),
    "I": (63, 65),
    "J": (66, 69),
    "K": (70, 70),
    "L": (71, 72),
    "M": (73, 75),
    "N": (76, 79),
    "O": (80, 82),
    "P": (83, 83),
    "Q": (84, 85),
    "R": (86, 90),
    "S": (91, 96),
    "T": (97, 97),
}


def is_industry(code: str) -> bool:
    """Return whether a code is a section letter with 2, 3 or 4 digits of one of its divisions."""
    section, digits = code[:1], code[1:]
    if section not in SECTIONS or not 2 <= len(digits) <= 4:
        return False
    if not (digits.isascii() and digits.isdigit()):
        return False
    first, last = SECTIONS[section]
    return first <= int(digits[:2]) <= last
