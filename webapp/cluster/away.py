"""What every call to Redis may raise. By itself, so that who catches it need not import Redis' client."""


class StoreAwayError(Exception):
    """Redis does not answer: this node decides by itself."""
