from integrations.models.connections import (
    Connection,
    ConnectionStatus,
    OAuthAttempt,
    PropertyMapping,
    ProviderApplication,
    RoomMapping,
)
from integrations.models.journal import Alert, Exchange, LogEntry, SyncRun
from integrations.models.leases import Lease
from integrations.models.messages import InboxMessage

__all__ = [
    "Alert",
    "Connection",
    "ConnectionStatus",
    "Exchange",
    "InboxMessage",
    "Lease",
    "LogEntry",
    "OAuthAttempt",
    "PropertyMapping",
    "ProviderApplication",
    "RoomMapping",
    "SyncRun",
]
