"""What Hugging Face transformers' filters leave of fixed logits: filters.json, for SamplerReferenceTests.

The processors and their order come from GenerationMixin._get_logits_processor, as `generate(do_sample=True)` puts them
together. Made with transformers 5.23.0 and torch 2.13.0 on CPU: python3 make_filters.py > filters.json
"""

import json

import torch
import transformers
from transformers import GenerationConfig, MambaConfig, MambaForCausalLM

model = MambaForCausalLM(MambaConfig(vocab_size=8, hidden_size=8, num_hidden_layers=1, state_size=2))
INFINITY = float("inf")


def filtered(logits, seen, temperature=1.0, top_k=0, top_p=1.0, min_p=0.0, repetition_penalty=1.0):
    config = GenerationConfig(
        do_sample=True, temperature=temperature, top_k=top_k, top_p=top_p, min_p=min_p or None,
        repetition_penalty=repetition_penalty)
    ids = torch.tensor([seen], dtype=torch.long)
    processors = model._get_logits_processor(config, input_ids_seq_length=len(seen), device="cpu", model_kwargs={})
    scores = processors(ids, torch.tensor([logits], dtype=torch.float32))[0]
    probabilities = torch.softmax(scores.double(), dim=-1)
    kept = [index for index, score in enumerate(scores.tolist()) if score > -INFINITY]
    return kept, [probabilities[index].item() for index in kept]


def random_logits(count, seed, scale):
    return (torch.randn(count, generator=torch.Generator().manual_seed(seed)) * scale).tolist()


ten = [2.0, -1.0, 0.5, 3.0, 2.9, -0.3, 1.2, 0.0, -2.5, 1.9]
ties = [1.0, 2.0, 2.0, 2.0, 0.0, 2.0, -1.0]
holes = [-INFINITY, 1.0, -INFINITY, 0.5, -0.5, -INFINITY]
alone = [-INFINITY, -INFINITY, -3.0, -INFINITY]
wide = random_logits(500, 1, 3.0)
flat = random_logits(500, 2, 0.2)

# A document's tokens and then those of the sample: they count alike, and often is as once.
seen = [3, 5, 3, 9, 7]

requests = [
    ("nothing", ten, {}),
    ("repetition penalty", ten, dict(repetition_penalty=1.5)),
    ("repetition penalty below one", ten, dict(repetition_penalty=0.5)),
    ("temperature below one", ten, dict(temperature=0.7)),
    ("temperature above one", ten, dict(temperature=2.5)),
    ("top-k", ten, dict(top_k=3)),
    ("top-k of one", ten, dict(top_k=1)),
    ("top-k of more than there are", ten, dict(top_k=50)),
    ("top-k with a tie at its end", ties, dict(top_k=2)),
    ("top-k with a tie at its beginning", ties, dict(top_k=1)),
    ("top-k up to the end of a tie", ties, dict(top_k=4)),
    ("top-p keeps the token that reaches it", ten, dict(top_p=0.8)),
    ("top-p just below a token's end", ten, dict(top_p=0.337)),
    ("top-p just above a token's end", ten, dict(top_p=0.338)),
    ("top-p of less than one token", ten, dict(top_p=0.01)),
    ("top-p of nothing", ten, dict(top_p=0.0)),
    ("top-p of nearly everything", ten, dict(top_p=0.999)),
    ("min-p", ten, dict(min_p=0.2)),
    ("min-p of one", ten, dict(min_p=1.0)),
    ("min-p of one with a tie", ties, dict(min_p=1.0)),
    ("min-p after temperature", ten, dict(min_p=0.2, temperature=2.0)),
    ("top-p of what top-k left", ten, dict(top_k=4, top_p=0.7)),
    ("min-p of what top-p left", ten, dict(top_p=0.6, min_p=0.5)),
    ("penalty before temperature", ten, dict(repetition_penalty=2.0, temperature=1.5, top_p=0.7)),
    ("all", ten, dict(repetition_penalty=1.3, temperature=0.8, top_k=6, top_p=0.9, min_p=0.1)),
    ("impossible tokens", holes, {}),
    ("impossible tokens and top-k", holes, dict(top_k=2)),
    ("impossible tokens and top-k beyond them", holes, dict(top_k=5)),
    ("impossible tokens and top-p", holes, dict(top_p=0.9)),
    ("impossible tokens and min-p", holes, dict(min_p=0.3)),
    ("impossible tokens and all", holes, dict(repetition_penalty=1.3, temperature=0.8, top_k=3, top_p=0.9, min_p=0.1)),
    ("one possible token", alone, dict(top_k=3, top_p=0.5, min_p=0.5)),
    ("many tokens, wide", wide, dict(repetition_penalty=1.2, temperature=0.9, top_k=100, top_p=0.95, min_p=0.01)),
    ("many tokens, flat", flat, dict(repetition_penalty=1.2, temperature=0.9, top_p=0.5)),
    ("many tokens, flat, all", flat, dict(repetition_penalty=1.2, temperature=1.3, top_k=300, top_p=0.9, min_p=0.6)),
]

cases = []
for name, logits, options in requests:
    ids = [token for token in seen if token < len(logits)]
    kept, probabilities = filtered(logits, ids, **options)
    cases.append({
        "name": name,
        # JSON has no infinity.
        "logits": [None if logit == -INFINITY else logit for logit in logits],
        "seen": ids, "options": options, "tokens": kept, "probabilities": probabilities,
    })
lines = ",\n".join(json.dumps(case) for case in cases)
print(f'{{"transformers": "{transformers.__version__}", "torch": "{torch.__version__}", "cases": [\n{lines}\n]}}')
