"""A question and its answer as a statement: "When did the mill open?" and "1920" give "the mill opened in 1920.".

Works on the parse of the question; a question whose form it does not know gives None.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_WH = {"WDT", "WP", "WRB", "WP$"}
_DAY = re.compile(r"\d{1,2}(?:st|nd|rd|th)?\s+[A-Z][a-z]+|[A-Z][a-z]+\s+\d{1,2}\b")
_LED = re.compile(r"(?i)(?:in|on|at|by|from|since|after|before|during|because|due|to|for|with|near|under|over|between|until|when|as)\b")

Forms = Mapping[tuple[str, str], str]  # (lemma, tag) -> the word


def verb_forms(docs: Iterable[Doc]) -> Forms:
    """How verbs are written in each tense, as parsed texts write them most often."""
    seen: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for doc in docs:
        for token in doc:
            if token.tag_ in ("VBD", "VBZ", "VBP"):
                seen[token.lemma_.lower(), token.tag_][token.text.lower()] += 1
    return {key: words.most_common(1)[0][0] for key, words in seen.items()}


def statement(question: Doc, answer: str, forms: Forms) -> str | None:
    """The statement that `answer` answers `question`; None when the question's form is not known."""
    tokens = [t for t in question if not (t.is_punct and t.i >= len(question) - 2)]
    asked = next((t for t in tokens if t.tag_ in _WH), None)
    answer = answer.strip().rstrip(".")
    if asked is None or not answer or (asked.lower_ in ("how", "why") and not _countable(asked)):
        return None
    phrase = _phrase(asked, tokens)
    rest = [t for t in tokens if t.i >= phrase[-1].i + 1]
    lead = _text([t for t in tokens if t.i < phrase[0].i])
    if not rest:
        return None
    said = _filled(phrase, answer)
    aux = rest[0]
    if aux.tag_ not in ("MD", "VBD", "VBZ", "VBP") or (aux.lemma_ not in ("be", "do", "have") and aux.tag_ != "MD"):
        made = [lead, said, _text(rest)]  # the question asks for the subject
    else:
        subject = _subject(aux, rest)
        if not subject:
            made = [lead, said, _text(rest)]
        else:
            after = [t for t in rest[1:] if t.i > subject[-1].i]
            verb = _verb(aux, after, forms)
            if verb is None:
                return None
            made = [lead, _text(subject), verb, _placed(asked, said, after)]
    return " ".join(part for part in made if part) + "."


def _countable(asked: Token) -> bool:
    return asked.lower_ == "how" and asked.i + 1 < len(asked.doc) and asked.nbor().lower_ in ("many", "much")


def _phrase(asked: Token, tokens: list[Token]) -> list[Token]:
    """The tokens of "which old city", "how many people": from the question word to the noun that it goes with."""
    head = asked
    while head.head is not head and head.head.i > head.i and head.head.pos_ in ("NOUN", "PROPN", "ADJ") and head.head.i - asked.i <= 4:
        head = head.head
    return [t for t in tokens if asked.i <= t.i <= head.i]


def _filled(phrase: list[Token], answer: str) -> str:
    if phrase[0].lower_ == "whose":
        return f"{answer}'s {_text(phrase[1:])}"
    if phrase[0].lower_ == "how" and len(phrase) > 2 and phrase[-1].lemma_.lower() not in answer.lower():
        return f"{answer} {_text(phrase[2:])}"
    return answer


def _subject(aux: Token, rest: list[Token]) -> list[Token]:
    """The subject that follows the auxiliary; empty when the question word itself is the subject."""
    for token in rest[1:]:
        if token.dep_ in ("nsubj", "nsubjpass", "expl") and token.i > aux.i:
            inside = [t for t in token.subtree if t.i > aux.i]
            if inside and inside[0].i == aux.i + 1:
                return inside
    return []


def _verb(aux: Token, after: list[Token], forms: Forms) -> str | None:
    """The auxiliary, or for "did open" the word of "open" in that tense (which then leaves `after`)."""
    if aux.lemma_ != "do":
        return aux.text
    main = next((t for t in after if t.tag_ == "VB"), None)
    if main is None:
        return None
    word = forms.get((main.lemma_.lower(), aux.tag_))
    at = after.index(main)
    if word is None or at > 2:
        return None
    before = _text(after[:at])
    del after[: at + 1]
    return f"{before} {word}".strip()


def _placed(asked: Token, said: str, after: list[Token]) -> str:
    """The answer behind what follows the subject, with the preposition that a time or a place needs."""
    if asked.lower_ in ("when", "where") and not _LED.match(said):
        said = f"{'on' if asked.lower_ == 'when' and _DAY.search(said) else 'in'} {said}"
    return f"{_text(after)} {said}".strip()


def _text(tokens: list[Token]) -> str:
    return "".join(t.text_with_ws for t in tokens).strip()
