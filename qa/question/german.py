"""A German question with its small words in English, for documents in English: "Wann beginnt die Regatta?" as "when beginnt the Regatta?".

Question words, articles, prepositions and auxiliaries alone: the reader then sees what is asked, and names, numbers and words that both
languages write alike carry the rest. It is no translation: a question that hangs on another word stays unanswered.
"""

from __future__ import annotations

import re

_QUESTION = dict(
    pair.split(":")
    for pair in """
    wann:when wer:who wem:whom wen:whom wo:where wohin:where woher:where warum:why wieso:why weshalb:why was:what wie:how welche:which
    welcher:which welches:which welchem:which welchen:which wie_viele:how_many wie_viel:how_much wie_hoch:how_much wie_lange:how_long
    wie_alt:how_old wie_oft:how_often
    """.split()
)
_SMALL = dict(
    pair.split(":")
    for pair in """
    ist:is sind:are war:was waren:were wird:is werden:are wurde:was wurden:were hat:has haben:have kann:can darf:may muss:must
    kostet:cost kosten:cost gibt_es:is_there der:the die:the das:the den:the dem:the des:of_the ein:a eine:a einen:a einem:a einer:a
    im:in_the am:on_the vom:of_the zum:to_the zur:to_the von:of für:for bei:at mit:with zu:to auf:on an:at seit:since bis:until nach:after
    vor:before aus:from und:and oder:or nicht:not kein:no keine:no
    """.split()
)
_WORDS = {german.replace("_", " "): english.replace("_", " ") for german, english in (_QUESTION | _SMALL).items()}
_ALL = re.compile(rf"\b(?:{'|'.join(sorted(map(re.escape, _WORDS), key=len, reverse=True))})\b", re.IGNORECASE)
_ASKS = re.compile(rf"\b(?:{'|'.join(word for word in _QUESTION if '_' not in word)})\b", re.IGNORECASE)
_ALSO_ENGLISH = frozenset({"was", "war", "an", "die", "den", "am"})


def in_english(question: str) -> str | None:
    """The question with its small words in English; None where it is not German: where it begins with none of the question words, or has
    another one but no small word beside it that English lacks."""
    small = {match[0].casefold() for match in _ALL.finditer(question)} - _ALSO_ENGLISH
    if not _ASKS.search(question) or len(small) < (1 if _ASKS.match(question) else 2):
        return None
    return _ALL.sub(lambda match: _WORDS[match[0].casefold()], question)
