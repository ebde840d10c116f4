"""footnote inside LlamaIndex programs: our search as a `BaseRetriever`, our answers as a `BaseQueryEngine`.

Imports llama_index at the top, so nothing else in this project imports this module. Knows nothing of stores or models:
it wraps callables, such as `engine.search` and `engine.ask`, and calls them one at a time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.base.response.schema import RESPONSE_TYPE, Response
from llama_index.core.callbacks import CallbackManager
from llama_index.core.prompts.mixin import PromptMixinType
from llama_index.core.schema import NodeRelationship, NodeWithScore, QueryBundle, RelatedNodeInfo, TextNode

from qa.schema import Answer, Citation, Passage

__all__ = ["FootnoteQueryEngine", "FootnoteRetriever", "Search"]


class Search(Protocol):
    """Finds passages; `engine.search` is one."""

    def __call__(self, question: str, *, k: int) -> Sequence[Passage]:
        """The best `k` passages, best first."""
        ...


class FootnoteRetriever(BaseRetriever):
    """Passages as nodes whose text is verbatim: `text_of(source)[start:end] == node.text`, both offsets in the metadata."""

    def __init__(self, search: Search, *, k: int = 10, callback_manager: CallbackManager | None = None) -> None:
        self._search = search
        self._k = k
        self._lock = threading.Lock()
        super().__init__(callback_manager=callback_manager)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        with self._lock:
            passages = self._search(query_bundle.query_str, k=self._k)
        return [NodeWithScore(node=_passage_node(passage), score=passage.score) for passage in passages]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


class FootnoteQueryEngine(BaseQueryEngine):
    """Verified answers as LlamaIndex responses.

    `response` is the text with its [n] markers (or the refusal), `source_nodes` the cited quotes in the order of their
    numbers, `metadata` the whole Answer JSON (contract 4.1) under its own keys.
    """

    def __init__(self, ask: Callable[[str], Answer], *, callback_manager: CallbackManager | None = None) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        super().__init__(callback_manager=callback_manager)

    def _query(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        with self._lock:
            answer = self._ask(query_bundle.query_str)
        nodes = [NodeWithScore(node=_citation_node(citation), score=_support(answer, citation)) for citation in answer.citations]
        return Response(response=answer.answer, source_nodes=nodes, metadata=answer.model_dump(mode="json"))

    async def _aquery(self, query_bundle: QueryBundle) -> RESPONSE_TYPE:
        return await asyncio.to_thread(self._query, query_bundle)

    def _get_prompt_modules(self) -> PromptMixinType:
        return {}


def _passage_node(passage: Passage) -> TextNode:
    metadata = {"title": passage.title, "publisher": passage.publisher, "published": passage.published}
    return _node(passage.chunk_id, passage.text, passage.source, passage.start, passage.end, metadata)


def _citation_node(citation: Citation) -> TextNode:
    metadata = {"n": citation.n, "title": citation.title, "published": citation.published, "page": citation.page, "place": citation.place}
    name = f"{citation.source}[{citation.start}:{citation.end}]"
    return _node(name, citation.quote, citation.source, citation.start, citation.end, metadata)


def _node(name: str, text: str, source: str, start: int, end: int, metadata: dict[str, Any]) -> TextNode:
    """A node with the offsets twice: where LlamaIndex keeps them, and in the metadata, which every store keeps."""
    return TextNode(
        id_=name,
        text=text,
        start_char_idx=start,
        end_char_idx=end,
        metadata={"source": source, "start": start, "end": end} | metadata,
        # A model needs title and date beside the text; offsets would only distract it, and no vector should hold them.
        excluded_llm_metadata_keys=["start", "end"],
        excluded_embed_metadata_keys=["start", "end", "source"],
        relationships={NodeRelationship.SOURCE: RelatedNodeInfo(node_id=source)},
    )


def _support(answer: Answer, citation: Citation) -> float | None:
    """The best score of the claims that cite it."""
    return max((claim.score for claim in answer.claims if citation.n in claim.citations), default=None)
