"""Formats of exported models, their file names, and the programs that run them."""

from __future__ import annotations

from pathlib import Path

FORMATS = ("onnx", "openvino", "torchscript", "ncnn")
#: how the names of new files end; ncnn's so that its .bin is not that of OpenVINO's pair
SUFFIXES = {
    "onnx": ".onnx",
    "openvino": ".xml",
    "torchscript": ".torchscript",
    "ncnn": ".ncnn.param",
}
#: formats whose files can be quantised to 8 bits
INT8_FORMATS = ("onnx", "openvino")
ENGINES = ("torch", "onnxruntime", "openvino", "ncnn")

#: engine → suffixes of the files that it runs; an engine's own format comes first
RUNS = {
    "torch": (".torchscript",),
    "onnxruntime": (".onnx",),
    "openvino": (".xml", ".onnx"),
    "ncnn": (".param",),
}


def is_exported(path: str | Path) -> bool:
    """Whether a file's name is one of an exported model, not of a checkpoint."""
    return Path(path).suffix in _suffixes()


def engine_for(path: str | Path, name: str | None = None) -> str:
    """The engine that runs a file: the one asked for, else the one whose own format it is.

    Args:
        path: an exported model, or a checkpoint, which PyTorch runs.
        name: the engine asked for.
    """
    own = {suffixes[0]: engine for engine, suffixes in RUNS.items()}
    return name or own.get(Path(path).suffix, "torch")


def check_engine(name: str) -> None:
    """Make sure that there is such an engine.

    Raises:
        ValueError: there is none of that name.
    """
    if name not in ENGINES:
        raise ValueError(f"there is no engine '{name}'; use one of {', '.join(ENGINES)}")


def check_runs(path: str | Path, name: str) -> None:
    """Make sure that a file is there, and that an engine runs it.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: it is no exported model, there is no such engine, or it does not run such files.
    """
    path = Path(path)
    if not is_exported(path):
        endings = ", ".join(_suffixes())
        raise ValueError(f"{path} is no exported model; such names end with {endings}")
    if not path.is_file():
        raise FileNotFoundError(f"there is no model {path}")
    check_engine(name)
    if path.suffix not in RUNS[name]:
        raise ValueError(f"the engine '{name}' does not run {path.suffix} files such as {path}")


def _suffixes() -> list[str]:
    return list(dict.fromkeys(suffix for suffixes in RUNS.values() for suffix in suffixes))
