"""The plain questions behind what was typed: orders, wrappings, comparisons, and questions about change or agreement.

"Name the officials who came" asks "which officials came"; "compare trade in 2012 and in 2022" asks two questions; "do the
sources agree on the number of agreements" asks for the number, so that what differs is shown. Only the form changes: every
content word of the plain questions stands in the typed one. Knows English forms, no documents and no conversation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WH = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
_PAPERS = r"(?:documents?|sources?|reports?|papers?|articles?|texts?|files?|newspapers?|pages?)"
_WRAPPED = re.compile(
    rf"^(?:please,?\s+|ok,?\s+|hi,?\s+|hello,?\s+)*(?:(?:can|could|would|will)\s+(?:you|the\s+{_PAPERS})\s+(?:please\s+)?(?:tell|show|say|explain)(?:\s+(?:to\s+)?(?:me|us))?|"
    rf"(?:please\s+)?(?:tell|show)\s+(?:me|us)|explain|say|i(?:\s+would|['’]d)?\s+(?:like|want|need)\s+to\s+know|i\s+wonder|do\s+you\s+know|"
    rf"do(?:es)?\s+(?:the|any|my|your|our|these)\s+(?:of\s+the\s+)?{_PAPERS}\s+(?:say|tell|mention|state))\s+(?={_WH})",
    re.IGNORECASE,
)
_ACCORDING = re.compile(
    rf"^according\s+to\s+(?:the|my|your|our|these)\s+{_PAPERS},?\s+|,?\s+according\s+to\s+(?:the|my|your|our|these)\s+{_PAPERS}(?=\W*$)",
    re.I,
)
_ORDER = re.compile(
    r"^(?:please\s+)?(?:name|list|enumerate|mention|identify|give(?:\s+(?:me|us))?|tell\s+(?:me|us)|show\s+(?:me|us))\s+(?:all\s+|some\s+)?(?:any\s+)?"
    r"(?P<about>about\s+)?(?P<what>\w.+)$",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"^(?P<head>[\w'’ -]+?)\s*,?\s+(?P<link>who|that|which|where|whom)\s+(?P<rest>.+)$", re.IGNORECASE)
_AGREE = re.compile(
    rf"^(?:do|does|did)\s+(?:all\s+)?(?:of\s+)?(?:the|these|my|our|your|different|various)?\s*(?:\w+\s+)?{_PAPERS}\s+(?:all\s+)?(?:agree|differ|disagree|contradict\s+(?:each\s+other|one\s+another)|conflict)\s+"
    r"(?:on|about|over|in|as\s+to|regarding|with\s+regard\s+to)\s+(?P<what>.+)$",
    re.IGNORECASE,
)
_CHANGED = (
    r"(?:chang(?:ed?|ing)|develop(?:ed|ing)?|evolv(?:ed?|ing)|gr(?:ow|ew|own|owing)|mov(?:ed?|ing)|ris(?:e|en|ing)|rose|fall(?:en|ing)?|fell|shift(?:ed|ing)?|increas(?:ed?|ing)|"
    r"decreas(?:ed?|ing)|declin(?:ed?|ing)|progress(?:ed|ing)?)"
)
_DEVELOPED = re.compile(
    rf"^(?:(?:how|in\s+what\s+way)\s+(?:has|have|had|did|does|do|is|are|was|were)|has|have)\s+(?P<what>.+?)\s+(?:been\s+)?{_CHANGED}(?:\s+(?:over\s+(?:time|the\s+\w+)|so\s+far|since\s+then|recently|lately|at\s+all))?"
    r"(?P<when>\s+(?:from|between|since|over|through|until|till|to|in|during|after)\b.*)?$",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"\b(?:trade|turnover|exports?|imports?|investments?|sum|amount|number|total|volume|value|share|proportion|percentage|rate|price|cost|output|production|capacity|sales|revenue|"
    r"profit|debt|population|size|level|figure|count|stock|income|funding|spending|demand|supply|unemployment|inflation|gdp|budget|ranking?|place|position)\b",
    re.IGNORECASE,
)
_COMPARE = re.compile(r"^(?:please\s+)?compare\s+(?P<what>.+)$", re.IGNORECASE)
_YEAR = r"(?:1[89]\d\d|20\d\d)"
_TWO_YEARS = re.compile(
    rf"\b(?:in|for|of|from|between|during)\s+(?P<a>{_YEAR})\s*(?:,|and|with|to|until|against|versus|vs\.?|or|than)\s+(?:(?:in|for|of|that\s+(?:in|of|for))\s+)?(?P<b>{_YEAR})\b",
    re.IGNORECASE,
)
_THE = re.compile(r"^(?:of\s+)?the\s+", re.IGNORECASE)
_SECOND = re.compile(rf",?\s+and\s+(?=(?:(?:in|on|at|by|for|to|from|with|of)\s+)?{_WH})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """The questions to look up, in order. `series`: their values belong together as one figure over time."""

    questions: tuple[str, ...]
    series: bool = False


def plain_questions(question: str) -> Asked:
    """What is asked, as one or more plain questions; a plain question comes back as it is."""
    text = _end(_ACCORDING.sub("", _WRAPPED.sub("", question.strip())))
    agreed = _AGREE.match(_bare(text))
    if agreed:
        return Asked((_what(agreed["what"]),))
    developed = _DEVELOPED.match(_bare(text))
    if developed and _STATE.search(developed["what"]):
        return _development(developed["what"], developed["when"] or "")
    compared = _COMPARE.match(_bare(text))
    if compared:
        return Asked(_comparison(compared["what"]))
    ordered = _ORDER.match(_bare(text))
    if ordered:
        return Asked((_what(ordered["what"]) if ordered["about"] else _from_order(ordered["what"]),))
    years = _TWO_YEARS.search(text)
    if years and years[0].split()[0].lower() not in ("from", "between"):
        return Asked(_each_year(_bare(text) + "?", years))
    pieces = [_end(p) for p in _SECOND.split(_bare(text))]
    return Asked(tuple(pieces) if len(pieces) == 2 and re.match(_WH, pieces[0], re.IGNORECASE) else (text,))


def _bare(text: str) -> str:
    return text.strip().rstrip(" ?.!")


def _end(text: str) -> str:
    text = _bare(text)
    return text[:1].upper() + text[1:] + "?"


def _what(thing: str) -> str:
    """A noun phrase or an indirect question as a question."""
    return _end(thing) if re.match(_WH, thing, re.IGNORECASE) else _end(f"What is {thing}")


def _development(what: str, when: str) -> Asked:
    years = _TWO_YEARS.search(when)
    if years:
        return Asked(tuple(_end(f"What was {what} in {y}") for y in (years["a"], years["b"])), series=True)
    since = re.match(rf"\s+since\s+{_YEAR}$", when)
    return Asked((_end(f"What is {what}{'' if since else when}"),), series=True)


def _comparison(what: str) -> tuple[str, ...]:
    years = _TWO_YEARS.search(what)
    if years:
        return _each_year(_end(f"What was {what}"), years)
    sides = re.split(r"\s+(?:with|to|against|versus|vs\.?)\s+", what, maxsplit=1)
    if len(sides) == 1:
        sides = re.split(r"\s+and\s+", what)
        if len(sides) != 2:
            return (_what(what),)
    return tuple(_what(side) for side in sides)


def _each_year(text: str, years: re.Match[str]) -> tuple[str, ...]:
    at = text.find(years[0])
    return tuple(f"{text[:at]}in {year}{text[at + len(years[0]) :]}" for year in (years["a"], years["b"]))


def _from_order(what: str) -> str:
    """ "The officials who came to the forum" as "Which officials came to the forum?"."""
    if re.match(_WH, what, re.IGNORECASE):
        return _end(what)
    what = re.sub(r"^(?:the\s+)?names?\s+of\s+(?:all\s+)?", "", what, flags=re.IGNORECASE)
    clause = _CLAUSE.match(what)
    if clause and clause["link"].lower() in ("who", "that", "which"):
        return _end(f"Which {_THE.sub('', clause['head'])} {clause['rest']}")
    several = re.match(r"(?:(?!of\b)[\w'’-]+\s+){0,4}?\w+s\b(?!['’])", what)
    return _end(f"What {'are' if several else 'is'} {what}")
