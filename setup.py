"""Installs the package `models`; versions that are known to work. Pins are in requirements.txt."""

import os
import shutil
import sysconfig
from importlib.metadata import distributions
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent

#: what running an exported model needs beside the program that runs it
REQUIREMENTS = [
    "numpy>=2.0,<3",
    "opencv-python>=4.10",
    "scipy>=1.13",
    "tqdm>=4.66",
]
TRAIN_REQUIREMENTS = [
    "torch>=2.4",
    "torchvision>=0.19",
    "json_tricks>=3.17",
    "xtcocotools>=1.14.3",
    "tensorboard>=2.18",
    "matplotlib>=3.8",
    "yapf>=0.40,<0.40.2",
    "setuptools<81",
]
INFERENCE_REQUIREMENTS = ["onnxruntime>=1.20"]
DEPLOY_REQUIREMENTS = [
    "onnx>=1.16",
    "onnxruntime>=1.20",
    "openvino>=2024.6",
    "ncnn>=1.0.20250503",
    "pnnx>=20250530",
]
LOGGERS = ["mlflow>=3", "wandb>=0.19"]
TIMM = ["timm>=1.0.3"]
TEST_REQUIREMENTS = ["pytest>=8", "pytest-xdist>=3.6", "ruff>=0.14"]


class BuildWithConfigs(build_py):
    """Puts the configs, which lie beside the package in a checkout, inside of it, as its data."""

    def run(self) -> None:
        super().run()
        if not getattr(self, "editable_mode", False):
            shutil.copytree(
                ROOT / "configs",
                Path(self.build_lib, "models", "configs"),
                ignore=shutil.ignore_patterns("__pycache__"),
                dirs_exist_ok=True,
            )


def mmcv_requirement() -> str:
    """mmcv-full where it is installed or asked for (LITE_HRNET_MMCV=full), else mmcv.

    Both give the package `mmcv`; nothing here needs the operators that mmcv-full compiles.
    """
    # pip builds in an environment of its own, so the target's site-packages are looked at directly
    places = [sysconfig.get_path("purelib"), sysconfig.get_path("platlib")]
    names = {
        (d.metadata["Name"] or "").lower().replace("_", "-") for d in distributions(path=places)
    }
    full = "mmcv-full" in names or os.environ.get("LITE_HRNET_MMCV") == "full"
    return ("mmcv-full" if full else "mmcv") + ">=1.7.1,<2"


def version() -> str:
    """`__version__` of the package, read without importing it."""
    for line in (ROOT / "models" / "__init__.py").read_text(encoding="utf-8").splitlines():
        if line.startswith("__version__"):
            return line.split('"')[1]
    raise ValueError("models/__init__.py has no __version__")


setup(
    name="lite-hrnet",
    version=version(),
    description="Lite-HRNet: lightweight high-resolution human pose estimation",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    packages=find_packages(include=["models", "models.*"]),
    cmdclass={"build_py": BuildWithConfigs},
    python_requires=">=3.10,<3.13",
    install_requires=REQUIREMENTS,
    extras_require={
        "inference": INFERENCE_REQUIREMENTS,
        "train": [*TRAIN_REQUIREMENTS, mmcv_requirement()],
        "deploy": DEPLOY_REQUIREMENTS,
        "loggers": LOGGERS,
        "timm": TIMM,
        "test": TEST_REQUIREMENTS,
    },
)
