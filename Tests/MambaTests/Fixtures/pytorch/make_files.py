"""Small files of torch.save with what such files may have in them, and their tensors as torch reads them.

    pip install torch safetensors; python make_files.py
"""
import collections
import torch
from safetensors.torch import save_file

base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4) / 7 - 1
long = torch.linspace(-3, 3, 40)
tensors = collections.OrderedDict(
    whole=base,
    shared=base,
    transposed=base.transpose(0, 2),
    permuted=base.permute(1, 2, 0),
    tail=base[1],
    column=base[:, :, 2],
    stepped=long[3::4],
    single=long[5:6].as_strided((1, 1, 1), (99, 7, 5), 5),
    row=long[8:12].as_strided((1, 4, 1), (3, 1, 1000), 8),
    scalar=torch.tensor(2.5),
    empty=torch.empty(0, 4),
    half=base.half(),
    half_transposed=base[0].half().t(),
    brain=base.bfloat16(),
    brain_odd=base.bfloat16().flatten()[1:6],
    parameter=torch.nn.Parameter(base[0] * 2),
    repeated=torch.arange(6.0).as_strided((2, 2), (0, 1), 1),
)
expected = {k: v.detach().float().contiguous().clone() for k, v in tensors.items()}
save_file(expected, "expected.safetensors")
tensors["integers"] = torch.arange(3)
for protocol in 2, 4, 5:
    torch.save(tensors, f"protocol{protocol}.bin", pickle_protocol=protocol)

torch.save({"a": base}, "before-1.6.bin", _use_new_zipfile_serialization=False)
torch.manual_seed(1)
torch.save(torch.nn.Linear(3, 2).state_dict(), "state-dict.bin")
torch.save({"a": torch.arange(4.0).expand(1000000, 4)}, "expanded.bin")
torch.save({"model": {"a": base}, "step": 3}, "training.bin")
torch.save(torch.nn.Linear(3, 2), "module.bin")
