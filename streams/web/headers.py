"""Security headers of every answer, and the nonce that marks a page's own scripts."""

import re
from typing import Final

__all__ = ["security_headers", "with_nonce"]

_SCRIPT: Final = re.compile(rb"<script(?=[\s>])")
_YEAR: Final = 365 * 24 * 3600


def security_headers(nonce: str, *, is_https: bool) -> list[tuple[bytes, bytes]]:
    """The security headers of an answer.

    Args:
        nonce: Marks the page's own scripts.
        is_https: Whether the browser uses TLS.
    """
    content = "; ".join(
        (
            "default-src 'none'",
            # the UI library compiles templates in the browser and needs eval; inline scripts need the nonce
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
        # not no-referrer: with it, a form's origin would be "null"
        "referrer-policy": "same-origin",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
    }
    if is_https:
        headers["strict-transport-security"] = f"max-age={_YEAR}"
    return [(name.encode(), value.encode()) for name, value in headers.items()]


def with_nonce(html: bytes, nonce: str) -> bytes:
    """Add the nonce to a page's own scripts; its text is escaped, so it has no other `<script`."""
    return _SCRIPT.sub(b'<script nonce="' + nonce.encode() + b'"', html)
