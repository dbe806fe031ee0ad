"""From a host name to a connected socket: resolved once, every address checked, connected to what was checked."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spectra.errors import ConnectionRefusedBySourceError, ConnectTimeoutError, DnsError

if TYPE_CHECKING:
    from spectra.access.guard import Origin
    from spectra.errors import SpectraError
    from spectra.rest.deadline import Watch

Address = tuple[socket.AddressFamily, Any]
Resolve = Callable[..., Any]


class Resolution:
    """One look-up of a name, shared by all who wait for it; its thread is let go where the budget runs out."""

    def __init__(self, origin: Origin, resolve: Resolve) -> None:
        self.done = threading.Event()
        self.addresses: list[Address] = []
        self.reason = ""
        self._origin = origin
        self._resolve = resolve
        threading.Thread(target=self._run, name="spectra-resolve", daemon=True).start()

    def _run(self) -> None:
        try:
            found = self._resolve(self._origin.host, self._origin.port, type=socket.SOCK_STREAM)
            self.addresses = list(dict.fromkeys((family, address) for family, _, _, _, address in found))
        except (OSError, UnicodeError) as error:
            self.reason = getattr(error, "strerror", None) or "the name cannot be encoded"
        finally:
            self.done.set()


class Dialler:
    """Connects to origins.

    What a name resolved to is kept until none of its addresses answers: it cannot change between check and connection.
    """

    def __init__(
        self, check: Callable[[str], None], connect_seconds: float, resolve: Resolve = socket.getaddrinfo
    ) -> None:
        self.check = check
        self._seconds = connect_seconds
        self._resolve = resolve
        self._resolutions: dict[Origin, Resolution] = {}
        self._lock = threading.Lock()

    def unguarded(self) -> Dialler:
        """Return a dialler for hosts that the operator of this machine names, not an API: any address will do."""
        return Dialler(lambda _: None, self._seconds, self._resolve)

    def connect(self, origin: Origin, watch: Watch) -> socket.socket:
        """Return a connected socket; raises DnsError, BlockedAddressError or what kept every address from answering."""
        ends_at = time.monotonic() + min(self._seconds, watch.remaining())
        resolution = self._resolved(origin, ends_at)
        error: SpectraError | None = None
        for place, address in enumerate(resolution.addresses):
            left = len(resolution.addresses) - place
            connected = connected_to(address, max(0.001, (ends_at - time.monotonic()) / left), watch)
            if isinstance(connected, socket.socket):
                if place:
                    resolution.addresses = [address, *(other for other in resolution.addresses if other != address)]
                connected.settimeout(max(0.001, ends_at - time.monotonic()))
                return connected
            error = error or connected
        self._forget(origin, resolution)
        raise error or DnsError(f"{origin.host} has no address")

    def _resolved(self, origin: Origin, ends_at: float) -> Resolution:
        with self._lock:
            resolution = self._resolutions.get(origin) or Resolution(origin, self._resolve)
            self._resolutions[origin] = resolution
        if not resolution.done.wait(max(0.0, ends_at - time.monotonic())):
            self._forget(origin, resolution)
            raise DnsError(f"{origin.host} was not resolved within {self._seconds:g} s")
        if not resolution.addresses:
            self._forget(origin, resolution)
            raise DnsError(f"{origin.host}: {resolution.reason or 'no address'}")
        for _, address in resolution.addresses:
            self.check(address[0])
        return resolution

    def _forget(self, origin: Origin, resolution: Resolution) -> None:
        with self._lock:
            if self._resolutions.get(origin) is resolution:
                del self._resolutions[origin]


def connected_to(address: Address, seconds: float, watch: Watch) -> socket.socket | SpectraError:
    """Return a socket connected to an address, or what kept it from answering within the seconds."""
    family, where = address
    shown = f"{where[0]} port {where[1]}"
    made: socket.socket | None = None
    try:
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.settimeout(seconds)
        watch.guard(made)
        made.connect(where)
    except TimeoutError:
        error: SpectraError = ConnectTimeoutError(f"{shown} did not answer within {seconds:.3g} s")
    except OSError as failed:
        error = ConnectionRefusedBySourceError(f"{shown}: {failed.strerror or 'no connection'}")
    else:
        return made
    if made is not None:
        made.close()
    return error
