"""Our retriever and query engine inside stock LlamaIndex programs."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence

import pytest
from llama_index.core.llms import MockLLM
from llama_index.core.query_engine import RetrieverQueryEngine, RouterQueryEngine
from llama_index.core.response_synthesizers import ResponseMode, get_response_synthesizer
from llama_index.core.schema import MetadataMode, QueryBundle
from llama_index.core.selectors import LLMSingleSelector
from llama_index.core.tools import QueryEngineTool

from qa.llamaindex import FootnoteQueryEngine, FootnoteRetriever
from qa.schema import Answer, Citation, Claim, Passage

TEXT = "Trade grew.\r\n\n  Doosan builds\ta plant \u2014 \ud55c\uad6d \U0001f600.  \nKia too. "
START, END = TEXT.index("  Doosan"), TEXT.index("\nKia")


def search(question: str, *, k: int) -> Sequence[Passage]:
    found = [
        Passage("c1", "a/news.txt", START, END, TEXT[START:END], 4.5, title="Trade", publisher="Press", published="2024-06-12"),
        Passage("c2", "a/news.txt", END + 1, len(TEXT), TEXT[END + 1 :], -1.0),
    ]
    return found[:k]


def answer(question: str) -> Answer:
    if "Putin" in question:
        return Answer(
            question=question, standalone_question=question, answer="The documents do not say.", abstained=True, confidence=0.1, mode="llm"
        )
    start = TEXT.index("Doosan")
    quote = TEXT[start : END - 2]
    return Answer(
        question=question,
        standalone_question=question,
        answer="Doosan builds a plant [1].",
        abstained=False,
        claims=[Claim(text="Doosan builds a plant.", citations=[1], score=0.75), Claim(text="Doosan builds.", citations=[1], score=0.5)],
        citations=[Citation(n=1, source="a/news.txt", title="Trade", start=start, end=start + len(quote), quote=quote)],
        confidence=0.8,
        mode="extractive",
    )


def test_nodes_are_verbatim_with_offsets() -> None:
    first, second = FootnoteRetriever(search).retrieve("Who builds?")
    for found in (first, second):
        node = found.node
        assert node.metadata["source"] == "a/news.txt"
        assert TEXT[node.metadata["start"] : node.metadata["end"]] == node.get_content(metadata_mode=MetadataMode.NONE)
        assert (node.start_char_idx, node.end_char_idx) == (node.metadata["start"], node.metadata["end"])  # type: ignore[attr-defined]
    assert (first.score, first.node.node_id, first.node.ref_doc_id) == (4.5, "c1", "a/news.txt")
    assert first.node.metadata["title"] == "Trade" and first.node.metadata["published"] == "2024-06-12"


def test_k_and_query_bundles() -> None:
    assert len(FootnoteRetriever(search, k=1).retrieve(QueryBundle("Who builds?"))) == 1


def test_offsets_stay_out_of_prompts() -> None:
    shown = FootnoteRetriever(search, k=1).retrieve("Who?")[0].node.get_content(metadata_mode=MetadataMode.LLM)
    assert "2024-06-12" in shown and "start:" not in shown


def test_inside_a_stock_query_engine() -> None:
    synthesizer = get_response_synthesizer(llm=MockLLM(), response_mode=ResponseMode.COMPACT)
    engine = RetrieverQueryEngine(retriever=FootnoteRetriever(search), response_synthesizer=synthesizer)
    response = engine.query("Who builds?")
    assert "Doosan builds\ta plant" in str(response), "MockLLM repeats its prompt: the passage reached it"
    assert [n.node.node_id for n in response.source_nodes] == ["c1", "c2"]


def test_answers_as_responses() -> None:
    response = FootnoteQueryEngine(answer).query("Who builds?")
    assert str(response) == "Doosan builds a plant [1]."
    (cited,) = response.source_nodes
    assert TEXT[cited.node.metadata["start"] : cited.node.metadata["end"]] == cited.node.get_content(metadata_mode=MetadataMode.NONE)
    assert cited.score == 0.75 and cited.node.metadata["n"] == 1
    assert Answer.model_validate(json.loads(json.dumps(response.metadata))) == answer("Who builds?")


def test_a_refusal_has_no_sources() -> None:
    response = FootnoteQueryEngine(answer).query("What did Putin say?")
    assert str(response) == "The documents do not say." and not response.source_nodes
    assert response.metadata is not None and response.metadata["abstained"] is True


def test_as_a_tool_behind_a_stock_router() -> None:
    tool = QueryEngineTool.from_defaults(FootnoteQueryEngine(answer), name="papers", description="questions about the papers")
    choice = '[{"choice": 1, "reason": "the only one"}]'

    class Chooser(MockLLM):
        def complete(self, prompt: str, formatted: bool = False, **kwargs: object):  # type: ignore[no-untyped-def,override]
            return super().complete(choice, formatted=True)

    router = RouterQueryEngine(selector=LLMSingleSelector.from_defaults(llm=Chooser()), query_engine_tools=[tool], llm=Chooser())
    response = router.query("Who builds?")
    assert str(response) == "Doosan builds a plant [1]." and len(response.source_nodes) == 1
    assert str(tool("Who builds?").content) == "Doosan builds a plant [1]."


def test_async_runs_beside_the_event_loop_one_call_at_a_time() -> None:
    main = threading.get_ident()
    seen: list[int] = []
    busy = threading.Lock()

    def watched(question: str) -> Answer:
        assert busy.acquire(blocking=False), "two calls at once"
        seen.append(threading.get_ident())
        try:
            return answer(question)
        finally:
            busy.release()

    async def program() -> list[str]:
        engine = FootnoteQueryEngine(watched)
        nodes = await FootnoteRetriever(search).aretrieve("Who?")
        assert len(nodes) == 2
        return [str(r) for r in await asyncio.gather(*(engine.aquery("Who?") for _ in range(8)))]

    assert asyncio.run(program()) == ["Doosan builds a plant [1]."] * 8
    assert len(seen) == 8 and main not in seen


def test_an_error_of_ours_comes_through() -> None:
    def broken(question: str) -> Answer:
        raise LookupError("no index")

    with pytest.raises(LookupError, match="no index"):
        FootnoteQueryEngine(broken).query("Who?")
