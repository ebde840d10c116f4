"""Sums that a statement does over quoted figures: recomputed here, every operand looked up in the quotes.

A statement may say a figure that no quote says when it shows how it comes about ("2.18 - 1.84 = 0.34"). Plus, minus, times and
divided by, from left to right as written with the usual precedence. Knows no units: the judge holds the rest of the sentence to them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal, DivisionByZero, InvalidOperation

_UNIT = r"(?:\s?(?:%|[^\W\d_]{1,12}\.?))?"
_NUMBER = rf"[$€£₩]?\d+(?:[,\u00a0\u202f’']\d{{3}})*(?:\.\d+)?{_UNIT}"
_SUM = re.compile(rf"{_NUMBER}(?:\s*[-+*/−–×·÷]\s*{_NUMBER}){{1,11}}\s*=\s*{_NUMBER}")
_DIGITS = re.compile(r"\d+(?:[,\u00a0\u202f’']\d{3})*(?:\.\d+)?")
_OPERATOR = re.compile(r"(?<=[\d%\w.])\s*([-+*/−–×·÷])\s*(?=[$€£₩]?\d)")
_TIMES, _DIVIDED = "*×·", "/÷"
CLOSE = Decimal("0.005")  # share by which a rounded result may differ


@dataclass(frozen=True, slots=True)
class Sum:
    """A calculation as written; `problem` says what is wrong with it, empty when nothing is."""

    text: str
    problem: str = ""


def sums_in(claim: str, quotes: Sequence[str]) -> list[Sum]:
    """The calculations in a statement, each checked: its operands stand in the quotes, its result is what comes out."""
    known = {_value(match.group()) for quote in quotes for match in _DIGITS.finditer(quote)}
    return [_checked(match.group(), known) for match in _SUM.finditer(claim)]


def _checked(text: str, known: set[Decimal]) -> Sum:
    left, _, right = text.partition("=")
    terms = [_value(match.group()) for match in _DIGITS.finditer(left)]
    operators = _OPERATOR.findall(left)
    said = _value(_DIGITS.findall(right)[0])
    missing = next((term for term in terms if term not in known), None)
    if missing is not None:
        return Sum(text, f"{missing} in the calculation is not in the quotes")
    if len(operators) != len(terms) - 1:
        return Sum(text, "the calculation cannot be read")
    try:
        result = _result(terms, operators)
    except (DivisionByZero, InvalidOperation):
        return Sum(text, "the calculation has no result")
    if abs(result - said) > CLOSE * abs(result):
        return Sum(text, f"{left.strip()} is {_shown(result)}, not {_shown(said)}")
    return Sum(text)


def _result(terms: Sequence[Decimal], operators: Sequence[str]) -> Decimal:
    total, product, sign = Decimal(0), terms[0], 1
    for operator, term in zip(operators, terms[1:], strict=True):
        if operator in _TIMES:
            product *= term
        elif operator in _DIVIDED:
            product /= term
        else:
            total += sign * product
            product, sign = term, 1 if operator == "+" else -1
    return total + sign * product


def _value(text: str) -> Decimal:
    return Decimal(re.sub(r"[^\d.]", "", text))


def _shown(value: Decimal) -> str:
    exponent = value.normalize().as_tuple().exponent
    return f"{value.normalize():f}" if isinstance(exponent, int) and exponent >= -4 else f"{value:.4f}"


def implied(claim: str, figures: str) -> str:
    """The one figure that a claim has beyond `figures`, written out as the sum or difference of two of them ("The difference is 0.34."
    after "from 1.84 to 2.18"); empty when it is none."""
    known = list(dict.fromkeys(match.group() for match in _DIGITS.finditer(figures)))
    new = [match.group() for match in _DIGITS.finditer(claim) if match.group() not in known]
    if len(set(new)) != 1:
        return ""
    result = _value(new[0])
    for one in known:
        for other in known:
            if _value(one) - _value(other) == result:
                return f"{one} - {other} = {new[0]}"
            if one is not other and _value(one) + _value(other) == result:
                return f"{one} + {other} = {new[0]}"
    return ""
