"""A sentence changed: what still follows from it, and what no longer does.

`kept` and its parts make claims that the sentence supports (shorter, in other words, in another order); `falsified` changes one
thing that matters: a number, a name, a word for its opposite, a denial, an added circumstance. Pure functions over spaCy parses.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from eval.train.examples import another_number
from qa.english.lexicon import OPPOSITES, SYNONYMS, related, stem

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

_COUNTED = "two three four five six seven eight nine ten eleven twelve twenty thirty fifty hundred thousand million billion".split()
_CONDITIONS = frozenset("if unless until whether once when while before after without except not no only".split())
_FACTS = frozenset("although though while whereas because".split())
_NAMED = ("PERSON", "ORG", "GPE", "NORP", "LOC", "FAC", "PRODUCT", "EVENT", "WORK_OF_ART", "DATE", "LANGUAGE", "TIME")
_STAGES = ("plans to", "will", "may", "might", "wants to", "was asked to", "intends to", "refused to", "hopes to", "should")
_WIDER = {
    "some": ("all", "most"), "many": ("all", "few"), "most": ("all", "few"), "several": ("all",), "few": ("many",),
    "often": ("always",), "usually": ("always",), "sometimes": ("always", "usually"), "mainly": ("only",), "mostly": ("only",),
    "about": ("exactly", "more than", "less than"), "around": ("exactly", "over"), "nearly": ("exactly", "over"),
    "almost": ("exactly", "over"), "approximately": ("exactly", "over"), "partly": ("fully",),
    "both": ("neither",), "every": ("no",), "each": ("no",), "first": ("last", "only"), "before": ("after",), "after": ("before",),
}  # fmt: skip
_LEFT_OUT = ("advcl", "relcl", "appos", "npadvmod", "advmod", "amod", "prep", "acl")


@dataclass(frozen=True, slots=True)
class Stock:
    """What exchanged words are taken from: names by label, words by tag, circumstances (phrases behind a verb), all from parsed texts;
    `written` is how a stem is written for a tag."""

    names: Mapping[str, Sequence[str]]
    words: Mapping[str, Sequence[str]]
    circumstances: Sequence[str]
    written: Mapping[tuple[str, str], str]


def stock(docs: Iterable[Doc]) -> Stock:
    """The stock of some parsed sentences."""
    names, words = defaultdict(set), defaultdict(set)
    circumstances: set[str] = set()
    written: dict[tuple[str, str], str] = {}
    for doc in docs:
        for entity in doc.ents:
            names[entity.label_].add(entity.text)
        for token in doc:
            if token.pos_ in ("NOUN", "VERB", "ADJ", "ADV") and token.is_alpha:
                words[token.tag_].add(token.text.lower())
                written.setdefault((stem(token.text.lower()), token.tag_), token.text.lower())
            if token.dep_ in ("prep", "advcl") and token.head.pos_ == "VERB" and token.i > token.head.i:
                phrase = "".join(t.text_with_ws for t in token.subtree).strip(" .,;")
                if 2 <= len(phrase.split()) <= 9:
                    circumstances.add(phrase)
    sort = {key: sorted(found) for key, found in names.items()}
    return Stock(sort, {key: sorted(found) for key, found in words.items()}, sorted(circumstances), written)


@dataclass(frozen=True, slots=True)
class Clause:
    """A main clause of a sentence: its subject and what is said of it."""

    subject: str
    said: str

    @property
    def text(self) -> str:
        """The clause as a sentence."""
        return _tidy(f"{self.subject} {self.said}.")


def clauses(doc: Doc) -> list[Clause]:
    """The clauses of a sentence that are stated as facts and have a subject of their own that is no pronoun."""
    found = []
    for verb in doc:
        subject = next((c for c in verb.children if c.dep_ in ("nsubj", "nsubjpass") and c.pos_ in ("NOUN", "PROPN")), None)
        marks = {c.lower_ for c in verb.children if c.dep_ == "mark"}
        stated = verb.dep_ in ("ROOT", "conj") or (verb.dep_ == "advcl" and marks and marks <= _FACTS)
        if subject is None or not stated or (verb.dep_ == "conj" and verb.head.dep_ not in ("ROOT", "conj")):
            continue
        own = list(subject.subtree)
        apart = [c for c in verb.children if c.dep_ in ("conj", "advcl") and any(d.dep_ in ("nsubj", "nsubjpass") for d in c.children)]
        skipped = {t.i for c in (*apart, subject) for t in c.subtree}
        skipped |= {c.i for c in verb.children if c.dep_ in ("cc", "mark", "punct")}
        said = "".join(t.text_with_ws for t in verb.subtree if t.i not in skipped and t.i > own[-1].i)
        if len(own) <= 8 and len(said.split()) >= 2:
            found.append(Clause("".join(t.text_with_ws for t in own).strip(), said.strip(" .,;")))
    return found


# ---- what still follows


def kept(doc: Doc, known: Stock, rng: random.Random) -> str:
    """A claim that the sentence supports: none, one or two of: a part left out, a circumstance moved, words for others of their sense."""
    text = doc.text
    parts = clauses(doc)
    if len(parts) > 1 and rng.random() < 0.5:
        return rng.choice(parts).text
    if rng.random() < 0.55:
        text = shortened(doc, rng)
    elif rng.random() < 0.4:
        text = moved(doc) or text
    if rng.random() < 0.6:
        text = in_other_words(text, doc, known, rng)
    return text


def shortened(doc: Doc, rng: random.Random) -> str:
    """The sentence without one or two phrases that only add to it; conditions, denials and quantities stay."""
    drop: set[int] = set()
    candidates = [t for t in doc if t.dep_ in _LEFT_OUT and _only_adds(t)]
    rng.shuffle(candidates)
    for token in candidates[: rng.choice((1, 1, 2))]:
        drop |= {t.i for t in token.subtree}
    left = "".join(t.text_with_ws for t in doc if t.i not in drop)
    return _tidy(left) if len(left.split()) >= 4 else doc.text


def _only_adds(token: Token) -> bool:
    inside = [t.lower_ for t in token.subtree]
    denied = any(t.dep_ == "neg" or t.lower_ in _CONDITIONS for t in (*token.head.children, *token.head.head.children))
    if denied or set(inside) & _CONDITIONS or len(inside) > 0.5 * len(token.doc):
        return False
    if token.dep_ in ("amod", "advmod"):
        return token.dep_ == "advmod" and token.head.pos_ == "VERB" and token.lower_.endswith("ly")
    return token.dep_ != "prep" or (
        token.head.pos_ == "VERB" and len([c for c in token.head.children if c.dep_ in ("dobj", "nsubjpass", "prep")]) > 1
    )


def moved(doc: Doc) -> str | None:
    """The sentence with the circumstance that opens it at its end."""
    first = doc[0]
    if first.dep_ != "prep" or first.head.dep_ != "ROOT":
        return None
    phrase = list(first.subtree)
    if phrase[-1].i + 1 >= len(doc) or not doc[phrase[-1].i + 1].is_punct or len(phrase) > 8:
        return None
    rest = doc[phrase[-1].i + 2 :].text.rstrip(" .")
    return f"{rest[:1].upper()}{rest[1:]} {first.lower_} {doc[1 : phrase[-1].i + 1].text}."


def in_other_words(text: str, doc: Doc, known: Stock, rng: random.Random) -> str:
    """Up to three words for others of their sense."""
    places = []
    for token in doc:
        if token.pos_ not in ("NOUN", "VERB", "ADJ"):
            continue
        root = stem(token.lower_)
        others = sorted(known.written[s, token.tag_] for s in SYNONYMS.get(root, ()) if s != root and (s, token.tag_) in known.written)
        if others and not token.ent_type_:
            places.append((token.text, others))
    rng.shuffle(places)
    for word, others in places[:3]:
        text = re.sub(rf"\b{re.escape(word)}\b", rng.choice(others), text, count=1)
    return text


def _tidy(text: str) -> str:
    text = re.sub(r"\s+([,.;:])", r"\1", re.sub(r"\s{2,}", " ", text))
    text = re.sub(r"(?:,\s*)+([,.])", r"\1", text).strip(" ,;")
    return text[:1].upper() + text[1:]


# ---- what no longer does


def falsified(doc: Doc, evidence: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> tuple[str, str] | None:
    """(kind, claim): the sentence with one thing changed so that `evidence` does not support it; `near` are its neighbours."""
    for kind in sorted(CHANGES, key=lambda kind: rng.random() ** (1 / CHANGES[kind][1]), reverse=True):
        made = CHANGES[kind][0](doc, evidence.lower(), near, known, rng)
        if made and made.strip().lower().rstrip(".") not in evidence.lower():
            return kind, made
    return None


def _put(doc: Doc, start: int, end: int, new: str) -> str:
    return doc.text[:start] + new + doc.text[end:]


def _number(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    found = [t for t in doc if t.like_num and (any(c.isdigit() for c in t.text) or t.lower_ in _COUNTED)]
    if not found:
        return None
    token = rng.choice(found)
    new = (
        another_number(token.text, rng) if any(c.isdigit() for c in token.text) else rng.choice([w for w in _COUNTED if w != token.lower_])
    )
    return None if new.lower() in low else _put(doc, token.idx, token.idx + len(token), new)


def _name(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    found = [e for e in doc.ents if e.label_ in _NAMED]
    if not found:
        return None
    entity = rng.choice(found)
    others = [e.text for other in near for e in other.ents if e.label_ == entity.label_]
    others = [o for o in others if o.lower() not in doc.text.lower() and entity.text.lower() not in o.lower()]
    if not others or rng.random() < 0.4:
        others = [o for o in rng.choices(known.names[entity.label_], k=4) if o.lower() not in low]
    return _put(doc, entity.start_char, entity.end_char, rng.choice(others)) if others else None


def _swapped(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    """Two names of a kind in each other's place, where they are not of one list."""
    pairs = [
        (a, b) for a in doc.ents for b in doc.ents
        if a.start < b.start and a.label_ == b.label_ and a.label_ in _NAMED and a.text != b.text
        and a.root.head != b.root and b.root.dep_ != "conj" and a.root.head != b.root.head.head
    ]  # fmt: skip
    if not pairs:
        return None
    a, b = rng.choice(pairs)
    text = doc.text
    return text[: a.start_char] + b.text + text[a.end_char : b.start_char] + a.text + text[b.end_char :]


def _subject(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    """What is said of one thing, said of another that the sentence or its neighbours speak of."""
    own = clauses(doc)
    if not own:
        return None
    about = rng.choice(own)
    others = [c.subject for c in own] if len(own) > 1 else [c.subject for other in near for c in clauses(other)]
    others = [o for o in others if o.lower() not in about.text.lower() and about.subject.lower() not in o.lower()]
    return Clause(rng.choice(others), about.said).text if others else None


def _opposite(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    found = []
    for token in doc:
        for other in sorted(OPPOSITES.get(stem(token.lower_), ())):
            if (other, token.tag_) in known.written:
                found.append((token, known.written[other, token.tag_]))
    if not found:
        return None
    token, word = rng.choice(found)
    return _put(doc, token.idx, token.idx + len(token), word)


def _denied(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    negation = next((t for t in doc if t.dep_ == "neg"), None)
    if negation is not None:
        return _tidy(_put(doc, negation.idx, negation.idx + len(negation), "")) if negation.lower_ in ("not", "never") else None
    root = next((t for t in doc if t.dep_ == "ROOT"), None)
    if root is None:
        return None
    helper = next((c for c in root.children if c.dep_ in ("aux", "auxpass")), root if root.lemma_ == "be" else None)
    if helper is not None:
        at = helper.idx + len(helper)
        return doc.text[:at] + " not" + doc.text[at:]
    return doc.text[: root.idx] + "never " + doc.text[root.idx :] if root.tag_ == "VBD" else None


def _added(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    """A circumstance that nothing says, behind the sentence."""
    phrase = rng.choice(known.circumstances)
    return None if phrase.lower() in low else f"{doc.text.rstrip(' .')} {phrase}."


def _word(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    """A content word for another one of its form."""
    found = [t for t in doc if t.pos_ in ("NOUN", "VERB", "ADJ") and t.is_alpha and not t.ent_type_ and t.tag_ in known.words]
    if not found:
        return None
    token = rng.choice(found)
    root = stem(token.lower_)
    there = [t.lower_ for other in near for t in other if t.tag_ == token.tag_ and t.is_alpha and t.lower_ not in doc.text.lower()]
    choices = there if there and rng.random() < 0.6 else rng.choices(known.words[token.tag_], k=4)
    choices = [w for w in choices if not related(root, stem(w)) and w != token.lower_]
    return _put(doc, token.idx, token.idx + len(token), rng.choice(choices)) if choices else None


def _staged(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    """What was done as planned or possible, what is planned or possible as done."""
    root = next((t for t in doc if t.dep_ == "ROOT" and t.pos_ in ("VERB", "AUX")), None)
    if root is None or any(c.dep_ == "neg" for c in root.children):
        return None
    helpers = [c for c in root.children if c.dep_ in ("aux", "auxpass") and c.i < root.i]
    if not helpers and root.tag_ in ("VBD", "VBZ") and root.lemma_ not in ("be", "have", "say"):
        return _put(doc, root.idx, root.idx + len(root), f"{rng.choice(_STAGES)} {root.lemma_}")
    if not helpers:
        return None
    first = helpers[0]
    if first.lower_ in ("was", "were", "is", "are"):
        return _put(doc, first.idx, first.idx + len(first), rng.choice(("will be", "may be", "could be", "is to be")))
    if first.tag_ == "MD" and len(helpers) == 1:
        past = known.written.get((stem(root.lower_), "VBD"))
        return _put(doc, first.idx, root.idx + len(root), past) if past else None
    if first.tag_ == "MD" and len(helpers) == 2 and helpers[1].lower_ == "be":
        return _put(doc, first.idx, helpers[1].idx + 2, rng.choice(("was", "has been")))
    return None


def _wider(doc: Doc, low: str, near: Sequence[Doc], known: Stock, rng: random.Random) -> str | None:
    """More than is said: all for some, exactly for about, or that nothing else is meant."""
    found = [(t, _WIDER[t.lower_]) for t in doc if t.lower_ in _WIDER]
    if found and rng.random() < 0.8:
        token, others = rng.choice(found)
        return _tidy(_put(doc, token.idx, token.idx + len(token), rng.choice(others)))
    subject = next((t for t in doc if t.dep_ in ("nsubj", "nsubjpass") and t.head.dep_ == "ROOT" and t.pos_ in ("NOUN", "PROPN")), None)
    if subject is None or "only" in low:
        return None
    start = next(iter(subject.subtree)).i
    if start:
        return None
    opening = doc.text if doc[0].pos_ == "PROPN" else doc.text[:1].lower() + doc.text[1:]
    return f"Only {opening}"


# How each is made, and how often it is tried first: what changes are rare (numbers, opposites need one to be there) before what always can.
CHANGES: dict[str, tuple[Callable[[Doc, str, Sequence[Doc], Stock, random.Random], str | None], float]] = {
    "number": (_number, 2.0), "name": (_name, 2.0), "swapped": (_swapped, 2.0),
    "subject": (_subject, 2.5), "opposite": (_opposite, 2.0), "denied": (_denied, 0.5),
    "added": (_added, 0.7), "word": (_word, 1.2), "staged": (_staged, 0.9), "wider": (_wider, 0.9),
}  # fmt: skip
