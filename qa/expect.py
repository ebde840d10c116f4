"""What in a sentence could be the answer: the numbers, dates and names of the kind that the question asks for.

Numbers come from `qa.quantities`, names from the parser. Knows one sentence at a time.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING

from qa.lexicon import related, stem
from qa.places import capital_of, country_of
from qa.quantities import Quantity, find_quantities
from qa.query import ORGANISATION_NOUNS, Query

if TYPE_CHECKING:
    from spacy.tokens import Doc

_PERSON_CUE = re.compile(
    r"(?:\b(?:President|Prime Minister|Minister|Chairman|Chairwoman|Chairperson|Governor|Ambassador|Premier|Mr|Mrs|Ms|Dr|Professor|"
    r"Director|Secretary|King|Queen|Deputy|Senator|Leader|Mayor|Speaker)\.?(?:\s+(?:of|for)\s+[\w ,]+?)?,?\s*)$",
    re.IGNORECASE,
)
_TITLE = re.compile(
    r"^(?:(?:Prime|Deputy|First|Vice|Foreign)\s+)*(?:President|Premier|Minister|Chairman|Chairwoman|Governor|Ambassador|Mayor|Mr|Mrs|Ms|Dr)\.?\s+(?=\w)"
)
_ORG_CUE = re.compile(
    r"(?:\b(?:company|companies|firms?|corporations?|manufacturer|conglomerate|partners?|such as|including|giants?|group|maker)\b"
    r"[:,]?\s*)$",
    re.IGNORECASE,
)
_ORG_WORD = re.compile(
    r"\b(?:Group|Corporation|Corp|Inc|Ltd|LLC|LLP|Co|Company|Electronics|Motors?|Holdings?|Industries|Bank|Enerbility|Engineering|Construction|Energy|Steel|"
    r"Chemicals?|Telecom|Airlines?|Airways|International|Heavy|Global|Partners|Pharma\w*|JSC|PLC|GmbH|AG|SA)\b"
)
_BODY_WORD = re.compile(
    r"\b(?:Ministry|Commission|Government|Parliament|Assembly|Committee|Council|Forum|Agency|University|Institute|Embassy|Office|Commonwealth|Union|Nations|"
    r"Department|Administration|Court|Army|Road|Plant|Region|City|Street|Republic|President|Minister|Times|News|Party|Museum|Gallery|Association)\b"
)
_PLACE_LABELS = ("GPE", "LOC", "FAC")
_SAID = re.compile(r"(?:said|noted|stated|added|told|announced|emphasi[sz]ed|stressed|explained)\b")


def numbers_for(query: Query, text: str) -> list[Quantity]:
    """The quantities of `text` that could answer the question; empty for kinds that ask for no number."""
    asked = _told(query.text)
    found = [q for q in find_quantities(text) if (q.kind, q.unit, q.value, stem(q.noun or "")) not in asked]
    if query.kind == "date":
        return [q for q in found if q.kind in ("date", "year") and q.unit != "weekday"]
    if query.kind == "share":
        return [q for q in found if q.kind == "share" or q.unit in ("times", "point")]
    if query.kind == "count":
        counts = [q for q in found if q.kind == "count" and q.noun]
        return [q for q in found if counts_asked(query, q)] or counts
    if query.kind == "amount":
        kinds = ("money", "measure") if query.noun else ("money", "measure", "share")  # "the trade turnover" is no third
        rich = [q for q in found if q.kind in kinds or (q.kind == "count" and q.value >= 1000)]
        if query.noun in ("number", "total", "population"):
            return rich or [q for q in found if q.kind == "count"]
        money = [q for q in rich if q.kind == "money"]
        return money or rich
    return []


@lru_cache(maxsize=256)
def _told(question: str) -> frozenset[tuple[str, str, Decimal, str]]:
    """The figures that the question itself tells: "how many jobs have the 15 projects created?" is not answered by 15 projects."""
    return frozenset((q.kind, q.unit, q.value, stem(q.noun or "")) for q in find_quantities(question))


@lru_cache(maxsize=256)
def _unit(noun: str | None) -> str:
    """The unit that a noun is ("how many tonnes ...?"), as quantities carry it; "" when it is none."""
    found = find_quantities(f"5 {noun}s") if noun else []
    return next((q.unit for q in found if q.kind in ("measure", "money", "share")), "")


def same_noun(noun: str | None, quantity: Quantity) -> bool:
    """Whether the quantity counts what the question counts: by word stem or as a listed synonym ("firms", "companies")."""
    return noun is not None and quantity.noun is not None and related(stem(noun), stem(quantity.noun))


def counts_asked(query: Query, quantity: Quantity) -> bool:
    """Whether the quantity is of what "how many" asks for: things ("jobs") or a unit ("tonnes")."""
    return same_noun(query.noun, quantity) or (quantity.unit != "" and quantity.unit == _unit(query.noun))


def counted(text: str, quantity: Quantity) -> str:
    """The quantity with what it counts: "over 2.7 thousand jobs"."""
    if quantity.noun is None:
        return quantity.text
    at = text.find(quantity.noun, quantity.end)
    return text[quantity.start : at + len(quantity.noun)] if 0 <= at - quantity.end < 60 else quantity.text


def names_for(query: Query, doc: Doc) -> list[str]:
    """The names in a parsed sentence that could be the asked organisation, person or place."""
    asked = {n.text.lower() for n in query.names}
    found: list[str] = []
    for start, end in name_spans(doc):
        name = re.sub(r"^(?:the|The)\s+|['’]s?$", "", doc[start:end].text.strip(' ,.;:"“”')).strip()
        bare = _TITLE.sub("", name)  # "President Tokayev" is a person, "President" alone an office
        if not bare or bare.lower() in asked:
            continue
        label = "person" if bare != name else classify(doc, start, end, name)
        if (
            label == query.kind
            or (label == "any" and query.kind in ("organisation", "person"))
            or (query.kind == "person" and label == "organisation" and (query.noun is None or query.noun in ORGANISATION_NOUNS))
        ):
            found.append(bare)  # "who is interested?", "who is its partner?" may be a firm
    return list(dict.fromkeys(found))


def name_spans(doc: Doc) -> list[tuple[int, int]]:
    """Maximal runs of capitalised name tokens, as token ranges ("Samsung Electronics", "K-Silk Road", "Park & Co")."""
    spans: list[tuple[int, int]] = []
    i = 0
    while i < len(doc):
        if not _is_name_token(doc, i):
            i += 1
            continue
        j = i + 1
        while j < len(doc) and (_is_name_token(doc, j) or _joins_names(doc, j)):
            j += 1
        spans.append((i, j))
        i = j
    return spans


def _joins_names(doc: Doc, j: int) -> bool:
    token = doc[j]
    if token.text in ("-", "&"):
        return j + 1 < len(doc) and _is_name_token(doc, j + 1)
    if doc[j - 1].text == "-" and token.text.isalpha() and not doc[j - 1].whitespace_:
        return True  # Suk-yeol
    return token.text.islower() and token.ent_iob_ == "I" and token.ent_type_ == "ORG" and token.text.isalpha() and len(token.text) > 3


def _is_name_token(doc: Doc, i: int) -> bool:
    token = doc[i]
    if not token.text[:1].isupper():
        return False
    if token.is_sent_start or i == 0 or doc[i - 1].text in ('"', "“", "(", "•", "*", "-"):
        return token.pos_ == "PROPN" or token.ent_type_ in ("ORG", "PERSON", "GPE", "LOC", "FAC", "PRODUCT", "NORP")
    dated = token.ent_type_ in ("DATE", "TIME", "CARDINAL", "ORDINAL", "MONEY", "PERCENT")
    return token.pos_ in ("PROPN", "NOUN", "ADJ", "X") and not dated


def classify(doc: Doc, start: int, end: int, name: str) -> str:
    """ "person", "organisation", "place", "body" (ministries, events, media) or "any" when nothing tells."""
    before = doc[max(0, start - 12) : start].text_with_ws
    after = doc[end : end + 2].text.lower()
    labels = {t.ent_type_ for t in doc[start:end]} - {""}
    if country_of(name) or capital_of(name) or labels == {"NORP"}:
        return "body" if labels == {"NORP"} else "place"
    if _BODY_WORD.search(name):
        return "body"
    if _ORG_WORD.search(name):
        return "organisation"
    if _PERSON_CUE.search(before) or _SAID.match(after):
        return "person"
    if _ORG_CUE.search(before):
        return "organisation"
    if labels & set(_PLACE_LABELS) and not labels & {"ORG", "PERSON"}:
        return "place"
    # The small model takes unknown firms for persons. A word in capitals ("GL Ralpha", "KIGAM") tells them apart; of other
    # names of several words without a cue, the cross-encoder has to say whether they fit.
    if labels & {"ORG", "PRODUCT"} or any(len(w) > 1 and w.isupper() for w in name.split()):
        return "organisation"
    if "PERSON" in labels:
        return "any" if end - start > 1 else "person"
    return "organisation"
