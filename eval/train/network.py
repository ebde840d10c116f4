"""The reader's network: one encoder over (question, passage), four heads.

"answers": does the passage answer; "evidence": a logit for each token, whose mean over a unit's tokens scores the unit; "start" and
"end" of the short answer. After Provence (arXiv 2501.16214) and the SQuAD heads of BERT (arXiv 1810.04805). Knows nothing of
documents or of how passages were found.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from eval.train.weights import bert_state

HEADS = ("evidence", "start", "end")


class ReaderNetwork(nn.Module):
    """Token ids, mask and segments (rows, tokens) to `answers` (rows,) and `tokens` (rows, tokens, 3) logits."""

    def __init__(self, layers: int = 12) -> None:
        super().__init__()
        from transformers import BertConfig, BertModel

        config = BertConfig(hidden_size=384, num_hidden_layers=layers, num_attention_heads=12, intermediate_size=1536)
        self.encoder = BertModel(config, add_pooling_layer=False)
        self.answers = nn.Linear(config.hidden_size, 1)
        self.tokens = nn.Linear(config.hidden_size, len(HEADS))

    def forward(self, input_ids: Any, attention_mask: Any, token_type_ids: Any) -> tuple[Any, Any]:
        """Logits, unbounded, float."""
        hidden = self.encoder(input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids).last_hidden_state
        return self.answers(hidden[:, 0]).squeeze(-1), self.tokens(hidden)


def start_network(graph: Path, layers: int = 12) -> ReaderNetwork:
    """A network whose encoder begins with the weights of the int8 graph at `graph`; `layers` keeps evenly spread ones."""
    network = ReaderNetwork(layers)
    state = bert_state(graph)
    kept = [round(i * 11 / (layers - 1)) for i in range(layers)]
    chosen = {name: value for name, value in state.items() if not name.startswith("encoder.layer.")}
    for new, old in enumerate(kept):
        prefix = f"encoder.layer.{old}."
        chosen.update({f"encoder.layer.{new}.{n.removeprefix(prefix)}": v for n, v in state.items() if n.startswith(prefix)})
    missing, unexpected = network.encoder.load_state_dict(chosen, strict=False)
    if unexpected or any("position_ids" not in name for name in missing):
        raise ValueError(f"the graph must hold every weight of the encoder; missing {missing}, left over {unexpected}.")
    with torch.no_grad():
        for head in (network.answers, network.tokens):
            nn.init.normal_(head.weight, std=0.02)
            nn.init.zeros_(head.bias)
    return network
