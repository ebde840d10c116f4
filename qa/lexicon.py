"""Words for comparing two statements: tokens with offsets, stems, small tables of synonyms and opposites, stop words.

Knows nothing of claims or quotes. The tables are ours and short on purpose: they serve certain rules, not a thesaurus.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

import snowballstemmer


def word_set(text: str) -> frozenset[str]:
    """The words of a written list."""
    return frozenset(text.split())


_STEMMER = snowballstemmer.stemmer("english")
WORD = re.compile(r"[^\W_]+(?:[’'.&-](?=[^\W_])[^\W_]+)*")

STOP = word_set("""
a about above after again all also am among an and any are as at be because been before being below between both but by can could
did do does doing down during each either few for from further had has have having he her here hers herself him himself his how
however i if in into is it its itself just let may me might more most must my myself no nor not of off on once only onto or other
our ours ourselves out over own per same shall she should since so some such than that the their theirs them themselves then there
these they this those through thus to too toward towards under until up upon us very via was we were what when where whereas
whether which while who whom whose why will with within without would yet you your yours yourself said says say told noted added
stated according reports reported emphasized stressed announced
""")
_SYNONYM_SETS = """
build construct erect establish set
make manufacture produce fabricate
start begin launch commence open
complete finish conclude
company firm enterprise business corporation
agreement deal accord document memorandum mou pact
ton tonne
job position workplace
people person participant attendee
car vehicle automobile automotive auto
buy purchase acquire
grow increase rise climb
fall decrease decline drop
help assist aid
show reveal demonstrate
big large major
reach hit attain
total sum amount
trade commerce turnover
visit trip
talk negotiation discussion
plant factory facility
attend participate
work operate
lead head
expand widen broaden enlarge
strengthen deepen boost
mineral metal
area field sphere sector
nation country state
use utilize employ
get receive obtain
give provide grant supply
want wish desire
worth value cost
sign conclude
create generate
appliance device
capital fund
intend plan aim
home household
create found
"""
_OPPOSITE_PAIRS = """
increase decrease; increase decline; increase fall; increase drop; increase reduce; rise fall; rise drop; rise decline
grow shrink; grow decline; grow fall; import export; importer exporter; buy sell; buyer seller; lend borrow; win lose
success failure; succeed fail; accept reject; accept refuse; approve reject; approve disapprove; support oppose; agree disagree
allow ban; allow prohibit; allow forbid; permit prohibit; open close; start end; start finish; start stop; begin end; begin finish
launch end; launch close; launch cancel; launch suspend; arrive depart; join leave; enter exit; enter leave; include exclude
add remove; expand reduce; expand contract; strengthen weaken; improve worsen; improve deteriorate; gain lose; gain loss
profit loss; surplus deficit; high low; higher lower; highest lowest; large small; larger smaller; largest smallest; big small
biggest smallest; major minor; more less; more fewer; most least; many few; early late; earlier later; before after; first last
next last; previous next; past future; north south; northern southern; east west; eastern western; left right; inside outside
above below; over under; up down; public private; domestic foreign; local foreign; internal external; national international
positive negative; good bad; better worse; best worst; strong weak; stronger weaker; safe dangerous; legal illegal
possible impossible; able unable; likely unlikely; happy unhappy; satisfied dissatisfied; satisfaction dissatisfaction
reliable unreliable; ready unready; favorable unfavorable; favourable unfavourable; certain uncertain; certainty uncertainty
effective ineffective; known unknown; formal informal; official unofficial; regular irregular; complete incomplete
connect disconnect; appear disappear; like dislike; easy difficult; easy hard; simple complex; cheap expensive; fast slow
quick slow; rich poor; old new; old young; hot cold; long short; wide narrow; deep shallow; full empty; heavy light; love hate
friend enemy; ally enemy; peace war; optimistic pessimistic; optimism pessimism; interested uninterested; interest disinterest
active inactive; always never; all none; everyone nobody; with without; male female; man woman; husband wife; father mother
son daughter; brother sister; boy girl; teacher student; employer employee; doctor patient; parent child; majority minority
maximum minimum; maximize minimize; maximise minimise; upper lower; senior junior; same different; similar different; true false
right wrong; present absent; guilty innocent; attack defend; create destroy; build demolish; remember forget; send receive
give take; push pull; raise lower; encourage discourage; confirm deny; admit deny; praise criticize; praise criticise; hire fire
temporary permanent; partial complete; direct indirect; voluntary mandatory; optional mandatory; morning evening; day night
today tomorrow; today yesterday; yesterday tomorrow; summer winter; spring autumn; increasing decreasing; growth decline
growth drop; together separately; recent ancient; modern ancient; upgrade downgrade; promote demote; inhibit activate
inhibit promote; suppress promote; induce inhibit; induce suppress; enhance impair; enhance reduce; enhance inhibit
upregulate downregulate; positively negatively; directly indirectly; frequently rarely; often rarely; often seldom
significantly insignificantly; quickly slowly; successful unsuccessful; successfully unsuccessfully; sufficient insufficient
adequate inadequate; appropriate inappropriate; advantage disadvantage; benefit harm; beneficial harmful
"""


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


_IRREGULAR_WORDS = """
built:build made:make began:begin begun:begin grew:grow grown:grow rose:rise risen:rise fell:fall fallen:fall sold:sell bought:buy
lent:lend won:win lost:lose held:hold met:meet took:take taken:take gave:give given:give sent:send spent:spend led:lead left:leave
became:become came:come went:go gone:go saw:see seen:see found:find men:man women:woman children:child people:person paid:pay
kept:keep wrote:write written:write spoke:speak spoken:speak brought:bring thought:think taught:teach got:get ran:run
shrank:shrink sank:sink chose:choose chosen:choose broke:break broken:break drew:draw drove:drive flew:fly memoranda:memorandum
mous:mou bigger:big larger:large largest:large biggest:big
"""
_IRREGULAR = dict(pair.split(":") for pair in _IRREGULAR_WORDS.split())


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
    for line in _SYNONYM_SETS.strip().splitlines():
        group = frozenset(stem(word) for word in line.split())
        for word in group:
            table[word] = table.get(word, frozenset()) | group
    return table


def _opposites() -> dict[str, set[str]]:
    table: dict[str, set[str]] = {}
    for pair in _OPPOSITE_PAIRS.replace("\n", ";").split(";"):
        if pair.strip():
            first, second = (stem(word) for word in pair.split())
            table.setdefault(first, set()).add(second)
            table.setdefault(second, set()).add(first)
    return table


SYNONYMS = _synonyms()
OPPOSITES = _opposites()


def related(stem_a: str, stem_b: str) -> bool:
    """Same stem, listed synonyms, or one word derived from the other (a common beginning of five letters, most of both)."""
    if stem_a == stem_b or stem_b in SYNONYMS.get(stem_a, ()):
        return True
    if stem_b in OPPOSITES.get(stem_a, ()):
        return False
    shorter = min(len(stem_a), len(stem_b))
    common = next((i for i in range(shorter) if stem_a[i] != stem_b[i]), shorter)
    return common >= 5 and common >= shorter - 1 and common * 2 > max(len(stem_a), len(stem_b))
