"""mmcv, imported without its notices: for packages whose modules import it by themselves."""

from models.runtime.quiet import quiet_imports

with quiet_imports():
    import mmcv

__all__ = ["mmcv"]
