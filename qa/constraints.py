"""Whether a sentence is about what the question names: its names, its countries, its years.

A cross-encoder is blind to a swapped entity or year ("which Japanese firms", "trade in 2019"); these rules are not.
Lexical on purpose: no model is asked. Knows one sentence and its document, not the index.
"""

from __future__ import annotations

import re
from functools import lru_cache

from index.schema import Document
from qa.candidates import Candidate
from qa.language import words
from qa.places import capital_of, countries_in
from qa.query import Query, QueryName
from qa.when import falls_into, years_in

_YEAR = re.compile(r"(?<![\d.,$€£])(1[89]\d\d|20\d\d|21\d\d)(?![\d%]|[.,]\d)")
# Beside the name of a town stand figures of its guests and workers too; "how many people live in Astana?" asks for none of them.
_DWELLERS_ASKED = re.compile(
    r"\b(?:population|inhabitants|residents)\b|\bpeople\s+(?:\w+\s+){0,2}(?:live|lived|living|reside|dwell)\b", re.IGNORECASE
)
_DWELLERS = re.compile(
    r"\b(?:populat\w+|populous|inhabit\w*|resid(?:e[sd]?|ing|ents?)|li(?:ves?|ved|ving)|dwell\w*|census|citizens|home\s+to)\b"
    r"|\bof\s+(?:\w+\s+){0,3}\d[\d.,]*\s*(?:million\s+|thousand\s+)?people\b",
    re.IGNORECASE,
)
_TITLE_WORDS = frozenset("president minister prime mr mrs ms dr chairman company group corporation the of and".split())


def violated(query: Query, candidate: Candidate) -> str | None:
    """The first condition of the question that the sentence does not meet, in words; None when it meets all.

    Of several years, and of names set side by side ("Doosan or Samsung"), one is enough: a comparison is answered by
    sentences about either.
    """
    alternatives = [n for n in query.names if n.joined and not n.country]
    for name in query.names:
        if (name not in alternatives or len(alternatives) < 2) and not _name_holds(name, candidate, query):
            return f"does not speak of {name.text}"
    if len(alternatives) > 1 and not any(_name_holds(name, candidate, query) for name in alternatives):
        return "does not speak of " + " or ".join(n.text for n in alternatives)
    if query.years and not any(_year_holds(year, candidate) for year in query.years):
        return "does not speak of " + " or ".join(map(str, query.years))
    for span, told in zip(query.spans, query.told, strict=True):
        if not falls_into(span, candidate.text, candidate.before, candidate.document.published):
            return f"does not fall into the time of {told}"
    if query.kind in ("count", "amount") and _DWELLERS_ASKED.search(query.text) and not _DWELLERS.search(candidate.text):
        return "does not speak of inhabitants"
    if query.doc_year is not None and (candidate.document.published.date or "")[:4] != str(query.doc_year):
        return f"is not from {query.doc_year}"
    return None


def _name_holds(name: QueryName, candidate: Candidate, query: Query) -> bool:
    near = f"{candidate.context} {candidate.text}"
    document = candidate.document
    if name.country:
        others = countries_in(candidate.text)
        if name.country in others or name.country in countries_in(near):
            return True
        # "Korean firms": the country says what kind of firm is meant, so the document as a whole must speak of Korea.
        return name.country in _topics(document) and (name.of_answer or _compatible(name.country, others, query))
    if mentions(candidate.text, name.text) or mentions(near, name.text):
        return True
    # "What did Seoul announce?", "what did he say in Seoul?" of a text on Korea; but "signed in Oslo" is no Santiago.
    capital = capital_of(name.text)
    if capital and not _other_capital(near, name.text) and not mentions(_body(document), name.text):
        return capital in countries_in(near) or capital in _topics(document)
    if mentions(candidate.lead, name.text) or mentions(document.title or "", name.text):
        return True
    return not name.subject and mentions(_body(document), name.text)


def _other_capital(text: str, name: str) -> bool:
    return any(capital_of(w) and w.lower() != name.lower() for w in re.findall(r"[A-Z][\w-]+", text))


def names_it(name: QueryName, text: str) -> bool:
    """Whether the text itself speaks of the name or, for a country, of its people."""
    return name.country in countries_in(text) if name.country else mentions(text, name.text)


def _compatible(country: str, others: frozenset[str], query: Query) -> bool:
    """A sentence that names no country, or only countries of the question, may be about the document's countries."""
    asked = {n.country for n in query.names if n.country}
    return not (others - asked) or country in others


def mentions(text: str, name: str) -> bool:
    """Whether `text` names `name`: its telling words stand there, also glued to a title ("SerikAkhmetov") or inflected."""
    if not text:
        return False
    wanted = [w for w in words(name) if w not in _TITLE_WORDS] or words(name)
    have = _word_set(text)
    squeezed = _squeezed(text)
    return all(w in have or (len(w) >= 5 and w in squeezed) or _close(w, have) for w in wanted)


def _close(word: str, have: frozenset[str]) -> bool:
    """Forms and spelling variants of one name: "Asian" and "Asia"; or six letters or more with the same consonants in order."""
    if len(word) >= 4 and any(len(w) >= 4 and abs(len(w) - len(word)) <= 2 and (w.startswith(word) or word.startswith(w)) for w in have):
        return True
    if len(word) < 6:
        return False
    bones = _bones(word)
    return any(len(w) >= 6 and w[0] == word[0] and _bones(w) == bones for w in have)


@lru_cache(maxsize=20_000)
def _bones(word: str) -> str:
    return re.sub(r"(.)\1+", r"\1", re.sub(r"[aeiouy'’]", "", word))


@lru_cache(maxsize=4096)
def _word_set(text: str) -> frozenset[str]:
    return frozenset(re.sub(r"['’]s?$", "", w) for w in words(text))


@lru_cache(maxsize=4096)
def _squeezed(text: str) -> str:
    return re.sub(r"\W+", "", text.lower())


def _year_holds(year: int, candidate: Candidate) -> bool:
    """The year stands in the sentence; or the sentence names none and the one before it, or the publication date, does."""
    own = {int(y) for y in _YEAR.findall(candidate.text)}
    if year in years_in(candidate.text, candidate.document.published):
        return True  # "last year" of a dated report
    if own:
        return year in own
    if any(year in {int(y) for y in _YEAR.findall(sentence)} for sentence in candidate.before):
        return True
    published = candidate.document.published.date
    return published is not None and int(published[:4]) == year


@lru_cache(maxsize=4096)
def _topics(document: Document) -> frozenset[str]:
    """Countries that the document is about: named in its title or first lines, or at least twice in its body."""
    body = _body(document)
    head = countries_in((document.title or "") + " " + body[:600])
    return frozenset(c for c in countries_in(body) if c in head or _count_country(body, c) >= 2)


def _count_country(body: str, country: str) -> int:
    return sum(country in countries_in(sentence) for sentence in re.split(r"[.!?\n]", body))


@lru_cache(maxsize=1024)
def _body(document: Document) -> str:
    """The text without furniture (at most its first 200,000 characters)."""
    parts, position = [], 0
    for mark in document.furniture:
        parts.append(document.text[position : mark.start])
        position = max(position, mark.end)
    parts.append(document.text[position:])
    return " ".join(parts)[:200_000]
