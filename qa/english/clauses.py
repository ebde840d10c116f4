"""Who does what in a text: its clauses, each with its verb, its subject and the words that belong to it, from the parse.

A clause that leaves its subject out takes that of the clause it continues, a relative pronoun the noun before it, a passive its
"by ...". Where the parse cannot be right (a noun with an object, a plural before a noun in a sentence without a verb) the word is read
as the verb that it must be. Does not know which of two readings of a sentence is meant, and takes a pronoun for nobody: who it may be is
decided where clauses are compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from qa.english.lexicon import stem, word_set
from qa.english.lexicon import tokens as words_of

if TYPE_CHECKING:
    from spacy.tokens import Token

_SUBJECTS = ("nsubj", "nsubjpass")
# What a subject's own phrase does not take in: clauses that hang on it.
_HANGING = ("relcl", "acl", "advcl", "ccomp", "parataxis")
# Verbs whose "that ..." may stand before them; before others it is a sentence of its own, parted by a comma.
_SPEECH = frozenset(
    map(
        stem,
        word_set("say says said state tell told note add report announce claim explain warn argue believe think stress emphasize write"),
    )
)
_PART_OF = frozenset(("of", "among", "as", "like", "including"))
_CLIMBED = 12  # "Kia, one of the firms that build": from "firms" to "Kia"; a list that "which" stands for, to its first

Kind = Literal["noun", "pronoun", "unknown"]


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject: its phrases (more than one where several stand for it), the stem of its head, and where it stands. `inside`: in its own
    clause, not in the one that a relative clause hangs on."""

    kind: Kind
    phrases: tuple[str, ...]
    head: str
    start: int
    definite: bool
    inside: bool = False


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. `words` are the stems of its content words but its subject's; `reported` those of a "that ..." under it;
    `suffers`: its subject is what it is done to, and nobody is named who does it; `equates`: it says what its subject is."""

    verb: str
    subject: Subject
    words: frozenset[str]
    reported: frozenset[str]
    objects: tuple[str, ...]
    sentence: int
    transitive: bool
    passive: bool
    suffers: bool
    equates: bool


@lru_cache(maxsize=2048)
def clauses(text: str) -> tuple[Clause, ...]:
    """The clauses of `text` that have a subject, in order. Raises `ModelMissing`."""
    from qa.english.parse import parse

    doc = parse(text)
    content = {t.start: t.stem for t in words_of(text) if t.content}
    sentences = {token.i: number for number, sent in enumerate(doc.sents) for token in sent}
    heads = [t for t in doc if _is_clause(t)]
    return tuple(_clause(head, content, sentences[head.i]) for head in heads)


@lru_cache(maxsize=2048)
def told_to(text: str) -> frozenset[str]:
    """Stems of what a text tells its reader to do: "Find the valve and close it". Raises `ModelMissing`."""
    from qa.english.parse import parse

    orders = [t for t in parse(text) if t.tag_ == "VB" and t.dep_ == "ROOT" and not _qualified(t)]
    further = [t for order in orders for t in order.conjuncts if t.tag_ == "VB" and not _qualified(t)]
    return frozenset(stem(t.text) for t in (*orders, *further))


def _qualified(verb: Token) -> bool:
    """Whether a bare verb has a subject, a negation or another verb before it: "does not open", "to open"."""
    return any(c.dep_ in (*_SUBJECTS, "aux", "auxpass", "neg") for c in verb.children)


def _is_clause(token: Token) -> bool:
    if any(c.dep_ in _SUBJECTS for c in token.children) or _misread(token):
        return True
    if token.pos_ not in ("VERB", "AUX") or token.dep_ not in ("conj", "relcl", "acl"):
        return False
    return token.dep_ != "acl" or token.tag_ in ("VBN", "VBG")


def _misread(token: Token) -> bool:
    """Whether a verb behind its subject was taken for a plural: "Zinc lowers the dose", where a noun would have an object, or "Ferrona
    mines nickel in Oulu", where a plural would stand before a noun, which takes singulars, and the sentence would have no verb."""
    if token.tag_ not in ("NNS", "VBZ") or _before(token) is None:
        return False
    if any(c.dep_ == "dobj" for c in token.children):
        return True
    alone = not any(t.pos_ in ("VERB", "AUX") for t in token.sent if t != token)
    return alone and token.dep_ == "compound" and token.i + 1 == token.head.i


def _before(verb: Token) -> Token | None:
    """The noun right before a verb that was taken for a part of the same phrase."""
    noun = verb.nbor(-1) if verb.i > verb.sent.start else None
    return noun if noun is not None and noun.dep_ == "compound" and noun.pos_ in ("NOUN", "PROPN") else None


def _clause(head: Token, content: dict[int, str], sentence: int) -> Clause:
    noun = _subject_token(head)
    subject = _subject(noun, head)
    inside_own = noun is not None and ((noun.dep_ in (*_SUBJECTS, "pobj") and _inside(noun, head)) or _misread(head))
    own = set(_phrase_indices(noun)) if noun is not None and inside_own else set()
    inside = [t for t in _body(head) if t.i not in own]
    reported = [t for c in _said_in(head) for t in c.subtree]
    passive = head.tag_ == "VBN" and (head.dep_ == "acl" or any(c.dep_ in ("nsubjpass", "auxpass") for c in head.children))
    objects = tuple(
        _phrase(t)
        for t in inside
        if t.dep_ in ("dobj", "pobj", "attr", "dative", "nsubjpass", "oprd", "conj") and t.pos_ in ("NOUN", "PROPN")
    )
    return Clause(
        stem(head.text),
        subject,
        _stems(inside, content),
        _stems(reported, content),
        objects,
        sentence,
        head.dep_ == "compound" or any(c.dep_ in ("dobj", "attr", "ccomp", "xcomp", "dative") for c in head.children),
        passive,
        passive and _agent(head) is None,
        any(c.dep_ == "attr" for c in head.children),
    )


def _said_in(head: Token) -> list[Token]:
    """The verbs of what is said in a clause. "A said that ..., but B noted that ..." is two who speak, though the parse hang the second
    on the first."""
    said = [c for c in head.children if c.dep_ == "ccomp" and (c.i > head.i or stem(head.text) in _SPEECH)]
    return said[:1] + [c for c in said[1:] if not any(own.dep_ == "ccomp" for own in c.children)]


def _stems(tokens: list[Token], content: dict[int, str]) -> frozenset[str]:
    """Stems of the content words in the parser's tokens ("steam-powered" is one of its tokens or three, and two words)."""
    return frozenset(s for t in tokens for start, s in content.items() if t.idx <= start < t.idx + len(t.text))


def _inside(noun: Token, head: Token) -> bool:
    return head in noun.ancestors


def _body(head: Token) -> Iterator[Token]:
    """The tokens of a clause without the clauses under it that have a subject of their own; a bare infinitive belongs to it."""
    if _misread(head) and head.dep_ == "compound":
        yield from head.head.subtree
        return
    yield head
    for child in head.children:
        if _misread(child) or (child.dep_ in ("ccomp", "relcl", "parataxis", "advcl", "conj") and _is_clause(child)):
            continue
        yield from _body(child)


def _subject_token(head: Token) -> Token | None:
    """The noun that does it, as the parse has it; None where nobody is named ("the road was built")."""
    if _misread(head):
        return _before(head)
    agent = _agent(head)
    if agent is not None:
        return agent
    own = next((c for c in head.children if c.dep_ in _SUBJECTS), None)
    if own is not None and _misread(own):
        return _ends_list(own, head)
    if own is not None:
        if own.tag_ in ("WDT", "WP") and head.dep_ == "relcl":
            return head.head
        return own
    if head.dep_ == "conj":
        nouns = _listed(head.head, head)
        own_and = any(t.dep_ == "cc" and t.head == head.head for t in head.doc[nouns[-1].i : head.i]) if nouns else True
        return _subject_token(head.head) if own_and else _ends_list(head.head, head)
    return head.head if head.dep_ in ("relcl", "acl") else None


def _listed(first: Token, verb: Token) -> list[Token]:
    """The nouns between two verbs that were taken for members of a list, and may be what the second verb speaks of."""
    return [t for t in first.doc[first.i + 1 : verb.i] if t.dep_ == "conj" and t.pos_ in ("NOUN", "PROPN")]


def _ends_list(first: Token, verb: Token) -> Token | None:
    """The last of them, where it must be the verb's subject: "employs 900 people and the airport, which opened in 1998, serves ...". None
    where it need not: "makes cars and vans, sells them", "makes cars and vans and sells them"."""
    nouns = _listed(first, verb)
    between = verb.doc[nouns[-1].i + 1 : verb.i] if nouns else ()
    apart = any(t.dep_ == "cc" for t in between) or sum(t.text == "," for t in between) % 2
    return nouns[-1] if nouns and not apart else None


def _agent(head: Token) -> Token | None:
    return next((p for c in head.children if c.dep_ == "agent" for p in c.children if p.dep_ == "pobj"), None)


def _subject(noun: Token | None, head: Token) -> Subject:
    if noun is None or noun.pos_ not in ("NOUN", "PROPN", "PRON"):
        return Subject("unknown", (), "", head.idx, False)
    if noun.pos_ == "PRON":
        return Subject("pronoun", (noun.text,), noun.lower_, noun.idx, True)
    start = min(_phrase_indices(noun))
    phrases = [_phrase(n) for n in (noun, *_stands_for(noun))]
    definite = noun.pos_ == "NOUN" and any(c.dep_ in ("det", "poss") and c.lower_ not in ("a", "an", "another") for c in noun.children)
    return Subject("noun", tuple(phrases), stem(noun.text), noun.doc[start].idx, definite, noun not in head.ancestors)


def _phrase_indices(noun: Token) -> list[int]:
    """The places of the noun's phrase, without the clauses that hang on it."""
    found, waiting = [], [noun]
    while waiting:
        token = waiting.pop()
        found.append(token.i)
        waiting += [c for c in token.children if c.dep_ not in _HANGING and c.dep_ != "punct"]
    return found


def _phrase(noun: Token) -> str:
    places = sorted(_phrase_indices(noun))
    return " ".join(noun.doc[i].text for i in places)


def _stands_for(noun: Token) -> list[Token]:
    """Further nouns for the same: "Kia is the firm that", "Kia, the firm that", "Kia, one of the firms that", "Kia, whose engineers"."""
    found: list[Token] = []
    for _ in range(_CLIMBED):
        owner = next((c for c in noun.children if c.tag_ == "WP$"), None)
        clause = noun.head if noun.dep_ in _SUBJECTS else noun
        if owner is not None and clause.dep_ == "relcl":
            noun = clause.head
        elif noun.dep_ in ("appos", "conj"):
            noun = noun.head
        elif noun.dep_ == "pobj" and noun.head.lower_ in _PART_OF and noun.head.head.pos_ in ("NOUN", "PROPN", "NUM"):
            noun = noun.head.head
        elif noun.dep_ == "attr" and (subject := next((c for c in noun.head.children if c.dep_ == "nsubj"), None)):
            noun = subject
        else:
            break
        found.append(noun)
    return found
