"""What every answer tells the browser not to do, and which scripts of a page it may run."""

import re
from typing import Final

__all__ = ["security_headers", "with_nonce"]

_SCRIPT: Final = re.compile(rb"<script(?=[\s>])")
_YEAR: Final = 365 * 24 * 3600


def security_headers(nonce: str, *, is_https: bool) -> list[tuple[bytes, bytes]]:
    """Headers of an answer.

    Args:
        nonce: What marks the scripts that belong to it.
        is_https: Whether the browser speaks TLS.
    """
    content = "; ".join(
        (
            "default-src 'none'",
            # the UI library compiles its templates in the browser, so eval it must have; inline scripts need the mark
            f"script-src 'self' 'nonce-{nonce}' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "form-action 'self'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
        )
    )
    headers = {
        "content-security-policy": content,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        # not no-referrer: a form would then come from the origin "null"
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    if is_https:
        headers["strict-transport-security"] = f"max-age={_YEAR}"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def with_nonce(html: bytes, nonce: str) -> bytes:
    """A page whose own scripts bear the mark; text in it is escaped, so it holds no other `<script`."""
    return _SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', html)
