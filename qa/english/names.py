"""Names in running text, and whether two spellings are one name.

A name is a run of capitalised words. Spelling variants of transliteration, joined or hyphenated parts, acronyms of names that
are spelt out, possessives, honorifics, and countries with their adjectives count as the same. Does not know who is who: a
pronoun, a nickname or a renamed city is a different name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.dates.words import ENGLISH_MONTHS as MONTHS
from qa.english.lexicon import STOP, fold, stem, tokens, word_set
from qa.english.number_words import BIG, ORDINALS, SMALL, TENS, WEEKDAYS
from qa.english.places import country_of
from qa.english.quantities import find_quantities

HONORIFICS = word_set("mr mrs ms miss dr prof professor sir madam lord lady st the")
LEGAL = word_set("inc ltd corp co llc plc ag sa gmbh jsc oao ooo pjsc corporation company limited incorporated group motors motor")
# Ordinary words that often open a sentence; any other capitalised first word is taken for a name unless it also occurs in lower case.
_OPENERS = STOP | word_set("""
currently today yesterday tomorrow recently earlier later now meanwhile moreover furthermore additionally overall finally instead
despite although though following trade turnover bilateral investment investments companies company firms projects project exports
imports sales revenue profit people workers government governments president minister ministers prime deputy chairman officials
leaders experts analysts researchers scientists joint cooperation production construction agreements agreement documents talks
negotiations relations ties many several various numerous another about around approximately nearly almost more less fewer over
under up citing speaking attending visiting regarding concerning participants foreign domestic local national international
economic political technical cultural industrial direct total annual two-way mutual new old major large small big important key
main most least last next previous past future one two three four five six seven eight nine ten plans work works every everyone
everything nothing nobody none someone something anyone anything thanks given based considering compared due according including
jobs plants plant factories factory power energy gas oil cars car vehicles output growth demand supply prices price volume value
share number there here thus hence therefore indeed perhaps maybe please yes currently studies study results patients treatment
high low first second third within amid among between both either neither each all any some such other others its their
his her our your my
""")
_PART = r"(?:(?:[A-Z]\.)+[A-Z]\b(?:[’']s\b)?|(?:[^\W\d_a-zß-öø-ÿ]|[0-9]+(?=[A-Z]))[\w]*(?:[’'&.](?=\w{2,})\w+|[-–](?=\w)\w+)*(?:[’']s\b)?)"
_NAME = re.compile(rf"(?<![\w])(?:{_PART})(?:(?:\s(?:of|de|van|von|bin|al|el|&)\s|\s|\.\s(?<=\b[A-Z]\.\s))(?:{_PART}))*")
_NOT_NAMES = frozenset([*MONTHS, *WEEKDAYS, *SMALL, *TENS, *BIG, *ORDINALS, "i", "q", "usd", "eur", "krw", "gbp", "am", "pm"])


_PASSED_OVER = LEGAL | {"of", "and", "the", "de"}


@dataclass(frozen=True, slots=True)
class Name:
    """A capitalised mention: `text[start:end] == name.text`."""

    start: int
    end: int
    text: str


def find_names(text: str) -> list[Name]:
    """The capitalised mentions of `text` in order, without dates, numbers and ordinary words that open a sentence."""
    lower = {t.word for t in tokens(text) if t.word.islower()}
    names = []
    for match in _NAME.finditer(text):
        start = match.start()
        words = list(re.finditer(r"\S+", match[0]))
        while words and _skippable(words[0][0], opens=_opens_sentence(text, start + words[0].start()), lower=lower):
            words.pop(0)
        while words and (_bare(words[-1][0]) in _NOT_NAMES or words[-1][0] in ("of", "&", "de")):
            words.pop()
        if words:
            begin, finish = start + words[0].start(), start + words[-1].end()
            names.append(Name(begin, finish, text[begin:finish]))
    return names


def _bare(word: str) -> str:
    return fold(word).strip(".,'\"").removesuffix("'s")


def _opens_sentence(text: str, start: int) -> bool:
    before = text[:start].rstrip(" \t\"“”'‘«([-—–•*")
    return not before or before[-1] in ".!?:;\n…"


def _skippable(word: str, opens: bool, lower: set[str]) -> bool:
    bare = _bare(word)
    if bare in _NOT_NAMES or bare in ("of", "&", "de", "the", "a", "an") or not re.search(r"\w", bare):
        return True
    return opens and (bare in _OPENERS or bare in lower)


def same_name(a: str, b: str) -> bool:
    """Whether two mentions can be one name: equal up to spelling, or one is a part of the other ("Yoon", "Yoon Suk Yeol").

    Symmetric. Different second parts are different names: "Samsung Electronics" and "Samsung Heavy", "Kim" and "Park".
    """
    first, second = _key(a), _key(b)
    if not first or not second:
        return False
    return _contains(first, second) or _contains(second, first)


def missing_names(claim: str, texts: Sequence[str]) -> list[Name]:
    """The names of `claim` that occur in none of `texts`, whole and in order, in any accepted spelling."""
    pools = [pool for text in texts for pool in (_text_key(text),) if pool]
    plain = {form for text in texts for t in tokens(text) if t.word.islower() for form in (t.word, t.stem)}
    numbers = [(q.start, q.end) for q in find_quantities(claim)]
    names = [n for n in find_names(claim) if not any(start <= n.start and n.end <= end for start, end in numbers)]
    missing = [name for name in names if not _literal(name.text, texts) and not _is_found(name.text, pools, plain)]
    return [name for name in missing if not ordinary(claim, name)]


def ordinary(text: str, name: Name, *, verb: bool = False) -> bool:
    """Whether a single word that opens a sentence is capitalised for that alone, as its grammar tells; with `verb` only if it is one."""
    if " " in name.text or not _opens_sentence(text, name.start) or not name.text[1:].islower():
        return False
    from qa.english.parse import parse

    kinds = {token.pos_ for token in parse(text) if token.idx == name.start}
    return kinds == {"VERB"} if verb else bool(kinds) and not kinds & {"PROPN", "X"}


def _literal(name: str, texts: Sequence[str]) -> bool:
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text) for text in texts)


def _is_found(name: str, pools: Iterable[tuple[str, ...]], plain: set[str]) -> bool:
    key = _key(name)
    if not key:
        return True
    if any(_contains(pool, key) for pool in pools):
        return True
    if len(key) == 1 and name.isupper() and 2 <= len(key[0]) <= 6 and any(_initials(pool, key[0]) for pool in pools):
        return True
    # A run of capitals may join several names or title-case ordinary words: try it in parts, each found whole.
    parts = [p for p in re.split(r"\s(?:of|de|&)\s|(?<=['’]s)\s", name) if p]
    if len(parts) > 1:
        return all(_is_found(part, pools, plain) for part in parts)
    words = name.split()
    if len(words) > 1 and _is_office(words[0]):
        offices = plain | {stem(part) for pool in pools for part in pool}
        return stem(words[0]) in offices and _is_found(" ".join(words[1:]), pools, plain)
    if len(words) > 1 and country_of(_bare(words[0])):
        return _is_found(words[0], pools, plain) and _is_found(" ".join(words[1:]), pools, plain)
    return all(_bare(w) in plain for w in words)


_OFFICES = frozenset(
    map(
        stem,
        word_set("""
president minister prime deputy foreign chairman chairwoman chair chief executive director ceo governor mayor ambassador secretary
vice king queen leader senator general head
"""),
    )
)


def _is_office(word: str) -> bool:
    return stem(word) in _OFFICES


@lru_cache(maxsize=8192)
def _key(name: str) -> tuple[str, ...]:
    """Folded parts of a name: CamelCase and hyphens split, honorifics and legal endings dropped, places in their short form."""
    parts = [p for p in _split(name) if p not in HONORIFICS]
    if len(parts) > 1:
        parts = [p for i, p in enumerate(parts) if i == 0 or p not in LEGAL]
    return _with_places(parts)


@lru_cache(maxsize=4096)
def _text_key(text: str) -> tuple[str, ...]:
    parts = [p for p in _split(text) if p not in HONORIFICS]
    return _with_places(parts)


def _split(text: str) -> list[str]:
    text = re.sub(r"(?<=[a-z])(?=[A-Z][a-z]{2})", " ", text)
    text = re.sub(r"(?<![\w’'&-])([A-Z])\.(?=[A-Z]\b)", r"\1", text)
    text = re.sub(r"\bUS\b", "USA", text)
    return [re.sub(r"'s?$", "", p) for p in re.findall(r"[^\W_]+(?:'s\b)?", fold(text))]


def _with_places(parts: list[str]) -> tuple[str, ...]:
    """Put every country or its adjective in one form, as one part; the longest reading wins ("north korea" before "korea")."""
    result: list[str] = []
    i = 0
    while i < len(parts):
        for size in range(min(4, len(parts) - i), 0, -1):
            place = country_of(" ".join(parts[i : i + size]))
            if place and parts[i : i + size] != ["us"]:
                result.append(place)
                i += size
                break
        else:
            result.append(parts[i])
            i += 1
    return tuple(result)


def _contains(pool: tuple[str, ...], key: tuple[str, ...]) -> bool:
    """Whether `key` occurs in `pool` in order; small words and legal endings between its parts are passed over."""
    joined = "".join(key)
    for start in range(len(pool)):
        if _starts_with(pool, start, key):
            return True
        glued = ""
        for part in pool[start : start + 4]:
            glued += part
            if len(glued) >= len(joined):
                break
        if len(joined) > 3 and same_spelling(glued, joined) and " " not in glued:
            return True
    return False


def _starts_with(pool: tuple[str, ...], start: int, key: tuple[str, ...]) -> bool:
    position = start
    for index, part in enumerate(key):
        while index and position < len(pool) and pool[position] in _PASSED_OVER and part != pool[position]:
            position += 1
        if position >= len(pool) or not same_spelling(part, pool[position]):
            return False
        position += 1
    return True


def _initials(pool: tuple[str, ...], acronym: str) -> bool:
    letters = [p[0] for p in pool if p not in ("of", "and", "the", "for")]
    return acronym.removesuffix("s") in "".join(letters) and len(acronym) >= 3


@lru_cache(maxsize=65536)
def same_spelling(a: str, b: str) -> bool:
    """Whether two folded words are spellings of one name: doubled letters, y/i/j, kh/h, zh/j, q/k, an inserted vowel in a long word."""
    if a == b:
        return True
    if min(len(a), len(b)) >= 4 and ((a.endswith("a") and b == a + "n") or (b.endswith("a") and a == b + "n")):
        return True  # Asia, Asian
    if min(len(a), len(b)) < 5:
        return False
    if a.removesuffix("s") == b or b.removesuffix("s") == a:
        return True
    first, second = _sound(a), _sound(b)
    if first == second:
        return True
    longer, shorter = (first, second) if len(first) > len(second) else (second, first)
    if len(longer) != len(shorter) + 1 or len(shorter) < 7:
        return False
    cut = next((i for i in range(len(shorter)) if longer[i] != shorter[i]), len(shorter))
    return 0 < cut < len(shorter) and longer[cut] in "aeiouh" and longer[cut + 1 :] == shorter[cut:]


def _sound(word: str) -> str:
    for pattern, to in (
        ("kh", "h"),
        ("zh", "j"),
        ("ph", "f"),
        ("q", "k"),
        ("ck", "k"),
        ("ou", "u"),
        ("oe", "o"),
        ("ts", "c"),
        ("y", "i"),
        ("ie", "e"),
        ("w", "v"),
    ):
        word = word.replace(pattern, to)
    word = re.sub(r"(?<=[aeiou])i(?=[aeiou])", "", word)
    return re.sub(r"(.)\1", r"\1", word)
