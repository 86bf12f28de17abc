from integrations.models.connections import (
    Connection,
    ConnectionStatus,
    OAuthAttempt,
    PropertyMapping,
    ProviderApplication,
    RateMapping,
    RoomMapping,
)
from integrations.models.journal import Alert, Exchange, LogEntry, SyncRun
from integrations.models.leases import Lease
from integrations.models.messages import InboxMessage
from integrations.models.outbox import AvailabilityState, OutboxJob, WrongNumberDay

__all__ = [
    "Alert",
    "AvailabilityState",
    "Connection",
    "ConnectionStatus",
    "Exchange",
    "InboxMessage",
    "Lease",
    "LogEntry",
    "OAuthAttempt",
    "OutboxJob",
    "PropertyMapping",
    "ProviderApplication",
    "RateMapping",
    "RoomMapping",
    "SyncRun",
    "WrongNumberDay",
]
