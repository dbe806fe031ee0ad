"""The steps towards the source before anything is asked: its name, its addresses, its certificate, the proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spectra.diagnosis.step import Step, skipped, troubled
from spectra.errors import (
    BlockedAddressError,
    CertificateExpiringError,
    ConnectTimeoutError,
    ProxyUnreachableError,
    SpectraError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from spectra.access.proxy import Proxy
    from spectra.rest.certificate import Certificate
    from spectra.rest.reaching import Handshake, Reaching, Tried

SOON_DAYS = 30
_DAY = 86_400


def proxy_step(reaching: Reaching) -> tuple[Step, Proxy | None]:
    """Say which proxy leads to the source, if any."""
    try:
        proxy = reaching.proxy()
    except SpectraError as error:
        return troubled("proxy", error), None
    return Step("proxy", "ok", f"{proxy} is used" if proxy else "not used"), proxy


def dns_step(reaching: Reaching) -> Step:
    """Resolve the name; an address that the guard refuses is told, and one of them is enough to fail."""
    try:
        found = reaching.look_up()
    except SpectraError as error:
        return troubled("dns", error)
    refused = [each.error for each in found if each.error is not None]
    said = [f"{each.address} REFUSED: {each.error.message}" if each.error else each.address for each in found]
    seen = f"{reaching.origin.host} is {', '.join(said)}"
    if reaching.origin.host == found[0].address:
        seen = said[0] if refused else f"{said[0]} is an address itself"
    if refused:
        return Step("dns", "failed", seen, errors=(BlockedAddressError(refused[0].message),))
    return Step("dns", "ok", seen)


def tcp_step(reaching: Reaching) -> Step:
    """Try every address; one that answers is enough, and one that keeps connections waiting is worth a warning."""
    tried = reaching.connect()
    errors = [each.error for each in tried if each.error is not None]
    seen = f"port {reaching.origin.port}: {', '.join(_told(each, several=len(tried) > 1) for each in tried)}"
    if len(errors) == len(tried):
        return Step("tcp", "failed", seen, errors=tuple(errors))
    slow = tuple(error for error in errors if isinstance(error, ConnectTimeoutError))
    return Step("tcp", "warning" if slow else "ok", seen, errors=slow)


def _told(tried: Tried, *, several: bool) -> str:
    if tried.error is None:
        return f"{tried.address} answered" + (f" in {tried.milliseconds:.0f} ms" if several else "")
    return tried.error.message


def tcp_step_behind(proxy: Proxy, reaching: Reaching) -> Step:
    """Try the proxy in the place of the source's own addresses."""
    tried = reaching.connect_to(proxy)
    if tried.error is not None:
        cause = tried.error
        return troubled("tcp", ProxyUnreachableError(f"{proxy}: {cause.message}", cause=cause.code))
    return Step("tcp", "ok", f"the proxy {tried.address} answered")


def tls_step(reaching: Reaching, total_seconds: float, now: datetime) -> Step:
    """Agree on TLS, and say whose certificate it is and how long it lasts."""
    if reaching.origin.scheme != "https":
        return skipped("tls", "base_url is http, so nothing is encrypted")
    done = reaching.shake_hands(total_seconds)
    if done.error is not None:
        certificate = done.certificate and _described(done.certificate, now)
        seen = f"{done.error.message}{'; it is ' + certificate if certificate else ''}"
        return troubled("tls", done.error, seen=seen)
    return _agreed(done, now)


def _agreed(done: Handshake, now: datetime) -> Step:
    if done.certificate is None:
        return Step("tls", "ok", f"{done.version}, a certificate that cannot be read closer")
    seen = f"{done.version}, certificate {_described(done.certificate, now)}"
    if _days(done.certificate, now) >= SOON_DAYS:
        return Step("tls", "ok", seen)
    return troubled("tls", CertificateExpiringError(_described(done.certificate, now)), seen=seen)


def _described(certificate: Certificate, now: datetime) -> str:
    days = _days(certificate, now)
    ends = f"expires in {days:,.0f} days" if days >= 0 else f"expired {-days:,.0f} days ago"
    return f"for {certificate.subject}, issued by {certificate.issuer}, {ends} ({certificate.ends_at:%Y-%m-%d})"


def _days(certificate: Certificate, now: datetime) -> float:
    return (certificate.ends_at - now).total_seconds() // _DAY


def failed(steps: Sequence[Step]) -> Step | None:
    """Return the first of the steps that failed."""
    return next((step for step in steps if step.outcome == "failed"), None)
