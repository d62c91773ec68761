"""What Kontor keeps. The database is the record; migrations in webapp/migrations follow these models."""

from webapp.models.audit import AuditEntry, Finding
from webapp.models.company import Company, Contract, ContractService, Service
from webapp.models.connection import Connection, Setting
from webapp.models.customer import Customer, Mapping
from webapp.models.ledger import Change, ContractSetting, LedgerLine, LineMonth, SignOff
from webapp.models.product import Product, ProductMapping
from webapp.models.run import Run, RunLine, RunResult
from webapp.models.schedule import CallPace, Heartbeat, LeaseRow, Schedule, ThrottleSlot
from webapp.models.ticket import AlertRow, RunTicket, Ticket, TicketFieldRow, TicketRule, TicketStep, TicketWatch
from webapp.models.usage import Usage, UsageReading
from webapp.models.user import SetupLink, User

__all__ = [
    "AlertRow",
    "AuditEntry",
    "CallPace",
    "Change",
    "Company",
    "Connection",
    "Contract",
    "ContractService",
    "ContractSetting",
    "Customer",
    "Finding",
    "Heartbeat",
    "LeaseRow",
    "LedgerLine",
    "LineMonth",
    "Mapping",
    "Product",
    "ProductMapping",
    "Run",
    "RunLine",
    "RunResult",
    "RunTicket",
    "Schedule",
    "Service",
    "Setting",
    "SetupLink",
    "SignOff",
    "ThrottleSlot",
    "Ticket",
    "TicketFieldRow",
    "TicketRule",
    "TicketStep",
    "TicketWatch",
    "Usage",
    "UsageReading",
    "User",
]
