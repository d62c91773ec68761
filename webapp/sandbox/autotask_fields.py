"""The entities of the Autotask stand-in and their fields.

Names, types, lengths and flags as in autotask-api.md, section 6, and the field table beside it. Written as
`name:type`, type one of int long dec str bool date (date-time), a length, then p picklist, ! required on create,
r read-only on update.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPEC = re.compile(r"^(\w+):(int|long|dec|str|bool|date)(\d*)(p?)(!?)(r?)$")


@dataclass(frozen=True)
class Field:
    """One field; `day` marks the date-only ones, whose time is cut off without a time zone."""

    name: str
    kind: str
    length: int
    picklist: bool
    required: bool
    read_only: bool
    day: bool


@dataclass(frozen=True)
class Entity:
    """One entity: `plural` is its route, `name` its name in answers and error texts.

    `root` and `child` are the verbs on the root route and on the route below its parent; `query` whether it can be
    read at all. Routes: autotask-api.md, section 6.
    """

    plural: str
    name: str
    fields: dict[str, Field]
    root: frozenset[str] = frozenset()
    child: frozenset[str] = frozenset()
    query: bool = True
    parent: str = ""
    parent_field: str = ""
    route: str = ""

    def field(self, name: str) -> Field | None:
        """The field of that name, upper and lower case alike."""
        return self.fields.get(name.lower())


_DAYS = {
    ("Contract", "startDate"),
    ("Contract", "endDate"),
    ("ContractServiceUnit", "startDate"),
    ("ContractServiceUnit", "endDate"),
    ("ContractServiceUnit", "approveAndPostDate"),
    ("ContractServiceAdjustment", "effectiveDate"),
    ("BillingItem", "itemDate"),
    ("BillingItem", "postedDate"),
    ("Resource", "hireDate"),
}


def _fields(entity: str, spec: str) -> dict[str, Field]:
    found = {}
    for word in spec.split():
        match = _SPEC.match(word)
        if match is None:
            raise ValueError(word)
        name, kind, length, picklist, required, read_only = match.groups()
        found[name.lower()] = Field(
            name, kind, int(length or 0), bool(picklist), bool(required), bool(read_only), (entity, name) in _DAYS
        )
    return found


_SPECS = {
    "Company": """
        id:longr additionalAddressInformation:str100 address1:str128 address2:str128 alternatePhone1:str25
        alternatePhone2:str25 apiVendorID:intpr assetValue:dec billingAddress1:str billingAddress2:str
        billToAdditionalAddressInformation:str100r billToAddressToUse:intpr billToAttention:str50
        billToCity:str50r billToCompanyLocationID:int billToCountryID:intr billToState:str128r
        billToZipCode:str50r city:str30 classification:intp companyCategoryID:int companyName:str100!
        companyNumber:str50 companyType:intp! competitorID:intp countryID:int createDate:dater
        createdByResourceID:intr currencyID:int fax:str25 impersonatorCreatorResourceID:intr
        invoiceEmailMessageID:int invoiceMethod:intp invoiceNonContractItemsToParentCompany:bool
        invoiceTemplateID:int isActive:bool isClientPortalActive:boolr isEnabledForComanaged:bool
        isTaskFireActive:boolr isTaxExempt:bool lastActivityDate:dater lastTrackedModifiedDateTime:dater
        marketSegmentID:intp ownerResourceID:int! parentCompanyID:int phone:str25! postalCode:str10
        purchaseOrderTemplateID:intp quoteEmailMessageID:int quoteTemplateID:int sicCode:str32 state:str40
        stockMarket:str10 stockSymbol:str10 surveyCompanyRating:dec taxID:str50 taxRegionID:int
        territoryID:intp webAddress:str255
    """,
    "Contract": """
        id:longr billingPreference:intp billToCompanyContactID:int billToCompanyID:int companyID:int!r
        contactID:int contactName:str250 contractCategory:intp contractExclusionSetID:int
        contractName:str100! contractNumber:str50 contractPeriodType:intpr contractType:intp!r
        description:str2000 endDate:date! estimatedCost:dec estimatedHours:dec estimatedRevenue:dec
        exclusionContractID:longr internalCurrencyOverageBillingRate:decr internalCurrencySetupFee:decr
        isCompliant:bool isDefaultContract:bool lastModifiedDateTime:date opportunityID:int
        organizationalLevelAssociationID:int overageBillingRate:dec purchaseOrderNumber:str50
        renewedContractID:long serviceLevelAgreementID:intp setupFee:dec setupFeeBillingCodeID:long
        startDate:date! status:intp! timeReportingRequiresStartAndStopTimes:intp!
    """,
    "ContractNote": """
        id:longr contractID:int!r createDateTime:dater creatorResourceID:intr description:str8000!
        impersonatorCreatorResourceID:intr impersonatorUpdaterResourceID:intr lastActivityDate:dater
        title:str250!
    """,
    "Service": """
        id:longr billingCodeID:int! catalogNumberPartNumber:str createDate:dater creatorResourceID:intr
        description:str400 externalID:str internalID:str invoiceDescription:str1000 isActive:bool
        lastModifiedDate:dater manufacturerServiceProvider:str manufacturerServiceProviderProductNumber:str
        markupRate:decr name:str150! periodType:intp!r serviceLevelAgreementID:longp sku:str unitCost:dec
        unitPrice:dec! updateResourceID:intr url:str vendorCompanyID:int
    """,
    "ContractService": """
        id:longr contractID:int!r internalCurrencyAdjustedPrice:decr internalCurrencyUnitPrice:decr
        internalDescription:str100 invoiceDescription:str1000 quoteItemID:longr serviceID:int!r unitCost:dec
        unitPrice:decr
    """,
    "ContractServiceUnit": """
        id:long approveAndPostDate:date contractID:int! contractServiceID:int cost:dec endDate:date!
        internalCurrencyPrice:dec organizationalLevelAssociationID:int price:dec serviceID:int!
        startDate:date! units:int! vendorCompanyID:int
    """,
    "ContractServiceAdjustment": """
        id:long adjustedUnitCost:dec adjustedUnitPrice:dec allowRepeatService:bool contractID:int
        contractServiceID:int effectiveDate:date! quoteItemID:int serviceID:int unitChange:int
    """,
    "BillingItem": """
        id:longr accountManagerWhenApprovedID:intr billingCodeID:intr billingItemType:int! companyID:intr
        configurationItemID:longr contractBlockID:int contractChargeID:longr contractID:intr
        contractServiceAdjustmentID:intr contractServiceBundleAdjustmentID:intr contractServiceBundleID:intr
        contractServiceBundlePeriodID:intr contractServiceID:intr contractServicePeriodID:intr
        description:str2000r expenseItemID:intr extendedPrice:decr internalCurrencyExtendedPrice:decr
        internalCurrencyRate:decr internalCurrencyTaxDollars:decr internalCurrencyTotalAmount:decr
        invoiceID:intr itemApproverID:intr itemDate:dater itemName:str255r lineItemFullDescription:str
        lineItemGroupDescription:str milestoneID:longr nonBillable:int!r
        organizationalLevelAssociationID:intr ourCost:decr postedDate:dater postedOnTime:dater
        projectChargeID:long projectID:intr purchaseOrderNumber:str50r quantity:decr rate:decr roleID:intr
        serviceBundleID:longr serviceID:longr sortOrderID:dec subType:intp!r taskID:intr taxDollars:decr
        ticketChargeID:long ticketID:intr timeEntryID:intr totalAmount:decr vendorID:longr
        webServiceDate:date
    """,
    "Ticket": """
        id:longr apiVendorID:intpr assignedResourceID:int assignedResourceRoleID:int billingCodeID:int
        changeApprovalBoard:intp changeApprovalStatus:intp changeApprovalType:intp changeInfoField1:str8000
        changeInfoField2:str8000 changeInfoField3:str8000 changeInfoField4:str8000 changeInfoField5:str8000
        companyID:int! companyLocationID:int completedByResourceID:intr completedDate:dater
        configurationItemID:int contactID:int contractID:int contractServiceBundleID:long
        contractServiceID:long createDate:dater createdByContactID:int creatorResourceID:intr
        creatorType:intpr currentServiceThermometerRating:intpr description:str8000 dueDateTime:date
        estimatedHours:dec externalID:str50 firstResponseAssignedResourceID:intr firstResponseDateTime:dater
        firstResponseDueDateTime:dater firstResponseInitiatingResourceID:intr hoursToBeScheduled:decr
        impersonatorCreatorResourceID:intr isAssignedToComanaged:bool issueType:intp
        isVisibleToComanaged:bool lastActivityDate:dater lastActivityPersonType:intpr
        lastActivityResourceID:intr lastCustomerNotificationDateTime:dater
        lastCustomerVisibleActivityDateTime:dater lastTrackedModificationDateTime:dater monitorID:long
        monitorTypeID:intp opportunityID:int organizationalLevelAssociationID:int
        previousServiceThermometerRating:intpr priority:intp! problemTicketId:int projectID:int
        purchaseOrderNumber:str50 queueID:intp resolution:str32000 resolutionPlanDateTime:dater
        resolutionPlanDueDateTime:dater resolvedDateTime:dater resolvedDueDateTime:dater rmaStatus:intp
        rmaType:intp rmmAlertID:str50r serviceLevelAgreementHasBeenMet:boolr serviceLevelAgreementID:intp
        serviceLevelAgreementPausedNextEventHours:decr serviceThermometerTemperature:intr source:intp
        status:intp! subIssueType:intp ticketCategory:intp ticketNumber:str50 ticketType:intp title:str255!
    """,
    "TicketNote": """
        id:longr createDateTime:dater createdByContactID:int creatorResourceID:intr description:str32000!
        impersonatorCreatorResourceID:intr impersonatorUpdaterResourceID:intr lastActivityDate:dater
        noteType:intp! publish:intp! ticketID:int! title:str250
    """,
    "TicketCategory": """
        id:longr displayColorRgb:intp! isActive:bool! isApiOnly:bool isGlobalDefault:bool name:str30!
        nickname:str3
    """,
    "Resource": """
        id:longr accountingReferenceID:str100r dateFormat:strpr defaultServiceDeskRoleID:long email:str254!r
        email2:str254r email3:str254r emailTypeCode:strp!r emailTypeCode2:strpr emailTypeCode3:strpr
        firstName:str50!r gender:strpr greeting:intpr hireDate:date!r homePhone:str25r initials:str32r
        internalCost:decr isActive:bool!r lastName:str50!r licenseType:intp!r locationID:intp!r
        middleName:str50r mobilePhone:str25r numberFormat:strp!r officeExtension:str10r officePhone:str25r
        payrollIdentifier:str payrollType:intp!r resourceType:strp!r suffix:intpr surveyResourceRating:decr
        timeFormat:strpr title:str50r travelAvailabilityPct:strpr userName:strp! userType:int!
    """,
}

WITHOUT_USER_FIELDS = frozenset({"ContractService", "ContractServiceUnit", "ContractServiceAdjustment"})


def _entity(plural: str, name: str, root: str = "", child: str = "", route: str = "", query: bool = True) -> Entity:
    parent, _, below = route.partition("/")
    parent_field = {"Contracts": "contractID", "Tickets": "ticketID"}.get(parent, "")
    return Entity(
        plural,
        name,
        _fields(name, _SPECS[name]),
        frozenset(root.split()),
        frozenset(child.split()),
        query,
        parent,
        parent_field,
        below,
    )


_WRITE = "POST PUT PATCH"
_ALL = [
    _entity("Companies", "Company", root=_WRITE),
    _entity("Contracts", "Contract", root=_WRITE),
    _entity("ContractNotes", "ContractNote", child="GET POST PUT PATCH", route="Contracts/Notes"),
    _entity("Services", "Service", root=_WRITE),
    _entity("ContractServices", "ContractService", child="GET POST PUT PATCH", route="Contracts/Services"),
    _entity("ContractServiceUnits", "ContractServiceUnit", child="GET", route="Contracts/ServiceUnits"),
    _entity(
        "ContractServiceAdjustments",
        "ContractServiceAdjustment",
        root="POST",
        child="POST",
        route="Contracts/ServiceAdjustments",
        query=False,
    ),
    _entity("BillingItems", "BillingItem", root="PUT PATCH"),
    _entity("Tickets", "Ticket", root=_WRITE),
    _entity("TicketNotes", "TicketNote", child="GET POST PUT PATCH", route="Tickets/Notes"),
    _entity("TicketCategories", "TicketCategory", root="PUT PATCH"),
    _entity("Resources", "Resource", root="PUT PATCH"),
]
ENTITIES: dict[str, Entity] = {entity.plural.lower(): entity for entity in _ALL}
CHILDREN: dict[tuple[str, str], Entity] = {
    (entity.parent.lower(), entity.route.lower()): entity for entity in _ALL if entity.parent
}
