"""Names that stand for a country: its people's adjective, its capital, its short forms.

"Kazakh" and "Kazakhstan" point at one country. A table of facts, most useful for the countries whose adjective does not start
like their name. It knows nothing of questions.
"""

from __future__ import annotations

import re
from functools import lru_cache

# country | adjectives and people | other names
_TABLE = """
afghanistan|afghan|afghani
argentina|argentine,argentinian|
armenia|armenian|
australia|australian|
austria|austrian|
azerbaijan|azerbaijani,azeri|
bangladesh|bangladeshi|
belarus|belarusian,belarusan|
belgium|belgian|
brazil|brazilian|
bulgaria|bulgarian|
canada|canadian|
chile|chilean|
china|chinese|prc,people's republic of china
colombia|colombian|
croatia|croatian|
cuba|cuban|
czech republic|czech|czechia
denmark|danish,dane|
egypt|egyptian|
estonia|estonian|
ethiopia|ethiopian|
european union|european|eu,europe
finland|finnish,finn|
france|french|
georgia|georgian|
germany|german|
greece|greek|
hungary|hungarian|
india|indian|
indonesia|indonesian|
iran|iranian|persia
iraq|iraqi|
ireland|irish|
israel|israeli|
italy|italian|
japan|japanese|
jordan|jordanian|
kazakhstan|kazakh,kazakhstani|republic of kazakhstan
kenya|kenyan|
kuwait|kuwaiti|
kyrgyzstan|kyrgyz|kyrgyz republic
latvia|latvian|
lithuania|lithuanian|
malaysia|malaysian|
mexico|mexican|
moldova|moldovan|
mongolia|mongolian|
morocco|moroccan|
netherlands|dutch|holland
new zealand||
nigeria|nigerian|
north korea|north korean|dprk
norway|norwegian|
pakistan|pakistani|
peru|peruvian|
philippines|philippine,filipino|
poland|polish,pole|
portugal|portuguese|
qatar|qatari|
romania|romanian|
russia|russian|russian federation
saudi arabia|saudi|
serbia|serbian|
singapore|singaporean|
slovakia|slovak|
slovenia|slovenian|
south africa|south african|
south korea|south korean,korean|korea,republic of korea,rok
spain|spanish|
sweden|swedish,swede|
switzerland|swiss|
syria|syrian|
taiwan|taiwanese|
tajikistan|tajik|
thailand|thai|
turkey|turkish,turk|turkiye,türkiye
turkmenistan|turkmen|
ukraine|ukrainian|
united arab emirates|emirati|uae
united kingdom|british|uk,u.k.,britain,great britain,england
united states|american|us,u.s.,usa,u.s.a.,america,united states of america
uzbekistan|uzbek,uzbekistani|
venezuela|venezuelan|
vietnam|vietnamese|viet nam
"""


@lru_cache(maxsize=1)
def _aliases() -> dict[str, str]:
    names: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        country, people, others = line.split("|")
        names.update({alias: country for alias in [country, *people.split(","), *others.split(",")] if alias})
    return names


def country_of(name: str) -> str | None:
    """The country that `name` names or describes ("Kazakh" -> "kazakhstan"), or None. Capitals are not countries."""
    names = _aliases()
    key = re.sub(r"^the\s+", "", name.strip().lower())
    bare = re.sub(r"['’]s?$", "", key)
    return names.get(key) or names.get(bare) or names.get(bare.removesuffix("s"))
