"""Forms under which a text can be found beside its words: codes in one piece, and letters in one form.

"QX-17/4" is found as a whole (`qx174`, also as QX 17/4 is misspelt) besides by its parts; "line 7" as `line7`, so that the line
with that number comes before others. Accents are the business of `index.catalog.bm25`.
"""

from __future__ import annotations

import re
import unicodedata

_CODE = re.compile(r"(?<![^\W_])[^\W_]{1,24}(?:[-/._#:][^\W_]{1,24}){1,8}(?![^\W_])")
_NUMBERED = re.compile(r"(?<![^\W_])([^\W\d_]{1,24})[ \t\xa0]{1,2}(\d{1,4}[a-z]?)(?![^\W_])")
_SEPARATOR = re.compile(r"[-/._#:]")


def one_form(text: str) -> str:
    """The same text with each letter and its accent in one character, whatever program wrote it."""
    return text if unicodedata.is_normalized("NFC", text) else unicodedata.normalize("NFC", text)


def whole_codes(text: str) -> list[str]:
    """Part numbers and error codes of a text, each as one word in small letters."""
    return [_SEPARATOR.sub("", match[0]).lower() for match in _CODE.finditer(text) if _is_code(match[0])]


def numbered(text: str) -> list[tuple[str, str]]:
    """Words with the number that follows them, in small letters: ("line", "7")."""
    return [(match[1].lower(), match[2].lower()) for match in _NUMBERED.finditer(text)]


def _is_code(text: str) -> bool:
    """Digits with letters, or digits that something else than a decimal point joins."""
    return any(sign.isdigit() for sign in text) and (any(sign.isalpha() for sign in text) or "-" in text or "/" in text)
