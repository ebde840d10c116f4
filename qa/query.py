"""What a question asks for: the kind of answer, the class noun, and what an answer must be about.

Reads the question's grammar only; knows nothing of documents. The kinds follow the usual answer-type taxonomies of
question answering (Li and Roth 2002), cut down to those that change how an answer is looked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from qa.language import parse, topic_stems
from qa.lexicon import stem
from qa.places import country_of
from qa.statement import part_of, turned
from qa.when import Span, spans, without_open

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token
    from spacy.tokens import Span as Words

Kind = Literal["organisation", "person", "place", "date", "count", "amount", "share", "yes_no", "thing", "description"]

_CLASSES: dict[Kind, frozenset[str]] = {
    "organisation": frozenset(
        (
            "firm company corporation enterprise business conglomerate manufacturer carmaker automaker bank investor agency "
            "ministry organisation organization institution group supplier producer maker builder developer contractor partner "
            "operator university institute party "
        ).split()
    ),
    "person": frozenset(
        (
            "person people official minister leader president politician executive ambassador delegate head chairman chairwoman "
            "chief director author envoy governor speaker participant man woman "
        ).split()
    ),
    "place": frozenset("place city town region country nation district province state capital location site village".split()),
    "date": frozenset(["date", "year", "month", "day", "time"]),
    "share": frozenset("share percentage percent proportion fraction part rate".split()),
    "amount": frozenset("amount sum value volume cost price turnover worth revenue profit budget investment size output capacity".split()),
}
ORGANISATION_NOUNS = _CLASSES["organisation"]
_QUANTITY_NOUNS = frozenset(
    (
        "amount sum value volume cost price turnover worth revenue profit budget size output capacity number total population "
        "gdp income salary trade export import investment funding debt growth increase decrease area length distance weight "
        "speed age height "
    ).split()
)

_NO_BRACES = str.maketrans("{}", "()")  # braces mark the place of the answer in a template
_CALENDAR = re.compile(
    r"(?i)january|february|march|april|may|june|july|august|september|october|november|december|"
    r"monday|tuesday|wednesday|thursday|friday|saturday|sunday"
)
_YEAR = re.compile(r"(?<![\d.,$€£])(1[89]\d\d|20\d\d|21\d\d)(?![\d%]|[.,]\d)")
_RANKS = re.compile(r"\b(?:rank|ranks|ranked|stand|stands) (?:among|in|on)\b|\b(?:rank|place|position)\b")
_COSTS = re.compile(r"^\W*(?:and |but )?what (?:will|would|does|do|did|has|have|is|are|was|were)\b.*\b(?:cost|worth|priced|valued)\b")
_NAMED_SOURCE = re.compile(
    r"\b(1[89]\d\d|20\d\d|21\d\d)\s+(?:\w+\s+)?(?:report|article|text|post|story|press release|release|page|document|source|news)\b"
)


@dataclass(frozen=True, slots=True)
class QueryName:
    """A proper name the question holds an answer to. `subject`: it is the doer, not a place or a side condition;
    `of_answer`: it qualifies the asked thing itself ("which Korean firms"); `joined`: it is one of several that the question
    sets side by side ("Doosan or Samsung"), so that a sentence about one of them is of use."""

    text: str
    country: str | None = None
    subject: bool = False
    of_answer: bool = False
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Query:
    """A question, read. `stems` are the topic words without the names; `template` holds `{}` where the asked thing goes;
    `modifiers` are the stems between "how many" and its noun ("joint investment"); `spans` are months, days and open spans
    ("since 2013") that an answer must fall into, `told` their words, `years` the bare years. `text` lacks the open spans."""

    text: str
    kind: Kind
    noun: str | None
    plural: bool
    names: tuple[QueryName, ...]
    years: tuple[int, ...]
    stems: tuple[str, ...]
    template: str | None
    doc_year: int | None = None
    modifiers: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    told: tuple[str, ...] = ()

    @property
    def matter(self) -> tuple[str, ...]:
        """The topic words without the asked noun: what is said of the firms in "which firms are building plants?"."""
        return tuple(s for s in self.stems if self.noun is None or s != stem(self.noun))

    @property
    def lists_names(self) -> bool:
        """Whether several organisations or places are asked for by a class noun ("which firms ...")."""
        return self.is_list and self.kind in ("organisation", "place") and self.template is not None and bool(self.matter)

    @property
    def is_list(self) -> bool:
        """Whether several separate things are asked for."""
        return self.plural and self.kind in ("organisation", "person", "place", "thing")


def analyse(question: str) -> Query:
    """Read a question (any length; only its first 2,000 characters are parsed). Pure but for the loaded parser."""
    text = question.strip()[:2000].translate(_NO_BRACES)
    if text.isupper() and len(text.split()) > 3:
        text = text.capitalize()  # where all is in capitals they mark no names
    limits = spans(text)
    told = tuple(text[s.start : s.end] for s in limits)
    text = without_open(text, limits)
    doc = parse(text)
    wh = next((t for t in doc if t.tag_ in ("WDT", "WP", "WP$", "WRB")), None)
    kind, noun, plural = _kind(doc, wh)
    names = _names(doc, _asked_noun(wh) if wh is not None else None)
    name_stems = {s for n in names for s in topic_stems(n.text)}
    dated = {s for words in told for s in topic_stems(words)}
    stems = tuple(dict.fromkeys(s for s in topic_stems(text) if s not in name_stems))
    years = [int(y) for y in _YEAR.findall(text)]
    doc_year = _document_year(text)
    years = [y for y in dict.fromkeys(years) if y != doc_year]
    return Query(
        text=text,
        kind=kind,
        noun=noun,
        plural=plural,
        names=names,
        years=tuple(years),
        stems=tuple(s for s in stems if not re.fullmatch(r"(?:1[89]|20|21)\d\d", s) and s not in dated),
        template=_template(doc, wh, kind),
        doc_year=doc_year,
        modifiers=_modifiers(doc, wh, name_stems),
        spans=limits,
        told=told,
    )


def _kind(doc: Doc, wh: Token | None) -> tuple[Kind, str | None, bool]:
    low = doc.text.lower()
    if wh is None:
        first = doc[0] if len(doc) else None
        if first is not None and (first.pos_ == "AUX" or first.lemma_ in ("be", "do", "have", "will", "can")):
            return "yes_no", None, False
        return _noun_kind(next((t for t in doc if t.dep_ in ("dobj", "ROOT", "pobj") and t.pos_ == "NOUN"), None), default="description")
    word = wh.lower_
    if word in ("who", "whom", "whose"):
        verb = wh.head
        office = next((t for t in verb.children if t.dep_ in ("attr", "nsubj") and t.tag_ == "NN" and t.i != wh.i), None)
        if verb.lemma_ == "be" and office is not None:
            return "person", office.lemma_.lower(), False
        return "person", None, True
    if word == "where":
        return ("thing" if _RANKS.search(low) else "place"), None, False
    if word == "when":
        return "date", None, False
    if word == "why":
        return "description", None, False
    if word == "how":
        return _how(doc, wh, low)
    noun = _asked_noun(wh)
    if noun is None and wh.lower_ == "what" and _COSTS.search(low):
        return "amount", None, False
    if noun is None and wh.lower_ == "what":
        noun = _copula_subject(wh)
        return _copula_kind(noun) if noun is not None else ("thing", None, False)
    return _noun_kind(noun, default="thing")


def _how(doc: Doc, wh: Token, low: str) -> tuple[Kind, str | None, bool]:
    after = doc[wh.i + 1] if wh.i + 1 < len(doc) else None
    if after is None:
        return "description", None, False
    if after.lower_ == "many":
        noun = next((t for t in doc[wh.i + 2 :] if t.pos_ in ("NOUN", "PROPN") and t.dep_ != "compound"), None)
        return "count", noun.lemma_.lower() if noun is not None else None, True
    if after.lower_ in ("much", "large", "big", "high", "long", "far", "old", "fast", "tall", "heavy", "wide", "deep"):
        grew = re.search(r"\bby how much\b|\bhow much (?:higher|lower|more|less)\b", low)
        return ("share" if grew else "amount"), None, False
    if after.lower_ in ("often", "soon"):
        return "date", None, False
    return "description", None, False


def _modifiers(doc: Doc, wh: Token | None, name_stems: set[str]) -> tuple[str, ...]:
    if wh is None or wh.lower_ != "how" or wh.i + 2 >= len(doc):
        return ()
    noun = next((t for t in doc[wh.i + 2 :] if t.pos_ in ("NOUN", "PROPN") and t.dep_ != "compound"), None)
    if noun is None:
        return ()
    return tuple(s for t in doc[wh.i + 2 : noun.i] for s in topic_stems(t.text) if s not in name_stems)


def _asked_noun(wh: Token) -> Token | None:
    """The noun that which/what asks for: "which Korean firms", "what share of cars", "which of the four projects"."""
    if wh.head.pos_ in ("NOUN", "PROPN") and wh.dep_ in ("det", "amod", "compound", "attr", "pobj", "nsubj") and wh.head.i > wh.i:
        return wh.head
    doc = wh.doc
    following = doc[wh.i + 1] if wh.i + 1 < len(doc) else None
    if following is not None and following.lower_ == "of":
        return next((t for t in doc[wh.i + 2 :] if t.pos_ == "NOUN" and t.dep_ != "compound"), None)
    # "Which Korean firms are": the small parser often hangs the wh-word on the verb; the noun phrase still follows it.
    for token in doc[wh.i + 1 :]:
        if token.pos_ in ("NOUN",) and token.dep_ != "compound":
            return token
        if token.pos_ not in ("ADJ", "NOUN", "PROPN", "NUM", "PUNCT", "ADV") and token.tag_ not in ("VBG", "VBN"):
            return None
    return None


def _copula_subject(wh: Token) -> Token | None:
    """The noun of "what is/was the X of Y"."""
    verb = wh.head
    if verb.lemma_ != "be":
        return None
    return next((t for t in verb.children if t.dep_ in ("nsubj", "attr") and t.i != wh.i and t.pos_ in ("NOUN",)), None)


def _copula_kind(noun: Token) -> tuple[Kind, str | None, bool]:
    """ "What is the trade turnover", "the number of agreements", "the share of readers", "what are the Korean investors"."""
    lemma, plural = noun.lemma_.lower(), noun.tag_ in ("NNS", "NNPS")
    of = next((t for t in noun.children if t.dep_ == "prep" and t.lower_ == "of"), None)
    counted = next((t for t in of.children if t.dep_ == "pobj" and t.tag_ in ("NNS", "NNPS")), None) if of is not None else None
    if lemma == "number" and counted is not None:
        return "count", counted.lemma_.lower(), True
    if lemma in _CLASSES["share"] - {"rate", "part"}:
        return "share", lemma, False
    named = next((kind for kind in ("organisation", "person", "place") if lemma in _CLASSES[kind]), None) if plural else None
    if named is not None:
        return cast(Kind, named), lemma, True
    return ("amount" if lemma in _QUANTITY_NOUNS else "description"), lemma, False


def _noun_kind(noun: Token | None, default: Kind) -> tuple[Kind, str | None, bool]:
    if noun is None:
        return default, None, False
    lemma = noun.lemma_.lower()
    plural = noun.tag_ in ("NNS", "NNPS")
    for kind, members in _CLASSES.items():
        if lemma in members:
            return kind, lemma, plural
    return ("thing" if default == "thing" else default), lemma, plural


def _names(doc: Doc, asked: Token | None) -> tuple[QueryName, ...]:
    found: list[QueryName] = []
    taken: set[int] = set()
    for token in doc:
        if token.i in taken or not _nameish(token):
            continue
        last = token
        while last.i + 1 < len(doc) and (
            _nameish(doc[last.i + 1])
            or (
                doc[last.i + 1].text in ("-", "&", "of")
                and last.i + 2 < len(doc)
                and _nameish(doc[last.i + 2])
                and not last.whitespace_ + doc[last.i + 1].whitespace_
            )
        ):
            last = doc[last.i + 1]
        span = doc[token.i : last.i + 1]
        taken.update(range(token.i, last.i + 1))
        for part in _split_name(span.text):
            subject = any(t.dep_ in ("nsubj", "nsubjpass", "poss", "compound") for t in span)
            qualifies = asked is not None and last.head.i == asked.i and last.i < asked.i
            joined = any(t.dep_ == "conj" or any(c.dep_ == "conj" for c in t.children) for t in span)
            found.append(QueryName(part, country_of(part), subject, qualifies, joined))
    known = {n.country for n in found if n.country}
    for token in doc:  # "korean firms": a country in small letters is still a name
        country = country_of(token.text) if len(token) > 3 and token.i not in taken else None
        if country and country not in known:
            found.append(QueryName(token.text, country, of_answer=asked is not None and token.head.i == asked.i))
    return tuple(dict.fromkeys(found))


def _nameish(token: Token) -> bool:
    """Whether a token may be part of a proper name: a capital, no question word, no month or number."""
    if not token.text[:1].isupper() or token.tag_ in ("WDT", "WP", "WP$", "WRB") or token.text == "I":
        return False
    if token.ent_type_ in ("DATE", "TIME", "MONEY", "PERCENT", "CARDINAL", "ORDINAL", "QUANTITY") or _CALENDAR.fullmatch(token.text):
        return False
    if token.i == 0 or token.is_sent_start:
        return token.pos_ == "PROPN" or token.ent_type_ in ("GPE", "NORP", "ORG", "PERSON") or country_of(token.text) is not None
    return token.pos_ in ("PROPN", "ADJ", "NOUN", "ADP", "VERB", "ADV", "X", "PRON", "SCONJ", "INTJ")


def _split_name(name: str) -> list[str]:
    """ "Kazakh-Korean" is two countries; "K-Silk" and "Yoon Suk-yeol" are one name."""
    parts = re.split(r"\s*[-–—/]\s*", name)
    if len(parts) > 1 and all(country_of(p) for p in parts):
        return parts
    titled = re.sub(r"^(?:(?:Prime|Deputy|First|Vice|Foreign)\s+)*(?:President|Minister|Chairman|Mr|Mrs|Ms|Dr|Ambassador)\.?\s+", "", name)
    return [re.sub(r"['’]s?$", "", titled)] if titled else [name]


def _document_year(text: str) -> int | None:
    """The year of a named source: "according to the 2023 report", "in the 2024 article"."""
    match = _NAMED_SOURCE.search(text)
    return int(match.group(1)) if match else None


def _template(doc: Doc, wh: Token | None, kind: Kind) -> str | None:
    """The question as a statement about `{}`: "Korea has invested {}", "{} were signed during the visit", or as a yes/no question about
    one of several: "Is {} building plants?"."""
    if wh is None or kind not in ("organisation", "person", "place", "count", "amount", "share", "date"):
        return None
    low = wh.lower_
    noun = _asked_noun(wh) if low in ("which", "what") else None
    end = _end_of_asked(doc, wh, kind, noun)
    rest = re.sub(r",? and (?:what|how|which|who|when|where)\b.*", "", doc[end:].text.rstrip(" ?.!"))
    before = doc[: wh.i].text.strip()
    if not rest or len(before) > 12:
        return None
    if kind in ("count", "amount", "share"):
        return turned(rest, before.lower(), whole=low == "what" and noun is None, counts=kind == "count") or _untold(
            rest, doc[wh.i : end + 1], kind, noun
        )
    verb = doc[end] if end < len(doc) else None
    aux = verb is not None and verb.pos_ == "AUX" and verb.lemma_ in ("be", "have", "will", "can", "do")
    if low not in ("who", "which", "what") or kind == "date":  # the cross-encoder reads dates best in the question's order
        return f"{rest} {{}}"
    if aux and verb is not None and verb.lemma_ != "do":
        form = {"are": "is", "were": "was", "have": "has"}.get(verb.lower_, verb.lower_)
        return f"{form.capitalize()} {{}} {doc[end + 1 :].text.rstrip(' ?.!')}?"
    return f"{rest} {{}}" if aux else f"{{}} {rest}"


def _end_of_asked(doc: Doc, wh: Token, kind: Kind, noun: Token | None) -> int:
    """The token behind the asked words: "how many jobs", "how much", "which Korean firms"."""
    if wh.lower_ != "how":
        return (noun.i if noun is not None else wh.i) + 1
    counted = next((t for t in doc[wh.i + 2 :] if t.pos_ in ("NOUN", "PROPN") and t.dep_ != "compound"), None) if kind == "count" else None
    return counted.i + 1 if counted is not None else wh.i + 2


def _untold(rest: str, asked: Words, kind: Kind, noun: Token | None) -> str:
    """The statement about a figure when no subject stands behind the verb: mostly the figure itself is the subject."""
    if asked[-1].lemma_ == "do":
        return f"{rest} {{}}"
    if kind == "count" or noun is not None:
        return f"{{}} {rest}"
    if asked[1:2].text.lower() == "much" and not asked[0].i:  # "how much came from Korea?", "how much direct investment came ...?"
        return f"{{}} {rest}" if asked[-1].pos_ in ("VERB", "AUX") else part_of(rest)
    return f"{rest} {{}}"


def topic(query: Query) -> str:
    """What was looked for, in a few words, for a refusal."""
    content = [n.text for n in query.names] + [str(y) for y in query.years] + list(query.told)
    terms = [w for w in re.findall(r"[^\W\d_][\w-]*", query.text) if stem(w) in query.stems]
    return ", ".join(dict.fromkeys([*terms, *content])) or query.text
