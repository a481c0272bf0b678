"""Client for the Kinetix SDK API 1.4.45: `Client(base_url, key).users.emotes("player-1")`."""

from kinetix_core.api.client import STAGING, Client
from kinetix_core.api.retry import Retry
from kinetix_core.api.transport import CLOUD, Limits
from kinetix_core.api.uploads import Transfer

__all__ = ["CLOUD", "STAGING", "Client", "Limits", "Retry", "Transfer"]
