"""Errors of telling people: a channel that is not there, cannot be reached or refuses."""

from __future__ import annotations

from spectra.errors.base import ConfigError, SourceError


class UnknownChannelTypeError(ConfigError):
    """No such type of notification channel."""

    code = "unknown-channel-type"
    remedy = "Use one of the channel types allowed."


class NoChannelError(ConfigError):
    """Neither the source nor the project names a channel to tell."""

    code = "no-channel"
    remedy = "Add `notify: {webhook: 'secret://NAME'}` to the source or to spectra.yaml."


class ChannelAddressError(ConfigError):
    """The address of a channel is not one that a message may be sent to."""

    code = "channel-address"
    remedy = "Set the secret named to an https address without user name; http is for this machine alone."


class AppriseMissingError(ConfigError):
    """A channel of type apprise is named and the library is not installed."""

    code = "apprise-missing"
    remedy = "Add the extra: `pip install 'spectra-lakehouse[apprise]'`."


class NotificationRefusedError(SourceError):
    """The channel refused a notification; the run it tells of is not affected."""

    code = "notification-refused"
    severity = "warning"
    remedy = "Set the secret of the channel to a valid address, then run `spectra notify test NAME`."


class NotificationUndeliveredError(SourceError):
    """A notification did not reach its channel in time; the run it tells of is not affected."""

    code = "notification-undelivered"
    category = "network"
    severity = "warning"
    remedy = "Check that the channel can be reached from this machine (`spectra notify test NAME`)."
