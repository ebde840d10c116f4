"""Prometheus figures of one server, in a registry of its own.

Knows nothing of routes; `qa.api.guard` and `qa.api.service` report to it.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST

from qa.schema import Answer

_SECONDS = (0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """Counts requests, answers and refusals, and times the stages."""

    content_type = CONTENT_TYPE_LATEST

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter("footnote_requests_total", "HTTP requests", ["method", "route", "status"], registry=self.registry)
        self.latency = Histogram(
            "footnote_request_seconds", "Time to the end of a response", ["route"], buckets=_SECONDS, registry=self.registry
        )
        self.answers = Counter("footnote_answers_total", "Finished answers", ["mode", "outcome"], registry=self.registry)
        self.dropped = Counter("footnote_claims_dropped_total", "Statements that verification dropped", registry=self.registry)
        self.claims = Counter("footnote_claims_shown_total", "Statements shown", registry=self.registry)
        self.stage = Histogram("footnote_stage_seconds", "Time by stage of an answer", ["stage"], buckets=_SECONDS, registry=self.registry)
        self.stopped = Counter("footnote_answers_stopped_total", "Answers stopped because the client left", registry=self.registry)
        self.shared = Counter("footnote_answers_shared_total", "Questions that joined the same question in work", registry=self.registry)
        self.refused = Counter("footnote_refused_total", "Requests refused before work began", ["reason"], registry=self.registry)
        self.waiting = Gauge("footnote_queue_waiting", "Questions waiting", registry=self.registry)
        self.running = Gauge("footnote_queue_running", "Questions being answered", registry=self.registry)
        self.ready = Gauge("footnote_ready", "1 when models and stores are ready", registry=self.registry)

    def answered(self, answer: Answer) -> None:
        """Count one finished answer."""
        self.answers.labels(answer.mode, "abstained" if answer.abstained else "answered").inc()
        self.dropped.inc(len(answer.dropped))
        self.claims.inc(len(answer.claims))
        for stage, milliseconds in answer.timings_ms.model_dump().items():
            self.stage.labels(stage).observe(milliseconds / 1000)

    def text(self) -> bytes:
        """The exposition format."""
        return generate_latest(self.registry)
