from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from index.sync.dedup import cluster, signature, similarity

ARTICLE = """The ministry of water opened three bids for the upper dam on Monday, and the lowest of them came from a firm in the south.
The works are to begin in autumn and will take four years. About 1,200 people will be employed, 300 of them from the valley itself.
The dam will hold 14 million cubic metres and feed 6 villages that have had no reliable water since 1998, when the old one broke.
Critics say that the road to the site, which costs 45 million, was left out of the sum that parliament approved in the spring.
The minister answered that a road is useful with or without a dam. A decision is expected before the end of the month."""
OTHER = """A bakery in the old harbour has been selling bread by weight since the clocks were changed, and its customers approve.
The owner says that nobody asks for half a loaf any more. He bought a scale from 1923 and repaired it with parts of a sewing machine."""


def is_near_copy(one: bytes, other: bytes) -> bool:
    return len(set(cluster({"one": one, "other": other}).values())) == 1


def test_a_copy_with_light_edits_is_near_and_another_text_is_not() -> None:
    copy = ARTICLE.replace("on Monday", "this week").replace("The works are to begin in autumn", "Works begin in autumn").rsplit("\n", 1)[0]
    assert similarity(signature(ARTICLE), signature(copy)) > 0.5
    assert is_near_copy(signature(ARTICLE), signature(copy))
    assert not is_near_copy(signature(ARTICLE), signature(OTHER))


def test_layout_and_case_do_not_matter() -> None:
    assert signature(ARTICLE.upper().replace("\n", "\r\n\r\n")) == signature(ARTICLE)


def test_two_reports_from_one_template_are_two_voices() -> None:
    report = "Stocks at the exchange stood at {} tonnes on Friday against {} tonnes a week before; deliveries were {} and orders {} tonnes."
    first, second = report.format("1,210", "1,377", 54, 890), report.format("1,864", "1,951", 71, 912)
    assert similarity(signature(first), signature(second)) > 0.3
    assert not is_near_copy(signature(first), signature(second))
    assert is_near_copy(signature(first), signature(first + " Trade was slow."))


def test_clusters_share_numbers_in_the_order_of_the_sources() -> None:
    texts = {"d": OTHER, "a": ARTICLE, "c": ARTICLE.replace("Critics", "Some"), "b": "", "e": ""}
    assert cluster({name: signature(text) for name, text in texts.items()}) == {"a": 0, "b": 1, "c": 0, "d": 2, "e": 3}
    assert cluster({}) == {}


def test_copies_of_copies_are_one_cluster() -> None:
    lines = ARTICLE.split("\n")
    shorter = {str(i): "\n".join(lines[: 5 - i]) for i in range(3)}
    assert len(set(cluster({name: signature(text) for name, text in shorter.items()}).values())) == 1


def test_many_identical_texts_are_one_cluster() -> None:
    assert set(cluster({str(i): signature(ARTICLE) for i in range(300)}).values()) == {0}


def test_russian_and_korean_and_chinese() -> None:
    for text in (
        "Завод построят в Астане за четыре года, сообщили в министерстве",
        "한국 기업이 아스타나에 공장을 건설한다고 산업부가 밝혔다",
        "韩国公司将在阿斯塔纳建厂",
    ):
        assert similarity(signature(text), signature(text + " !")) == 1.0
        assert similarity(signature(text), signature(OTHER)) < 0.1


def test_a_signature_is_the_same_in_every_version() -> None:
    """Signatures are stored: a change of this value needs a new layout number in the catalog."""
    assert len(signature(ARTICLE)) == 640
    assert signature("one two three").hex()[:16] == "33d0c9a36f1b29ca"


words = st.lists(st.sampled_from("the a dam water plant 12 1998 Korea firm road".split()), max_size=60).map(" ".join)


@settings(max_examples=60)
@given(words, words)
def test_the_estimate_is_close_to_the_true_similarity(a: str, b: str) -> None:
    def triples(text: str) -> set[tuple[str, ...]]:
        parts = text.casefold().split()
        return {tuple(parts[i : i + 3]) for i in range(len(parts) - 2)}

    left, right = triples(a), triples(b)
    if left and right:
        assert abs(similarity(signature(a), signature(b)) - len(left & right) / len(left | right)) < 0.25
    assert similarity(signature(a), signature(b)) == similarity(signature(b), signature(a))


@settings(max_examples=40)
@given(st.dictionaries(st.text(min_size=1, max_size=4), st.sampled_from([ARTICLE, OTHER, "", "one two three four five"]), max_size=8))
def test_clusters_are_dense_and_agree_with_equality(texts: dict[str, str]) -> None:
    numbers = cluster({name: signature(text) for name, text in texts.items()})
    assert set(numbers) == set(texts) and set(numbers.values()) == set(range(len(set(numbers.values()))))
    for a in texts:
        for b in texts:
            assert (numbers[a] == numbers[b]) == (a == b or (texts[a] == texts[b] != ""))
