"""Words for comparing two statements: tokens with offsets, stems, small tables of synonyms and opposites, stop words.

The tables are ours and short on purpose: they serve certain rules, not a thesaurus.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer

from qa.english.word_tables import FALL, IRREGULAR_FORMS, NEGATING_PREFIXES, OPPOSITE_PAIRS, RISE, SYNONYM_SETS


def word_set(text: str) -> frozenset[str]:
    """The words of a written list."""
    return frozenset(text.split())


_STEMMER = snowballstemmer.stemmer("english")

STOP = word_set("""
a about above after again all also am among an and any are as at be because been before being below between both but by can could
did do does doing down during each either few for from further had has have having he her here hers herself him himself his how
however i if in into is it its itself just let may me might more most must my myself no nor not of off on once only onto or other
our ours ourselves out over own per same shall she should since so some such than that the their theirs them themselves then there
these they this those through thus to too toward towards under until up upon us very via was we were what when where whereas
whether which while who whom whose why will with within without would yet you your yours yourself said says say told noted added
stated according reports reported emphasized stressed announced
""")


@dataclass(frozen=True, slots=True)
class Token:
    """One word: `text[start:end] == word`; `stem` is its folded English stem."""

    start: int
    end: int
    word: str
    stem: str

    @property
    def content(self) -> bool:
        """Whether the word is no stop word."""
        return self.word.lower() not in STOP


def fold(text: str) -> str:
    """Case folded, without diacritics, with straight apostrophes."""
    text = unicodedata.normalize("NFKD", text.replace("’", "'").replace("‘", "'"))
    return "".join(c for c in text if not unicodedata.combining(c)).casefold()


@lru_cache(maxsize=65536)
def stem(word: str) -> str:
    """English stem of one word, folded, without a possessive ending."""
    folded = re.sub(r"'s?$", "", fold(word))
    return str(_STEMMER.stemWord(_IRREGULAR.get(folded, folded)))


_IRREGULAR = dict(pair.split(":") for pair in IRREGULAR_FORMS.split())


def abbreviates(short: str, word: str) -> bool:
    """Whether `short` is the beginning of `word`, as names of days and months are written in tables: "Tue", "Sept."."""
    short, word = fold(short).strip(". "), fold(word)
    return 2 < len(short) < 5 and len(word) > len(short) + 1 and word.startswith(short)


@lru_cache(maxsize=4096)
def tokens(text: str) -> tuple[Token, ...]:
    """The words of `text`; hyphenated compounds are split so that "joint-venture" meets "joint venture"."""
    found = []
    for match in re.finditer(r"\d+(?:[.,]\d+)+|[^\W_]+(?:['’](?:s|t|re|ve|ll|d|m)\b)?", text):
        found.append(Token(match.start(), match.end(), match[0], stem(match[0])))
    return tuple(found)


def content_stems(text: str) -> list[str]:
    """Stems of the words of `text` that are no stop words, in order."""
    return [t.stem for t in tokens(text) if t.content]


def _synonyms() -> dict[str, frozenset[str]]:
    table: dict[str, frozenset[str]] = {}
    for line in SYNONYM_SETS.replace("\n", ";").split(";"):
        group = frozenset(stem(word) for word in line.split())
        for word in group:
            table[word] = table.get(word, frozenset()) | group
    return table


def _opposites() -> dict[str, set[str]]:
    table: dict[str, set[str]] = {}
    for pair in OPPOSITE_PAIRS.replace("\n", ";").split(";"):
        if pair.strip():
            first, second = (stem(word) for word in pair.split())
            table.setdefault(first, set()).add(second)
            table.setdefault(second, set()).add(first)
    rising, falling = {stem(word) for word in RISE.split()}, {stem(word) for word in FALL.split()}
    for group, other in ((rising, falling), (falling, rising)):
        for word in group:
            table.setdefault(word, set()).update(other)
    return table


SYNONYMS = _synonyms()
OPPOSITES = _opposites()


@lru_cache(maxsize=1 << 17)
def related(stem_a: str, stem_b: str) -> bool:
    """Same stem, listed synonyms, or one word derived from the other (a common beginning of five letters, most of both)."""
    if stem_a == stem_b or stem_b in SYNONYMS.get(stem_a, ()):
        return True
    if stem_b in OPPOSITES.get(stem_a, ()) or negated(stem_a, stem_b):
        return False
    shorter = min(len(stem_a), len(stem_b))
    common = next((i for i in range(shorter) if stem_a[i] != stem_b[i]), shorter)
    return common >= 5 and common >= shorter - 1 and common * 2 > max(len(stem_a), len(stem_b))


def negated(first: str, second: str) -> bool:
    """Whether one stem is the other with a negating prefix ("consolid", "unconsolid")."""
    shorter, longer = sorted((first, second), key=len)
    return len(shorter) >= 4 and any(longer == prefix + shorter for prefix in NEGATING_PREFIXES)
