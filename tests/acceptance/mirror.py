"""A network of one machine inside a namespace: what is sent to THERE comes back as if from there, as far as it comes.

A TUN device hands us each packet; source and destination are swapped, which leaves every checksum as it was, and the
packet is given back: a server at HERE is reached at THERE. Packets can be lost, held up, or swallowed from some point
on, and TCP of the kernel deals with it as on any bad line.
"""

from __future__ import annotations

import fcntl
import os
import random
import socket
import struct
import threading
import time
from pathlib import Path

HERE, THERE = "10.77.0.1", "10.77.0.2"
_TUNSETIFF, _SIOCSIFADDR, _SIOCSIFNETMASK, _SIOCGIFFLAGS, _SIOCSIFFLAGS = 0x400454CA, 0x8916, 0x891C, 0x8913, 0x8914
_TUN_WITHOUT_HEADER = 0x1001
_UP = 0x1
_IPV4 = 4
_SOURCE, _DESTINATION = slice(12, 16), slice(16, 20)


class Mirror:
    """Passes packets on: of `loss` (0 to 1) of them nothing arrives, `rate` is in bytes a second, 0 for no limit.

    After `most` packets, 0 for never, nothing arrives at all.
    """

    def __init__(self, *, loss: float = 0.0, rate: float = 0.0, most: int = 0, seed: int = 1) -> None:
        self.passed = self.dropped = self.bytes = 0
        self._loss, self._rate, self._most = loss, rate, most
        self._chance = random.Random(seed)
        self._device = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self._device, _TUNSETIFF, struct.pack("16sH", b"mirror", _TUN_WITHOUT_HEADER))
        _configure()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self) -> None:
        while True:
            packet = bytearray(os.read(self._device, 65536))
            if packet[0] >> 4 != _IPV4:
                continue
            if self._chance.random() < self._loss or 0 < self._most <= self.passed:
                self.dropped += 1
                continue
            if self._rate:
                time.sleep(len(packet) / self._rate)
            packet[_SOURCE], packet[_DESTINATION] = packet[_DESTINATION], packet[_SOURCE]
            os.write(self._device, packet)
            self.passed += 1
            self.bytes += len(packet)


def retransmitted() -> int:
    """Return how many segments TCP sent again in this namespace."""
    names, values = (
        line.split() for line in Path("/proc/net/snmp").read_text().splitlines() if line.startswith("Tcp:")
    )
    return int(values[names.index("RetransSegs")])


def _configure() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        for request, address in ((_SIOCSIFADDR, HERE), (_SIOCSIFNETMASK, "255.255.255.0")):
            where = struct.pack("HH4s8x", socket.AF_INET, 0, socket.inet_aton(address))
            fcntl.ioctl(control, request, struct.pack("16s16s", b"mirror", where))
        for name in (b"mirror", b"lo"):
            flags = struct.unpack("16sH", fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack("16sH", name, 0)))[1]
            fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack("16sH", name, flags | _UP))
