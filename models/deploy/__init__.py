"""The network for those who only want its answers: fast forms of it, and files of them.

- `network.py`: the inference form, made of `folding.py`, `order.py`, `form.py`, `lite.py`,
  `naive.py` and `module.py`, each of which says what it saves and why that is exact.
- `engines.py`: the programs that run it: `torch_engine.py`, `onnxruntime_engine.py`,
  `openvino_engine.py`; `streams.py` is what they do with a batch.
- `export.py` writes files; `verified.py` only lets those stand that answer what the network does,
  by `agreement.py`, on the crops of `crops.py`.
- `predictor.py`: an engine in the place of a network, flip test included.

Everything takes normalised crops (B, 3, H, W) and answers heatmaps (B, K, H/4, W/4).
"""

from models.deploy.agreement import Agreement, compare
from models.deploy.engines import ENGINES, build_engine, engine_for, is_exported, load_engine
from models.deploy.export import FORMATS, SUFFIXES, write_model
from models.deploy.form import Form
from models.deploy.network import deploy
from models.deploy.predictor import Predictor
from models.deploy.verified import export_verified

__all__ = [
    "ENGINES",
    "FORMATS",
    "SUFFIXES",
    "Agreement",
    "Form",
    "Predictor",
    "build_engine",
    "compare",
    "deploy",
    "engine_for",
    "export_verified",
    "is_exported",
    "load_engine",
    "write_model",
]
