from cleaning.models.access import DoorAccess, PersonalLink, PhoneAction
from cleaning.models.checklists import Checklist, ChecklistItem, ChecklistTick
from cleaning.models.findings import Finding, Photo
from cleaning.models.messages import CleanerMessage, MessageDelivery
from cleaning.models.people import (
    CleanerArea,
    CleaningCompany,
    CleaningTeam,
    CompanyContract,
    CompanyMember,
    DayOff,
    WorkingHours,
)
from cleaning.models.rules import CleaningHours, CleaningRule, PlannedThrough, RuleEdit
from cleaning.models.tasks import CleaningTask, TaskEvent

__all__ = [
    "Checklist",
    "ChecklistItem",
    "ChecklistTick",
    "CleanerArea",
    "CleanerMessage",
    "CleaningCompany",
    "CleaningHours",
    "CleaningRule",
    "CleaningTask",
    "CleaningTeam",
    "CompanyContract",
    "CompanyMember",
    "DayOff",
    "DoorAccess",
    "Finding",
    "MessageDelivery",
    "PersonalLink",
    "PhoneAction",
    "Photo",
    "PlannedThrough",
    "RuleEdit",
    "TaskEvent",
    "WorkingHours",
]
