"""A follow-up question made whole from the conversation, without a language model.

"And how many jobs have they created?" gets the noun phrase that "they" stands for; "And in 2023?" gets the last question
with its year exchanged. A question that stands by itself is left alone, so that a change of subject is not glued to what
went before. Knows the last turns only, no documents.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from qa.language import parse
from qa.schema import Turn

if TYPE_CHECKING:
    from spacy.tokens import Doc, Span, Token

_AND = re.compile(r"^(?:and|but|so|also|then|ok(?:ay)?|well|what about|how about)\b[,\s]*", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:and\s+|but\s+)?(?:(?:what|how)\s+about|and)\s+(?P<rest>.+?)\s*\?*$", re.IGNORECASE)
_POINTS_AHEAD = re.compile(
    r"\b(?:it|that|this)\s+(?:true|known|correct|right|possible|likely|clear|certain|said|reported|mean|seem|take|planned|expected)\b",
    re.IGNORECASE,
)
_YEAR = re.compile(r"\b(?:1[89]|20|21)\d\d\b")
_PLURAL = frozenset(("they", "them", "their", "theirs", "these", "those"))
_SINGULAR = frozenset(("it", "its", "this", "that"))
_PERSON = frozenset(("he", "him", "his", "she", "her", "hers"))
_THERE = frozenset(("there", "here"))
_ANOTHER = re.compile(r"\b(?:other|others|another|else)\b", re.IGNORECASE)
_GENERIC = re.compile(
    r"\b(?:the|that|this|these|those|such)\s+(?:plant|company|companies|firm|firms|project|projects|visit|deal|agreement|agreements|factory|forum|country|initiative|figure|investment)s?\b",
    re.IGNORECASE,
)


def standalone(question: str, history: Sequence[Turn]) -> str:
    """The question as it would be asked without the conversation; unchanged when it needs nothing from it."""
    if not history:
        return question
    last = history[-1]
    elliptic = _replace_in_last(question, last.question)
    if elliptic is not None:
        return elliptic
    doc = parse(question)
    pronoun = next((t for t in doc if _points_back(t)), None)
    if pronoun is None:
        return _with_missing_topic(question, doc, last)
    phrase = _antecedent(pronoun, history)
    if phrase is None:
        return question
    whole = _put(doc, pronoun, phrase)
    # "a plant" alone could be any plant: the names of the last question say which one.
    named = any(t.pos_ == "PROPN" for t in parse(phrase)) or any(t.pos_ == "PROPN" for t in doc)
    names = [] if named else _names(last.question)
    return f"{whole.rstrip(' ?')} ({', '.join(names)})?" if names else whole


def _points_back(token: Token) -> bool:
    low = token.lower_
    if low in ("this", "that", "these", "those"):
        return token.dep_ in ("nsubj", "nsubjpass", "dobj", "pobj") and token.pos_ == "PRON"
    # "Is it true that ...", "does that mean ...": the word points ahead, not back.
    if low in ("it", "that", "this") and _POINTS_AHEAD.search(token.doc.text):
        return False
    return low in _PLURAL | _SINGULAR | _PERSON or (low in _THERE and token.dep_ == "advmod")


def _antecedent(pronoun: Token, history: Sequence[Turn]) -> str | None:
    """The likeliest noun phrase for a pronoun: right number, the answer's before the question's, subjects and new things first."""
    turn = history[-1]
    low = pronoun.lower_
    best: tuple[float, str] | None = None
    for weight, text in ((1.0, turn.answer[:1500]), (0.6, turn.question)):
        doc = parse(re.sub(r"\s*\[\d+\]", "", text))
        for order, chunk in enumerate(doc.noun_chunks):
            fit = _fit(low, chunk, pronoun)
            if fit <= 0:
                continue
            value = fit * weight - 0.02 * order
            if best is None or value > best[0]:
                best = (value, _phrase(chunk))
    return best[1] if best else None


def _fit(pronoun: str, chunk: Span, token: Token) -> float:
    root = chunk.root
    if root.pos_ == "PRON" or root.ent_type_ in ("DATE", "MONEY", "PERCENT", "CARDINAL", "TIME", "ORDINAL") or root.tag_ in ("WP", "WDT"):
        return 0.0
    plural = root.tag_ in ("NNS", "NNPS") or any(t.dep_ == "conj" for t in root.children)
    person = root.ent_type_ == "PERSON"
    subject = root.dep_ in ("nsubj", "nsubjpass")
    if pronoun in _PERSON:
        return (2.0 if person else 0.0) + (0.5 if subject else 0.0)
    if pronoun in _THERE:
        return 2.0 if root.ent_type_ in ("GPE", "LOC", "FAC") else 0.0
    if person and pronoun not in _PLURAL:
        return 0.0
    if pronoun in _PLURAL:
        return (1.5 + 0.5 * subject) if plural else 0.0
    if plural:
        return 0.0
    # "Where will it be built?": what is built is the new thing, the object, and never a doer or a place.
    passive = token.dep_ == "nsubjpass"
    thing = root.ent_type_ not in ("GPE", "NORP", "LOC")
    return (
        0.6
        + 0.6 * thing
        + (0.8 if passive and root.dep_ in ("dobj", "pobj", "attr") and thing else 0.0)
        + (0.4 if subject and not passive else 0.0)
    )


def _phrase(chunk: Span) -> str:
    """The noun phrase with what belongs to it ("seven projects involving the production of buses")."""
    root = chunk.root
    end = chunk.end
    for child in root.children:
        if child.i >= end and child.dep_ in ("prep", "acl", "conj", "cc", "appos", "compound") and child.dep_ != "appos":
            end = max(end, max(t.i for t in child.subtree) + 1)
    end = min(end, chunk.start + 18)
    text = chunk.doc[chunk.start : end].text.strip(" ,.;:")
    first = chunk[0]
    return text if first.pos_ == "PROPN" or first.ent_type_ in ("ORG", "GPE", "PERSON", "NORP") else text[:1].lower() + text[1:]


def _put(doc: Doc, pronoun: Token, phrase: str) -> str:
    possessive = pronoun.tag_ == "PRP$"
    text = phrase + ("'" if phrase.endswith("s") else "'s") if possessive else phrase
    if pronoun.lower_ in _THERE:
        text = f"in {phrase}"
    whole = doc.text[: pronoun.idx] + text + doc.text[pronoun.idx + len(pronoun.text) :]
    whole = _AND.sub("", whole.strip())
    return whole[:1].upper() + whole[1:]


def _replace_in_last(question: str, last: str) -> str | None:
    """ "And in 2023?", "What about Samsung?": the last question with the like thing exchanged."""
    match = _ABOUT.match(question.strip())
    if not match or len(match["rest"].split()) > 6:
        return None
    rest = match["rest"].strip()
    years, old_years = _YEAR.findall(rest), _YEAR.findall(last)
    if years:
        if old_years:
            return last.replace(old_years[-1], years[-1])
        return f"{last.rstrip(' ?')} in {years[-1]}?"
    new, old = parse(rest), parse(last)
    if any(t.pos_ in ("VERB", "AUX") for t in new):
        return None
    names_new = [e.text for e in new.ents] or [t.text for t in new if t.pos_ == "PROPN"] or [rest]
    label = new.ents[0].label_ if new.ents else ""
    targets = [e for e in old.ents if e.label_ not in ("DATE", "CARDINAL")]
    same = [e for e in targets if e.label_ == label] or targets
    if same:
        return last[: same[0].start_char] + names_new[0] + last[same[0].end_char :]
    nouns = [c for c in old.noun_chunks if c.root.pos_ in ("NOUN", "PROPN")]
    return last[: nouns[-1].start_char] + rest + last[nouns[-1].end_char :] if nouns else None


def _with_missing_topic(question: str, doc: Doc, last: Turn) -> str:
    """A question that opens with "And" or says "the plant" and names nothing takes the names of the last question along."""
    opens = _AND.match(question) is not None
    bare = not any(t.pos_ == "PROPN" for t in doc)
    if bare and _ANOTHER.search(question) and (matter := _matter(last.question, doc)):
        return f"{_capital(_AND.sub('', question.strip())).rstrip(' ?')} ({matter})?"
    if not bare or not (opens or _GENERIC.search(question)):
        return question
    names = _names(last.question)
    whole = _AND.sub("", question.strip())
    if not any(c.isalnum() for c in whole):
        return question  # "And?" alone asks nothing that could be made whole
    whole = whole[:1].upper() + whole[1:]
    return f"{whole.rstrip(' ?')} ({', '.join(names)})?" if names else whole


def _matter(last: str, doc: Doc) -> str:
    """What the last question was about beside its subject ("lithium deposits"), unless the new one says it."""
    said = {t.lemma_.lower() for t in doc}
    chunks = [c for c in parse(last).noun_chunks if c.root.dep_ in ("pobj", "dobj") and c.root.lemma_.lower() not in said]
    return ", ".join(c.text for c in chunks[:2])


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _names(question: str) -> list[str]:
    return list(
        dict.fromkeys(e.text for e in parse(question).ents if e.label_ in ("ORG", "PERSON", "GPE", "FAC", "PRODUCT", "EVENT", "LOC"))
    )
