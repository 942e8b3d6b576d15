"""`python -m webapp.healthcheck`: whether the server of this machine is well, for containers and service managers.

By http or https, whichever it speaks. Its certificate need not be trusted: nothing is told to it, and it is asked on
loopback.
"""

from __future__ import annotations

import os
import ssl
import sys
import urllib.error
import urllib.request
from typing import Final

PATIENCE_S: Final = 4.0


def is_well(port: int) -> bool:
    """Whether `/healthz` on that port of this machine answers 200."""
    anybody = ssl.create_default_context()
    anybody.check_hostname = False
    anybody.verify_mode = ssl.CERT_NONE
    try:
        # Plain http is redirected where the server speaks https.
        with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=PATIENCE_S, context=anybody) as answer:
            return bool(answer.status == 200)
    except (OSError, urllib.error.URLError, ValueError):
        return False


if __name__ == "__main__":
    sys.exit(0 if is_well(int(os.environ.get("RAUT_PORT") or 5000)) else 1)
