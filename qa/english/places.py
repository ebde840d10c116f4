"""Names that stand for a country: its people's adjective, its capital, its short forms.

"Kazakh", "Astana" (as "Astana said") and "Kazakhstan" point at one country, "Seoul" at South Korea. A table of facts, most
useful for the countries whose adjective does not start like their name. It knows nothing of questions.
"""

from __future__ import annotations

import re
from functools import lru_cache

# country | adjectives and people | other names | capitals (present and recent)
_TABLE = """
afghanistan|afghan|afghani|kabul
argentina|argentine,argentinian||buenos aires
armenia|armenian||yerevan
australia|australian||canberra
austria|austrian||vienna
azerbaijan|azerbaijani,azeri||baku
bangladesh|bangladeshi||dhaka
belarus|belarusian,belarusan||minsk
belgium|belgian||brussels
brazil|brazilian||brasilia
bulgaria|bulgarian||sofia
canada|canadian||ottawa
chile|chilean||santiago
china|chinese|prc,people's republic of china|beijing,peking
colombia|colombian||bogota
croatia|croatian||zagreb
cuba|cuban||havana
czech republic|czech|czechia|prague
denmark|danish,dane||copenhagen
egypt|egyptian||cairo
estonia|estonian||tallinn
ethiopia|ethiopian||addis ababa
european union|european|eu,europe|
finland|finnish,finn||helsinki
france|french||paris
georgia|georgian||tbilisi
germany|german||berlin
greece|greek||athens
hungary|hungarian||budapest
india|indian||new delhi,delhi
indonesia|indonesian||jakarta
iran|iranian|persia|tehran
iraq|iraqi||baghdad
ireland|irish||dublin
israel|israeli||jerusalem
italy|italian||rome
japan|japanese||tokyo
jordan|jordanian||amman
kazakhstan|kazakh,kazakhstani|republic of kazakhstan|astana,nur-sultan,nursultan
kenya|kenyan||nairobi
kuwait|kuwaiti||
kyrgyzstan|kyrgyz|kyrgyz republic|bishkek
latvia|latvian||riga
lithuania|lithuanian||vilnius
malaysia|malaysian||kuala lumpur
mexico|mexican||mexico city
moldova|moldovan||chisinau
mongolia|mongolian||ulaanbaatar,ulan bator
morocco|moroccan||rabat
netherlands|dutch|holland|amsterdam,the hague
new zealand|||wellington
nigeria|nigerian||abuja
north korea|north korean|dprk|pyongyang
norway|norwegian||oslo
pakistan|pakistani||islamabad
peru|peruvian||lima
philippines|philippine,filipino||manila
poland|polish,pole||warsaw
portugal|portuguese||lisbon
qatar|qatari||doha
romania|romanian||bucharest
russia|russian|russian federation|moscow,kremlin
saudi arabia|saudi||riyadh
serbia|serbian||belgrade
singapore|singaporean||
slovakia|slovak||bratislava
slovenia|slovenian||ljubljana
south africa|south african||pretoria
south korea|south korean,korean|korea,republic of korea,rok|seoul
spain|spanish||madrid
sweden|swedish,swede||stockholm
switzerland|swiss||bern
syria|syrian||damascus
taiwan|taiwanese||taipei
tajikistan|tajik||dushanbe
thailand|thai||bangkok
turkey|turkish,turk|turkiye,türkiye|ankara
turkmenistan|turkmen||ashgabat
ukraine|ukrainian||kyiv,kiev
united arab emirates|emirati|uae|abu dhabi
united kingdom|british|uk,u.k.,britain,great britain,england|london
united states|american|us,u.s.,usa,u.s.a.,america,united states of america|washington
uzbekistan|uzbek,uzbekistani||tashkent
venezuela|venezuelan||caracas
vietnam|vietnamese|viet nam|hanoi
"""


@lru_cache(maxsize=1)
def _aliases() -> tuple[dict[str, str], dict[str, str]]:
    names: dict[str, str] = {}
    capitals: dict[str, str] = {}
    for line in _TABLE.strip().splitlines():
        country, people, others, cities = line.split("|")
        for alias in [country, *people.split(","), *others.split(",")]:
            if alias:
                names[alias] = country
        for city in cities.split(","):
            if city:
                capitals[city] = country
    return names, capitals


def country_of(name: str) -> str | None:
    """The country that `name` names or describes ("Kazakh" -> "kazakhstan"), or None. Capitals are not countries."""
    names = _aliases()[0]
    key = re.sub(r"^the\s+", "", name.strip().lower())
    bare = re.sub(r"['’]s?$", "", key)
    return names.get(key) or names.get(bare) or names.get(bare.removesuffix("s"))


def capital_of(name: str) -> str | None:
    """The country whose capital is `name` ("Seoul" -> "south korea"), or None."""
    return _aliases()[1].get(name.strip().lower())


@lru_cache(maxsize=1)
def _country_pattern() -> re.Pattern[str]:
    aliases = sorted(_aliases()[0], key=len, reverse=True)
    return re.compile(r"(?<!\w)(" + "|".join(re.escape(a) for a in aliases) + r")(?:s|['’]s?)?(?!\w)", re.IGNORECASE)


@lru_cache(maxsize=4096)
def countries_in(text: str) -> frozenset[str]:
    """Every country that `text` names or describes. Only in capitals: "Polish", "US", not "polish", "us"."""
    found = set()
    for match in _country_pattern().finditer(text):
        alias = match.group(1)
        if not alias[0].isupper() or (len(alias) <= 3 and not alias.isupper() and "." not in alias):
            continue  # "polish", "turkey" and "us" are words
        found.add(_aliases()[0][alias.lower()])
    return frozenset(found)
