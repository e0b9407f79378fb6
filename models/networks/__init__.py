"""What every network is to the engine and the tools, whatever its task.

- `base.py`: the contract, `Network`: losses, the tensor part, predictions.
- `building.py`: the network and the data sets of a config, which tell each other what follows.
- `card.py`: what a network says of itself beside a published checkpoint.
- `forward_config.py`: layout, precision and compilation while training.
- `normalization.py`: normalising on the device, for images that come as bytes.

Tasks are in folders of their own: `models.posenets`.
"""

from models.networks.base import Network, check_network
from models.networks.building import (
    build_model,
    build_network,
    build_split,
    input_size_of,
    set_input_size,
)
from models.networks.card import NetworkCard
from models.networks.forward_config import ForwardConfig
from models.networks.normalization import Normalization, build_normalization, network_input

__all__ = [
    "ForwardConfig",
    "Network",
    "NetworkCard",
    "Normalization",
    "build_model",
    "build_network",
    "build_normalization",
    "build_split",
    "check_network",
    "input_size_of",
    "network_input",
    "set_input_size",
]
